//! What the kernel counts of a process: CPU, memory, start.
//!
//! Read from `/proc`, so there is nothing to read elsewhere than on Linux.

use std::{fs, io};

/// Clock ticks a second in `/proc`: the kernel's interface fixes them on all machines of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Seconds of CPU in user mode.
    pub user_s: f64,
    /// Seconds of CPU in the kernel.
    pub system_s: f64,
    /// Bytes in memory.
    pub resident: u64,
    /// The most bytes that ever were in memory.
    pub peak_resident: u64,
    /// When it started, in seconds since the Unix epoch.
    pub started_s: f64,
}

impl Usage {
    /// Of a process by its id.
    pub fn of(pid: u32) -> io::Result<Self> {
        Self::below(&format!("/proc/{pid}"))
    }

    /// Of this process.
    pub fn own() -> io::Result<Self> {
        Self::below("/proc/self")
    }

    /// Seconds of CPU in all.
    pub fn cpu_s(&self) -> f64 {
        self.user_s + self.system_s
    }

    fn below(folder: &str) -> io::Result<Self> {
        let [stat, status] =
            ["stat", "status"].map(|file| fs::read_to_string(format!("{folder}/{file}")));
        let boot = fs::read_to_string("/proc/stat")?;
        let parsed = parse(&stat?, &status?, &boot);
        parsed.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc is not as expected"))
    }
}

/// Reads the files `stat` and `status` of a process and the machine's `stat`.
fn parse(stat: &str, status: &str, boot: &str) -> Option<Usage> {
    // The command comes in parentheses and may hold any of them itself.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    // As proc(5) numbers them; the first field after the command is number 3.
    let ticks = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    let booted_s = line(boot, "btime")?.parse::<f64>().ok()?;
    Some(Usage {
        user_s: ticks(14)? / TICKS_PER_SECOND,
        system_s: ticks(15)? / TICKS_PER_SECOND,
        started_s: booted_s + ticks(22)? / TICKS_PER_SECOND,
        resident: kilobytes(status, "VmRSS:")?,
        peak_resident: kilobytes(status, "VmHWM:")?,
    })
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    line(status, name)?.strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1024)
}

/// The rest of the line that begins with a word.
fn line<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(word)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_may_hold_anything() {
        let stat = "7 (a) (b c) S 1 7 7 0 -1 4194560 5 0 0 0 250 50 9 9 20 0 3 0 1200 0 0";
        let status = "Name:\ta) (b c\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        let usage = parse(stat, status, "cpu 1 2\nbtime 1700000000\n").unwrap();
        let expected = Usage {
            user_s: 2.5,
            system_s: 0.5,
            resident: 1 << 20,
            peak_resident: 2 << 20,
            started_s: 1_700_000_012.0,
        };
        assert_eq!((usage, usage.cpu_s()), (expected, 3.0));
    }

    #[test]
    fn what_is_missing_is_no_zero() {
        assert_eq!(parse("7 (a) S 1", "VmRSS: 1 kB", "btime 1"), None);
        assert_eq!(parse("", "", ""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_there() {
        let before = Usage::own().unwrap();
        assert!(before.peak_resident >= before.resident && before.resident > 1 << 20);
        let same = Usage::of(std::process::id()).unwrap().started_s - before.started_s;
        assert!(same.abs() < 0.02);
        assert!(Usage::of(u32::MAX).is_err());
    }
}
