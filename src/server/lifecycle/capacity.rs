//! How many connections this machine can hold.
//!
//! Each connection needs a descriptor, a thread and memory. Without a free descriptor, accept(2) fails and the server
//! continues. But the standard library aborts the process if a *new* thread finds no room for its memory maps, or if an
//! allocation fails. So the server admits no more connections than these resources allow. [`memory`] estimates how many
//! fit in memory.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::server::config::{Config, MIN_BEHIND};
use crate::server::lifecycle::control_group::{self, number_in};
use crate::server::lifecycle::memory;

/// Descriptors for everything except connections: 16. They include the standard streams, the listener, the history file
/// and inherited ones. Two are for the thread `accept`: one that accept(2) reserves, and the socket that ends this wait.
const OTHER_DESCRIPTORS: u64 = 16;

/// The maximum number of turned-away sockets that stay open: 64, or a quarter of the descriptors if that is less.
const MAX_TURNED_AWAY: u64 = 64;

/// Threads besides those of connections, catch-ups and writers: 32, for main, hub, keeper and others, with a reserve.
const OTHER_THREADS: u64 = 32;

/// Memory maps of each thread: a stack and a guard page, and the same for the signal stack that std adds.
const MAPS_PER_THREAD: u64 = 4;

/// Memory maps for everything except threads: the program, its libraries, and its heap.
const OTHER_MAPS: u64 = 4096;

/// What this machine can hold.
#[derive(Debug)]
pub(crate) struct Capacity {
    /// The maximum number of connections. At least 1.
    pub connections: usize,
    /// The resource that limits `connections`, and where to look up its limit.
    pub reason: &'static str,
    /// The maximum number of turned-away sockets that stay open.
    pub turned_away: usize,
}

impl Capacity {
    /// Reads the limits of this process, and raises its soft limit on descriptors to the hard one.
    pub(crate) fn detect(config: &Config) -> Capacity {
        let descriptors = descriptors().saturating_sub(OTHER_DESCRIPTORS);
        let turned_away = (descriptors / 4).min(MAX_TURNED_AWAY);
        let other_threads = OTHER_THREADS + config.writers as u64;
        let threads = |threads: u64| connections_with(threads.saturating_sub(other_threads));
        let by_descriptors = descriptors - turned_away;
        let by_maps = threads(max_maps().saturating_sub(OTHER_MAPS) / MAPS_PER_THREAD);
        let by_threads = threads(max_threads());
        let limits = [
            (by_descriptors, "descriptors, see `ulimit -Hn`"),
            (by_maps, "memory maps, see vm.max_map_count"),
            (
                by_threads,
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
            turned_away: turned_away as usize,
        }
    }
}

/// Returns how many connections `threads` threads can serve, with enough threads left for catch-ups.
fn connections_with(threads: u64) -> u64 {
    let min_behind = MIN_BEHIND as u64;
    threads
        .saturating_sub(min_behind)
        .min(threads.saturating_mul(10) / 11)
}

fn descriptors() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // If the limit cannot be raised, the old limit remains.
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
    let user = getrlimit(Resource::Nproc).current;
    let system = ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"].map(number_in);
    let group = control_group::remaining("pids.max", |group| number_in(group.join("pids.current")));
    let all = system.into_iter().chain([user, group]);
    all.flatten().min().unwrap_or(u64::MAX)
}
