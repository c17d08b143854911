//! The start of the server program, and its errors.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::watchdog::within;

/// Runs our server with these options until it exits. Returns the server's exit code, the lines of stdout, and the
/// lines of stderr.
fn run(options: &[&str]) -> (i32, Vec<String>, Vec<String>) {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
    let mut program = Program::start(path, options, &[]).unwrap();
    let code = program.wait(TIMEOUT).unwrap().code().unwrap();
    let stdout = program.rest_of_stdout(TIMEOUT).unwrap();
    (code, stdout, program.rest_of_stderr(TIMEOUT).unwrap())
}

#[test]
fn address_is_the_only_line_of_stdout() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
        assert_ne!(chat.address.port(), 0);
        assert!(chat.address.ip().is_loopback());
        chat.member("anna").leave();
        chat.program.signal(Signal::TERM).unwrap();
        chat.program.wait(TIMEOUT).unwrap();
        let rest = chat.program.rest_of_stdout(TIMEOUT).unwrap();
        assert_eq!(rest, [""; 0]);
    });
}

#[test]
fn server_on_all_addresses_prints_the_url_of_the_page() {
    within(LIMIT, || {
        let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
        let mut program = Program::start(path, &["--listen", "0.0.0.0:0", "--qr"], &[]).unwrap();
        let first = program.stdout_line(TIMEOUT).unwrap();
        let port = first.strip_prefix("listening on ws://0.0.0.0:").unwrap();
        program.signal(Signal::TERM).unwrap();
        program.wait(TIMEOUT).unwrap();
        let rest = program.rest_of_stdout(TIMEOUT).unwrap();
        let is_code = |line: &&String| line.starts_with("\x1b[38;5;16;48;5;231m");
        let (code, pages): (Vec<_>, Vec<_>) = rest.iter().partition(is_code);
        // On a machine without a network, the server prints neither the URL of the page nor a QR code.
        assert_eq!(pages.is_empty(), code.is_empty());
        for page in pages {
            let address = page
                .strip_prefix("page: http://")
                .unwrap()
                .strip_suffix(port)
                .unwrap();
            let address: Ipv4Addr = address.strip_suffix(':').unwrap().parse().unwrap();
            assert!(
                !address.is_loopback() && !address.is_unspecified(),
                "{page}"
            );
        }
    });
}

#[test]
fn server_listens_on_the_given_address() {
    within(LIMIT, || {
        let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
        let program = Program::start(path, &["--listen", "[::1]:0"], &[]).unwrap();
        match program.stdout_line(TIMEOUT) {
            Ok(line) => assert!(line.starts_with("listening on ws://[::1]:"), "{line}"),
            // Some machines have no IPv6.
            Err(error) => assert_eq!(error.kind(), ErrorKind::UnexpectedEof),
        }
    });
}

#[test]
fn error_about_a_taken_port_says_what_to_type() {
    within(LIMIT, || {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = other.local_addr().unwrap().to_string();
        let (code, stdout, stderr) = run(&["--listen", &taken]);
        assert_eq!((code, stdout.len(), stderr.len()), (1, 0, 1), "{stderr:?}");
        let port = other.local_addr().unwrap().port();
        assert!(
            stderr[0].contains(&format!("port {port} is taken")),
            "{stderr:?}"
        );
        assert!(stderr[0].contains("make run-server PORT="), "{stderr:?}");
    });
}

#[test]
fn address_of_another_machine_is_an_error() {
    within(LIMIT, || {
        // 192.0.2.0/24 is reserved for documentation (RFC 5737).
        let (code, stdout, stderr) = run(&["--listen", "192.0.2.1:9001"]);
        assert_eq!((code, stdout.len(), stderr.len()), (1, 0, 1), "{stderr:?}");
        assert!(stderr[0].contains("192.0.2.1:9001") && stderr[0].contains("--listen"));
    });
}

#[test]
fn wrong_usage_exits_2() {
    within(LIMIT, || {
        for options in [
            &["--nonsense"][..],
            &["anna"],
            &["--listen", "localhost"],
            &["--listen"],
            &["--allow-origin", "chat.example.org"],
            &["--qr"],
            &["--qr", "--listen", "[::1]:0"],
        ] {
            let (code, stdout, stderr) = run(options);
            assert_eq!((code, stdout.len()), (2, 0), "{options:?}: {stderr:?}");
            assert!(!stderr.is_empty());
        }
    });
}

#[test]
fn error_about_a_malformed_address_shows_an_example() {
    within(LIMIT, || {
        for address in ["localhost:9001", "9001", "127.0.0.1", "127.0.0.1:x"] {
            let (_, _, stderr) = run(&["--listen", address]);
            assert!(stderr[0].contains(address) && stderr[0].contains("127.0.0.1:9001"));
        }
    });
}

#[test]
fn help_names_every_option_and_exits_0() {
    within(LIMIT, || {
        let (code, stdout, stderr) = run(&["--help"]);
        assert_eq!((code, stderr.len()), (0, 0));
        let help = stdout.join("\n");
        for option in [
            "--listen",
            "--writers",
            "--max-connections",
            "--max-message",
            "--history",
            "--history-file",
            "--history-file-bytes",
            "--lines-per-second",
            "--backlog",
            "--when-behind",
            "--handshake-timeout",
            "--idle-timeout",
            "--write-timeout",
            "--close-timeout",
            "--allow-origin",
            "--trust-proxy",
            "--show-wire",
            "--redis",
            "--qr",
        ] {
            let mut words = help.split_whitespace();
            assert!(words.any(|word| word == option), "{option}");
        }
    });
}
