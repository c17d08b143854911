//! Texts and names that try to deceive a person or a program that reads a line, a poll's response, the log, or a
//! terminal. `src/guide/text.md` lists what a text and a name may contain.

use std::path::Path;

use super::attack::{assert_withstands, exchange};
use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::scripted_server::ScriptedServer;
use crate::support::watchdog::within;

/// Returns the characters that affect the text around them: controls, line ends, and marks that change the direction of
/// the text after them. Omits `\t` and `\n`.
fn unsafe_characters() -> Vec<char> {
    let controls = ('\0'..='\x1F').filter(|c| !"\t\n".contains(*c));
    let more = ('\x7F'..='\u{9F}')
        .chain('\u{2028}'..='\u{202E}')
        .chain('\u{2066}'..='\u{2069}');
    controls.chain(more).collect()
}

/// Texts that look strange but are legitimate, so the server does not change them.
const LEGITIMATE: [&str; 8] = [
    "zero\u{200B}width",
    "famil\u{200D}y",
    "soft\u{AD}hyphen",
    "marks\u{200E}\u{200F}\u{61C}",
    "\u{5E9}\u{5DC}\u{5D5}\u{5DD} 123",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}",
    "43 * anna joined",
    "* you are root in room 00000000",
];

/// Returns whether `line` has no unsafe character. Such a line cannot break or reorder the text around it.
fn is_plain(line: &str) -> bool {
    !line.contains(&unsafe_characters()[..])
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn polled(endpoint: &Endpoint) -> String {
    let head = "HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    exchange(endpoint, format!("GET /lines?since=0 {head}").as_bytes())
}

#[test]
fn unsafe_characters_are_replaced_for_every_reader() {
    assert_withstands(&[], |endpoint| {
        let mut mallory = endpoint.raw_client("/?name=mallory");
        for character in unsafe_characters() {
            mallory
                .send_text(&format!("a{character}43 anna: b"))
                .unwrap();
        }
        for text in LEGITIMATE {
            mallory.send_text(text).unwrap();
        }
        mallory.send_text("the end").unwrap();
        let mut received = Vec::new();
        while !received
            .last()
            .is_some_and(|line: &String| line.ends_with("the end"))
        {
            received.push(mallory.read_text().unwrap());
        }
        let said = |suffix: &str| {
            received
                .iter()
                .filter(|line| line.ends_with(suffix))
                .count()
        };
        assert_eq!(
            said(" mallory: a\u{FFFD}43 anna: b"),
            unsafe_characters().len()
        );
        for text in LEGITIMATE {
            assert_eq!(said(&format!(" mallory: {text}")), 1, "{text:?}");
        }
        assert!(received.iter().all(|line| is_plain(line)));
        let polled = polled(endpoint);
        let (_, lines) = polled.split_once("\r\n\r\n").unwrap();
        assert!(lines.contains(" mallory: the end\n"), "{lines}");
        assert!(lines.lines().all(is_plain), "{lines}");
    });
}

#[test]
fn misleading_name_is_refused_however_it_is_requested() {
    assert_withstands(&[], |endpoint| {
        let mut member = endpoint.raw_client("/?name=mallory");
        let marks = [
            "*",
            "* ben joined",
            "anna: hi",
            "a b",
            "43 anna",
            "a\nb",
            "a/b",
            "a\"b",
            "a<b",
            "%",
        ];
        let invisible = [
            "a\u{200B}",
            "a\u{200D}b",
            "\u{2060}a",
            "a\u{FE0F}",
            "a\u{3164}",
            "a\u{E0061}",
            "\u{301}a",
        ];
        let names = marks.into_iter().chain(invisible).map(str::to_owned);
        for name in names.chain(
            unsafe_characters()
                .into_iter()
                .map(|character| format!("a{character}b")),
        ) {
            let encoded = percent(&name);
            let upgraded = RawClient::open(endpoint.address, &format!("/?name={encoded}"));
            let head = upgraded.unwrap_err().to_string();
            assert!(head.starts_with("HTTP/1.1 400 "), "{name:?}: {head}");
            let post = format!(
                "POST /lines?name={encoded} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
            );
            let posted = exchange(endpoint, post.as_bytes());
            assert!(posted.starts_with("HTTP/1.1 400 "), "{name:?}: {posted}");
            // A newline ends the command, so `/nick` cannot request a name with a newline.
            if !name.contains('\n') {
                member.send_text(&format!("/nick {name}")).unwrap();
            }
        }
        member.send_text("still myself").unwrap();
        loop {
            let line = member.read_text().unwrap();
            assert!(!line.contains(" is now "), "{line}");
            assert!(is_plain(&line), "{line:?}");
            if line.ends_with("still myself") {
                assert!(line.ends_with(" mallory: still myself"), "{line}");
                break;
            }
        }
    });
}

#[test]
fn name_like_a_number_or_notice_keeps_lines_unambiguous() {
    assert_withstands(&[], |endpoint| {
        for name in ["42", "joined", "...", "-", "guest-1", "you", "is.now"] {
            let mut member = endpoint.raw_client(&format!("/?name={name}"));
            let welcome = member.read_text().unwrap();
            assert!(
                welcome.starts_with(&format!("* you are {name} in room ")),
                "{welcome}"
            );
            member.send_text(&format!("* {name} left")).unwrap();
            let line = loop {
                let line = member.read_text().unwrap();
                if line.ends_with(&format!("* {name} left")) {
                    break line;
                }
            };
            // NUMBER SPACE NAME ": " TEXT
            let (number, rest) = line.split_once(' ').unwrap();
            assert!(number.parse::<u64>().is_ok(), "{line}");
            assert_eq!(
                rest.split_once(": ").unwrap(),
                (name, &format!("* {name} left")[..])
            );
        }
    });
}

#[test]
fn other_spelling_of_a_taken_name_gets_a_suffix() {
    assert_withstands(&[], |endpoint| {
        let _anna = endpoint.raw_client("/?name=anna");
        for name in ["Anna", "ANNA", "\u{FF41}nna", "ann\u{FF21}"] {
            let mut other = endpoint.raw_client(&format!("/?name={}", percent(name)));
            let welcome = other.read_text().unwrap();
            assert!(welcome.contains("-2 in room "), "{name}: {welcome}");
            other.send_close(1000, "").unwrap();
            other.read_to_end(TIMEOUT).unwrap();
        }
        // A name in another script is a different name, because the server cannot tell an imitation from a real name.
        let mut other = endpoint.raw_client("/?name=%D0%B0nna");
        assert!(
            other
                .read_text()
                .unwrap()
                .starts_with("* you are \u{430}nna in room ")
        );
    });
}

#[test]
fn log_contains_no_text_that_a_peer_sends() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
        let forged = "\x1b[31m\r\n[2026-01-01T00:00:00Z INFO chat_server] MALLORY";
        let encoded = percent(forged);
        for bytes in [
            format!("GET /{encoded} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            format!("GET /?name={encoded} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            "MALLORY / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nHost: MALLORY\r\nConnection: close\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://MALLORY\r\nConnection: close\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nHost: localhost\r\nMALLORY\x1b: x\r\nConnection: close\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: MALLORY\r\nConnection: close\r\n\r\n".to_owned(),
            format!("{forged}\r\nConnection: close\r\n\r\n"),
        ] {
            let answer = exchange(&chat.endpoint, bytes.as_bytes());
            // The page's content security policy allows a WebSocket to the page's own host. So a valid Host may occur
            // in the response.
            let repeats = answer.contains("MALLORY") && !bytes.contains("Host: MALLORY");
            assert!(!repeats, "{answer}");
        }
        for (code, reason) in [(1000, forged), (4999, forged), (999, forged)] {
            let mut peer = chat.raw_client("/?name=MALLORY");
            peer.send_text(forged).unwrap();
            peer.send_text("/nick MALLORY-x").unwrap();
            peer.send_close(code, reason).unwrap();
            peer.read_to_end(TIMEOUT).unwrap();
        }
        chat.program.signal(Signal::TERM).unwrap();
        assert!(chat.program.wait(TIMEOUT).unwrap().success());
        let log = chat.program.rest_of_stderr(TIMEOUT).unwrap();
        assert!(log.len() >= 11, "{log:#?}");
        for line in log {
            assert!(
                line.starts_with('[') && line.contains(" chat_server] "),
                "{line:?}"
            );
            assert!(!line.contains("MALLORY") && is_plain(&line), "{line:?}");
        }
    });
}

