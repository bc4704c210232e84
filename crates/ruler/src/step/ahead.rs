//! What is done before a slot is due, where samples come by themselves.
//!
//! Groups are evaluated a while after their slot, for samples may be on their way. Shortly before,
//! nodes are bound to the series that came and went, so that the evaluation itself only computes.
//! Series that come in between have no samples that the slot reaches, unless they bring some that
//! are late: then nodes are bound again.

use engine::{RootId, Steps};

use super::Core;

/// So long before groups are evaluated their nodes are bound.
const AHEAD_NS: i64 = 1_000_000_000;

impl Core {
    /// The slot, or a time before it when there is something to do ahead.
    pub(super) fn before(&self, slot_ns: i64) -> i64 {
        let is_ahead = slot_ns <= self.ahead_ns || self.delay_ns() < 2 * AHEAD_NS;
        if is_ahead { slot_ns } else { slot_ns - AHEAD_NS }
    }

    /// Binds the nodes of groups that will be evaluated soon.
    pub(super) fn bind_ahead(&mut self, now_ns: i64) {
        let known_ns = now_ns - self.delay_ns();
        let is_soon = |slot_ns: i64| {
            self.before(slot_ns) < slot_ns && (slot_ns - AHEAD_NS..slot_ns).contains(&known_ns)
        };
        let idle = self.groups.iter().filter(|g| g.under_way.is_none());
        let soon = idle.filter(|group| is_soon(group.next_ns()));
        let soon: Vec<(i64, i64, Vec<RootId>)> = soon
            .map(|group| (group.next_ns(), group.plan.query_offset_ms, group.plan.roots()))
            .collect();
        let Some(last_ns) = soon.iter().map(|(slot_ns, ..)| *slot_ns).max() else { return };
        self.ahead_ns = last_ns;
        let mut settled = Some(last_ns.div_euclid(1_000_000));
        self.shared.engine.hold(false);
        for (slot_ns, offset_ms, roots) in soon {
            let t = slot_ns.div_euclid(1_000_000) - offset_ms;
            let steps = Steps::instant(t);
            self.shared.bind(&roots, steps);
            let plan = self.shared.engine.plan();
            if roots.iter().any(|root| plan.latest(*root, steps) > Some(t)) {
                settled = None;
            }
        }
        if let Some(stream) = &mut self.shared.stream {
            stream.settle(settled);
        }
    }
}
