//! The client loses its connection and reconnects.

use super::support::wait::retry_on_delay;
use super::*;

/// Accepts the client and lets it catch up: sends the welcome, these lines, and the Pong. Returns the connection and
/// the request line.
fn welcome_with_lines(server: &ScriptedServer, lines: &[&str]) -> (Peer, String) {
    let mut peer = server.accept().unwrap();
    let request = peer.upgrade().unwrap();
    peer.send_text("* you are anna in room 5f3a09c1").unwrap();
    for line in lines {
        peer.send_text(line).unwrap();
    }
    peer.answer_ping().unwrap();
    (peer, request)
}

#[test]
fn client_reconnects_and_resends_lines_without_receipts() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        let mut stdin = program.take_stdin().unwrap();
        let (mut peer, first) = welcome_with_lines(&server, &["7 * anna joined"]);
        let key = first
            .split("key=")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        assert_eq!(key.len(), 22, "{first}");
        stdin.write_all(b"one\ntwo\n").unwrap();
        assert_eq!(peer.expect(TEXT).unwrap(), b"one");
        assert_eq!(peer.expect(TEXT).unwrap(), b"two");
        drop(peer);
        assert_eq!(
            program.stderr_line(TIMEOUT).unwrap(),
            "chat-client: the connection ended without a Close; reconnecting"
        );
        stdin.write_all(b"three\n").unwrap();
        drop(stdin);
        let (mut peer, again) = welcome_with_lines(&server, &["8 anna: one", "9 ben: hello"]);
        assert_eq!(
            again,
            format!("GET /?key={key}&name=anna&room=5f3a09c1&since=7 HTTP/1.1")
        );
        assert_eq!(echo_line(&mut peer, 10, "anna"), "two");
        assert_eq!(echo_line(&mut peer, 11, "anna"), "three");
        peer.answer_ping().unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(exit_code(&mut program), Some(0));
        let printed = program.rest_of_stdout(TIMEOUT).unwrap();
        assert_eq!(
            printed,
            [
                "* you are anna in room 5f3a09c1",
                "7 * anna joined",
                "* you are anna in room 5f3a09c1",
                "8 anna: one",
                "9 ben: hello",
                "10 anna: two",
                "11 anna: three",
            ]
        );
        assert!(stderr(&program).starts_with("chat-client: reconnected after "));
    });
}

#[test]
fn changed_name_is_kept_across_a_reconnect() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap(), "--commands"]);
        let mut stdin = program.take_stdin().unwrap();
        let (mut peer, _) = welcome_with_lines(&server, &["7 * anna joined"]);
        stdin.write_all(b"/nick bea\nhello\n").unwrap();
        assert_eq!(peer.expect(TEXT).unwrap(), b"/nick bea");
        assert_eq!(peer.expect(TEXT).unwrap(), b"hello");
        drop(peer);
        let (mut peer, _) =
            welcome_with_lines(&server, &["8 * anna is now bea", "9 * anna joined"]);
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        let mut peer = server.accept().unwrap();
        let request = peer.upgrade().unwrap();
        assert!(
            request.contains("name=bea&room=5f3a09c1&since=9"),
            "{request}"
        );
        peer.send_text("* you are bea in room 5f3a09c1").unwrap();
        peer.answer_ping().unwrap();
        assert_eq!(echo_line(&mut peer, 10, "bea"), "hello");
        drop(stdin);
        peer.answer_ping().unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(exit_code(&mut program), Some(0));
        let stderr = program.rest_of_stderr(TIMEOUT).unwrap();
        assert_eq!(stderr.len(), 2, "{stderr:#?}");
        assert!(stderr[0].ends_with("; reconnecting"), "{stderr:#?}");
        assert!(stderr[1].contains("reconnected after"), "{stderr:#?}");
    });
}

#[test]
fn cause_in_a_close_decides_whether_the_client_reconnects() {
    within(LIMIT, || {
        for (code, reason, reconnects) in [
            (1001, "", true),
            (1008, "too slow: more is waiting than is kept", true),
            (1012, "", true),
            (1008, "mind your language", false),
            (4001, "", false),
        ] {
            let server = ScriptedServer::start().unwrap();
            let mut program = reconnecting_client(&[&server.url().unwrap()]);
            let (mut peer, _) = welcome_with_lines(&server, &[]);
            peer.send_close(code, reason).unwrap();
            peer.answer_close().unwrap();
            if reconnects {
                welcome_with_lines(&server, &[]);
            } else {
                assert_eq!(exit_code(&mut program), Some(1), "{code}");
            }
        }
    });
}

#[test]
fn reconnect_answered_with_403_ends_the_client() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        drop(welcome_with_lines(&server, &[]));
        let mut peer = server.accept().unwrap();
        peer.read_head().unwrap();
        peer.send_bytes(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n")
            .unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        assert!(
            stderr(&program)
                .ends_with("the connection was lost, and the server answered 403 Forbidden: no")
        );
    });
}

#[test]
fn ctrl_c_exits_while_there_is_no_connection() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        drop(welcome_with_lines(&server, &[]));
        program.stderr_line(TIMEOUT).unwrap();
        program.signal(Signal::INT).unwrap();
        assert_eq!(exit_code(&mut program), Some(0));
    });
}

#[test]
fn client_stops_reconnecting_some_time_after_the_input_ends() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            reconnect: Duration::from_millis(300),
            pong: Duration::from_millis(100),
            first_backoff: Duration::from_millis(10),
            max_backoff: Duration::from_millis(10),
            close: Duration::from_millis(100),
            ..Timeouts::default()
        };
        let url: Url = server.url().unwrap().parse().unwrap();
        let once = thread::spawn(move || {
            let (mut peer, _) = welcome_with_lines(&server, &["1 * anna joined"]);
            peer.expect(TEXT).unwrap();
        });
        let client = connect_reconnecting(&url, timeouts).unwrap();
        let lost = run(client, &b"one\n"[..], Vec::new()).unwrap_err();
        assert!(matches!(lost.why, EndReason::ReconnectTimeout(_)), "{lost}");
        assert_eq!((lost.uncertain, lost.unsent), (1, 0));
        once.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn gap_in_the_numbers_is_reported() {
    within(LIMIT, || {
        let (program, mut peer) = client_in_room();
        for line in [
            "* you are anna in room 5f3a09c1",
            "3 ben: a",
            "18 ben: b",
            "20 ben: c",
        ] {
            peer.send_text(line).unwrap();
        }
        let printed: Vec<String> = (0..6)
            .map(|_| program.stdout_line(TIMEOUT).unwrap())
            .collect();
        assert_eq!(
            printed[2..],
            [
                "* 14 lines missed",
                "18 ben: b",
                "* 1 line missed",
                "20 ben: c"
            ]
        );
    });
}

#[test]
fn backoff_grows_to_a_limit_and_is_random() {
    let timeouts = Timeouts::default();
    let seconds = |attempts, random| timeouts.backoff(attempts, random).as_secs_f64();
    assert_eq!((seconds(0, 0.0), seconds(0, 1.0)), (0.5, 1.0));
    assert_eq!((seconds(1, 0.0), seconds(1, 1.0)), (1.0, 2.0));
    assert_eq!((seconds(3, 0.5), seconds(3, 1.0)), (6.0, 8.0));
    for attempts in [6, 60, u32::MAX] {
        assert_eq!(
            (seconds(attempts, 0.0), seconds(attempts, 1.0)),
            (15.0, 30.0)
        );
    }
}
