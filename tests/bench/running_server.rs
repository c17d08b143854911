//! A server process and the resources that it uses.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::experiment::Server;

/// A server process that the benchmark has started.
pub struct RunningServer {
    process: Child,
    /// The address that the server listens on.
    pub address: String,
}

impl RunningServer {
    /// Starts the server's program with its options, and waits until the program has printed its address.
    pub fn start(server: &Server) -> RunningServer {
        let mut words = server.command.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        if server.is_ours() {
            // The benchmark's clients may read more slowly than the server writes, and must not be disconnected for
            // that. The rate of lines has no limit, because the other servers have none either.
            command.args(["--backlog", "100000000", "--max-connections", "12000"]);
            command.args(["--lines-per-second", "0", "--listen"]);
        }
        command
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .trim_start_matches("listening on ws://")
            .trim_end_matches('/')
            .to_owned();
        RunningServer { process, address }
    }

    /// Returns the exact CPU time that the process's threads have used so far. Threads that have ended are not counted.
    pub fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(self.proc("task")).unwrap();
        let nanoseconds = tasks.filter_map(|task| {
            let stat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            stat.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// Returns the CPU time that the process has used so far, in ended threads too, such as the catch-up threads of
    /// `chat-server`. Linux rounds the user time and the system time down to 10 ms each, so measure for long enough.
    pub fn cpu_with_ended_threads(&self) -> Duration {
        let stat = fs::read_to_string(self.proc("stat")).unwrap();
        // The program's name, in parentheses, may contain spaces. The 14th and the 15th field are the user time and the
        // system time, in hundredths of a second.
        let (_, after_name) = stat.rsplit_once(") ").unwrap();
        let times = after_name.split(' ').skip(11).take(2);
        let hundredths: u64 = times.map(|time| time.parse::<u64>().unwrap()).sum();
        Duration::from_millis(hundredths * 10)
    }

    /// Returns the resident memory of the process, in KiB.
    pub fn resident(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Returns how many threads the process has.
    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    fn status(&self, field: &str) -> u64 {
        number(&fs::read_to_string(self.proc("status")).unwrap(), field)
    }

    fn proc(&self, file: &str) -> PathBuf {
        format!("/proc/{}/{file}", self.process.id()).into()
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns how much memory the machine has left for programs, in KiB. The kernel's socket memory counts as used.
pub fn available() -> u64 {
    number(
        &fs::read_to_string("/proc/meminfo").unwrap(),
        "MemAvailable:",
    )
}

/// Returns the number in the first line that begins with `field`. `text` is the text of a file in `/proc`.
fn number(text: &str, field: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse().unwrap()
}
