//! Rows of a node that computed the same of more series.

use crate::{
    bind::{Bound, WiderRows},
    engine::NodeState,
};

/// Takes the value from a wider node, evaluated at the same steps over the same data; false, and
/// nothing is taken, where its rows do not tell all: histograms, notices, and series that lead to
/// one row are left to who computes them. Both read the series of one table.
pub(super) fn take(wider: &NodeState, state: &mut NodeState) -> bool {
    let tells_all =
        wider.notices.is_empty() && wider.whole.is_none() && !wider.block.has_histograms();
    let versions = (state.bound_to_source(), wider.bound_to_source());
    let NodeState { bound, block, .. } = state;
    let (Bound::Series { map, visit, scratch, .. }, Bound::Series { map: m, visit: v, .. }) =
        (bound, &wider.bound)
    else {
        return false;
    };
    if !tells_all || !map.identity || !m.identity {
        return false;
    }
    let theirs = WiderRows { visit: v, map: m };
    let Some(found) = scratch.wider.rows(versions, visit, theirs) else { return false };
    for (row, theirs) in found.iter().enumerate() {
        block.row_mut(row).copy_from_slice(wider.block.row(*theirs as usize));
    }
    true
}
