//! Parameters that Prometheus warns of or refuses, which it sees only where a window has samples.

use promql::FunctionId;

use crate::notice::{Cite, NoticeKind, RawNotice};

/// The message of an error where a parameter is refused.
pub(super) fn check(
    function: FunctionId,
    params: &[f64],
    notices: &mut Vec<RawNotice>,
) -> Result<(), String> {
    match (function, params) {
        (FunctionId::QuantileOverTime, [q]) => check_quantile(*q, notices),
        (FunctionId::DoubleExponentialSmoothing, [sf, _]) if *sf <= 0.0 || *sf >= 1.0 => {
            return Err(format!("invalid smoothing factor. Expected: 0 < sf < 1, got: {sf:.6}"));
        }
        (FunctionId::DoubleExponentialSmoothing, [_, tf]) if *tf <= 0.0 || *tf >= 1.0 => {
            return Err(format!("invalid trend factor. Expected: 0 < tf < 1, got: {tf:.6}"));
        }
        _ => {}
    }
    Ok(())
}

/// Notes a quantile outside of 0 to 1, once per value.
pub(crate) fn check_quantile(q: f64, notices: &mut Vec<RawNotice>) {
    if (0.0..=1.0).contains(&q) {
        return;
    }
    let same = |n: &RawNotice| matches!(n.kind, NoticeKind::InvalidQuantile(known) if known.to_bits() == q.to_bits());
    if !notices.iter().any(same) {
        notices.push(RawNotice { cite: Cite::Arg(0), kind: NoticeKind::InvalidQuantile(q) });
    }
}
