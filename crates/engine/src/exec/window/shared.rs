//! The windows of many plain series at one time, on several cores.
//!
//! Each part has series that are neighbours in memory, so that no two cores wait for the same pages.
//! What takes more than a look at floats is left for afterwards.

use super::{Plain, Plainly, Run, reach};
use crate::{
    bind::{Portion, RowMap, Suspicious, Visit},
    row::{Block, present},
    sharing::Sharing,
};

/// What a window function is bound to.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) map: &'a RowMap,
    /// The series in the order of memory.
    pub(super) visit: &'a [Visit],
    pub(super) suspicious: &'a Suspicious,
}

/// Computes the series that hold nothing but floats, and says for each part of the work what is
/// left. None if the work is not worth sharing.
pub(super) fn share<'p>(
    run: &Run<'_, '_>,
    inputs: Inputs<'_>,
    block: &mut Block,
    parts: &'p mut Vec<Portion>,
) -> Option<Shared<'p>> {
    let is_worth_it = |sharing: &&Sharing| {
        sharing.is_worth(inputs.visit.len()) && run.params.is_empty() && run.ctx.steps.count == 1
    };
    let sharing = run.ctx.sharing.filter(is_worth_it)?;
    let mut has_duplicates = false;
    sharing.values(
        inputs.visit.len(),
        parts,
        &|positions, values, part| {
            part.left.clear();
            compute(run, inputs, &inputs.visit[positions], values, part);
        },
        |values| has_duplicates = scatter(values, inputs, block),
    );
    Some(Shared { parts, has_duplicates })
}

/// What came of shared work.
pub(super) struct Shared<'p> {
    /// With the series that take more than a look at floats.
    pub(super) parts: &'p [Portion],
    /// Whether a row had a value twice.
    pub(super) has_duplicates: bool,
}

/// One part.
fn compute(
    run: &Run<'_, '_>,
    inputs: Inputs<'_>,
    visit: &[Visit],
    values: &mut [f64],
    part: &mut Portion,
) {
    let mut plain = Plain::windows(run.input.from, reach(run.input, run.ctx), run.ctx);
    let mut plainly = Plainly::new(run);
    for (i, (one, value)) in visit.iter().zip(values).enumerate() {
        plain.ask_ahead(visit, i);
        let window = plain.find(one.series);
        match window.filter(|_| inputs.suspicious.get(one.at()).is_none()) {
            Some(window) => {
                plainly.fill(window, std::slice::from_mut(value));
            }
            None => part.left.push(*one),
        }
    }
}

/// Puts values where they belong; whether a row has two.
fn scatter(values: &[f64], inputs: Inputs<'_>, block: &mut Block) -> bool {
    let Inputs { map, visit, .. } = inputs;
    let (cells, mut has_duplicates) = (block.cells_mut(), false);
    for (value, one) in values.iter().zip(visit).filter(|(value, _)| present(**value)) {
        let cell = &mut cells[map.at(one.at())];
        has_duplicates |= !map.identity && present(*cell);
        *cell = *value;
    }
    has_duplicates
}
