//! `--show-wire` prints each HTTP head as text, and one line for each body and each frame.

use blocking_chat::server::observe::lossy_queue::MAX_WAITING;
use blocking_chat::server::observe::trace::text::MAX_SHOWN;

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::terminal::lines;
use crate::support::watchdog::within;

/// Returns the printed lines, up to the line about a closed connection. Removes the time of each line, and reduces each
/// run of spaces to one space.
fn shown_until_closed(chat: &Chat) -> Vec<String> {
    let mut shown = Vec::new();
    loop {
        let line = chat.program.stdout_line(TIMEOUT).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_timed = words
            .first()
            .is_some_and(|word| word.parse::<f64>().is_ok());
        let line = words[usize::from(is_timed)..].join(" ");
        let is_last = line.contains(" closed: ");
        shown.push(line);
        if is_last {
            return shown;
        }
    }
}

#[test]
fn handshake_is_printed_as_text_and_each_frame_as_a_line() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--show-wire"]);
        let mut client = chat.raw_client("/?name=anna");
        let welcome = client.read_text().unwrap();
        client.read_text().unwrap();
        // "Hello", masked with 37 fa 21 3d: the example of RFC 6455, section 5.7.
        let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        client.send_bytes(hello).unwrap();
        client.read_text().unwrap();
        client.send_text(&"x".repeat(200)).unwrap();
        client.read_text().unwrap();
        client.send_ping(b"").unwrap();
        client.read_frame(TIMEOUT).unwrap();
        client.send_close(1000, "bye").unwrap();
        client.read_frame(TIMEOUT).unwrap();
        let peer = client.stream().local_addr().unwrap();
        drop(client);
        let asked = 149 + chat.address.to_string().len();
        let xs = "x".repeat(MAX_SHOWN);
        let cut = "x".repeat(MAX_SHOWN - "3 anna: ".len());
        let welcome_hex = format!("81 {:02x}", welcome.len());
        let expected = [
            "→ from the client, ← from the server, B = bytes".to_owned(),
            "time conn opcode FIN mask length header, in hex payload".to_owned(),
            format!("conn-1 opened by {peer}"),
            format!("conn-1 → HTTP, a head of {asked} bytes"),
            "GET /?name=anna HTTP/1.1".to_owned(),
            format!("Host: {}", chat.address),
            "Connection: Upgrade".to_owned(),
            "Upgrade: websocket".to_owned(),
            "Sec-WebSocket-Version: 13".to_owned(),
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==".to_owned(),
            "conn-1 ← HTTP, a head of 129 bytes".to_owned(),
            "HTTP/1.1 101 Switching Protocols".to_owned(),
            "Connection: Upgrade".to_owned(),
            "Upgrade: websocket".to_owned(),
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned(),
            format!(
                "conn-1 ← text FIN - {} B {welcome_hex} {welcome:?}",
                welcome.len()
            ),
            "conn-1 ← text FIN - 15 B 81 0f \"1 * anna joined\"".to_owned(),
            "conn-1 → text FIN mask 5 B 81 85 37 fa 21 3d \"Hello\"".to_owned(),
            "conn-1 ← text FIN - 13 B 81 0d \"2 anna: Hello\"".to_owned(),
            format!(
                "conn-1 → text FIN mask 200 B 81 fe 00 c8 00 00 00 00 {xs:?} and {} bytes",
                200 - MAX_SHOWN
            ),
            format!(
                "conn-1 ← text FIN - 208 B 81 7e 00 d0 \"3 anna: {cut}\" and {} bytes",
                208 - MAX_SHOWN
            ),
            "conn-1 → ping FIN mask 0 B 89 80 00 00 00 00".to_owned(),
            "conn-1 ← pong FIN - 0 B 8a 00".to_owned(),
            "conn-1 → close FIN mask 5 B 88 85 00 00 00 00 1000 \"bye\"".to_owned(),
            "conn-1 ← close FIN - 5 B 88 05 1000 \"bye\"".to_owned(),
        ];
        let mut shown = shown_until_closed(&chat);
        let closed = shown.pop().unwrap();
        assert_eq!(shown, expected);
        // `up` and `down` count all bytes of the heads above and of the frames, including frame headers.
        let (up, down) = (
            asked + 11 + 208 + 6 + 11,
            129 + 2 + welcome.len() + 17 + 15 + 212 + 2 + 7,
        );
        assert_eq!(
            closed,
            format!("conn-1 closed: → {up} bytes, ← {down} bytes")
        );
    });
}

#[test]
fn trace_and_log_show_no_key() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--show-wire"]);
        // The second client replaces the first. The third is refused because its key is invalid.
        let clients = [(); 2].map(|()| chat.raw_client("/?name=anna&key=s3cret"));
        let upgrade = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        let wrong = format!("GET /?name=anna&key=s3cret! HTTP/1.1\r\n{upgrade}\r\n\r\n");
        let answer = chat.exchange(wrong.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(!answer.contains("s3cret"), "{answer}");
        drop(clients);
        chat.program.signal(Signal::TERM).unwrap();
        assert!(chat.program.wait(TIMEOUT).unwrap().success());
        let shown = chat.program.rest_of_stdout(TIMEOUT).unwrap();
        let heads = shown.iter().map(|line| line.trim());
        let heads: Vec<&str> = heads.filter(|line| line.starts_with("GET ")).collect();
        assert_eq!(heads, ["GET /?name=anna&key=… HTTP/1.1"; 3]);
        let log = chat.program.rest_of_stderr(TIMEOUT).unwrap();
        for line in shown.iter().chain(&log) {
            assert!(!line.contains("s3cret"), "{line}");
        }
    });
}

