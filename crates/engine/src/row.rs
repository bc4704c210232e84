//! Rows and cells: the shape of every value between nodes.
//!
//! A node's value is a block: one row per output series, one cell per step. A cell is a float or
//! absent; absence is the stale marker's bit pattern, which no arithmetic yields and which never
//! enters from outside. Native histograms will be a second block of the same shape.

use model::{Labels, STALE_NAN_BITS};

/// The labels of an output series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) labels: Labels,
    /// With delayed name removal: the metric name goes at the very end.
    pub(crate) drop_name: bool,
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
    n_steps: usize,
}

impl Block {
    /// Makes all cells of a shape absent; allocates only where it grew.
    pub(crate) fn reset(&mut self, n_rows: usize, n_steps: usize) {
        self.n_steps = n_steps;
        self.cells.clear();
        self.cells.resize(n_rows * n_steps, ABSENT);
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

    /// All cells, row by row.
    pub(crate) fn cells(&self) -> &[f64] {
        &self.cells
    }

    /// All cells, row by row.
    pub(crate) fn cells_mut(&mut self) -> &mut [f64] {
        &mut self.cells
    }
}
