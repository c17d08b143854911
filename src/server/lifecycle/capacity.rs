//! How many connections this machine can hold.
//!
//! Each connection is a descriptor, a thread and memory. If there are no more descriptors, accept(2) says so, and the server
//! goes on. But if a *new* thread finds no room for its memory maps, or any thread none for a value, the standard library
//! aborts the process. So the server stays below. Memory is looked at in [`memory`].

use std::fs;
use std::path::Path;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::server::config::Config;
use crate::server::lifecycle::memory;

/// Descriptors for everything but connections: 16. They are the three streams, the listener, the socket that ends accept(2),
/// the one that accept(2) takes before it waits, and some that the server was started with. The threads hub, writer, log and
/// tap, long polls and catching up need none.
const OTHER_DESCRIPTORS: u64 = 16;

/// How many sockets that were turned away are kept open for their goodbye: 64, but a quarter of the descriptors at most.
const MAX_TURNED_AWAY: u64 = 64;

/// Threads for everything but connections and catching up: main, hub, accept, log, tap, ctrl-c, and a few to spare.
const OTHER_THREADS: u64 = 32;

/// Memory maps for each thread: its stack and its guard page, and the same for the signal stack that std gives it.
const MAPS_PER_THREAD: u64 = 4;

/// Memory maps for everything but threads: the program, its libraries, and its heap with large values of their own maps.
const OTHER_MAPS: u64 = 4096;

/// How many clients may be behind at least, however few connections are allowed: 64.
const MIN_BEHIND: usize = 64;

/// How many clients may be behind, each with a thread of its own: a tenth of all, but at least 64.
pub fn max_behind(connections: usize) -> usize {
    (connections / 10).max(MIN_BEHIND)
}

/// What this machine can hold.
#[derive(Debug)]
pub struct Capacity {
    /// The most connections. Never less than 1.
    pub connections: usize,
    /// What sets this limit.
    pub reason: &'static str,
    /// The most sockets that are kept open for their goodbye after they were turned away.
    pub turned_away: usize,
}

impl Capacity {
    /// Looks at the limits of this process, and raises its soft limit of descriptors to the hard one.
    pub fn of_this_machine(config: &Config) -> Capacity {
        let descriptors = descriptors().saturating_sub(OTHER_DESCRIPTORS);
        let turned_away = (descriptors / 4).min(MAX_TURNED_AWAY);
        let other_threads = OTHER_THREADS + config.writers as u64;
        let threads = |threads: u64| connections_of(threads.saturating_sub(other_threads));
        let of_descriptors = descriptors - turned_away;
        let of_maps = threads(max_maps().saturating_sub(OTHER_MAPS) / MAPS_PER_THREAD);
        let of_threads = threads(max_threads());
        let limits = [
            (of_descriptors, "descriptors, see `ulimit -Hn`"),
            (of_maps, "memory maps, see vm.max_map_count"),
            (
                of_threads,
                "threads, see `ulimit -u`, kernel.threads-max and the control group's pids.max",
            ),
        ];
        let memory = memory::limits(config);
        let least = limits
            .into_iter()
            .chain(memory)
            .min_by_key(|(limit, _)| *limit);
        let (limit, reason) = least.unwrap_or((u64::MAX, ""));
        Capacity {
            connections: usize::try_from(limit).unwrap_or(usize::MAX).max(1),
            reason,
            turned_away: usize::try_from(turned_away).unwrap_or_default(),
        }
    }
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
    let of_the_group =
        left_by_control_groups("pids.max", |group| number_in(group.join("pids.current")));
    let all = of_the_system.into_iter().chain([of_the_user, of_the_group]);
    all.flatten().min().unwrap_or(u64::MAX)
}

/// What the control groups of this process (version 2) leave: the limit of each, from its own up to the root, less what is
/// used of it.
pub(crate) fn left_by_control_groups(
    max: &str,
    used: impl Fn(&Path) -> Option<u64>,
) -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let left = |group: &Path| {
        let max = number_in(group.join(max))?;
        Some(max.saturating_sub(used(group).unwrap_or(0)))
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
