//! The bad network of `make network`: how it affects bytes, connections and our client.

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

/// The time limit of a test. It does not include the time to build the program.
const LIMIT: Duration = Duration::from_secs(600);
/// How long a test waits for something that must not arrive.
const QUIET: Duration = Duration::from_millis(300);
/// The delay of the network in each direction.
const DELAY: Duration = Duration::from_millis(100);

/// Our server, and the program in front of it that simulates a bad network.
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

    /// Types a key into the network program and waits until the program confirms the key.
    fn press(&mut self, key: u8) {
        self.keys.write_all(&[key]).unwrap();
        self.program.stderr_line(TIMEOUT).unwrap();
    }
}

#[test]
fn network_delays_each_direction_and_loses_nothing() {
    within(LIMIT, || {
        let network = Network::start("100ms");
        let mut client = RawClient::open(network.address, "/echo").unwrap();
        let said = Instant::now();
        client.send_text("hello").unwrap();
        assert_eq!(client.read_text().unwrap(), "hello");
        assert!(said.elapsed() >= 2 * DELAY, "{:?}", said.elapsed());
        // The 100 messages are 1.6 MB in total, more than the network's queue holds. Their echoes must arrive in less
        // time than 100 round trips take.
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
fn page_and_polling_work_through_the_network() {
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
fn swallowed_bytes_are_lost_and_the_connection_ends() {
    within(LIMIT, || {
        let mut network = Network::start("0ms");
        let mut client = RawClient::open(network.address, "/echo").unwrap();
        network.press(b's');
        client.send_text("hello").unwrap();
        assert_nothing(client.read_frame(QUIET));
        // The network works again. Bytes are missing, so the connection cannot continue.
        network.press(b'p');
        client.read_to_end(TIMEOUT).unwrap();
        let mut next = RawClient::open(network.address, "/echo").unwrap();
        next.send_text("hello again").unwrap();
        assert_eq!(next.read_text().unwrap(), "hello again");
    });
}

#[test]
fn slow_network_carries_a_kilobyte_per_second() {
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
fn client_reconnects_after_a_cut() {
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
fn missing_server_is_reported_but_the_network_continues() {
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
