//! Groups, their rules and alerts, and what is held for them.

use ::ruler::status::{GroupStatus, RuleStatus};
use alert::State;
use engine::Binds;

use super::{
    Arc, Collector, DescriptorEncoder, Mutex, Snapshot, StoreStatus, Unit, escaped, family, fmt,
    watch,
};

#[derive(Debug)]
pub(super) struct Rules {
    pub(super) snapshots: watch::Receiver<Snapshot>,
    pub(super) held: Arc<Mutex<Option<StoreStatus>>>,
}

/// `rule_group="FILE;NAME"`, as Prometheus has it.
type Labelled = [(&'static str, String); 1];

impl Collector for Rules {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let groups = self.snapshots.borrow().groups.clone();
        let encoder = &mut encoder;
        counters(encoder, &groups)?;
        gauges(encoder, &groups)?;
        let held = *self.held.lock().expect("nobody panics while it holds this");
        held.map_or(Ok(()), |held| store(encoder, held))
    }
}

fn counters(encoder: &mut DescriptorEncoder<'_>, groups: &[Arc<GroupStatus>]) -> fmt::Result {
    let rules = |figure: fn(&RuleStatus) -> u64| {
        move |g: &GroupStatus| g.rules.iter().map(figure).sum::<u64>() as f64
    };
    family("watchfire_rule_evaluations", "Evaluations of rules")
        .counters(encoder, each(groups, rules(|r| r.evaluations)))?;
    family("watchfire_rule_evaluation_failures", "Evaluations of rules that failed")
        .counters(encoder, each(groups, rules(|r| r.failures)))?;
    family("watchfire_rule_warnings", "Warnings that came with results")
        .counters(encoder, each(groups, rules(|r| r.n_warnings)))?;
    family("watchfire_group_iterations", "Slots of groups that passed, missed ones included")
        .counters(encoder, each(groups, |g| g.iterations as f64))?;
    family(
        "watchfire_group_iterations_missed",
        "Slots missed because the one before took too long",
    )
    .counters(encoder, each(groups, |g| g.missed as f64))?;
    let computing = |g: &GroupStatus| g.rules.iter().map(|r| r.total_time.as_secs_f64()).sum();
    family("watchfire_evaluation", "Time spent on computing rules, without fetching")
        .in_unit(Unit::Seconds)
        .counters(encoder, each(groups, computing))
}

fn gauges(encoder: &mut DescriptorEncoder<'_>, groups: &[Arc<GroupStatus>]) -> fmt::Result {
    family("watchfire_group_rules", "Rules of a group")
        .gauges(encoder, each(groups, |g| g.rules.len() as f64))?;
    let waiting = |g: &GroupStatus| g.rules.iter().filter(|r| r.waiting.is_some()).count() as f64;
    family("watchfire_group_rules_waiting", "Rules whose windows a stream does not cover yet")
        .gauges(encoder, each(groups, waiting))?;
    family("watchfire_group_interval", "Between two evaluations")
        .in_unit(Unit::Seconds)
        .gauges(encoder, each(groups, |g| g.plan.interval_ms as f64 / 1e3))?;
    family("watchfire_group_last_duration", "How long the last evaluation took, with fetching")
        .in_unit(Unit::Seconds)
        .gauges(encoder, each(groups, |g| g.evaluation_time.as_secs_f64()))?;
    let evaluated =
        groups.iter().filter_map(|g| Some((labels(g), g.last_evaluation?.0 as f64 / 1e3)));
    family("watchfire_group_last_evaluation_timestamp", "The slot that was evaluated last")
        .in_unit(Unit::Seconds)
        .gauges(encoder, evaluated)?;
    let alerts = |state: State| {
        let all = groups.iter().flat_map(|g| &g.rules).flat_map(|r| &r.alerts);
        all.filter(move |alert| alert.state == state).count() as f64
    };
    let states = [("pending", State::Pending), ("firing", State::Firing)];
    let samples = states.map(|(name, state)| ([("alertstate", name)], alerts(state)));
    family("watchfire_alerts", "Active alerts").gauges(encoder, samples)
}

fn store(encoder: &mut DescriptorEncoder<'_>, held: StoreStatus) -> fmt::Result {
    family("watchfire_store_series", "Series held, fetched and produced")
        .gauge(encoder, held.series as f64)?;
    family("watchfire_store_samples", "Samples held, fetched and produced")
        .gauge(encoder, held.samples as f64)?;
    family("watchfire_store", "Memory that samples take, without label sets")
        .in_unit(Unit::Bytes)
        .gauge(encoder, held.bytes as f64)?;
    let Binds { full, by_difference, rows, time_ns } = held.binds;
    let ways = [("nothing", full), ("difference", by_difference)];
    family("watchfire_bind_nodes", "Nodes bound to series that came or went, from what they knew")
        .counters(encoder, ways.map(|(from, n)| ([("from", from)], n as f64)))?;
    family("watchfire_bind_rows", "Rows whose labels were looked at when nodes were bound")
        .counter(encoder, rows as f64)?;
    family("watchfire_bind", "Time spent on binding nodes: with the cut stream mostly before slots are due, otherwise as part of evaluation")
        .in_unit(Unit::Seconds)
        .counter(encoder, time_ns as f64 / 1e9)
}

fn each(
    groups: &[Arc<GroupStatus>],
    figure: impl Fn(&GroupStatus) -> f64,
) -> impl Iterator<Item = (Labelled, f64)> {
    groups.iter().map(move |group| (labels(group), figure(group)))
}

fn labels(group: &GroupStatus) -> Labelled {
    [("rule_group", escaped(&format!("{};{}", group.plan.file, group.plan.name)))]
}
