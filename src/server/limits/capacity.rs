//! How many connections this machine can hold.
//!
//! Each connection is a descriptor and a thread. If there are no more descriptors, accept(2) says so, and the server goes
//! on. But if a *new* thread finds no room for its memory maps, the standard library aborts the process, after `spawn` has
//! said Ok: at 16,370 threads with the usual `vm.max_map_count`. So the server stays below.

use std::fs;
use std::path::Path;

use crate::server::journal::MAX_WRITING;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for everything but connections: 64 refused sockets, the listener, the streams, and a few to spare.
const OTHER_DESCRIPTORS: u64 = 100;

/// Threads for everything but connections and catching up: main, hub, accept, ctrl-c, and a few to spare.
const OTHER_THREADS: u64 = 32;

/// Memory maps for each thread: its stack and its guard page, and the same for the signal stack that std gives it.
const MAPS_PER_THREAD: u64 = 4;

/// Memory maps for everything but connections and catching up: the program, its libraries, its heap, and the threads that
/// have nothing left to do but to write a line of the log.
const OTHER_MAPS: u64 = 512 + MAPS_PER_THREAD * MAX_WRITING as u64;

/// How many clients may be behind at least, however few connections are allowed: 64.
const MIN_BEHIND: usize = 64;

/// How many clients may be behind, each with a thread of its own: a tenth of all, but at least 64.
pub fn max_behind(connections: usize) -> usize {
    (connections / 10).max(MIN_BEHIND)
}

/// The most connections that this machine can hold with so many writers, and what sets this limit, if it is less than
/// `wanted`. Raises this process' soft limit of descriptors to the hard one. Never less than 1.
pub fn lowered(wanted: usize, writers: usize) -> Option<(usize, &'static str)> {
    let threads =
        |threads: u64| connections_of(threads.saturating_sub(OTHER_THREADS + writers as u64));
    let limits = [
        (
            descriptors().saturating_sub(OTHER_DESCRIPTORS),
            "descriptors, see `ulimit -Hn`",
        ),
        (
            threads(max_maps().saturating_sub(OTHER_MAPS) / MAPS_PER_THREAD),
            "memory maps, see vm.max_map_count",
        ),
        (
            threads(max_threads()),
            "threads, see `ulimit -u`, kernel.threads-max and the control group's pids.max",
        ),
    ];
    let (limit, reason) = limits.into_iter().min_by_key(|(limit, _)| *limit)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
    (limit < wanted).then_some((limit, reason))
}

/// How many connections so many threads are enough for, those for catching up included.
fn connections_of(threads: u64) -> u64 {
    let min_behind = MIN_BEHIND as u64;
    threads
        .saturating_sub(min_behind)
        .min(threads.saturating_mul(10) / 11)
}

fn descriptors() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // If it cannot be raised, the limit is what it was.
    match setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    ) {
        Ok(()) => maximum.unwrap_or(u64::MAX),
        Err(_) => current.unwrap_or(u64::MAX),
    }
}

fn max_maps() -> u64 {
    number_in("/proc/sys/vm/max_map_count").unwrap_or(u64::MAX)
}

fn max_threads() -> u64 {
    let of_the_user = getrlimit(Resource::Nproc).current;
    let of_the_system = ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"].map(number_in);
    let all = of_the_system
        .into_iter()
        .chain([of_the_user, of_the_control_groups()]);
    all.flatten().min().unwrap_or(u64::MAX)
}

/// What the control groups of this process leave: the limit of each, from its own up to the root, less what it uses.
fn of_the_control_groups() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let left = |group: &Path| {
        let max = number_in(group.join("pids.max"))?;
        Some(max.saturating_sub(number_in(group.join("pids.current")).unwrap_or(0)))
    };
    Path::new(own)
        .ancestors()
        .filter_map(|group| left(&Path::new("/sys/fs/cgroup").join(group)))
        .min()
}

/// The number in a file of the kernel's; `None` where there is no such file, or no limit.
fn number_in(file: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}
