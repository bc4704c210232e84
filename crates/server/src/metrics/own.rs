//! The process itself, by the names that all Prometheus clients have for it.

use super::{Collector, DescriptorEncoder, Unit, family, fmt};
use crate::process::Usage;

#[derive(Debug)]
pub(super) struct Own {
    pub(super) version: &'static str,
}

impl Collector for Own {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let encoder = &mut encoder;
        let version = [("version", self.version)];
        family("watchfire_build_info", "Which Watchfire this is")
            .gauges(encoder, [(version, 1.0)])?;
        // Elsewhere than on Linux there is nothing to tell.
        let Ok(usage) = Usage::own() else { return Ok(()) };
        family("process_cpu", "CPU time in user mode and in the kernel")
            .in_unit(Unit::Seconds)
            .counter(encoder, usage.cpu_s())?;
        family("process_resident_memory", "Memory in use")
            .in_unit(Unit::Bytes)
            .gauge(encoder, usage.resident as f64)?;
        family("process_start_time", "When the process started, since the Unix epoch")
            .in_unit(Unit::Seconds)
            .gauge(encoder, usage.started_s)
    }
}
