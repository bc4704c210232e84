//! Rows and cells: the shape of every value between nodes.
//!
//! A node's value is a block: one row per output series, one cell per step. A cell is a float, a
//! native histogram, or absent. Floats and histograms are two planes of one shape: in the plane of
//! floats absence is the stale marker's bit pattern, which no arithmetic yields and which never
//! enters from outside; a cell with a histogram is absent there. The plane of histograms is empty
//! where a block has none, and hardly any block has one.

use std::{borrow::Cow, sync::Arc};

use model::{FloatHistogram, Labels, STALE_NAN_BITS, SampleValue};

/// The labels of an output series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) labels: Labels,
    /// With delayed name removal: the metric name goes at the very end. Without: it has gone, and
    /// what later functions leave of its companions goes too once a function keeps names.
    pub(crate) drop_name: bool,
}

impl Row {
    /// The labels of a result, where names stay until then.
    pub(crate) fn result_labels(&self, delayed_names: bool) -> Cow<'_, Labels> {
        if delayed_names && self.drop_name {
            Cow::Owned(self.labels.without(&METADATA))
        } else {
            Cow::Borrowed(&self.labels)
        }
    }
}

/// What the metric name and its companions are called.
pub(crate) const METADATA: [&str; 3] = ["__name__", "__type__", "__unit__"];

/// A cell without a value.
pub(crate) const ABSENT: f64 = f64::from_bits(STALE_NAN_BITS);

/// Whether a cell has a value.
pub(crate) fn present(cell: f64) -> bool {
    cell.to_bits() != STALE_NAN_BITS
}

/// Cells by row, then by step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    cells: Vec<f64>,
    /// As many as `cells`, or none.
    histograms: Vec<Option<Arc<FloatHistogram>>>,
    n_steps: usize,
}

impl Block {
    /// Makes all cells of a shape absent; allocates only where it grew.
    pub(crate) fn reset(&mut self, n_rows: usize, n_steps: usize) {
        self.n_steps = n_steps;
        self.cells.clear();
        self.cells.resize(n_rows * n_steps, ABSENT);
        self.histograms.clear();
    }

    /// How many cells a row has.
    pub(crate) fn n_steps(&self) -> usize {
        self.n_steps
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.n_steps..][..self.n_steps]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[row * self.n_steps..][..self.n_steps]
    }

    pub(crate) fn cell(&self, row: usize, step: usize) -> f64 {
        self.cells[row * self.n_steps + step]
    }

    pub(crate) fn set(&mut self, row: usize, step: usize, value: f64) {
        self.cells[row * self.n_steps + step] = value;
    }

    /// Whether any cell may hold a histogram.
    pub(crate) fn has_histograms(&self) -> bool {
        !self.histograms.is_empty()
    }

    /// A cell's histogram.
    pub(crate) fn histogram(&self, row: usize, step: usize) -> Option<&Arc<FloatHistogram>> {
        self.histograms.get(row * self.n_steps + step)?.as_ref()
    }

    /// A row's histograms; none at all where the block has none.
    pub(crate) fn histogram_row(&self, row: usize) -> &[Option<Arc<FloatHistogram>>] {
        if self.histograms.is_empty() {
            return &[];
        }
        &self.histograms[row * self.n_steps..][..self.n_steps]
    }

    pub(crate) fn set_histogram(&mut self, row: usize, step: usize, value: Arc<FloatHistogram>) {
        if self.histograms.is_empty() {
            self.histograms.resize(self.cells.len(), None);
        }
        self.histograms[row * self.n_steps + step] = Some(value);
    }

    pub(crate) fn clear_histogram(&mut self, row: usize, step: usize) {
        self.histograms[row * self.n_steps + step] = None;
    }

    /// Whether a cell holds anything.
    pub(crate) fn is_present(&self, row: usize, step: usize) -> bool {
        present(self.cell(row, step)) || self.histogram(row, step).is_some()
    }

    /// Whether any cell of a row holds anything.
    pub(crate) fn row_is_taken(&self, row: usize) -> bool {
        self.row(row).iter().any(|cell| present(*cell))
            || self.histogram_row(row).iter().any(Option::is_some)
    }

    /// A cell of either kind.
    pub(crate) fn value(&self, row: usize, step: usize) -> Option<SampleValue> {
        let cell = self.cell(row, step);
        if present(cell) {
            return Some(SampleValue::Float(cell));
        }
        self.histogram(row, step).map(|h| SampleValue::Histogram(h.clone()))
    }

    pub(crate) fn set_value(&mut self, row: usize, step: usize, value: SampleValue) {
        match value {
            SampleValue::Float(value) => self.set(row, step, value),
            SampleValue::Histogram(value) => self.set_histogram(row, step, value),
        }
    }

    /// Takes a cell's content out of it.
    pub(crate) fn take(&mut self, row: usize, step: usize) -> Option<SampleValue> {
        let at = row * self.n_steps + step;
        let cell = std::mem::replace(&mut self.cells[at], ABSENT);
        if present(cell) {
            return Some(SampleValue::Float(cell));
        }
        self.histograms.get_mut(at)?.take().map(SampleValue::Histogram)
    }

    /// How many cells hold anything.
    pub(crate) fn n_present(&self) -> usize {
        let floats = self.cells.iter().filter(|cell| present(**cell)).count();
        floats + self.histograms.iter().flatten().count()
    }

    /// All cells of floats, row by row.
    pub(crate) fn cells(&self) -> &[f64] {
        &self.cells
    }

    /// All cells of floats, row by row.
    pub(crate) fn cells_mut(&mut self) -> &mut [f64] {
        &mut self.cells
    }
}
