//! Window functions over some of the series of another one.
//!
//! Rules for single services stand beside rules for all: what the latter compute of each series, the
//! former need not compute again.

use super::{
    FragmentId, FragmentKind, PlanBuilder,
    node::{FrameId, NodeId, Op, RangeFrom, RangeInput},
};

impl PlanBuilder {
    /// The node among those that are there which computes the same of all series with fewer of the
    /// matchers; the one with the fewest.
    pub(super) fn wider(&self, frame: FrameId, op: &Op) -> Option<NodeId> {
        let Op::Window { function, input, params } = op else { return None };
        let RangeFrom::Fragment(fragment) = input.from else { return None };
        let found = self.wider_fragments(fragment).into_iter().find_map(|wider| {
            let input = RangeInput { from: RangeFrom::Fragment(wider), ..input.clone() };
            let op = Op::Window { function: *function, input, params: params.clone() };
            self.nodes.get(&(frame, format!("{op:?}")))
        });
        found.copied()
    }

    /// Windows whose matchers are some of those of another one, the fewest first.
    fn wider_fragments(&self, fragment: FragmentId) -> Vec<FragmentId> {
        let narrow = &self.plan.fragments[fragment.0 as usize];
        let windows = self.plan.fragments.iter().filter(|f| f.kind == FragmentKind::Window);
        let mut wider: Vec<_> = windows.filter(|f| narrow.is_part_of(f)).collect();
        wider.sort_by_key(|fragment| fragment.matchers.len());
        wider.into_iter().map(|fragment| fragment.id).collect()
    }
}
