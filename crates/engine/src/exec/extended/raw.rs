//! Range vectors with `anchored` or `smoothed` as whole queries.

use promql::ast::Extended;
use store::Samples;

use crate::kernels::extended::Around;

/// The floats of a window `(lo, hi]` with one on either edge, given the samples in and around it.
pub(crate) fn raw(
    samples: Samples<'_>,
    extended: Extended,
    (lo, hi): (i64, i64),
) -> Result<(Vec<i64>, Vec<f64>), String> {
    if !samples.histograms.ts.is_empty() {
        return Err(format!("{} modifier is not supported with histograms", extended.as_str()));
    }
    let around = Around { ts: samples.floats.ts, values: samples.floats.values, lo, hi };
    Ok(around.samples(extended).into_iter().unzip())
}
