//! What the machine can hold, which the server looks at when it starts.

use std::process::{Command, Stdio};

use crate::support::chat::{Door, LIMIT};
use crate::support::process::{Program, SOON};
use crate::support::watchdog::within;

/// Our server as a shell starts it under this limit, and the line that it logs about it.
fn under(limit: &str) -> (Program, Door, String) {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_chat-server"))
        .args(["--listen", "127.0.0.1:0", "--writers", "1"]);
    let program = Program::spawn(shell.stderr(Stdio::piped())).unwrap();
    let address = program.address().unwrap();
    let line = program.stderr_line(SOON).unwrap();
    (program, Door { address }, line)
}

#[test]
fn it_takes_no_more_connections_than_there_are_descriptors_and_says_so() {
    within(LIMIT, || {
        let (program, door, line) = under("ulimit -n 130");
        let said =
            "--max-connections is 30 in place of 10000: this machine has no more descriptors";
        assert!(line.contains(said), "{line}");
        let members: Vec<_> = (0..30).map(|_| door.raw("/")).collect();
        // Each refused socket is kept for a while, and there are descriptors for these too.
        for _ in 0..100 {
            let refused = door.answer(b"GET / HTTP/1.1\r\n");
            assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        }
        let line = program.stderr_line(SOON).unwrap();
        assert!(line.contains("503"), "{line}");
        drop(members);
    });
}

// Some shells call this limit -p, others -u.
#[test]
fn it_takes_no_more_connections_than_there_can_be_threads_and_says_so() {
    within(LIMIT, || {
        let (_program, door, line) = under("{ ulimit -p 300 || ulimit -u 300; } 2>/dev/null");
        let said = "--max-connections is 203 in place of 10000: this machine has no more threads";
        assert!(line.contains(said), "{line}");
        let members: Vec<_> = (0..203).map(|_| door.raw("/")).collect();
        let refused = door.answer(b"GET / HTTP/1.1\r\n");
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        drop(members);
    });
}
