//! A program in a pseudo-terminal, and its screen.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Action, LocalModes, Termios, Winsize, tcflow, tcgetattr, tcsetwinsize};

use super::process::TIMEOUT;

/// A pseudo-terminal in which a program runs.
pub struct Terminal {
    keyboard: File,
    /// The program's side of the terminal. It stays open so that a test can read the settings after the program has
    /// ended.
    tty: OwnedFd,
    child: Child,
    screen: Arc<(Mutex<vt100::Parser>, Condvar)>,
}

impl Terminal {
    /// Starts a program in a terminal of this size.
    pub fn start<A: AsRef<OsStr>>(
        path: &Path,
        args: &[A],
        env: &[(&str, &str)],
        (rows, columns): (u16, u16),
    ) -> io::Result<Terminal> {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&keyboard)?;
        unlockpt(&keyboard)?;
        let name = ptsname(&keyboard, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let tty = open(name.as_c_str(), flags, Mode::empty())?;
        tcsetwinsize(&tty, size(rows, columns))?;
        let child = Command::new(path)
            .args(args)
            .env_remove("NO_COLOR")
            .env("TERM", "xterm-256color")
            .envs(env.iter().copied())
            .stdin(tty.try_clone()?)
            .stdout(tty.try_clone()?)
            .stderr(tty.try_clone()?)
            // Like a shell, start the program in its own process group. A program that stops itself at Ctrl-Z stops its
            // whole group, which must not include the test.
            .process_group(0)
            .spawn()?;
        let keyboard = File::from(keyboard);
        let screen = Arc::new((
            Mutex::new(vt100::Parser::new(rows, columns, 1000)),
            Condvar::new(),
        ));
        thread::spawn({
            let (mut output, screen) = (keyboard.try_clone()?, Arc::clone(&screen));
            move || {
                let mut bytes = [0; 4096];
                while let Ok(read @ 1..) = output.read(&mut bytes) {
                    let mut parser = screen.0.lock().unwrap_or_else(PoisonError::into_inner);
                    parser.process(bytes.get(..read).unwrap_or_default());
                    screen.1.notify_all();
                }
            }
        });
        Ok(Terminal {
            keyboard,
            tty,
            child,
            screen,
        })
    }

    pub fn press(&mut self, keys: &str) {
        self.press_bytes(keys.as_bytes());
    }

    /// Types bytes, which need not be UTF-8.
    pub fn press_bytes(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).unwrap();
    }

    /// Changes the size of the terminal, and sends SIGWINCH to the program.
    pub fn resize(&self, rows: u16, columns: u16) {
        let mut parser = self.screen.0.lock().unwrap();
        parser.screen_mut().set_size(rows, columns);
        tcsetwinsize(&self.tty, size(rows, columns)).unwrap();
        // This terminal is not the program's controlling terminal, so the kernel sends no SIGWINCH to the program.
        self.signal(Signal::WINCH);
    }

    /// Stops the terminal's output, as Ctrl-S does. When the call returns, the output has stopped. If the test pressed
    /// Ctrl-S, the output would stop later, because a kernel thread processes keys. A program may also treat Ctrl-S as
    /// an ordinary key.
    pub fn stop_output(&self) {
        tcflow(&self.tty, Action::OOff).unwrap();
    }

    /// Resumes the output after [`Self::stop_output`].
    pub fn continue_output(&self) {
        tcflow(&self.tty, Action::OOn).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends a signal by its number, even if [`Signal`] has no name for it.
    pub fn signal_number(&self, number: i32) {
        let kill = format!("kill -{number} {}", self.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until the nonempty rows of the screen are equal to `rows`. If they still differ after [`TIMEOUT`], panics
    /// and shows the screen's rows.
    pub fn wait_for(&self, rows: &[&str]) {
        self.wait_until(&format!("{rows:#?}"), |screen| lines(screen) == rows);
    }

    /// Waits until `accepts` returns `true` for the screen. `what` describes the expected screen in the panic message.
    pub fn wait_until(&self, what: &str, accepts: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Deadline::after(TIMEOUT);
        let mut parser = self.screen.0.lock().unwrap();
        while !accepts(parser.screen()) {
            let left = deadline.remaining().unwrap_or_default();
            assert!(
                !left.is_zero(),
                "{:#?} is not {what}",
                lines(parser.screen())
            );
            parser = self.screen.1.wait_timeout(parser, left).unwrap().0;
        }
    }

    /// Returns what `read` returns for the current screen.
    pub fn with_screen<T>(&self, read: impl FnOnce(&vt100::Screen) -> T) -> T {
        read(self.screen.0.lock().unwrap().screen())
    }

    /// Returns up to 1,000 rows that have scrolled off the screen, and then the rows of the screen.
    pub fn history(&self) -> Vec<String> {
        let mut parser = self.screen.0.lock().unwrap();
        let (rows, columns) = parser.screen().size();
        parser.screen_mut().set_scrollback(usize::MAX);
        let above = parser.screen().scrollback();
        let mut all = Vec::new();
        for back in (0..=above).rev().step_by(usize::from(rows)) {
            parser.screen_mut().set_scrollback(back);
            let shown = usize::from(rows);
            all.extend(parser.screen().rows(0, columns).take(shown));
        }
        let seen = all.len();
        let last = above + usize::from(rows);
        parser.screen_mut().set_scrollback(0);
        // The last page may overlap with the page before it.
        all.extend(
            parser
                .screen()
                .rows(0, columns)
                .skip(usize::from(rows) - last.saturating_sub(seen)),
        );
        all
    }

    pub fn settings(&self) -> Termios {
        tcgetattr(&self.tty).unwrap()
    }

    /// Returns whether the terminal works as it did before the program started: it echoes keys, delivers whole lines,
    /// and turns Ctrl-C into a signal.
    pub fn is_restored(&self) -> bool {
        let wanted = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        self.settings().local_modes.contains(wanted)
    }

    /// Waits until the program has ended.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Deadline::after(TIMEOUT);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(deadline.remaining().is_some(), "the program has not ended");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the nonempty rows of the screen, without trailing spaces.
pub fn lines(screen: &vt100::Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    screen
        .rows(0, columns)
        .map(|row| row.trim_end().to_owned())
        .filter(|row| !row.is_empty())
        .collect()
}

fn size(rows: u16, columns: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