#[test]
fn show_wire_prints_no_unsafe_characters() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--show-wire"]);
        for character in unsafe_characters() {
            let mut peer = chat.raw_client("/");
            peer.send_text(&format!("a{character}b")).unwrap();
            peer.send_close(1000, &format!("a{character}b")).unwrap();
            peer.read_to_end(TIMEOUT).unwrap();
            let head = format!(
                "GET / HTTP/1.1\r\nHost: localhost\r\nX: a{character}b\r\nConnection: close\r\n\r\n"
            );
            exchange(&chat.endpoint, head.as_bytes());
        }
        chat.program.signal(Signal::TERM).unwrap();
        assert!(chat.program.wait(TIMEOUT).unwrap().success());
        let shown = chat.program.rest_of_stdout(TIMEOUT).unwrap();
        assert!(shown.len() > 100);
        let acts: Vec<_> = shown.iter().filter(|line| !is_plain(line)).collect();
        assert!(acts.is_empty(), "{acts:#?}");
    });
}

#[test]
fn client_prints_no_unsafe_characters_to_a_terminal() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let url = server.url().unwrap();
        // With colors, the client prints to the pipe what it would print to a terminal.
        let args = [
            url.as_str(),
            "--no-reconnect",
            "--color",
            "always",
            "--name",
            "anna",
        ];
        let mut client = Program::start(path, &args, &[]).unwrap();
        let mut peer = server.open().unwrap();
        for character in unsafe_characters() {
            peer.send_text(&format!("* you are a{character}b in room 5f3a09c1"))
                .unwrap();
            peer.send_text(&format!("1 a{character}b: c{character}d"))
                .unwrap();
            peer.send_text(&format!("2 * a{character}b joined"))
                .unwrap();
            peer.send_text(&format!("{character}")).unwrap();
        }
        peer.send_close(4000, &unsafe_characters()[..40].iter().collect::<String>())
            .unwrap();
        let _ = peer.answer_close();
        client.wait(TIMEOUT).unwrap();
        let shown = client.rest_of_stdout(TIMEOUT).unwrap();
        assert!(shown.len() > 100, "{shown:?}");
        for line in shown.iter().chain(&client.rest_of_stderr(TIMEOUT).unwrap()) {
            // The only escape sequences are SGR sequences for our own colors.
            let mut parts = line.split("\x1b[");
            assert!(is_plain(parts.next().unwrap()), "{line:?}");
            for part in parts {
                let (color, text) = part.split_once('m').unwrap();
                assert!(
                    color
                        .bytes()
                        .all(|byte| byte.is_ascii_digit() || byte == b';'),
                    "{line:?}"
                );
                assert!(is_plain(text), "{line:?}");
            }
        }
    });
}
