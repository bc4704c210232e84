//! What is done before a slot is due, where samples come by themselves.
//!
//! Groups are evaluated a while after their slot, for samples may be on their way. Shortly before,
//! nodes are bound to the series that came and went, so that the evaluation itself only computes.
//! Series that come in between have no samples that the slot reaches, unless they bring some that
//! are late: then nodes are bound again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::Steps;

use super::{Core, Running};

/// So long before groups are evaluated their nodes are bound.
const AHEAD_NS: i64 = 1_000_000_000;

impl Core {
    /// The slot, or a time before it when there is something to do ahead.
    pub(super) fn before(&self, slot_ns: i64) -> i64 {
        let is_ahead = slot_ns <= self.ahead_ns || self.delay_ns() < 2 * AHEAD_NS;
        if is_ahead { slot_ns } else { slot_ns - AHEAD_NS }
    }

    /// Binds nodes if some groups will be evaluated soon: theirs, and those of all groups that may
    /// be evaluated for a slot up to then.
    pub(super) fn bind_ahead(&mut self, now_ns: i64) {
        let known_ns = now_ns - self.delay_ns();
        let is_soon = |slot_ns: &i64| {
            self.before(*slot_ns) < *slot_ns && (slot_ns - AHEAD_NS..*slot_ns).contains(&known_ns)
        };
        let idle = self.groups.iter().filter(|g| g.under_way.is_none());
        let Some(last_ns) = idle.map(Running::next_ns).filter(is_soon).max() else { return };
        self.ahead_ns = last_ns;
        // A panic ends no more than what is done ahead.
        let bound = catch_unwind(AssertUnwindSafe(|| self.bind_up_to(last_ns)));
        let settled = bound.unwrap_or_else(|_| {
            self.shared.engine.reset();
            None
        });
        if let Some(stream) = &mut self.shared.stream {
            stream.settle(settled);
        }
    }

    /// Binds the nodes of groups that are evaluated for slots up to one; until which time in
    /// milliseconds they need not be bound again.
    fn bind_up_to(&mut self, last_ns: i64) -> Option<i64> {
        self.shared.engine.hold(false);
        let mut reads_later = false;
        for group in &self.groups {
            let slot_ns = if group.under_way.is_some() { group.last_ns } else { group.next_ns() };
            if slot_ns > last_ns {
                continue;
            }
            let t = slot_ns.div_euclid(1_000_000) - group.plan.query_offset_ms;
            let (roots, steps) = (group.plan.roots(), Steps::instant(t));
            self.shared.bind(&roots, steps);
            let plan = self.shared.engine.plan();
            reads_later |= roots.iter().any(|root| plan.latest(*root, steps) > Some(t));
        }
        (!reads_later).then(|| last_ns.div_euclid(1_000_000))
    }
}
