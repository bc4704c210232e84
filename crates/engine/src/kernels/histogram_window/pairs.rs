//! `changes` and `resets`: what happened from one sample to the next.
#![expect(clippy::unnecessary_wraps, reason = "one signature for all kernels")]

use model::SampleValue;
use store::{Newest, NewestValue};

use super::{MixedWindow, Note, starts};
use crate::kernels::rate::{is_change, is_fall};

/// How often the value changed; from a float to a histogram and back is a change.
pub(crate) fn changes(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    use NewestValue::{Float, Histogram};
    Some(count(w, |prev, cur| match (prev.value, cur.value) {
        (Float(a), Float(b)) => is_change(a, b),
        (Histogram(a), Histogram(b)) => !b.same_values(a),
        _ => true,
    }))
}

/// How often counting began anew; from a float to a histogram and back it did.
pub(crate) fn resets(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    use NewestValue::{Float, Histogram};
    Some(count(w, |prev, cur| match (prev.value, cur.value) {
        (Float(a), Float(b)) => is_fall(a, b) || starts::reset(prev, cur),
        (Histogram(a), Histogram(b)) => starts::reset(prev, cur) || b.detect_reset(a),
        _ => true,
    }))
}

fn count(w: &MixedWindow<'_>, hit: impl Fn(&Newest<'_>, &Newest<'_>) -> bool) -> SampleValue {
    let pairs = w.merged().zip(w.merged().skip(1));
    (pairs.filter(|(prev, cur)| hit(prev, cur)).count() as f64).into()
}
