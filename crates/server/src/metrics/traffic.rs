//! What is asked of the source.

use super::{Client, Collector, DescriptorEncoder, Unit, family, fmt};

#[derive(Debug)]
pub(super) struct Asked(pub(super) Client);

impl Collector for Asked {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let source::Traffic { requests, failures, bytes } = self.0.traffic();
        for (family, value) in [
            (family("watchfire_source_requests", "Requests sent to the source"), requests),
            (
                family("watchfire_source_request_failures", "Queries without a good answer"),
                failures,
            ),
            (
                family("watchfire_source_received", "Answers, after decompression")
                    .in_unit(Unit::Bytes),
                bytes,
            ),
        ] {
            family.counter(&mut encoder, value as f64)?;
        }
        Ok(())
    }
}
