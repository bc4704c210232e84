//! What histograms add to the aggregations of floats.
//!
//! As `aggregation` in prometheus promql/engine.go: `sum` and `avg` of histograms, `count` and
//! `group` of both; all others pass over histograms and say so.

use std::sync::Arc;

use model::{
    FloatHistogram, SampleValue,
    histogram::{CounterResetHint, Mean, MixedSchemas, Notes, Total},
};
use promql::AggregateOp;

use crate::{
    bind::Groups,
    engine::NodeState,
    notice::{self, Cite, HistogramOperation, NoticeKind, RawNotice},
    row::{Block, present},
};

/// Goes over the histograms once the floats have been aggregated into `out`.
pub(super) fn add(
    op: AggregateOp,
    input: &NodeState,
    n_steps: usize,
    groups: &Groups,
    out: &mut Block,
    notices: &mut Vec<RawNotice>,
) {
    let mut note = |kind| notice::add(notices, RawNotice { cite: Cite::Arg(1), kind });
    match op {
        AggregateOp::Sum | AggregateOp::Avg => {
            for group in 0..groups.len() {
                let members = groups.members_in(group, input.order.as_deref());
                for step in 0..n_steps {
                    combine(op, input, &members, [group, step], out, &mut note);
                }
            }
        }
        AggregateOp::Count | AggregateOp::Group => {
            for_each(input, n_steps, |row, step| {
                let group = groups.of_row[row] as usize;
                let floats = Some(out.cell(group, step)).filter(|cell| present(*cell));
                let count = floats.unwrap_or(0.0) + 1.0;
                out.set(group, step, if op == AggregateOp::Count { count } else { 1.0 });
            });
        }
        _ => {
            let mut any = false;
            for_each(input, n_steps, |_, _| any = true);
            if any {
                note(NoticeKind::IgnoredInAggregation { aggregation: op.as_str() });
            }
        }
    }
}

/// Every cell with a histogram.
fn for_each(input: &NodeState, n_steps: usize, mut visit: impl FnMut(usize, usize)) {
    for row in 0..input.rows.len() {
        for step in (0..n_steps).filter(|step| input.block.histogram(row, *step).is_some()) {
            visit(row, step);
        }
    }
}

/// The sum or mean of one group at one step, if it has a histogram.
fn combine(
    op: AggregateOp,
    input: &NodeState,
    members: &[u32],
    [group, step]: [usize; 2],
    out: &mut Block,
    note: &mut impl FnMut(NoticeKind),
) {
    let has_histogram = |row: &&u32| input.block.histogram(**row as usize, step).is_some();
    if !members.iter().any(|row| has_histogram(&row)) {
        return;
    }
    // What the floats alone would be.
    out.take(group, step);
    let mut running: Option<Running> = None;
    let mut floats = false;
    for row in members {
        match input.block.value(*row as usize, step) {
            None => {}
            Some(SampleValue::Float(_)) => floats = true,
            Some(SampleValue::Histogram(h)) => match &mut running {
                // After a float there is nothing to gain, but what adds up is still told.
                None if floats => {}
                None => running = Some(Running::new(op, &h)),
                Some(running) => match running.add(&h) {
                    Ok(notes) if notes.bounds_reconciled => {
                        note(NoticeKind::Reconciled(HistogramOperation::Aggregation));
                    }
                    Ok(_) => {}
                    Err(MixedSchemas) => {
                        let labels = &input.rows[*row as usize].labels;
                        let hides = input.hides_names();
                        let metric = if hides { "" } else { labels.metric_name() }.into();
                        note(NoticeKind::MixedSchemas { metric });
                        if floats {
                            note(NoticeKind::MixedAggregation);
                        }
                        return;
                    }
                },
            },
        }
    }
    if floats {
        return note(NoticeKind::MixedAggregation);
    }
    let Some(running) = running else { return };
    if running.seen == [true; 2] {
        note(NoticeKind::ResetCollision(HistogramOperation::Aggregation));
    }
    out.set_histogram(group, step, Arc::new(running.value().compact()));
}

/// Histograms of one group so far.
struct Running {
    so_far: SoFar,
    /// Whether one said that it was reset, and whether one said that it was not.
    seen: [bool; 2],
}

enum SoFar {
    Sum(Total),
    Avg(Mean),
}

impl Running {
    fn new(op: AggregateOp, first: &FloatHistogram) -> Self {
        let so_far = if op == AggregateOp::Sum {
            SoFar::Sum(Total::new(first))
        } else {
            SoFar::Avg(Mean::new(first))
        };
        let mut running = Self { so_far, seen: [false; 2] };
        running.see(first);
        running
    }

    fn add(&mut self, h: &FloatHistogram) -> Result<Notes, MixedSchemas> {
        self.see(h);
        match &mut self.so_far {
            SoFar::Sum(total) => total.add(h),
            SoFar::Avg(mean) => mean.add(h),
        }
    }

    fn see(&mut self, h: &FloatHistogram) {
        self.seen[0] |= h.hint == CounterResetHint::Reset;
        self.seen[1] |= h.hint == CounterResetHint::NotReset;
    }

    fn value(&self) -> FloatHistogram {
        match &self.so_far {
            SoFar::Sum(total) => total.value(),
            SoFar::Avg(mean) => mean.value(),
        }
    }
}
