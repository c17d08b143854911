//! The threads of a process, from `/proc/PID/task`.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use super::wait::CHECK_INTERVAL;

/// Returns the sorted names of the process's threads. Linux truncates a name to 15 bytes.
pub fn names(pid: u32) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = of_each(pid, "comm")?
        .into_iter()
        .map(|name| name.trim_end().to_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Returns the kernel's ids of the threads with this name, sorted.
pub fn ids(pid: u32, name: &str) -> Vec<u32> {
    let mut ids: Vec<u32> = tasks(pid, name)
        .map(|task| {
            let id = task.file_name().and_then(OsStr::to_str);
            id.and_then(|id| id.parse().ok()).unwrap()
        })
        .collect();
    ids.sort_unstable();
    ids
}

/// Returns how many times the threads have gone to sleep voluntarily. Each sleep ends with one wake-up, so tests also
/// use this count for wake-ups.
///
/// Threads that have ended do not count.
pub fn sleeps(pid: u32) -> io::Result<u64> {
    of_each(pid, "status")?.iter().try_fold(0, |sum, status| {
        status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))
            .and_then(|count| count.trim().parse::<u64>().ok())
            .map(|count| sum + count)
            .ok_or_else(|| io::Error::other(format!("no count of sleeps in {status:?}")))
    })
}

/// Waits until the process has no work left: all its threads are asleep. The caller's watchdog limits the wait.
///
/// The function checks one thread after another. A thread that it checks later may wake one that it saw asleep. So it
/// also compares the number of sleeps before and after the check.
pub fn wait_until_asleep(pid: u32) -> io::Result<()> {
    let asleep = |status: &String| status.contains("\nState:\tS");
    loop {
        let before = sleeps(pid)?;
        if of_each(pid, "status")?.iter().all(asleep) && sleeps(pid)? == before {
            return Ok(());
        }
        thread::sleep(CHECK_INTERVAL);
    }
}

/// A system call in which a thread may wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Call {
    Accept,
    /// read(2) from a socket, for which the standard library makes the system call recvfrom(2).
    Read,
    /// write(2) to a socket, for which the standard library makes the system call sendto(2).
    Write,
    /// write(2) to a pipe or a file.
    WriteToPipe,
    /// futex(2), in which a thread waits on a channel, a lock or a condition variable.
    Channel,
}

/// Returns whether a thread has this name. A name that ends with a hyphen matches every thread whose name starts with
/// it: `conn-` matches `conn-1`. (Other names must match exactly, because the test harness names threads after tests,
/// such as `log::…`.)
pub fn is_named(thread: &str, name: &str) -> bool {
    thread == name || name.ends_with('-') && thread.starts_with(name)
}

/// Returns whether a thread with this name is in this call.
pub fn is_in(pid: u32, name: &str, call: Call) -> bool {
    calls(pid, name, call).contains(&true)
}

/// Returns whether all threads with this name are in this call. If there is no such thread, returns `true`.
pub fn all_are_in(pid: u32, name: &str, call: Call) -> bool {
    !calls(pid, name, call).contains(&false)
}

/// Returns, for each thread with this name, whether it is in this call. On an architecture whose call numbers are
/// unknown, any sleeping thread counts as being in the call.
fn calls(pid: u32, name: &str, call: Call) -> Vec<bool> {
    tasks(pid, name)
        .map(|task| match number(call) {
            // The file contains `NUMBER ARGUMENTS…`, or `running`.
            Some(number) => read(&task, "syscall").split(' ').next() == Some(number),
            None => read(&task, "status").contains("\nState:\tS"),
        })
        .collect()
}

fn number(call: Call) -> Option<&'static str> {
    let [x86_64, aarch64] = match call {
        Call::Accept => ["288", "242"],
        Call::Read => ["45", "207"],
        Call::Write => ["44", "206"],
        Call::WriteToPipe => ["1", "64"],
        Call::Channel => ["202", "98"],
    };
    match std::env::consts::ARCH {
        "x86_64" => Some(x86_64),
        "aarch64" => Some(aarch64),
        _ => None,
    }
}

/// Returns the folders of the threads with this name in `/proc/PID/task`.
fn tasks(pid: u32, name: &str) -> impl Iterator<Item = PathBuf> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let tasks = tasks.flatten().map(|task| task.path());
    tasks.filter(move |task| is_named(read(task, "comm").trim_end(), name))
}

/// Reads a file of a thread. Returns an empty text if the thread has ended.
fn read(task: &Path, file: &str) -> String {
    fs::read_to_string(task.join(file)).unwrap_or_default()
}

/// Reads `file` in the folder of each thread in `/proc/PID/task`. Skips a thread that has ended meanwhile.
fn of_each(pid: u32, file: &str) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        found.extend(fs::read_to_string(task?.path().join(file)));
    }
    Ok(found)
}
