//! `PostgreSQL` and its hosts.

use model::Labels;

use super::{Counter, Histogram, Latency, Moment};
use crate::{Effect, page::Page, target::Identity};

/// In seconds.
const BOUNDS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5];

/// The servers.
pub(super) const SERVERS: [Server; 2] = [
    Server { name: "pg-primary", statements: 900.0, connections: 140.0, busy: 0.45 },
    Server { name: "pg-replica", statements: 500.0, connections: 90.0, busy: 0.32 },
];

const DATABASE: (&str, &str) = ("datname", "tripo04os");
const STATES: [(&str, f64); 3] = [("active", 0.32), ("idle", 0.64), ("idle in transaction", 0.04)];
const CORES: usize = 4;
/// Modes with their part of the time that a core is busy.
const BUSY_MODES: [(&str, f64); 3] = [("user", 0.62), ("system", 0.2), ("iowait", 0.18)];

/// A server on a good day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    name: &'static str,
    /// A second.
    statements: f64,
    connections: f64,
    /// Of its cores, of 1.
    busy: f64,
}

/// `postgres_exporter`.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    server: Server,
    up: Labels,
    durations: Histogram,
    states: Vec<(f64, Labels)>,
}

impl Postgres {
    pub(super) fn new(server: Server) -> Self {
        let identity = Identity::new("postgres", &format!("{}:9187", server.name), "postgres");
        let state = |(state, part)| {
            (part, identity.series("pg_stat_activity", &[DATABASE, ("state", state)]))
        };
        let name = "pg_stat_statements_duration_seconds";
        Self {
            server,
            up: identity.series("up", &[]),
            durations: Histogram::new(&identity, name, &[DATABASE], BOUNDS),
            states: STATES.map(state).into(),
        }
    }

    pub(super) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        let slower = moment.course.level(moment.t, 1.0, |e| match e {
            Effect::Queries { server, factor } if server == self.server.name => Some(*factor),
            _ => None,
        });
        let connections = moment.course.level(moment.t, self.server.connections, |e| match e {
            Effect::Connections { server, count } if server == self.server.name => Some(*count),
            _ => None,
        });
        let n = self.server.statements * moment.passed_s * moment.noise.around_one(0.1, 0);
        let median = 0.009 * slower * moment.noise.around_one(0.05, 1);
        self.durations.observe(n, Latency { median, shape: 2.2, slow_share: 0.0 });
        page.push(&self.up, 1.0);
        self.durations.show(page);
        let connections = connections * moment.noise.around_one(0.015, 2);
        for (part, labels) in &self.states {
            page.push(labels, (connections * part).round());
        }
    }
}

/// `node_exporter` of a database host.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    server: Server,
    up: Labels,
    cores: Vec<Core>,
}

#[derive(Clone, Debug)]
struct Core {
    idle: Counter,
    busy: Vec<(f64, Counter)>,
}

impl Host {
    pub(super) fn new(server: Server) -> Self {
        let identity = Identity::new("postgres-node", &format!("{}:9100", server.name), "postgres");
        let seconds = |cpu: &str, mode: &str| {
            Counter::new(identity.series("node_cpu_seconds_total", &[("cpu", cpu), ("mode", mode)]))
        };
        let core = |cpu: usize| {
            let cpu = cpu.to_string();
            let busy = BUSY_MODES.map(|(mode, part)| (part, seconds(&cpu, mode)));
            Core { idle: seconds(&cpu, "idle"), busy: busy.into() }
        };
        let cores = (0..CORES).map(core).collect();
        Self { server, up: identity.series("up", &[]), cores }
    }

    pub(super) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        let level = moment.course.level(moment.t, self.server.busy, |e| match e {
            Effect::DatabaseCpu { server, busy } if server == self.server.name => Some(*busy),
            _ => None,
        });
        page.push(&self.up, 1.0);
        for (key, core) in (0..).zip(&mut self.cores) {
            let busy = (level * moment.noise.around_one(0.05, key)).clamp(0.0, 1.0);
            core.idle.add((1.0 - busy) * moment.passed_s);
            core.idle.show_fraction(page);
            for (part, counter) in &mut core.busy {
                counter.add(busy * *part * moment.passed_s);
                counter.show_fraction(page);
            }
        }
    }
}
