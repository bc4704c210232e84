//! Groups that wait for data: until all of it is there, and no longer.

use std::sync::Arc;

use notify::EvalInfo;

use super::{Core, Effect, Stage};
use crate::{fetch::Fetched, gather::Told, tick::Tick};

impl Core {
    /// Lets a group wait for what it needs, or go on where it has all of it.
    pub(super) fn wait(&mut self, group: usize, now_ns: i64) -> Vec<Effect> {
        let Some(under_way) = &mut self.groups[group].under_way else { return Vec::new() };
        let n = self.flights.wait(group, &under_way.needs);
        if let Stage::Fetching { missing, .. } = &mut under_way.stage {
            *missing = n;
        }
        if n == 0 { self.evaluate(group, now_ns) } else { Vec::new() }
    }

    pub(super) fn fetched(&mut self, fetched: Vec<Fetched>, now_ns: i64) -> Vec<Effect> {
        let (mut ready, mut instead) = (Vec::new(), Vec::new());
        for one in fetched {
            let waiting = self.flights.landed(&one.request);
            let settled = waiting.iter().map(|group| self.settled_ms(*group)).min();
            let mut told = Told::default();
            // What nobody waits for any more may still change.
            let more = self.shared.tables.take(one, settled.unwrap_or(i64::MIN), &mut told);
            let is_replaced = !more.is_empty();
            instead.extend(self.flights.add(more));
            for group in waiting {
                if self.landed(group, &told, is_replaced) {
                    ready.push(group);
                }
            }
        }
        self.shared.revision += 1;
        ready.sort_unstable();
        let mut effects = Vec::new();
        if !instead.is_empty() {
            effects.push(Effect::Fetch { requests: instead });
        }
        effects.extend(ready.into_iter().flat_map(|group| self.evaluate(group, now_ns)));
        effects
    }

    /// Up to when the source's answers for a group's slot are final.
    fn settled_ms(&self, group: usize) -> i64 {
        let running = &self.groups[group];
        let overlap_ms = self.shared.config.overlap_ms;
        running.slot().0 - overlap_ms.unwrap_or(30_000.max(2 * running.plan.interval_ms))
    }

    /// Notes what came of a question for which a group waited, or that others took its place;
    /// whether it has all that it needs.
    fn landed(&mut self, group: usize, more: &Told, is_replaced: bool) -> bool {
        let Some(under_way) = &mut self.groups[group].under_way else { return false };
        let n_instead = if is_replaced { self.flights.wait(group, &under_way.needs) } else { 0 };
        let Stage::Fetching { missing, told } = &mut under_way.stage else { return false };
        *missing += n_instead;
        told.failures.extend(more.failures.iter().map(|(f, e)| (*f, e.clone())));
        told.warnings.extend_from_slice(&more.warnings);
        told.notices.extend(more.notices.iter().map(|(f, notices)| (*f, notices.clone())));
        told.n_series += more.n_series;
        *missing = missing.saturating_sub(1);
        *missing == 0
    }

    /// Evaluates a group for which all is there.
    fn evaluate(&mut self, group: usize, now_ns: i64) -> Vec<Effect> {
        let running = &mut self.groups[group];
        let slot = running.slot();
        let Some(under_way) = &mut running.under_way else { return Vec::new() };
        let Stage::Fetching { told, .. } = &mut under_way.stage else { return Vec::new() };
        let (started_ns, Told { failures, mut warnings, notices, n_series }) =
            (under_way.started_ns, std::mem::take(told));
        warnings.sort();
        warnings.dedup();
        Arc::make_mut(&mut running.status).warnings = warnings;
        let eval = EvalInfo {
            ts: slot,
            lag_s: (started_ns - running.last_ns) as f64 / 1e9,
            took_s: (now_ns - started_ns) as f64 / 1e9,
            series_fetched: self.shared.stream.is_none().then_some(n_series),
            trace_id: None,
        };
        let tick = Tick::new(Arc::clone(&running.plan), slot, failures, eval).with_notices(notices);
        self.go_on(group, Box::new(tick), now_ns)
    }
}
