//! The metrics for connections, threads, endings and refusals.

use blocking_chat::server::{Config, Seconds};

use crate::support::breakpoint::Breakpoint;
use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::{HttpClient, get, post};
use crate::support::library::{EmbeddedServer, config};
use crate::support::metrics::{Scrape, parse, until_counted};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, encode};
use crate::support::resources::threads;
use crate::support::wait::until;
use crate::support::watchdog::within;

#[test]
fn metrics_count_current_connections_and_threads() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--writers", "2"]);
        let idle: Vec<_> = (0..3).map(|_| HttpClient::connect(&chat)).collect();
        let members: Vec<_> = (0..4).map(|_| chat.raw_client("/")).collect();
        let echo = chat.raw_client("/echo");
        let there = |http: u64, websocket: u64| {
            until_counted(
                &chat,
                &[
                    ("chat_connections{kind=\"http\"}", http),
                    ("chat_connections{kind=\"websocket\"}", websocket),
                    ("chat_threads{kind=\"conn\"}", http + websocket),
                    ("chat_threads{kind=\"log\"}", 1),
                ],
            );
        };
        // One more connection fetches the metrics.
        there(4, 5);
        let pid = chat.program.id();
        for (name, count) in [("accept", 1), ("hub", 1), ("writer-", 2), ("catch-up-", 0)] {
            until(|| threads(pid, name), |&threads| threads == count);
            let kind = name.trim_end_matches('-').replace('-', "_");
            let sample = format!("chat_threads{{kind=\"{kind}\"}}");
            until_counted(&chat, &[(&sample, count as u64)]);
        }
        drop(idle);
        there(1, 5);
        drop(members);
        there(1, 1);
        drop(echo);
        there(1, 0);
    });
}

#[test]
fn ended_connection_is_counted_once_under_its_reason() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--idle-timeout", "4"]);
        for _ in 0..2 {
            let mut left = chat.raw_client("/");
            left.send_close(1000, "").unwrap();
            left.read_to_end(TIMEOUT).unwrap();
        }
        chat.raw_client("/").end_sending().unwrap();
        let mut violating = chat.raw_client("/");
        violating.send_bytes(&encode(BINARY, b"x")).unwrap();
        violating.read_to_end(TIMEOUT).unwrap();
        let mut replaced = chat.raw_client("/?name=anna&key=k");
        let mut replacement = chat.raw_client("/?name=anna&key=k");
        replaced.read_to_end(TIMEOUT).unwrap();
        // The new connection does not answer the server's Ping, so it reaches the idle timeout.
        replacement.read_to_end(TIMEOUT).unwrap();
        HttpClient::connect(&chat).get("/nothing");
        let mut served = HttpClient::connect(&chat);
        served.send(get("/lines").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
        served.0.read_to_end(TIMEOUT).unwrap();
        until_counted(
            &chat,
            &[
                ("chat_endings_total{reason=\"closed_by_peer\"}", 2),
                ("chat_endings_total{reason=\"connection_lost\"}", 1),
                ("chat_endings_total{reason=\"protocol_error\"}", 1),
                ("chat_endings_total{reason=\"replaced\"}", 1),
                ("chat_endings_total{reason=\"idle_timeout\"}", 1),
                ("chat_endings_total{reason=\"http_error\"}", 1),
                ("chat_endings_total{reason=\"http_done\"}", 1),
                ("chat_endings_total{reason=\"panicked\"}", 0),
                ("chat_connections{kind=\"websocket\"}", 0),
            ],
        );
    });
}

#[test]
fn refusal_is_counted_under_its_reason() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let _anna = chat.member("anna");
        let long = get(&format!("/{}", "x".repeat(9000)));
        for (request, status) in [
            (&*get("/lines?since=x"), 400),
            (&get("/").replace("localhost", "evil.example"), 403),
            (&get("/nothing"), 404),
            (&get("/").replace("GET", "PUT"), 405),
            (&post("/lines?name=anna", "x"), 409),
            (&get("/lines?name=ben").replace("GET", "POST"), 411),
            (&post("/lines?name=ben", &"x".repeat(20_000)), 413),
            (&get("/echo"), 426),
            (&long, 414),
        ] {
            let mut client = HttpClient::connect(&chat);
            client.send(request);
            assert_eq!(client.read_response().status, status);
        }
        let reasons = [
            "bad_request",
            "forbidden",
            "not_found",
            "method_not_allowed",
            "name_taken",
            "length_required",
            "content_too_large",
            "upgrade_required",
            "head_too_large",
        ];
        let samples = reasons.map(|reason| format!("chat_refusals_total{{reason=\"{reason}\"}}"));
        let expected: Vec<_> = samples.iter().map(|sample| (&**sample, 1)).collect();
        until_counted(&chat, &expected);
        // Only this server has a short timeout, because the requests above must not be late.
        let impatient = Chat::ours(&["--handshake-timeout", "1"]);
        let mut late = HttpClient::connect(&impatient);
        late.send("GET /lines");
        assert_eq!(late.read_response().status, 408);
        until_counted(
            &impatient,
            &[("chat_refusals_total{reason=\"request_timeout\"}", 1)],
        );
    });
}

#[test]
fn clients_beyond_the_limit_are_counted() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--max-connections", "1"]);
        let mut client = HttpClient::connect(&chat);
        client.get("/lines");
        for _ in 0..3 {
            let mut refused = RawClient::connect(chat.address).unwrap();
            assert!(
                refused
                    .read_head(TIMEOUT)
                    .unwrap()
                    .starts_with("HTTP/1.1 503 ")
            );
        }
        // `client` has the only permit, so it fetches the metrics. The server may count a refused client a moment after
        // its response, so the test retries.
        let too_many = "chat_refusals_total{reason=\"too_many_connections\"}";
        until(
            || Scrape::fetch(&mut client).get(too_many),
            |&count| count == 3,
        );
    });
}

#[test]
fn shutdown_is_counted_as_a_reason_of_its_own() {
    within(LIMIT, || {
        let server = EmbeddedServer::start(Config {
            close_timeout: Seconds::new(60),
            ..config()
        });
        let (mut anna, mut late) = (server.member("anna"), HttpClient::connect(&server));
        late.send("GET /lines HTTP/1.1\r\n");
        // The request for the metrics arrives before the shutdown. The response is made after the shutdown has ended
        // the other two connections.
        let (breakpoint, mut asking) = (Breakpoint::set(), HttpClient::connect(&server));
        asking.send(get(&format!("/metrics?{}", breakpoint.word())));
        breakpoint.until_reached();
        server.handle.stop();
        assert_eq!(
            (anna.receive_close().1, late.read_response().status),
            (1001, 503)
        );
        drop(breakpoint);
        let metrics = Scrape(parse(&asking.read_response().body));
        for (sample, count) in [
            ("chat_endings_total{reason=\"shutting_down\"}", 1),
            ("chat_endings_total{reason=\"http_error\"}", 1),
            ("chat_refusals_total{reason=\"shutting_down\"}", 1),
        ] {
            assert_eq!(metrics.get(sample), count, "{sample}");
        }
    });
}
