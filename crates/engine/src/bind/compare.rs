//! In debug builds, binding by difference is compared with binding from nothing.

use super::{Binding, Bound, bind};
use crate::{
    engine::{Ctx, NodeState},
    plan::node::Op,
};

/// # Panics
/// Where a node that followed its inputs is bound in another way than from nothing.
pub(crate) fn assert_same(op: &Op, ctx: &Ctx<'_>, state: &NodeState) {
    let Binding { rows, bound } = bind(op, ctx);
    assert_eq!(state.rows, rows, "{op:?}");
    assert_eq!(told(&state.bound), told(&bound), "{op:?}");
}

/// All that a binding says.
fn told(bound: &Bound) -> String {
    let all = |map: &super::RowMap| map.all().collect::<Vec<_>>();
    match bound {
        Bound::Series { series, map, visit, scratch } => {
            let suspicious: Vec<_> = (0..series.len()).map(|i| scratch.suspicious.get(i)).collect();
            format!("{:?}", (series, all(map), map.identity, visit, suspicious))
        }
        Bound::Map(map) => format!("{:?}", (all(map), map.identity)),
        Bound::Groups(groups) => {
            format!("{:?}", (&groups.of_row, groups.len(), groups.names_differ))
        }
        Bound::Buckets(buckets) => {
            format!("{:?}", (&buckets.classics, &buckets.natives, &buckets.malformed))
        }
        other => format!("{other:?}"),
    }
}
