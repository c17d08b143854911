//! How many connections the memory of this machine can hold.
//!
//! An allocation that fails aborts the process. So the server estimates how much memory a connection needs. The server
//! stays below the limits on address space (`ulimit -v`) and on data (`ulimit -d`), and below the limit of its control
//! group. The estimate is rough, because the allocator needs memory, too.

use std::env;
use std::fs;
use std::thread::available_parallelism;

use rustix::process::{Resource, getrlimit};

use crate::base::thread::STACK_SIZE;
use crate::server::config::{Config, MIN_BEHIND};
use crate::server::lifecycle::control_group;
use crate::server::room::history::kept::MAX_BYTES;

/// The bytes that the kernel and std map in addition to a stack: guard pages, the signal stack, rounding.
const STACK_OVERHEAD: u64 = 64 * 1024;

/// How many bytes a thread really touches, in its stack and in what std maps besides the stack.
const TOUCHED_PER_THREAD: u64 = 32 * 1024;

/// The bytes that a connection has on the heap besides its messages: buffers, its request, its entries in tables.
const BUFFERS: u64 = 32 * 1024;

/// How many copies of a message exist while its connection handles it: the frame, the text and the lines.
const MESSAGE_COPIES: u64 = 3;

/// The bytes for everything except connections: 32 MiB, for the other threads, the channels and the history.
const OTHER_MEMORY: u64 = 32 * 1024 * 1024;

/// How many messages of maximum size the estimate allows outside connections: in channels, batches and the history.
const MESSAGES_OUTSIDE_CONNECTIONS: u64 = 8;

/// The address space of one of glibc's arenas: 64 MiB. glibc creates up to eight for each core.
const ARENA_SIZE: u64 = 64 * 1024 * 1024;

/// Returns how many connections each memory limit allows, and the name of the limit.
pub(crate) fn limits(config: &Config) -> impl Iterator<Item = (u64, &'static str)> {
    let stack = STACK_SIZE as u64 + STACK_OVERHEAD;
    let left = |resource, used: &str, reserved: u64| {
        let limit = getrlimit(resource).current?;
        Some(limit.saturating_sub(status(used).unwrap_or(0) + reserved))
    };
    let space = left(Resource::As, "VmSize:", arenas() * ARENA_SIZE);
    let data = left(Resource::Data, "VmData:", 0);
    // `memory.current` would include cached files, which the kernel drops when it needs memory.
    let group = control_group::remaining("memory.max", |group| {
        let stat = fs::read_to_string(group.join("memory.stat")).ok()?;
        let used = stat.lines().find_map(|line| line.strip_prefix("anon "))?;
        used.parse().ok()
    });
    [
        space.map(|bytes| {
            (
                connections(bytes, stack, config),
                "address space, see `ulimit -v`",
            )
        }),
        data.map(|bytes| {
            (
                connections(bytes, stack, config),
                "data memory, see `ulimit -d`",
            )
        }),
        group.map(|bytes| {
            (
                connections(bytes, TOUCHED_PER_THREAD, config),
                "memory, see the control group's memory.max",
            )
        }),
    ]
    .into_iter()
    .flatten()
}

/// Returns how many connections fit in `bytes` bytes of memory, if each thread uses `stack` bytes.
///
/// A connection has a thread, buffers and a message. A client that is behind also has a catch-up thread and a backlog.
fn connections(bytes: u64, stack: u64, config: &Config) -> u64 {
    let message = config.max_message as u64;
    let left = bytes.saturating_sub(OTHER_MEMORY + MESSAGES_OUTSIDE_CONNECTIONS * message);
    let connection = stack + BUFFERS + MESSAGE_COPIES * message;
    let behind = stack + config.backlog.max(MAX_BYTES) as u64;
    // At most a tenth of the clients are behind, or `MIN_BEHIND` clients if that is more.
    let with_min_behind = left.saturating_sub(MIN_BEHIND as u64 * behind) / connection;
    with_min_behind.min(left / (connection + behind / 10))
}

/// Returns an upper bound for the arenas that glibc may create besides the first: by default, eight for each core.
fn arenas() -> u64 {
    let variable = env::var("MALLOC_ARENA_MAX").ok();
    match variable.and_then(|max| max.parse::<u64>().ok()) {
        Some(max @ 1..) => max - 1,
        _ => available_parallelism().map_or(8, |cores| 8 * cores.get() as u64),
    }
}

/// Returns the size in a field of `/proc/self/status`, converted from KiB to bytes.
fn status(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib = line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?;
    Some(kib * 1024)
}
