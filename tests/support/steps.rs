//! Runs the programs of `src/steps`.

use std::array;
use std::env;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::process::{Program, TIMEOUT};
use super::raw_client::RawClient;
use super::{threads, watchdog};

/// The steps that are WebSocket servers.
pub const WEBSOCKET_STEPS: [&str; 5] = ["step-1", "step-2", "step-3", "step-4", "step-5"];
/// The steps that are HTTP servers.
pub const HTTP_STEPS: [&str; 2] = ["step-0a", "step-0b"];
/// The steps that are clients.
pub const CLIENT_STEPS: [&str; 2] = ["step-6a", "step-6b"];

/// Starts a step that is a server, on a free port. Returns the program and its address.
pub fn start(name: &str) -> io::Result<(Program, SocketAddr)> {
    let program = Program::start(&path(name)?, &["127.0.0.1:0"], &[])?;
    let line = program.stdout_line(TIMEOUT)?;
    let address = line
        .replace("http://", "ws://")
        .strip_prefix("listening on ws://")
        .and_then(|rest| rest.strip_suffix('/')?.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no address in {line:?}")))?;
    Ok((program, address))
}

/// Builds the steps if necessary, and returns the path of this step's program.
pub fn path(name: &str) -> io::Result<PathBuf> {
    Ok(directory()?.join(name))
}

/// Adds N clients to the room of step 3, 4, or 5. When this function returns, each client has read all lines that were
/// sent to it.
///
/// A step answers the handshake before it adds the client to the room. Therefore each client first sends a line. When
/// the client receives its own line, it is in the room.
pub fn room<const N: usize>(address: SocketAddr) -> [RawClient; N] {
    let enters = |number: usize| format!("{number} enters");
    let mut room = array::from_fn(|number| {
        let mut client = RawClient::connect_with_buffer(address, 64 * 1024).unwrap();
        client.upgrade("/").unwrap();
        client.send_text(&enters(number)).unwrap();
        receive_until(&mut client, &enters(number));
        client
    });
    for client in room.iter_mut().take(N - 1) {
        receive_until(client, &enters(N - 1));
    }
    room
}

fn receive_until(client: &mut RawClient, text: &str) {
    while client.read_text().unwrap() != text {}
}

/// The length of the lines that [`say`] sends to fill sockets: 16 KiB.
pub const LINE_LENGTH: usize = 16 * 1024;

/// Sends a number, padded to a line of [`LINE_LENGTH`] bytes.
pub fn say(client: &mut RawClient, number: usize) {
    client.send_text(&format!("{number:LINE_LENGTH$}")).unwrap();
}

/// Returns whether the client receives the line with this number within the limit. Panics if another line arrives.
pub fn receives(client: &mut RawClient, number: usize, limit: Duration) -> bool {
    match client.read_frame(limit) {
        Ok(frame) => {
            assert_eq!(frame.text().trim_start(), number.to_string());
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            false
        }
    }
}

/// Returns the median time that a line takes from one client to another. Each line is sent when every thread of the
/// step is asleep.
///
/// Otherwise, a thread that is still sending the previous line could also send the next one, without any delay.
pub fn median_delay(name: &str) -> Duration {
    let (step, address) = start(name).unwrap();
    let [mut anna, mut ben] = room(address);
    let mut delays: Vec<Duration> = (0..25)
        .map(|_| {
            threads::wait_until_asleep(step.id()).unwrap();
            let sent = Instant::now();
            anna.send_text("hello").unwrap();
            assert_eq!(ben.read_text().unwrap(), "hello");
            sent.elapsed()
        })
        .collect();
    delays.sort();
    delays.swap_remove(delays.len() / 2)
}

/// Builds the steps' programs if necessary, and then runs `body` with a time limit that excludes the build.
pub fn within<T, F: FnOnce() -> T>(limit: Duration, body: F) -> T {
    directory().unwrap();
    watchdog::within(limit, body)
}

/// Returns the folder of the steps' programs. Each test process builds them once.
///
/// `cargo test` builds the examples before it runs the tests, but `cargo test --test process` does not. In the second
/// case, the tests would run programs of an earlier build. Therefore this function runs cargo, which rebuilds only what
/// has changed.
fn directory() -> io::Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| error.to_string()));
    match built {
        Ok(directory) => Ok(directory),
        Err(error) => Err(io::Error::other(error.as_str())),
    }
}

fn build() -> io::Result<PathBuf> {
    // The test program is TARGET/PROFILE/deps/NAME, and an example is TARGET/PROFILE/examples/NAME.
    let test = env::current_exe()?;
    let output = test.ancestors().nth(2).unwrap_or(&test);
    let target = output.parent().unwrap_or(output);
    let profile = match output.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // Remove the package variables that cargo has set for this test. The build script of `ring` depends on them. If
    // their values changed, cargo would rebuild `ring` and every crate that depends on it.
    for (name, _) in env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let cargo = cargo
        .args([
            "build",
            "--quiet",
            "--offline",
            "--examples",
            // Use the features of the tests. With other features, cargo would rebuild the library.
            match (cfg!(feature = "lab"), cfg!(feature = "redis")) {
                (true, true) => "--features=lab,redis",
                (true, false) => "--features=lab",
                (false, true) => "--features=redis",
                (false, false) => "--features=",
            },
            "--profile",
            profile,
        ])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .output()?;
    if cargo.status.success() {
        Ok(output.join("examples"))
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&cargo.stderr)))
    }
}
