//! Servers that do not answer: the client waits for each answer only for a limited time.

use std::io::{BufRead, BufReader};

use blocking_chat::client::output::Output;
use blocking_chat::client::resume::pending_lines::MAX_IN_FLIGHT;

use super::support::wait::retry_on_delay;
use super::*;

fn url(server: &ScriptedServer) -> Url {
    server.url().unwrap().parse().unwrap()
}

/// Reads this many lines without sending anything.
fn expect_lines(peer: &mut Peer, lines: usize) {
    for _ in 0..lines {
        assert_eq!(peer.expect(TEXT).unwrap(), b"hello");
    }
}

#[test]
fn client_gives_up_on_a_silent_server() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            ping_after: Duration::from_millis(500),
            pong: Duration::from_millis(500),
            ..Timeouts::default()
        };
        let url = url(&server);
        let silent = thread::spawn(move || {
            let mut peer = welcome(&server);
            expect_lines(&mut peer, MAX_IN_FLIGHT);
            peer.expect(PING).unwrap();
            peer.expect(CLOSE).unwrap();
            peer.expect_end().unwrap();
        });
        let client = connect(&url, timeouts).unwrap();
        let input = io::Cursor::new("hello\n".repeat(20_000));
        let lost = run(client, input, Vec::new()).unwrap_err();
        assert!(matches!(lost.why, EndReason::PingTimeout(_)), "{lost}");
        assert_eq!(lost.uncertain, MAX_IN_FLIGHT as u64, "{lost}");
        silent.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// The input has either more lines than may be in flight, or a single line. In both cases, no line gets its receipt.
#[test]
fn client_gives_up_without_receipts_despite_other_lines() {
    let scenario = || {
        for (lines, taken) in [(20_000, MAX_IN_FLIGHT), (1, 1)] {
            let server = ScriptedServer::start().unwrap();
            let timeouts = Timeouts {
                receipt: Duration::from_millis(500),
                ..Timeouts::default()
            };
            let url = url(&server);
            let talker = thread::spawn(move || {
                let mut peer = welcome(&server);
                expect_lines(&mut peer, taken);
                let mut number = 0;
                loop {
                    number += 1;
                    peer.send_text(&format!("{number} ben: hello")).unwrap();
                    peer.send(PING, b"").unwrap();
                    match peer.read_frame().unwrap() {
                        close if close.opcode == CLOSE => break close.close_code(),
                        frame => assert!([PING, PONG].contains(&frame.opcode)),
                    }
                }
            });
            let client = connect(&url, timeouts).unwrap();
            let input = io::Cursor::new("hello\n".repeat(lines));
            let lost = run(client, input, io::sink()).unwrap_err();
            assert!(matches!(lost.why, EndReason::ReceiptTimeout(_)), "{lost}");
            assert_eq!(lost.uncertain, taken as u64, "{lost}");
            assert_eq!(talker.join().unwrap(), Some(1000));
        }
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn slow_output_is_not_blamed_on_the_server() {
    /// An output whose first write takes longer than the client's timeouts for a Pong and for a receipt.
    struct Slow(Duration);
    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            thread::sleep(std::mem::take(&mut self.0));
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            pong: Duration::from_millis(200),
            receipt: Duration::from_millis(400),
            ..Timeouts::default()
        };
        let url = url(&server);
        let peer = thread::spawn(move || {
            let mut peer = welcome(&server);
            echo_line(&mut peer, 1, "anna");
            peer.answer_ping().unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
        });
        let client = connect(&url, timeouts).unwrap();
        let output = Slow(Duration::from_millis(1500));
        run(client, &b"hello\n"[..], output).unwrap();
        peer.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// An output that collects lines and notices.
struct Shown(Vec<String>);

impl Output for &mut Shown {
    fn show_line(&mut self, line: &str, _: Option<&str>) -> io::Result<()> {
        self.0.push(line.to_owned());
        Ok(())
    }

    fn show_notice(&mut self, sentence: &str) {
        self.0.push(sentence.to_owned());
    }
}

#[test]
fn server_that_ignores_the_first_ping_still_gets_lines() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            pong: Duration::from_millis(500),
            ..Timeouts::default()
        };
        let url = url(&server);
        let peer = thread::spawn(move || {
            let mut peer = server.open().unwrap();
            peer.expect(PING).unwrap();
            expect_lines(&mut peer, 1);
            peer.answer_ping().unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
        });
        let client = connect_reconnecting(&url, timeouts).unwrap();
        let mut shown = Shown(Vec::new());
        let options = InputOptions::default();
        client.run(&b"hello\n"[..], &mut shown, options).unwrap();
        let silent = "the server did not answer a Ping for 0.5 s; sending lines anyway";
        assert_eq!(shown.0, [silent]);
        peer.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn server_that_has_answered_one_ping_must_answer_all() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            pong: Duration::from_millis(500),
            first_backoff: Duration::from_millis(20),
            ..Timeouts::default()
        };
        let url = url(&server);
        let (input, mut typed) = UnixStream::pair().unwrap();
        let peer = thread::spawn(move || {
            drop(accept_without_welcome(&server));
            let mut silent = server.open().unwrap();
            typed.write_all(b"hello\n").unwrap();
            drop(typed);
            silent.expect(PING).unwrap();
            // This connection ends with a Close at once, so the test does not depend on timing.
            let mut last = server.accept().unwrap();
            let head = switching_protocols(&last.read_head().unwrap()).unwrap();
            let close = [0x88, 2, 0x0F, 0xA1];
            last.send_bytes(&[&head[..], &close].concat()).unwrap();
            silent.expect(CLOSE).unwrap();
        });
        let client = connect_reconnecting(&url, timeouts).unwrap();
        let lost = run(client, input, io::sink()).unwrap_err();
        assert!(lost.to_string().contains("Close 4001"), "{lost}");
        // The client did not send the line to the silent server.
        assert_eq!((lost.uncertain, lost.unsent), (0, 1));
        peer.join().unwrap();
    });
}

