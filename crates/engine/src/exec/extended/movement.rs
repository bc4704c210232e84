//! `rate`, `increase` and `delta` over extended windows.

use model::SampleValue;
use promql::{FunctionId, ast::Extended};

use super::{Around, Noting};
use crate::kernels::{
    extended::{self, Measure},
    histogram_window::Note,
};

/// How far a series moved; nothing where it has floats and histograms in or around the window.
pub(super) fn movement(
    function: FunctionId,
    extended: Extended,
    Around { samples, lo, hi }: Around<'_>,
    noting: &mut Noting<'_>,
) -> Option<SampleValue> {
    let measure = Measure {
        extended,
        counter: function != FunctionId::Delta,
        per_second: function == FunctionId::Rate,
    };
    let (floats, histograms) = (samples.floats, samples.histograms);
    match (floats.ts.is_empty(), histograms.ts.is_empty()) {
        (false, false) => {
            noting.note(Note::Mixed);
            None
        }
        (_, true) => {
            let around = extended::Around { ts: floats.ts, values: floats.values, lo, hi };
            around.movement(measure).map(Into::into)
        }
        (true, false) => {
            let (ts, values) = (histograms.ts, histograms.values);
            let around = extended::Around { ts, values, lo, hi };
            let note = &mut |note| noting.note(note);
            extended::histogram_movement(&around, measure, note).map(Into::into)
        }
    }
}
