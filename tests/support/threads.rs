//! What Linux tells about a process's threads, in `/proc/PID/task`.

use std::fs;
use std::io;
use std::thread;

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
        thread::yield_now();
    }
    Ok(())
}

/// A file of each thread. A thread that ends while we look has none, and is left out.
fn of_each(pid: u32, file: &str) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        found.extend(fs::read_to_string(task?.path().join(file)));
    }
    Ok(found)
}