/// The receipt arrives, but the Ping after the last line gets no Pong.
#[test]
fn missing_pong_is_not_reported_as_a_missing_receipt() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            receipt: Duration::from_millis(500),
            ..Timeouts::default()
        };
        let url = url(&server);
        let peer = thread::spawn(move || {
            let mut peer = welcome(&server);
            echo_line(&mut peer, 1, "anna");
            peer.expect(PING).unwrap();
            peer.expect(CLOSE).unwrap();
        });
        let client = connect(&url, timeouts).unwrap();
        let (input, mut typed) = UnixStream::pair().unwrap();
        let (shown, output) = UnixStream::pair().unwrap();
        let typist = thread::spawn(move || {
            typed.write_all(b"hello\n").unwrap();
            // The input ends once the receipt is shown.
            let mut lines = BufReader::new(shown).lines().map(Result::unwrap);
            assert!(lines.any(|line| line == "1 anna: hello"));
            drop(typed);
            lines.for_each(drop);
        });
        let lost = run(client, input, output).unwrap_err();
        let silent = "the server did not answer a Ping for 0.5 s";
        assert_eq!(lost.to_string(), silent);
        peer.join().unwrap();
        typist.join().unwrap();
    });
}

#[test]
fn client_reconnects_if_a_replay_does_not_end() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            pong: Duration::from_millis(500),
            max_backoff: Duration::from_millis(500),
            ..Timeouts::default()
        };
        let url = url(&server);
        let peer = thread::spawn(move || {
            let mut stuck = server.open().unwrap();
            stuck.send_text(WELCOME).unwrap();
            stuck.expect(PING).unwrap();
            let mut peer = welcome(&server);
            echo_line(&mut peer, 1, "anna");
            peer.answer_ping().unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
        });
        let client = connect_reconnecting(&url, timeouts).unwrap();
        run(client, &b"hello\n"[..], Vec::new()).unwrap();
        peer.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}
