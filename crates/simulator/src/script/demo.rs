//! The incidents of the demo: an evening on which every shipped alert fires once and resolves.

use crate::{Effect, Incident, Pods};

/// What goes wrong in the demo, in less than two hours: all 22 alerts of the shipped rules fire,
/// and resolve again.
pub fn demo_script() -> Vec<Incident> {
    let all = [performance(), database(), cache(), infrastructure(), business(), sla()];
    let mut incidents: Vec<Incident> = all.into_iter().flatten().collect();
    incidents.sort_by_key(|incident| incident.at_ms);
    incidents
}

/// An incident from a minute to a minute.
fn incident(
    minutes: std::ops::Range<i64>,
    effects: Vec<Effect>,
    begins: &str,
    ends: &str,
) -> Incident {
    let (at_ms, lasts_ms) = (minutes.start * 60_000, (minutes.end - minutes.start) * 60_000);
    let (begins, ends) = (begins.to_owned(), ends.to_owned());
    Incident { at_ms, lasts_ms, ramp_ms: 60_000, effects, begins, ends }
}

fn performance() -> Vec<Incident> {
    let rides = |factor| vec![Effect::Latency { service: "rides".into(), factor }];
    let payments = |share| Effect::Errors { service: "payments".into(), share };
    vec![
        incident(
            1..27,
            rides(3.6),
            "rides: a release asks maps once per stop instead of once per trip",
            "rides: the release is rolled back, the queue is empty",
        ),
        incident(15..27, rides(7.0), "rides: its thread pool is exhausted, requests queue", ""),
        incident(
            78..104,
            vec![Effect::Rollout { service: "payments".into() }, payments(0.03)],
            "payments: new pods roll out; they fail where a card has no billing address",
            "payments: the fix is out",
        ),
        incident(
            94..104,
            vec![payments(0.12)],
            "payments: the card network retries, failures multiply",
            "",
        ),
    ]
}

fn database() -> Vec<Incident> {
    let primary = || "pg-primary".to_owned();
    let queries = |factor| Effect::Queries { server: primary(), factor };
    let connections = |count| Effect::Connections { server: primary(), count };
    vec![
        incident(
            4..28,
            vec![queries(4.0), Effect::DatabaseCpu { server: primary(), busy: 0.84 }],
            "pg-primary: a report without an index scans the rides table",
            "pg-primary: the report is cancelled, locks and connections are free",
        ),
        incident(17..28, vec![queries(9.0)], "pg-primary: the scan holds locks, writers wait", ""),
        incident(
            8..28,
            vec![connections(265.0)],
            "pg-primary: waiting services open more connections",
            "",
        ),
        incident(19..28, vec![connections(292.0)], "pg-primary: almost no connection is left", ""),
    ]
}

fn cache() -> Vec<Incident> {
    vec![
        incident(
            24..48,
            vec![Effect::CacheHits { ratio: 0.8 }, Effect::RedisMemory { ratio: 0.89 }],
            "redis: a bulk import fills the memory, keys are evicted",
            "redis: the import is over, the cache is warm",
        ),
        incident(
            36..48,
            vec![Effect::CacheHits { ratio: 0.64 }],
            "redis: sessions are evicted, too",
            "",
        ),
    ]
}

fn infrastructure() -> Vec<Incident> {
    let leak = Effect::PodMemory { pods: Pods::one("notifications", 1), ratio: 0.95 };
    let mut leak = incident(
        38..58,
        vec![leak],
        "notifications: a pod leaks memory",
        "notifications: the leaking pod is restarted",
    );
    leak.ramp_ms = 600_000;
    let crashing = Effect::CrashLoop { pods: Pods::one("promotions", 0), every_ms: 120_000 };
    vec![
        incident(
            34..54,
            vec![Effect::PodCpu { pods: Pods::one("matching", 0), ratio: 0.93 }],
            "matching: one pod computes in a hot loop",
            "matching: the hot loop is cut",
        ),
        leak,
        incident(
            42..50,
            vec![crashing],
            "promotions: a pod crashes every two minutes",
            "promotions: the pod has its secret again and runs",
        ),
        incident(
            46..58,
            vec![Effect::NotReady { pods: Pods::one("ratings", 1) }],
            "ratings: a pod fails its readiness probe",
            "ratings: the pod is ready",
        ),
        incident(
            52..57,
            vec![Effect::Unreachable { pods: Pods::one("location", 0) }],
            "location: a pod does not answer scrapes",
            "location: the pod answers",
        ),
        incident(
            56..61,
            vec![Effect::Gone { pods: Pods::all("eta") }],
            "eta: somebody scaled it to zero, its targets are gone",
            "eta: its pods are back",
        ),
    ]
}

fn business() -> Vec<Incident> {
    vec![
        incident(
            60..74,
            vec![Effect::Drivers { factor: 0.0 }],
            "GPS ingestion stops: no driver counts as available",
            "GPS ingestion works again, drivers are back",
        ),
        incident(
            62..82,
            vec![Effect::Cancellations { share: 0.26 }],
            "customers cancel what no driver takes",
            "customers find drivers again",
        ),
        incident(
            64..86,
            vec![Effect::Orders { factor: 0.05 }],
            "customers give up and order elsewhere",
            "customers order again",
        ),
    ]
}

fn sla() -> Vec<Incident> {
    vec![incident(
        86..98,
        vec![Effect::SlowTail { share: 0.025 }],
        "the map provider answers one request in forty only after seconds",
        "the map provider is well again",
    )]
}