#[test]
fn http_requests_are_traced_too() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--show-wire"]);
        let request = "POST /lines?name=ben HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
        chat.exchange(request.as_bytes());
        let shown = shown_until_closed(&chat);
        for line in [
            "POST /lines?name=ben HTTP/1.1",
            "conn-1 → HTTP, a body of 5 bytes \"hello\"",
            "HTTP/1.1 201 Created",
            "conn-1 ← HTTP, a body of 13 bytes \"1 ben: hello\\n\"",
        ] {
            assert!(
                shown.contains(&line.to_owned()),
                "{line} is not in {shown:#?}"
            );
        }
    });
}

#[test]
fn reply_is_traced_after_the_frame_it_replies_to() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--show-wire"]);
        let mut client = chat.raw_client("/?name=anna");
        client.read_text().unwrap();
        for _ in 0..500 {
            // The client replies to each line immediately.
            client.read_text().unwrap();
            client.send_text("again").unwrap();
        }
        client.send_close(1000, "").unwrap();
        drop(client);
        let shown = shown_until_closed(&chat);
        let texts = shown.iter().filter(|line| line.contains(" text "));
        let directions: String = texts
            .map(|line| if line.contains("→") { '>' } else { '<' })
            .collect();
        let turns = directions.strip_prefix("<<").unwrap().trim_end_matches('<');
        assert_eq!(turns, &"><".repeat(500)[..999]);
    });
}

#[test]
fn nothing_is_traced_without_show_wire() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
        chat.member("anna").say_and_receive("hello");
        chat.program.signal(Signal::TERM).unwrap();
        chat.program.wait(TIMEOUT).unwrap();
        assert_eq!(chat.program.rest_of_stdout(TIMEOUT).unwrap(), [""; 0]);
    });
}

#[test]
fn last_close_is_traced_before_the_server_ends() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--show-wire"]);
        let mut anna = chat.member("anna");
        chat.program.signal(Signal::TERM).unwrap();
        anna.receive_close();
        drop(anna);
        assert!(chat.program.wait(TIMEOUT).unwrap().success());
        let shown = chat.program.rest_of_stdout(TIMEOUT).unwrap();
        let [.., close, closed] = &shown[..] else {
            panic!("{shown:?}")
        };
        let close = if close.contains("→") {
            &shown[shown.len() - 3]
        } else {
            close
        };
        assert!(close.contains("← close"), "{shown:#?}");
        assert!(close.contains("1001"), "{close}");
        assert!(closed.contains(" closed: "), "{closed}");
    });
}

#[test]
fn stopped_terminal_delays_nobody_and_lost_lines_are_counted() {
    within(LIMIT, || {
        let (terminal, endpoint) = Chat::in_a_terminal(&["--show-wire", "--lines-per-second", "0"]);
        terminal.stop_output();
        let mut anna = endpoint.member("anna");
        // Each line that Anna receives is a frame. She sends a hundred lines in one frame.
        for hundred in 0..3 * MAX_WAITING as u64 / 100 {
            anna.say(&"hello\n".repeat(100));
            let receipts = anna.receive_until_number(hundred * 100 + 101);
            assert_eq!(receipts.len(), 100);
        }
        // The server traces the last hundred receipts after it sends them, but before it traces the next message.
        // Without a next message, these traces could follow the count of missing lines and scroll it off the screen.
        anna.say_and_receive("done");
        terminal.continue_output();
        terminal.wait_until("the count of the missing lines", |screen| {
            let rows = lines(screen);
            rows.iter().any(|row| {
                row.starts_with("... ")
                    && row.ends_with(" more are not shown: the reader of this output is too slow")
            })
        });
        anna.say_and_receive("and now?");
        terminal.wait_until("the trace of the last line", |screen| {
            let rows = lines(screen);
            rows.last()
                .is_some_and(|row| row.ends_with("anna: and now?\""))
        });
    });
}

#[test]
fn terminal_gets_colors_but_no_escapes_from_a_peer() {
    within(LIMIT, || {
        let (terminal, endpoint) = Chat::in_a_terminal(&["--show-wire"]);
        let mut client = RawClient::open(endpoint.address, "/?name=anna").unwrap();
        client.send_text("\x1b[2J\x07hello").unwrap();
        terminal.wait_until("a line with its escapes shown", |screen| {
            let rows = lines(screen);
            rows.iter()
                .any(|row| row.ends_with(r#""\u{1b}[2J\u{7}hello""#))
        });
        let direction = terminal.with_screen(|screen| {
            let rows = lines(screen);
            let row = rows.iter().position(|row| row.contains("→ HTTP")).unwrap();
            screen.cell(row as u16, 17).unwrap().fgcolor()
        });
        assert_eq!(direction, vt100::Color::Idx(5));
    });
}
