//! What is measured on, and what else it does meanwhile.

use std::fs;

use serde::Serialize;

/// A machine, as reports describe it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// What the cores are.
    pub processor: String,
    /// Bytes of memory.
    pub memory: u64,
}

impl Machine {
    /// This one; what cannot be found out is empty.
    pub fn this() -> Self {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            cores,
            processor: processor(&read("/proc/cpuinfo")),
            memory: memory(&read("/proc/meminfo")),
        }
    }
}

fn processor(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim());
    name.unwrap_or_default().to_owned()
}

fn memory(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kilobytes = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kilobytes.map_or(0, |kb| kb * 1024)
}

/// Seconds of CPU that all processes of the machine used so far; none where that is not told.
pub(crate) fn busy_s() -> Option<f64> {
    busy(&fs::read_to_string("/proc/stat").ok()?)
}

/// Of the first line: user, nice, system, (idle, waiting,) interrupts and soft ones, in ticks.
fn busy(stat: &str) -> Option<f64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_ascii_whitespace();
    let ticks: Vec<f64> = fields.filter_map(|field| field.parse().ok()).collect();
    let used = [0, 1, 2, 5, 6].map(|i| ticks.get(i).copied());
    let used: Option<Vec<f64>> = used.into_iter().collect();
    Some(used?.iter().sum::<f64>() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proc_tells() {
        assert_eq!(busy("cpu  100 20 30 4000 50 6 7 8 0 0\ncpu0 1\n"), Some(1.63));
        assert_eq!(busy("intr 5\n"), None);
        assert_eq!(memory("MemTotal:       1024 kB\nMemFree: 1 kB\n"), 1 << 20);
        assert_eq!(
            processor("processor : 0\nmodel name\t: Some CPU @ 2 GHz\n"),
            "Some CPU @ 2 GHz"
        );
    }
}
