//! The present cells of a row as samples, in columns.

use std::sync::Arc;

use model::{
    FloatHistogram,
    histogram::CounterResetHint::{NotReset, Reset, Unknown},
};
use store::{Floats, Histograms, Samples};

use crate::{
    plan::Steps,
    row::{Block, present},
};

/// Samples in columns; reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct RowSamples {
    ts: Vec<i64>,
    values: Vec<f64>,
    histogram_ts: Vec<i64>,
    histograms: Vec<Arc<FloatHistogram>>,
}

impl RowSamples {
    /// Takes the present cells of a row.
    pub(crate) fn fill(&mut self, block: &Block, row: usize, steps: Steps) {
        self.ts.clear();
        self.values.clear();
        self.histogram_ts.clear();
        self.histograms.clear();
        for (t, cell) in steps.iter().zip(block.row(row)).filter(|(_, cell)| present(**cell)) {
            self.ts.push(t);
            self.values.push(*cell);
        }
        for (t, histogram) in steps.iter().zip(block.histogram_row(row)) {
            if let Some(histogram) = histogram {
                self.histogram_ts.push(t);
                self.histograms.push(histogram.clone());
            }
        }
    }

    /// Forgets what histograms say about resets since the sample before, as what a subquery's inside
    /// leaves out or repeats may be just that.
    pub(crate) fn forget_resets(&mut self) {
        for histogram in &mut self.histograms {
            if matches!(histogram.hint, Reset | NotReset) {
                Arc::make_mut(histogram).hint = Unknown;
            }
        }
    }

    /// What was taken last. Start timestamps are lost on the way through a subquery.
    pub(crate) fn samples(&self) -> Samples<'_> {
        Samples {
            floats: Floats { ts: &self.ts, values: &self.values, starts: &[] },
            histograms: Histograms {
                ts: &self.histogram_ts,
                values: &self.histograms,
                starts: &[],
            },
        }
    }
}
