//! `changes` and `resets`: what happened from one sample to the next.
#![expect(clippy::unnecessary_wraps, reason = "one signature for all kernels")]

use model::SampleValue;
use store::{
    Newest,
    NewestValue::{Float, Histogram},
};

use super::{MixedWindow, Note, starts};
use store::{is_change, is_fall};

/// How often the value changed.
pub(crate) fn changes(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    Some(count(w, differ))
}

/// How often counting began anew.
pub(crate) fn resets(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    Some(count(w, began_anew))
}

fn count(w: &MixedWindow<'_>, hit: fn(&Newest<'_>, &Newest<'_>) -> bool) -> SampleValue {
    let pairs = w.merged().zip(w.merged().skip(1));
    (pairs.filter(|(prev, cur)| hit(prev, cur)).count() as f64).into()
}

/// Whether two neighbours differ; a float and a histogram do.
pub(crate) fn differ(prev: &Newest<'_>, cur: &Newest<'_>) -> bool {
    match (prev.value, cur.value) {
        (Float(a), Float(b)) => is_change(a, b),
        (Histogram(a), Histogram(b)) => !b.same_values(a),
        _ => true,
    }
}

/// Whether counting began anew between two neighbours; between a float and a histogram it did.
pub(crate) fn began_anew(prev: &Newest<'_>, cur: &Newest<'_>) -> bool {
    match (prev.value, cur.value) {
        (Float(a), Float(b)) => is_fall(a, b) || starts::reset(prev, cur),
        (Histogram(a), Histogram(b)) => starts::reset(prev, cur) || b.detect_reset(a),
        _ => true,
    }
}
