//! What Linux tells about a process's threads, in `/proc/PID/task`.

use std::collections::BTreeMap;
use std::fs;
use std::io;

/// The names of the process's threads, sorted. Linux cuts a name at 15 bytes.
pub fn names(pid: u32) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = of_each(pid, "comm")?
        .into_values()
        .map(|name| name.trim_end().to_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// How often each thread has gone to sleep of its own accord so far, by the thread's id: it has been woken as often.
pub fn sleeps(pid: u32) -> io::Result<BTreeMap<u32, u64>> {
    of_each(pid, "status")?
        .into_iter()
        .map(|(thread, status)| {
            status
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))
                .and_then(|count| count.trim().parse().ok())
                .map(|count| (thread, count))
                .ok_or_else(|| io::Error::other(format!("no count of sleeps in {status:?}")))
        })
        .collect()
}

/// A file of each thread. A thread that ends while we look has none, and is left out.
fn of_each(pid: u32, file: &str) -> io::Result<BTreeMap<u32, String>> {
    let mut found = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?;
        let thread = task.file_name().to_string_lossy().parse();
        if let (Ok(thread), Ok(text)) = (thread, fs::read_to_string(task.path().join(file))) {
            found.insert(thread, text);
        }
    }
    Ok(found)
}
