//! How many connections there is memory for.
//!
//! An allocation that fails aborts the process. So the server estimates what a connection may take, and stays below the
//! limits of this process on address space (`ulimit -v`) and data (`ulimit -d`), and below the memory of its control group.
//! It is an estimate and no proof: what a process needs depends on its allocator, too.

use std::env;
use std::fs;
use std::thread::available_parallelism;

use rustix::process::{Resource, getrlimit};

use crate::base::thread::STACK_SIZE;
use crate::server::config::Config;
use crate::server::lifecycle::capacity::{left_by_control_groups, max_behind};
use crate::server::room::history::MAX_BYTES;

/// What the kernel and the standard library map beside a stack: the guard pages, the stack for signals, rounding.
const BESIDE_A_STACK: u64 = 64 * 1024;

/// What a thread touches of its stack and of what is beside it.
const TOUCHED: u64 = 32 * 1024;

/// What a connection has on the heap beside its messages: buffers of 4 KiB, its request, its places in the tables.
const BUFFERS: u64 = 32 * 1024;

/// How often a message may be there while its connection handles it: as a frame, as a text, as lines.
const COPIES: u64 = 3;

/// What the server needs for everything else: 32 MiB, for its threads, the channels and the history.
const OTHER: u64 = 32 * 1024 * 1024;

/// Of how many messages of the largest size there is a copy anywhere else: in a channel, a batch, the history.
const MESSAGES: u64 = 8;

/// The address space that glibc reserves for each of its arenas, of which it makes up to eight for each core.
const ARENA: u64 = 64 * 1024 * 1024;

/// How many connections each limit of memory allows, and what it is called. There is none where there is no limit.
pub fn limits(config: &Config) -> impl Iterator<Item = (u64, &'static str)> {
    let stack = STACK_SIZE as u64 + BESIDE_A_STACK;
    let left = |resource, used: &str, reserved: u64| {
        let limit = getrlimit(resource).current?;
        Some(limit.saturating_sub(status(used).unwrap_or(0) + reserved))
    };
    let space = left(Resource::As, "VmSize:", arenas() * ARENA);
    let data = left(Resource::Data, "VmData:", 0);
    // Not `memory.current`, which counts files that the kernel keeps and gives up when it has to.
    let group = left_by_control_groups("memory.max", |group| {
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
        data.map(|bytes| (connections(bytes, stack, config), "data, see `ulimit -d`")),
        group.map(|bytes| {
            (
                connections(bytes, TOUCHED, config),
                "memory, see the control group's memory.max",
            )
        }),
    ]
    .into_iter()
    .flatten()
}

/// How many connections so many bytes are enough for, if each thread takes `stack` of them.
///
/// A connection has a thread, buffers and a message. A client that is behind has another thread, and what waits for it.
fn connections(bytes: u64, stack: u64, config: &Config) -> u64 {
    let message = config.max_message as u64;
    let left = bytes.saturating_sub(OTHER + MESSAGES * message);
    let connection = stack + BUFFERS + COPIES * message;
    let behind = stack + config.backlog.max(MAX_BYTES) as u64;
    // Either the least number of clients that may be behind counts, or a tenth of all.
    let with_the_least = left.saturating_sub(max_behind(0) as u64 * behind) / connection;
    with_the_least.min(left / (connection + behind / 10))
}

/// How many arenas glibc may make besides the first: as many as it was told, or eight for each core.
fn arenas() -> u64 {
    let told = env::var("MALLOC_ARENA_MAX").ok();
    match told.and_then(|told| told.parse::<u64>().ok()) {
        Some(most @ 1..) => most - 1,
        _ => available_parallelism().map_or(8, |cores| 8 * cores.get() as u64),
    }
}

/// A line of the status of this process that ends with a number of KiB, in bytes.
fn status(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib = line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?;
    Some(kib * 1024)
}
