//! Parameters that Prometheus warns of or refuses, which it sees only where a window has samples.

use promql::FunctionId;

use crate::notice::{self, Cite, NoticeKind, RawNotice};

/// The message of an error where a parameter is refused.
pub(super) fn check(
    function: FunctionId,
    params: &[f64],
    notices: &mut Vec<RawNotice>,
) -> Result<(), String> {
    match (function, params) {
        (FunctionId::QuantileOverTime, [q]) => check_quantile(*q, notices),
        (FunctionId::DoubleExponentialSmoothing, [sf, _]) if *sf <= 0.0 || *sf >= 1.0 => {
            return Err(format!(
                "invalid smoothing factor. Expected: 0 < sf < 1, got: {}",
                six_digits(*sf)
            ));
        }
        (FunctionId::DoubleExponentialSmoothing, [_, tf]) if *tf <= 0.0 || *tf >= 1.0 => {
            return Err(format!(
                "invalid trend factor. Expected: 0 < tf < 1, got: {}",
                six_digits(*tf)
            ));
        }
        _ => {}
    }
    Ok(())
}

/// As `%f` in Go.
fn six_digits(v: f64) -> String {
    if v.is_infinite() { model::number::format_f(v) } else { format!("{v:.6}") }
}

/// Notes a quantile outside of 0 to 1, once per value.
pub(crate) fn check_quantile(q: f64, notices: &mut Vec<RawNotice>) {
    if !(0.0..=1.0).contains(&q) {
        let kind = NoticeKind::InvalidQuantile(q);
        notice::add(notices, RawNotice { cite: Cite::Arg(0), kind });
    }
}
