//! What each job of the platform exports.
//!
//! A model keeps its counters and moves them by the time that passed; incidents bend its rates.
//! Metric names, labels and buckets are those that the shipped rules read.

mod business;
mod counter;
mod histogram;
mod http;
mod kubernetes;
mod native;
mod postgres;
mod redis;
mod service;

use crate::{Config, fleet, noise::Noise, page::Page, script::Course, target::Identity};

pub(crate) use counter::Counter;
pub(crate) use histogram::{Histogram, Latency};
pub(crate) use native::NativeHistogram;

/// Series that a platform has whatever its number of pods.
pub(crate) const SERIES_BESIDE_PODS: usize = 2 * (14 + 3 + 1) + 2 * (16 + 1) + 12 + 1 + 2 + 1;

/// Series that a pod brings along, with its share of those about orders and drivers.
pub(crate) fn series_per_pod(endpoints: usize) -> usize {
    let (service, kubernetes, business) = (21 * endpoints + 1, 14, 2);
    service + kubernetes + business
}

/// One scrape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    /// When, in milliseconds.
    pub(crate) t: i64,
    /// Seconds since the scrape before it; 0 for the first.
    pub(crate) passed_s: f64,
    pub(crate) seed: u64,
    pub(crate) course: &'a Course,
    pub(crate) noise: Noise,
}

/// Something that exports metrics.
#[derive(Clone, Debug)]
pub(crate) enum Exporter {
    /// A pod of a service.
    Service(Box<service::Service>),
    /// `postgres_exporter`.
    Postgres(postgres::Postgres),
    /// `node_exporter` of a database host.
    DatabaseHost(postgres::Host),
    /// `redis_exporter`.
    Redis(redis::Redis),
    /// `kube-state-metrics`.
    KubeState(kubernetes::KubeState),
    /// A kubelet's cAdvisor.
    Containers(kubernetes::Containers),
    /// Prometheus itself, of which only `up` is of interest.
    Prometheus(Identity),
}

impl Exporter {
    /// Every exporter of a platform.
    pub(crate) fn all(config: &Config) -> Vec<Self> {
        let slots = &fleet::slots(config.pods)[..];
        let services = slots.iter().map(|slot| service::Service::new(*slot, config));
        let mut all: Vec<Self> = services.map(|s| Self::Service(Box::new(s))).collect();
        for server in postgres::SERVERS {
            all.push(Self::Postgres(postgres::Postgres::new(server)));
            all.push(Self::DatabaseHost(postgres::Host::new(server)));
        }
        all.push(Self::Redis(redis::Redis::new()));
        all.push(Self::KubeState(kubernetes::KubeState::new(slots)));
        for node in 0..kubernetes::NODES {
            all.push(Self::Containers(kubernetes::Containers::new(node, slots)));
        }
        all.push(Self::Prometheus(Identity::new("prometheus", "localhost:9090", "prometheus")));
        all
    }

    /// Moves the model on and shows it.
    pub(crate) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        match self {
            Self::Service(model) => model.scrape(moment, page),
            Self::Postgres(model) => model.scrape(moment, page),
            Self::DatabaseHost(model) => model.scrape(moment, page),
            Self::Redis(model) => model.scrape(moment, page),
            Self::KubeState(model) => model.scrape(moment, page),
            Self::Containers(model) => model.scrape(moment, page),
            Self::Prometheus(identity) => page.push(&identity.series("up", &[]), 1.0),
        }
    }
}
