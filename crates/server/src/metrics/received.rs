//! What comes by remote write.

use std::sync::Arc;

use super::{Collector, DescriptorEncoder, Receiver, Unit, family, fmt};

#[derive(Debug)]
pub(super) struct Received(pub(super) Arc<Receiver>);

impl Collector for Received {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let encoder = &mut encoder;
        let stats = self.0.stats();
        family("watchfire_receive_requests", "Remote-write requests").counters(
            encoder,
            [
                ([("result", "ok")], stats.requests_ok as f64),
                ([("result", "refused")], stats.requests_refused as f64),
                ([("result", "busy")], stats.requests_busy as f64),
            ],
        )?;
        family("watchfire_receive_samples", "Samples received").counters(
            encoder,
            [
                ([("outcome", "written")], stats.samples_written as f64),
                ([("outcome", "unwanted")], stats.samples_unwanted as f64),
                ([("outcome", "out_of_order")], stats.samples_out_of_order as f64),
                ([("outcome", "duplicate")], stats.samples_duplicate as f64),
                ([("outcome", "too_far")], stats.samples_too_far as f64),
                ([("outcome", "invalid")], stats.samples_invalid as f64),
            ],
        )?;
        family("watchfire_receive_series", "Series that are known").gauges(
            encoder,
            [
                ([("wanted", "true")], stats.series_wanted as f64),
                ([("wanted", "false")], stats.series_unwanted as f64),
            ],
        )?;
        family("watchfire_receive_series_new", "Series that were met first")
            .counter(encoder, stats.series_new as f64)?;
        family("watchfire_receive_compressed", "Requests as they came")
            .in_unit(Unit::Bytes)
            .counter(encoder, stats.bytes_compressed as f64)?;
        family("watchfire_receive_plain", "Requests after decompression")
            .in_unit(Unit::Bytes)
            .counter(encoder, stats.bytes_plain as f64)?;
        family("watchfire_receive_queued_samples", "Samples that wait to be taken")
            .gauge(encoder, stats.samples_queued as f64)
    }
}
