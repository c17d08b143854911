//! A Redis server in its own process, with its own folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::process::{Program, Signal, TIMEOUT};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A Redis server that listens on a Unix socket, so no other program can take its address while it restarts.
pub struct RedisServer {
    program: Option<Program>,
    folder: PathBuf,
    options: Vec<String>,
}

impl RedisServer {
    /// Starts a Redis server that writes each command to a file before it replies.
    pub fn start() -> RedisServer {
        RedisServer::with(&[])
    }

    /// Starts a Redis server with these additional options.
    pub fn with(options: &[&str]) -> RedisServer {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("blocking-chat-redis-{}-{number}", process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut redis = RedisServer {
            program: None,
            folder,
            options: options.iter().map(ToString::to_string).collect(),
        };
        redis.resume();
        redis
    }

    /// Starts the server with the data in its folder, if any, and waits until it listens.
    pub fn resume(&mut self) {
        let mut command = Command::new("redis-server");
        command
            .args(["--port", "0", "--save", "", "--appendonly", "yes"])
            // By default, while the disk is busy with an fsync, Redis may reply up to two seconds before it writes to
            // its file.
            .args(["--appendfsync", "no"])
            .arg("--dir")
            .arg(&self.folder)
            .arg("--unixsocket")
            .arg(self.socket())
            .args(&self.options)
            .stderr(Stdio::inherit());
        let program = Program::spawn(&mut command);
        let program =
            program.expect("redis-server is missing: type `sudo apt install redis-server`");
        while !program
            .stdout_line(TIMEOUT)
            .unwrap()
            .contains("ready to accept connections")
        {}
        self.program = Some(program);
    }

    /// Kills the server but keeps its data.
    pub fn kill(&mut self) {
        let mut program = self.program.take().unwrap();
        program.signal(Signal::KILL).unwrap();
        program.wait(TIMEOUT).unwrap();
    }

    /// Removes the server's data. The server must not be running.
    pub fn delete_data(&self) {
        assert!(self.program.is_none());
        fs::remove_dir_all(&self.folder).unwrap();
        fs::create_dir_all(&self.folder).unwrap();
    }

    /// Sends a signal to the process, to suspend or resume it.
    pub fn signal(&self, signal: Signal) {
        self.program.as_ref().unwrap().signal(signal).unwrap();
    }

    /// Returns the path of the server's socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Returns the server's URL for `--redis`.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Sends a command and returns the first line of the reply.
    pub fn command(&self, command: &str) -> String {
        send_command(&self.socket(), command)
    }

    /// Returns how many entries the log has.
    pub fn log_length(&self) -> u64 {
        let answer = self.command("XLEN chat");
        answer.trim_start_matches(':').parse().unwrap()
    }
}

fn send_command(socket: &Path, command: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream
        .write_all(format!("{command}\r\n").as_bytes())
        .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.program = None;
        let _ = fs::remove_dir_all(&self.folder);
    }
}
