//! The client in tmux, a terminal that wraps its rows again when its window changes width.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::termios::tcgetwinsize;

use super::support::programs::find;
use super::support::wait::until;
use super::*;

/// Our own tmux server with one window. Dropping this value ends the server and the client in the window.
struct Tmux {
    program: PathBuf,
    folder: PathBuf,
    _server: Program,
}

impl Tmux {
    /// Starts tmux. If tmux is not installed, returns `None`, or panics if `REQUIRE_PROGRAMS` is set.
    fn start() -> Option<Tmux> {
        let program = find("tmux")?;
        let folder = std::env::temp_dir();
        let folder = folder.join(format!("blocking-chat-tmux-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new(&program);
        // `-D` keeps tmux in the foreground, so it ends with the test.
        command
            .arg("-S")
            .arg(folder.join("socket"))
            .args(["-f", "/dev/null", "-u", "-D"]);
        command.env_remove("TMUX").env_remove("STY");
        let _server = Program::spawn(command.stderr(Stdio::piped())).unwrap();
        Some(Tmux {
            program,
            folder,
            _server,
        })
    }

    /// Runs a tmux command. Returns its output, or `None` if it fails.
    fn run_command(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(&self.program);
        // `-N` keeps this command from starting a second server while ours is still starting.
        command.arg("-N").arg("-S").arg(self.folder.join("socket"));
        let output = command.args(arguments).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        output.status.success().then_some(printed)
    }

    /// Returns all non-empty rows, including the scrollback.
    fn rows(&self) -> Vec<String> {
        let printed = self
            .run_command(&["capture-pane", "-p", "-S", "-"])
            .unwrap();
        let rows = printed.lines().map(|row| row.trim_end().to_owned());
        rows.filter(|row| !row.is_empty()).collect()
    }

    /// Returns the value of a tmux format, such as `#{cursor_x}`.
    fn expand(&self, format: &str) -> String {
        let shown = self
            .run_command(&["display-message", "-p", format])
            .unwrap();
        shown.trim().to_owned()
    }

    /// Changes the window's width and waits until the client can read the new size.
    ///
    /// tmux wraps the rows first and reports the size a moment later. A line that arrives in between leaves a stray
    /// row.
    fn resize(&self, columns: usize) {
        let width = columns.to_string();
        self.run_command(&["resize-window", "-x", &width]).unwrap();
        let path = self.expand("#{pane_tty}");
        let tty = open(path, OFlags::RDONLY | OFlags::NOCTTY, Mode::empty()).unwrap();
        let reported = || tcgetwinsize(&tty).unwrap().ws_col.into();
        until(reported, |reported: &usize| *reported == columns);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the rows of a window with this width, these received lines, and this many typed letters.
fn expected(received: &[String], letters: usize, columns: usize) -> Vec<String> {
    let typed = format!("> {}", "y".repeat(letters));
    let typed = typed.trim_end().as_bytes();
    let typed = typed
        .chunks(columns)
        .map(|row| String::from_utf8(row.to_vec()).unwrap());
    received.iter().cloned().chain(typed).collect()
}

#[test]
fn new_width_loses_no_line_and_leaves_no_stray_prompt() {
    within(LIMIT, || {
        let Some(tmux) = Tmux::start() else {
            return;
        };
        let server = ScriptedServer::start().unwrap();
        let client = env!("CARGO_BIN_EXE_chat-client");
        let url = server.url().unwrap();
        let run = format!("exec '{client}' {url} --name anna --color never");
        let session = ["new-session", "-d", "-x", "40", "-y", "12", &run];
        until(|| tmux.run_command(&session), Option::is_some);
        let mut peer = welcome(&server);
        let mut received = vec!["connected to ".to_owned() + &url["ws://".len()..url.len() - 1]];
        received.push(WELCOME.to_owned());
        let mut letters = 0;
        // More lines arrive than the window has rows, so some are in the scrollback. The typed line grows to several
        // rows.
        for columns in [40, 60, 33, 80, 35, 50, 40] {
            tmux.resize(columns);
            for _ in 0..3 {
                received.push(format!("{} ben: hello", received.len() - 1));
                peer.send_text(received.last().unwrap()).unwrap();
            }
            tmux.run_command(&["send-keys", "-l", &"y".repeat(23)])
                .unwrap();
            letters += 23;
            let grown = expected(&received, letters, columns);
            until(|| tmux.rows(), |rows| *rows == grown);
        }
        // Each time the window narrows, the cursor is in the middle of a row. The first time, it ends up at the
        // beginning of a row.
        let mut behind = 2 + letters;
        for (now, columns, left) in [(80, 40, 43), (60, 33, 27), (70, 35, 14)] {
            tmux.resize(now);
            behind -= left;
            for _ in 0..left {
                tmux.run_command(&["send-keys", "Left"]).unwrap();
            }
            let column = (behind % now).to_string();
            until(|| tmux.expand("#{cursor_x}"), |shown| *shown == column);
            tmux.resize(columns);
            received.push(format!("{} ben: hello", received.len() - 1));
            peer.send_text(received.last().unwrap()).unwrap();
            let moved = expected(&received, letters, columns);
            until(|| tmux.rows(), |rows| *rows == moved);
        }
        tmux.run_command(&["send-keys", "Enter"]).unwrap();
        let text = peer.expect(TEXT).unwrap();
        assert_eq!(text, "y".repeat(letters).into_bytes());
        let receipt = format!("{} anna: yy", received.len() - 1);
        peer.send_text(&receipt).unwrap();
        received.extend([receipt, ">".to_owned()]);
        until(|| tmux.rows(), |rows| *rows == received);
    });
}
