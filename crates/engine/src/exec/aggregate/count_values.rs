//! `count_values`: the values themselves become labels, so its rows are known only here.

use std::collections::BTreeMap;

use model::{Labels, number::format_f};

use crate::{
    bind::group_labels,
    engine::{Ctx, NodeState},
    plan::node::{GroupBy, NodeId},
    row::{Row, present},
};

/// Counts equal values. Grouping comes after the label is set, so `without` can take it away.
/// Nothing remembers here that a name was to go.
pub(in crate::exec) fn count_values(
    label: &str,
    arg: NodeId,
    by: &GroupBy,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) {
    let by = with_label(by, label);
    let input = ctx.input(arg);
    let n_steps = ctx.steps.count;
    let mut counts: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    let mut count = |row: &Row, step: usize, value: &str| {
        let labels = row.labels.to_builder().set(label, value).build();
        let steps = counts.entry(group_labels(&by, &labels)).or_insert_with(|| vec![0.0; n_steps]);
        steps[step] += 1.0;
    };
    for (i, row) in input.rows.iter().enumerate() {
        for (step, cell) in input.block.row(i).iter().enumerate().filter(|(_, c)| present(**c)) {
            count(row, step, &format_f(*cell));
        }
        for (step, histogram) in input.block.histogram_row(i).iter().enumerate() {
            if let Some(histogram) = histogram {
                count(row, step, &histogram.to_string());
            }
        }
    }
    let rows =
        counts.keys().map(|labels| Row { labels: labels.clone(), drop_name: false }).collect();
    state.set_rows(rows, ctx);
    state.block.reset(counts.len(), n_steps);
    for (row, steps) in counts.values().enumerate() {
        for (step, count) in steps.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            state.block.set(row, step, *count);
        }
    }
}

fn with_label(by: &GroupBy, label: &str) -> GroupBy {
    let mut by = by.clone();
    if !by.without {
        by.labels.push(label.to_owned());
    }
    by
}
