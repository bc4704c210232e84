//! What the sidecar tells of itself, in `OpenMetrics`.
//!
//! Nothing is counted here: figures are read where they are kept, when somebody scrapes.
//! One file per place: `ruler`, `traffic`, `received`, `own`. Other parts of the program put metrics of theirs
//! into [`Metrics::registry`].

mod own;
mod received;
mod ruler;
mod traffic;

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use ::ruler::{Probe, Snapshot, StoreStatus};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, MetricEncoder, text},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::{Registry, Unit},
};
use receive::Receiver;
use source::Client;
use tokio::sync::watch;

/// The media type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long a ruler in the midst of an evaluation is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// All metrics of a process.
pub struct Metrics {
    registry: Registry,
    probe: Option<Probe>,
    /// What the probe said last.
    held: Arc<Mutex<Option<StoreStatus>>>,
}

impl Metrics {
    /// Those of a process of which nothing else is known: its version, CPU and memory.
    pub fn new(version: &'static str) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(own::Own { version }));
        Self { registry, probe: None, held: Arc::default() }
    }

    /// Adds those of a ruler.
    pub fn add_ruler(&mut self, snapshots: watch::Receiver<Snapshot>, probe: Probe) {
        self.probe = Some(probe);
        let held = Arc::clone(&self.held);
        self.registry.register_collector(Box::new(ruler::Rules { snapshots, held }));
    }

    /// Adds those of what is asked of a source.
    pub fn add_source(&mut self, client: Client) {
        self.registry.register_collector(Box::new(traffic::Asked(client)));
    }

    /// Adds those of what comes by remote write.
    pub fn add_receiver(&mut self, receiver: Arc<Receiver>) {
        self.registry.register_collector(Box::new(received::Received(receiver)));
    }

    /// Where other metrics are registered; their names begin with `watchfire_`.
    pub fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// All metrics as they are now.
    pub async fn text(&self) -> Result<String, fmt::Error> {
        if let Some(probe) = &self.probe {
            let held = tokio::time::timeout(PATIENCE, probe.read()).await.ok().flatten();
            *self.held.lock().expect("nobody panics while it holds this") = held;
        }
        let mut encoded = String::new();
        text::encode(&mut encoded, &self.registry)?;
        Ok(encoded)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("probe", &self.probe).finish_non_exhaustive()
    }
}

/// One metric family: its name without `_total`, its help without a full stop.
struct Family<'a> {
    name: &'a str,
    help: &'a str,
    unit: Option<Unit>,
}

/// A family without a unit.
fn family<'a>(name: &'a str, help: &'a str) -> Family<'a> {
    Family { name, help, unit: None }
}

impl Family<'_> {
    fn in_unit(self, unit: Unit) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// Writes a counter.
    fn counter(&self, encoder: &mut DescriptorEncoder<'_>, value: f64) -> fmt::Result {
        ConstCounter::new(value).encode(self.describe(encoder, MetricType::Counter)?)
    }

    /// Writes a counter with a sample for each label set.
    fn counters<L: EncodeLabelSet>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        samples: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        let mut family = self.describe(encoder, MetricType::Counter)?;
        let mut samples = samples.into_iter();
        samples.try_for_each(|(l, v)| ConstCounter::new(v).encode(family.encode_family(&l)?))
    }

    /// Writes a gauge.
    fn gauge(&self, encoder: &mut DescriptorEncoder<'_>, value: f64) -> fmt::Result {
        ConstGauge::new(value).encode(self.describe(encoder, MetricType::Gauge)?)
    }

    /// Writes a gauge with a sample for each label set.
    fn gauges<L: EncodeLabelSet>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        samples: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        let mut family = self.describe(encoder, MetricType::Gauge)?;
        let mut samples = samples.into_iter();
        samples.try_for_each(|(l, v)| ConstGauge::new(v).encode(family.encode_family(&l)?))
    }

    fn describe<'s>(
        &'s self,
        encoder: &'s mut DescriptorEncoder<'_>,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        encoder.encode_descriptor(self.name, self.help, self.unit.as_ref(), kind)
    }
}

/// A label's value as it is written; the encoder leaves that to its users.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests;
