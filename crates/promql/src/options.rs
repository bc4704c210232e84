//! Which of the syntax that Prometheus guards with feature flags is allowed.

/// The guarded parts of the language; all off by default, as in a Prometheus without flags.
///
/// Duration expressions are not among them: they are always on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Experimental functions, `limitk` and `limit_ratio`: `promql-experimental-functions`.
    pub experimental_functions: bool,
    /// `anchored` and `smoothed`: `promql-extended-range-selectors`.
    pub extended_range_selectors: bool,
    /// `fill`, `fill_left` and `fill_right`: `promql-binop-fill-modifiers`.
    pub binop_fill_modifiers: bool,
}

impl ParseOptions {
    /// Everything allowed.
    pub fn all() -> Self {
        Self {
            experimental_functions: true,
            extended_range_selectors: true,
            binop_fill_modifiers: true,
        }
    }
}
