//! What several test files share: the corpus.

/// The expressions of `data/corpus.promql`; none needs a feature flag.
pub(crate) fn corpus() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("../data/corpus.promql").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}
