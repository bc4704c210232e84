//! Series with histograms or with start timestamps that count, and what there is to say of them.

use std::sync::Arc;

use store::Samples;

use super::{
    Filled, Run, params,
    steps::{MixedExtent, each_mixed_window},
};
use crate::{
    bind::SeriesRef,
    engine::Ctx,
    exec::samples::labels_of,
    kernels::histogram_window::{Beside, MixedWindow, Note},
    notice::{self, Cite, HistogramOperation, NoticeKind, RawNotice},
    plan::node::{RangeFrom, RangeInput},
    row::Block,
};

/// Reused between series.
pub(super) struct Scratch<'a> {
    pub(super) params: &'a mut Vec<f64>,
    pub(super) notes: &'a mut Vec<Note>,
}

impl Run<'_, '_> {
    /// Computes a series at every step.
    pub(super) fn mixed_series(
        &self,
        (i, series): (usize, SeriesRef),
        samples: Samples<'_>,
        scratch: Scratch<'_>,
        (block, row): (&mut Block, usize),
        notices: &mut Vec<RawNotice>,
    ) -> Result<Filled, String> {
        let Scratch { params, notes } = scratch;
        let (mut filled, mut refused) = (Filled::default(), None);
        let samples = if self.starts { samples } else { samples.without_starts() };
        each_mixed_window(self.input, self.ctx, samples, |step, extent| {
            let MixedExtent { samples, lo, hi, t } = extent;
            let window = MixedWindow { samples, lo, hi, t };
            self.params_at(step, params);
            notes.clear();
            if let Err(message) = self.check_params(&window, params, notices) {
                refused.get_or_insert(message);
            } else if let Some(value) = self.mixed_value(&window, params, notes) {
                filled.any = true;
                filled.float |= value.float().is_some();
                block.set_value(row, step, value);
            }
            for note in &*notes {
                let metric = || metric_name((i, series), self.input, self.ctx);
                notice::add(notices, RawNotice { cite: Cite::Arg(0), kind: worded(*note, metric) });
            }
        });
        refused.map_or(Ok(filled), Err)
    }

    fn mixed_value(
        &self,
        window: &MixedWindow<'_>,
        params: &[f64],
        notes: &mut Vec<Note>,
    ) -> Option<model::SampleValue> {
        match self.kernel.beside {
            Beside::Counted(kernel) => kernel(window, params, notes),
            Beside::Ignored if window.samples.floats.ts.is_empty() => None,
            Beside::Ignored => {
                if !window.samples.histograms.ts.is_empty() {
                    notes.push(Note::Ignored);
                }
                (self.kernel.floats)(&window.floats(), params).map(Into::into)
            }
        }
    }

    /// A quantile is judged only where there are floats.
    fn check_params(
        &self,
        window: &MixedWindow<'_>,
        params: &[f64],
        notices: &mut Vec<RawNotice>,
    ) -> Result<(), String> {
        let quantile = self.function == promql::FunctionId::QuantileOverTime;
        if quantile && window.samples.floats.ts.is_empty() {
            return Ok(());
        }
        params::check(self.function, params, notices)
    }
}

/// The metric name of a series, for a notice; nothing else here looks at labels.
fn metric_name((i, series): (usize, SeriesRef), input: &RangeInput, ctx: &Ctx<'_>) -> Arc<str> {
    let labels = match input.from {
        RangeFrom::Fragment(fragment) => labels_of(series, fragment, ctx),
        RangeFrom::Subquery(node) => &ctx.input(node).rows[i].labels,
    };
    labels.metric_name().into()
}

/// A note as a notice.
pub(in crate::exec) fn worded(note: Note, metric: impl Fn() -> Arc<str>) -> NoticeKind {
    match note {
        Note::Mixed => NoticeKind::MixedWindow { metric: metric() },
        Note::Ignored => NoticeKind::IgnoredInWindow { metric: metric() },
        Note::MixedSchemas => NoticeKind::MixedSchemas { metric: metric() },
        Note::NotCounter => NoticeKind::HistogramNotCounter { metric: metric() },
        Note::NotGauge => NoticeKind::HistogramNotGauge { metric: metric() },
        Note::ResetCollision => NoticeKind::ResetCollision(HistogramOperation::Aggregation),
        Note::Reconciled(operation) => NoticeKind::Reconciled(operation),
        Note::StartOverlap => NoticeKind::StartOverlap { metric: metric(), count: 1 },
    }
}
