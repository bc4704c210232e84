//! `changes` and `resets`.

use model::FloatHistogram;
use promql::{FunctionId, ast::Extended};

use super::{
    range_calls::Call,
    rates::restarted,
    value::Number,
    window::{Either, Window},
};

/// How often the value changed, or fell.
pub(super) fn count(call: &Call<'_>, window: &Window) -> Option<Number> {
    let all = window.in_order();
    let samples = if call.extended == Some(Extended::Anchored) {
        // From the last sample at or before the left edge on.
        let inside = all.iter().position(|sample| sample.t() > call.from)?;
        &all[inside.saturating_sub(1)..]
    } else {
        &all[..]
    };
    let differs = |pair: &&[Either<'_>]| match call.function {
        FunctionId::Resets => is_reset(call, pair[0], pair[1]),
        _ => is_change(pair[0], pair[1]),
    };
    Some(Number::Float(samples.windows(2).filter(differs).count() as f64))
}

fn is_reset(call: &Call<'_>, before: Either<'_>, now: Either<'_>) -> bool {
    let anew = call.use_starts && restarted((before.start(), before.t()), (now.start(), now.t()));
    match (before, now) {
        (Either::Float(before), Either::Float(now)) => anew || now.v < before.v,
        (Either::Histogram(before), Either::Histogram(now)) => {
            anew || now.v.detect_reset(&before.v)
        }
        _ => true,
    }
}

#[expect(clippy::float_cmp, reason = "any difference is a change")]
fn is_change(before: Either<'_>, now: Either<'_>) -> bool {
    match (before, now) {
        (Either::Float(before), Either::Float(now)) => {
            before.v != now.v && !(before.v.is_nan() && now.v.is_nan())
        }
        (Either::Histogram(before), Either::Histogram(now)) => {
            !FloatHistogram::same_values(&now.v, &before.v)
        }
        _ => true,
    }
}
