//! `changes` and `resets` over anchored windows: what happened between neighbours, the first of
//! which is the newest sample at or before the left edge.
//!
//! As `pickFirstSampleIndices`, `funcChanges` and `funcResets` in prometheus promql/functions.go.

use promql::FunctionId;

use super::Around;
use crate::kernels::histogram_window::{began_anew, differ, merged};

/// How many neighbours count. None where no sample is inside the window.
pub(super) fn count(
    function: FunctionId,
    Around { samples, lo, .. }: Around<'_>,
    start_timestamps: bool,
) -> Option<f64> {
    let samples = if start_timestamps { samples } else { samples.without_starts() };
    let hit = if function == FunctionId::Changes { differ } else { began_anew };
    let (mut prev, mut hits, mut any) = (None, 0_u32, false);
    for sample in merged(samples, [0, 0]) {
        let before = prev.replace(sample);
        if sample.t > lo {
            any = true;
            hits += u32::from(before.is_some_and(|before| hit(&before, &sample)));
        }
    }
    any.then_some(f64::from(hits))
}
