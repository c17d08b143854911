//! The metrics for bytes, requests and deliveries, compared with a client's own counts.

use std::thread;

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::{HttpClient, Response, get, post};
use crate::support::metrics::until_counted;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{CLOSE, PING, TEXT, encode};
use crate::support::watchdog::within;

/// A client's own counts. `received` and `sent` are the bytes that the server has received and sent.
#[derive(Default)]
struct Counts {
    requests: u64,
    received: u64,
    sent: u64,
    deliveries: u64,
}

impl Counts {
    fn add(&mut self, request: &str, response: &Response, deliveries: u64) {
        self.requests += 1;
        self.received += request.len() as u64;
        self.sent += (response.head.len() + response.body.len()) as u64;
        self.deliveries += deliveries;
    }

    #[track_caller]
    fn assert_counted(&self, chat: &Chat, technique: &str) {
        let name = |family: &str| format!("chat_{family}_total{{technique=\"{technique}\"}}");
        until_counted(
            chat,
            &[
                (&name("requests"), self.requests),
                (&name("received_bytes"), self.received),
                (&name("sent_bytes"), self.sent),
                (&name("deliveries"), self.deliveries),
            ],
        );
    }
}

#[test]
fn http_bytes_count_toward_the_technique_of_their_request() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut client = HttpClient::connect(&chat);
        let [mut posts, mut polls, mut waits, mut pages] = [const {
            Counts {
                requests: 0,
                received: 0,
                sent: 0,
                deliveries: 0,
            }
        }; 4];
        let (said, polled, waited, page) = (
            post("/lines?name=anna", "one\ntwo\nthree é"),
            get("/lines?since=1"),
            get("/lines?wait=60"),
            get("/"),
        );
        let headed = get("/lines").replace("GET", "HEAD");
        for round in 1..=5 {
            let requests = [&*said, &polled, &waited, &page, &headed].concat();
            // The requests are sent in one write, in two, or byte by byte.
            match round {
                1 => client.send(&requests),
                2 => requests.bytes().for_each(|byte| client.send([byte])),
                cut => {
                    let (start, end) = requests.as_bytes().split_at(40 * cut);
                    client.send(start);
                    client.send(end);
                }
            }
            let lines = 3 * round as u64;
            posts.add(&said, &client.read_response(), 3);
            polls.add(&polled, &client.read_response(), lines - 1);
            waits.add(&waited, &client.read_response(), lines);
            pages.add(&page, &client.read_response(), 0);
            polls.add(&headed, &client.read_response_head(TIMEOUT), 0);
        }
        posts.assert_counted(&chat, "post");
        polls.assert_counted(&chat, "polling");
        waits.assert_counted(&chat, "long_polling");
        pages.assert_counted(&chat, "page");
        Counts::default().assert_counted(&chat, "websocket");
        until_counted(&chat, &[("chat_lines_total", 15)]);
    });
}

#[test]
fn interim_response_and_body_are_counted() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut client = HttpClient::connect(&chat);
        let head = "POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        client.send(head);
        let continue_head = client.0.read_head(TIMEOUT).unwrap();
        client.send("hello");
        let mut posts = Counts::default();
        posts.add(&format!("{head}hello"), &client.read_response(), 1);
        posts.sent += continue_head.len() as u64;
        posts.assert_counted(&chat, "post");
    });
}

/// The count includes the request, the response, and the Close.
#[test]
fn every_byte_of_a_websocket_is_counted() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        HttpClient::connect(&chat).post("/lines?name=ben", "earlier\nlines");
        let mut client = RawClient::connect(chat.address).unwrap();
        let request = "GET /?name=anna&since=0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let frames = [
            encode(TEXT, b"hello\nhello"),
            encode(TEXT, b"/who"),
            encode(TEXT, &[b'x'; 10_000]),
            encode(TEXT, &[b'y'; 200]),
            encode(PING, b"?"),
            encode(CLOSE, &1000_u16.to_be_bytes()),
        ];
        // The beginning of the first frame is sent with the request.
        let bytes = [request.as_bytes(), &frames.concat()].concat();
        let (start, end) = bytes.split_at(request.len() + 10);
        client.send_bytes(start).unwrap();
        client.send_bytes(end).unwrap();
        let answer = client.read_to_end(TIMEOUT).unwrap();
        client.end_sending().unwrap();
        let own = Counts {
            requests: 1,
            received: bytes.len() as u64,
            sent: answer.len() as u64,
            // Two earlier lines, the join, and four new lines. The welcome and the reply to `/who` have no number, so
            // they do not count.
            deliveries: 7,
        };
        own.assert_counted(&chat, "websocket");
    });
}

#[test]
fn bytes_without_a_served_request_count_as_other() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut own = 0;
        let mut sent = 0;
        for bytes in [
            "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\nmore",
            "nonsense\r\n\r\n",
            "GET /li",
        ] {
            let mut client = RawClient::connect(chat.address).unwrap();
            client.send_bytes(bytes.as_bytes()).unwrap();
            client.end_sending().unwrap();
            own += bytes.len() as u64;
            sent += client.read_to_end(TIMEOUT).unwrap().len() as u64;
        }
        let ended = ["http_error", "connection_lost"]
            .map(|reason| format!("chat_endings_total{{reason=\"{reason}\"}}"));
        until_counted(
            &chat,
            &[
                (&ended[0], 2),
                (&ended[1], 1),
                ("chat_connections{kind=\"http\"}", 1),
            ],
        );
        // Requests for the metrics also count as `other`.
        let mut client = HttpClient::connect(&chat);
        let before = crate::support::metrics::Scrape::fetch(&mut client);
        let other =
            |family: &str| before.get(&format!("chat_{family}_total{{technique=\"other\"}}"));
        let request_length = get("/metrics").len() as u64;
        assert_eq!((other("received_bytes") - own) % request_length, 0);
        let scrapes = (other("received_bytes") - own) / request_length;
        assert_eq!(other("requests"), 1 + scrapes);
        // The last responses with the metrics may not be counted yet.
        assert!(other("sent_bytes") >= sent);
    });
}

/// Recipients that were behind are counted too.
#[test]
fn every_line_counts_once_per_recipient() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--backlog", "100000000"]);
        let mut stalled = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        stalled.upgrade("/?name=stalled").unwrap();
        let mut anna = chat.raw_client("/?name=anna");
        let line = [b'x'; 1000];
        let mut own = 0;
        for _ in 0..2000 {
            anna.send_text(std::str::from_utf8(&line).unwrap()).unwrap();
        }
        while own < 2000 {
            own += u64::from(anna.read_text().unwrap().contains(" anna: "));
        }
        until_counted(
            &chat,
            &[
                ("chat_clients_behind", 1),
                ("chat_threads{kind=\"catch_up\"}", 1),
                ("chat_lines_total", 2002),
            ],
        );
        let reading = thread::spawn(move || {
            while !stalled.read_text().unwrap().starts_with("2002 ") {}
            stalled
        });
        let _stalled = reading.join().unwrap();
        // Anna gets 2,001 lines, and the client that joined before her gets one more.
        until_counted(
            &chat,
            &[
                ("chat_clients_behind", 0),
                ("chat_threads{kind=\"catch_up\"}", 0),
                (
                    "chat_deliveries_total{technique=\"websocket\"}",
                    2001 + 2002,
                ),
            ],
        );
    });
}
