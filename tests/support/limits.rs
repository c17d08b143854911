//! Takes resources away from a process: descriptors, threads, or the reader of its stderr.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, geteuid, getrlimit, prlimit};

use super::resources;

/// Prevents a running process from opening more descriptors. A server keeps the capacity that it computed at startup,
/// under the former limit.
pub fn limit_descriptors(pid: u32) {
    limit(pid, Resource::Nofile, resources::descriptors(pid) as u64);
}

/// Sets the soft limit of a running process to `most`, and returns the former soft limit. The hard limit stays, so the
/// test can raise the soft limit again.
pub fn limit(pid: u32, resource: Resource, most: u64) -> u64 {
    let pid = Pid::from_raw(pid.try_into().unwrap());
    let hard = getrlimit(resource).maximum;
    let limit = Rlimit {
        current: Some(most),
        maximum: hard,
    };
    let former = prlimit(pid, resource, limit).unwrap();
    former.current.unwrap_or(u64::MAX)
}

/// If the test runs as root, makes the command run as the user `nobody`. Linux does not limit root's threads.
pub fn as_limited_user(command: &mut Command) {
    const NOBODY: u32 = 65534;
    if geteuid().is_root() {
        command.uid(NOBODY);
    }
}

/// Returns a stderr whose buffer is full, and its other end, which no program reads. While that end exists, writes to
/// stderr block. If that end is dropped, the writes fail immediately.
pub fn blocked_stderr() -> (Stdio, UnixStream) {
    let (mut stderr, unread) = UnixStream::pair().unwrap();
    stderr.set_nonblocking(true).unwrap();
    for size in [4096, 1] {
        while stderr.write(&vec![b' '; size]).is_ok() {}
    }
    stderr.set_nonblocking(false).unwrap();
    (Stdio::from(OwnedFd::from(stderr)), unread)
}
