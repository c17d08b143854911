//! A server as a process, and the CPU time that it uses.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server process of ours.
pub struct Measured {
    process: Child,
    /// Where it listens.
    pub address: String,
}

impl Measured {
    /// Starts a program and waits for its address.
    pub fn start(program: &str) -> Measured {
        let is_ours = program
            .rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with("chat-server"));
        let mut command = Command::new(program);
        if is_ours {
            // The benchmark may read more slowly than the server writes, and must not be disconnected.
            command.args(["--backlog", "100000000", "--listen"]);
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
        Measured { process, address }
    }

    /// The CPU time that the process has used so far, threads that have ended included, in steps of 10 ms.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // The second field is the name in parentheses; user and system time are the 14th and the 15th.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks: u64 = fields[11..13]
            .iter()
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(10 * ticks)
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
