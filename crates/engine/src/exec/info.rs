//! `info`: labels of the newest info series on the values of others. As promql/info.go in
//! prometheus.

use store::NewestValue;

use super::{
    DUPLICATE,
    samples::{Found, Read, fill},
};
use crate::{
    bind::{Bound, DROPPED, Info},
    engine::{Base, Ctx, NodeState},
    plan::{FragmentId, FragmentKind, node::NodeId, time::TimeShift},
    row::present,
};

/// When info series had their newest samples, in milliseconds.
pub(super) fn time(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let raw = ctx.plan.fragments[fragment.0 as usize].kind == FragmentKind::Window;
    // What was fetched as sample times has them as values, in seconds.
    let told = !raw && matches!(ctx.data.base, Base::Fragments(_));
    let lookback = raw.then_some(ctx.data.lookback);
    let read = Read { fragment, time, lookback, floats: None };
    fill(read, ctx, state, |found: Found<'_>, newest| match newest.value {
        NewestValue::Float(seconds) if told && found.is_from_outside() => {
            (seconds * 1000.0).round().into()
        }
        _ => (newest.t as f64).into(),
    })
}

/// The values of the base, described.
pub(super) fn info(
    [base, values, times]: [NodeId; 3],
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let (base, inputs) = (ctx.input(base), [ctx.input(values), ctx.input(times)]);
    let n_steps = ctx.steps.count;
    let Bound::Info(info) = &mut state.bound else { unreachable!("{BOUND}") };
    observe(info, base);
    check_kinds(info, inputs[0])?;
    info.scratch.cells.clear();
    info.scratch.cells.resize(base.rows.len() * n_steps, DROPPED);
    for step in 0..n_steps {
        if (0..base.rows.len()).any(|row| base.block.is_present(row, step)) {
            find_newest(info, inputs, step)?;
            describe(info, base, step, n_steps)?;
        }
    }
    if let Some(rows) = info.new_rows() {
        state.set_rows(rows, ctx);
    }
    state.block.reset(state.rows.len(), n_steps);
    copy(base, n_steps, state)
}

const BOUND: &str = "info is bound to info series";

/// Notes which values of identifying labels there are to be described.
fn observe(info: &mut Info, base: &NodeState) {
    for (observed, n) in info.scratch.observed.iter_mut().zip(info.n_values) {
        observed.clear();
        observed.resize(n, false);
    }
    for (i, row) in info.base.iter().enumerate() {
        if !row.is_info && base.block.row_is_taken(i) {
            for (observed, value) in info.scratch.observed.iter_mut().zip(row.values) {
                observed[value as usize] |= value != 0;
            }
        }
    }
}

impl Info {
    /// Whether Prometheus would ask for an info series, to describe what is there.
    fn is_wanted(&self, info: usize) -> bool {
        let labels = || self.scratch.observed.iter().zip(self.infos[info].values);
        let matters = |observed: &[bool]| observed.contains(&true);
        labels().any(|(observed, _)| matters(observed))
            && labels().all(|(observed, value)| observed[value as usize] || !matters(observed))
    }
}

fn check_kinds(info: &Info, values: &NodeState) -> Result<(), String> {
    if !values.block.has_histograms() {
        return Ok(());
    }
    let is_histogram = |i: &usize| values.block.histogram_row(*i).iter().any(Option::is_some);
    match (0..values.rows.len()).find(|i| info.is_wanted(*i) && is_histogram(i)) {
        Some(i) => {
            let labels = &values.rows[i].labels;
            Err(format!("this should be an info metric, with float samples: {labels}"))
        }
        None => Ok(()),
    }
}

/// Of the info series of each identity the one with the newest sample.
fn find_newest(
    info: &mut Info,
    [values, times]: [&NodeState; 2],
    step: usize,
) -> Result<(), String> {
    let mut newest = std::mem::take(&mut info.scratch.newest);
    newest.clear();
    newest.resize(info.n_identities, None);
    for i in 0..values.rows.len() {
        if !present(values.block.cell(i, step)) || !info.is_wanted(i) {
            continue;
        }
        let row = &info.infos[i];
        let t = row.time.map_or(f64::MIN, |time| times.block.cell(time as usize, step));
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, or far off")]
        let t = if present(t) { t as i64 } else { i64::MIN };
        let best = &mut newest[row.identity as usize];
        match *best {
            Some((known, _)) if known > t => {}
            Some((known, other)) if known == t => {
                let [other, this] = [other as usize, i].map(|i| &values.rows[i].labels);
                return Err(format!(
                    "found duplicate series for info metric: existing {other} @ {t}, new {this} @ {t}"
                ));
            }
            _ => *best = Some((t, u32::try_from(i).expect("under 4 G rows"))),
        }
    }
    info.scratch.newest = newest;
    Ok(())
}

/// Finds the result of each row that has a value.
fn describe(info: &mut Info, base: &NodeState, step: usize, n_steps: usize) -> Result<(), String> {
    for (i, row) in base.rows.iter().enumerate() {
        if !base.block.is_present(i, step) {
            continue;
        }
        let Info { base: bound, scratch, .. } = info;
        scratch.chosen.clear();
        if !bound[i].is_info {
            let newest = bound[i].identities.iter().map(|at| scratch.newest[*at as usize]);
            scratch.chosen.extend(newest.flatten().map(|(_, info)| info));
        }
        let result = info.result(i, row)?;
        info.scratch.cells[i * n_steps + step] = result;
    }
    Ok(())
}

fn copy(base: &NodeState, n_steps: usize, state: &mut NodeState) -> Result<(), String> {
    let NodeState { bound, block, .. } = state;
    let Bound::Info(info) = bound else { unreachable!("{BOUND}") };
    for (i, result) in info.scratch.cells.iter().enumerate().filter(|(_, r)| **r != DROPPED) {
        let (from, step) = (i / n_steps, i % n_steps);
        let row = info.rows[*result as usize] as usize;
        if block.is_present(row, step) {
            return Err(DUPLICATE.to_owned());
        }
        if let Some(value) = base.block.value(from, step) {
            block.set_value(row, step, value);
        }
    }
    Ok(())
}
