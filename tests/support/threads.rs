//! What Linux tells about a process's threads, in `/proc/PID/task`.

use std::fs;
use std::io;
use std::path::Path;
use std::thread;

use super::wait::A_MOMENT;

/// The names of the process's threads, sorted. Linux cuts a name at 15 bytes.
pub fn names(pid: u32) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = of_each(pid, "comm")?
        .into_iter()
        .map(|name| name.trim_end().to_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// How often the threads have gone to sleep of their own accord so far, all together: they have been woken as often.
///
/// A thread that has ended is no longer counted.
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

/// Waits until every thread sleeps: whatever has been asked of them is done. The caller's watchdog is the limit.
pub fn settle(pid: u32) -> io::Result<()> {
    let asleep = |status: &String| status.contains("\nState:\tS");
    while !of_each(pid, "status")?.iter().all(asleep) {
        thread::sleep(A_MOMENT);
    }
    Ok(())
}

/// A system call that a thread may sit in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Call {
    Accept,
    /// read(2) of a socket, which the standard library does with recv(2).
    Read,
    /// write(2) to a socket, in the same way.
    Write,
    /// write(2) to a pipe or a file.
    WriteToPipe,
    /// A channel, a lock or a condition: Linux knows them all as futex(2).
    Channel,
}

/// Whether a thread whose name begins like this sits in this call.
pub fn sits_in(pid: u32, name: &str, call: Call) -> bool {
    calls(pid, name, call).contains(&true)
}

/// Whether all of them do.
pub fn all_sit_in(pid: u32, name: &str, call: Call) -> bool {
    !calls(pid, name, call).contains(&false)
}

/// Of each thread whose name begins like this, whether it sits in this call. Where the numbers of the calls are not known
/// to us, it is enough that it sleeps.
fn calls(pid: u32, name: &str, call: Call) -> Vec<bool> {
    let read = |task: &Path, file: &str| fs::read_to_string(task.join(file)).unwrap_or_default();
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let tasks = tasks.flatten().map(|task| task.path());
    tasks
        .filter(|task| read(task, "comm").starts_with(name))
        .map(|task| match number(call) {
            // `NUMBER ARGUMENTS…`, or `running`.
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

/// A file of each thread. A thread that ends while we look has none, and is left out.
fn of_each(pid: u32, file: &str) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        found.extend(fs::read_to_string(task?.path().join(file)));
    }
    Ok(found)
}
