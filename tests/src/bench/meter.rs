//! What the kernel counts of the nodes' processes.

use crate::county::County;
use std::{fs, path::Path, time::Duration};

/// Units of `/proc/PID/stat` in a second; fixed by Linux for what programs see (`USER_HZ`).
const TICKS_PER_SECOND: u32 = 100;
/// The fields after the name in `/proc/PID/stat` that hold user and system time.
const UTIME: usize = 11;

/// CPU time of every running node so far, and the largest peak of memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meter {
    pub(super) cpu: Duration,
    pub(super) peak_kib: u64,
    /// CPU time of this program, whose forwarders and eyes share the processors with the nodes.
    pub(super) own: Duration,
}

/// Reads the counters of all nodes.
pub(super) fn read(county: &County) -> Meter {
    let parties = county.parties();
    let parties: Vec<&str> = parties.iter().map(String::as_str).collect();
    read_of(county, &parties)
}

/// Reads the counters of some nodes.
pub(super) fn read_of(county: &County, parties: &[&str]) -> Meter {
    let pids = parties.iter().filter_map(|party| county.node(party).pid());
    let peak = parties.iter().map(|party| county.footprint(party).peak_kib).max();
    Meter { cpu: pids.map(|pid| cpu(&pid.to_string())).sum(), peak_kib: peak.unwrap_or(0), own: cpu("self") }
}

impl Meter {
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            peak_kib: self.peak_kib,
            own: self.own.saturating_sub(before.own),
        }
    }
}

/// Of the kernel's two accounts the larger: that of the process forgets no thread but counts in hundredths of a second,
/// that of its threads counts in nanoseconds but forgets those that have ended.
fn cpu(process: &str) -> Duration {
    whole(process).max(threads(process))
}

fn threads(process: &str) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    tasks.filter_map(|task| on_processor(&task.path())).sum()
}

/// CPU time of the thread that asks.
pub(super) fn this_thread() -> Duration {
    on_processor(Path::new("/proc/thread-self")).expect("Linux counts the time of threads")
}

fn on_processor(task: &Path) -> Option<Duration> {
    let account = fs::read_to_string(task.join("schedstat")).ok()?;
    account.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn whole(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name stands in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks: u32 = fields.iter().skip(UTIME).take(2).filter_map(|f| f.parse::<u32>().ok()).sum();
    Duration::from_secs(1) * ticks / TICKS_PER_SECOND
}

/// CPU time of a process so far, and the peak of its memory.
pub(super) fn cpu_of(pid: u32) -> Duration {
    cpu(&pid.to_string())
}

pub(super) fn peak_kib_of(pid: u32) -> u64 {
    kib(pid, "VmHWM:")
}

/// Resident memory of a node now, in KiB.
pub(super) fn resident_kib(county: &County, party: &str) -> u64 {
    let pid = county.node(party).pid().unwrap_or_default();
    kib(pid, "VmRSS:")
}

fn kib(pid: u32, what: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    line.and_then(|kib| kib.trim().strip_suffix("kB")?.trim().parse().ok()).unwrap_or(0)
}
