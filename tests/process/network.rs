//! The bad network of `make network`: what it does to bytes, to connections, and to our client.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ChildStdin;
use std::time::{Duration, Instant};

use crate::support::chat::Chat;
use crate::support::http_client::HttpClient;
use crate::support::process::{Program, TIMEOUT};
use crate::support::raw_client::{RawClient, assert_nothing};
use crate::support::steps::{path, within};

/// A test's limit. It includes the time to build the program, if it is not built yet.
const LIMIT: Duration = Duration::from_secs(600);
/// How long a test waits for what must not come.
const QUIET: Duration = Duration::from_millis(300);
/// The delay, in each direction.
const DELAY: Duration = Duration::from_millis(100);

/// A server of ours and the network in front of it.
struct Network {
    chat: Chat,
    program: Program,
    address: SocketAddr,
    keys: ChildStdin,
}

impl Network {
    fn start(delay: &str) -> Network {
        let chat = Chat::ours(&[]);
        let server = format!("--server=ws://{}/", chat.address);
        let arguments = ["--listen=127.0.0.1:0", &server, &format!("--delay={delay}")];
        let mut program = Program::start(&path("network").unwrap(), &arguments, &[]).unwrap();
        let address = program.address().unwrap();
        let keys = program.take_stdin().unwrap();
        Network {
            chat,
            program,
            address,
            keys,
        }
    }

    /// Presses a key, and waits until the network says that it has done so.
    fn press(&mut self, key: u8) {
        self.keys.write_all(&[key]).unwrap();
        self.program.stderr_line(TIMEOUT).unwrap();
    }
}

#[test]
fn each_direction_is_late_and_nothing_is_lost() {
    within(LIMIT, || {
        let network = Network::start("100ms");
        let mut client = RawClient::open(network.address, "/echo").unwrap();
        let said = Instant::now();
        client.send_text("hello").unwrap();
        assert_eq!(client.read_text().unwrap(), "hello");
        assert!(said.elapsed() >= 2 * DELAY, "{:?}", said.elapsed());
        // More than the queue holds, all of it under way at once: it takes one round trip, not one for each.
        let (said, long) = (Instant::now(), "x".repeat(16_000));
        for _ in 0..100 {
            client.send_text(&long).unwrap();
        }
        for _ in 0..100 {
            assert_eq!(client.read_text().unwrap(), long);
        }
        assert!(said.elapsed() < 150 * DELAY, "{:?}", said.elapsed());
    });
}

#[test]
fn the_page_and_polling_go_through_the_network() {
    within(LIMIT, || {
        let network = Network::start("0ms");
        let endpoint = crate::support::chat::Endpoint {
            address: network.address,
        };
        let mut client = HttpClient::connect(&endpoint);
        assert!(client.get("/").body.contains("<html"));
        assert_eq!(client.post("/lines?name=anna", "hello").status, 201);
        assert_eq!(client.get("/lines").lines(), ["1 anna: hello"]);
    });
}

#[test]
fn what_is_swallowed_is_lost_and_its_connection_ends_later() {
    within(LIMIT, || {
        let mut network = Network::start("0ms");
        let mut client = RawClient::open(network.address, "/echo").unwrap();
        network.press(b's');
        client.send_text("hello").unwrap();
        assert_nothing(client.read_frame(QUIET));
        // The network is well again. Bytes are missing, so the connection cannot go on.
        network.press(b'p');
        client.read_to_end(TIMEOUT).unwrap();
        let mut next = RawClient::open(network.address, "/echo").unwrap();
        next.send_text("hello again").unwrap();
        assert_eq!(next.read_text().unwrap(), "hello again");
    });
}

#[test]
fn a_slow_network_lets_a_kilobyte_a_second_through() {
    within(LIMIT, || {
        let mut network = Network::start("0ms");
        let mut client = RawClient::open(network.address, "/echo").unwrap();
        network.press(b'l');
        let begin = Instant::now();
        client.send_text(&"x".repeat(500)).unwrap();
        assert_eq!(client.read_text().unwrap().len(), 500);
        assert!(
            begin.elapsed() >= Duration::from_secs(1),
            "{:?}",
            begin.elapsed()
        );
    });
}

#[test]
fn our_client_comes_back_after_a_cut() {
    within(LIMIT, || {
        let mut network = Network::start("10ms");
        let url = format!("ws://{}/", network.address);
        let client = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let mut client = Program::start(client, &[&url, "--name=anna"], &[]).unwrap();
        let mut stdin = client.take_stdin().unwrap();
        while !client
            .stdout_line(TIMEOUT)
            .unwrap()
            .ends_with("* anna joined")
        {}
        writeln!(stdin, "before").unwrap();
        while !client
            .stdout_line(TIMEOUT)
            .unwrap()
            .ends_with("anna: before")
        {}
        network.press(b'c');
        writeln!(stdin, "after").unwrap();
        while !client
            .stdout_line(TIMEOUT)
            .unwrap()
            .ends_with("anna: after")
        {}
        let mut lines = HttpClient::connect(&network.chat);
        let lines = lines.get("/lines");
        assert_eq!(lines.body.matches("anna: after").count(), 1, "{lines:?}");
    });
}

#[test]
fn a_server_that_is_away_is_said_and_the_network_goes_on() {
    within(LIMIT, || {
        let arguments = ["--listen=127.0.0.1:0", "--server=ws://127.0.0.1:1/"];
        let program = Program::start(&path("network").unwrap(), &arguments, &[]).unwrap();
        let address = program.address().unwrap();
        for _ in 0..2 {
            let _client = RawClient::connect(address).unwrap();
            let complaint = program.stderr_line(TIMEOUT).unwrap();
            assert!(complaint.contains("127.0.0.1:1"), "{complaint}");
        }
    });
}
