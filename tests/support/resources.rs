//! The resources that Linux counts for a process: descriptors, threads, and memory.

use std::fs;

use super::threads::{self, Call};
use super::wait::until;

/// Returns the number of the process's open descriptors.
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// Waits until a server is ready for its first client. Returns the number of its open descriptors. At startup, a server
/// opens files, some of them after it has printed its address. It closes them before it waits for its first client.
pub fn descriptors_at_start(pid: u32) -> usize {
    let is_ready = || threads::is_in(pid, "accept", Call::Accept);
    until(is_ready, |&is_ready| is_ready);
    descriptors(pid)
}

/// Returns the number of the process's threads with this [name](threads::is_named).
pub fn threads(pid: u32, name: &str) -> usize {
    let names = threads::names(pid).unwrap();
    let named = |thread: &&String| threads::is_named(thread, name);
    names.iter().filter(named).count()
}

/// Returns the resident memory of the process in bytes, shared libraries included.
pub fn resident(pid: u32) -> usize {
    status(pid, "VmRSS:")
}

/// Returns the peak of the process's resident memory, in bytes.
pub fn peak_resident(pid: u32) -> usize {
    status(pid, "VmHWM:")
}

/// Returns the lines about memory in the process's `/proc/PID/status`, for the message of a failed assertion.
pub fn memory_report(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let is_memory = |line: &&str| line.starts_with("Vm") || line.starts_with("Rss");
    status
        .lines()
        .filter(is_memory)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns a field of `/proc/PID/status`, in bytes. Linux prints it in KiB.
fn status(pid: u32, field: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<usize>().unwrap() * 1024
}
