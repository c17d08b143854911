//! How the client connects: the name in its URL, the connection, and the handshake.

use super::*;

#[test]
fn frame_sent_together_with_the_101_is_read() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let program = client(&[&server.url().unwrap()]);
        let mut peer = server.accept().unwrap();
        let head = peer.read_head().unwrap();
        let mut bytes = switching_protocols(&head).unwrap();
        bytes.extend(b"\x81\x07welcome");
        peer.send_bytes(&bytes).unwrap();
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "welcome");
    });
}

#[test]
fn name_comes_from_the_url_the_option_or_the_login() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let url = server.url().unwrap();
        let with_name = format!("{url}?since=0&name=carl");
        for (args, target) in [
            (vec![url.as_str()], "/?name=anna"),
            (vec![&url, "--name", "j\u{FC}rgen"], "/?name=j%C3%BCrgen"),
            (vec![&with_name, "--name", "ben"], "/?since=0&name=carl"),
        ] {
            let _program = client(&args);
            let request = server.accept().unwrap().upgrade().unwrap();
            assert_eq!(request, format!("GET {target} HTTP/1.1"));
        }
    });
}

#[test]
fn connecting_to_a_silent_server_times_out() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            connect: Duration::from_millis(200),
            ..Timeouts::default()
        };
        let url: Url = server.url().unwrap().parse().unwrap();
        let begin = Instant::now();
        let error = connect(&url, timeouts).unwrap_err();
        assert!(matches!(error, ConnectError::TimedOut { .. }), "{error}");
        assert!(begin.elapsed() >= timeouts.connect);
    });
}

#[test]
fn trickling_response_does_not_extend_the_timeout() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            connect: Duration::from_millis(300),
            ..Timeouts::default()
        };
        let url: Url = server.url().unwrap().parse().unwrap();
        let (over, ended) = mpsc::channel::<()>();
        let slow = thread::spawn(move || {
            let mut peer = server.accept().unwrap();
            peer.read_head().unwrap();
            while ended.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
                let _ = peer.send_bytes(b"H");
            }
        });
        let error = connect(&url, timeouts).unwrap_err();
        drop(over);
        slow.join().unwrap();
        assert!(
            matches!(
                error,
                ConnectError::TimedOut { .. } | ConnectError::NotWebSocket(_)
            ),
            "{error}"
        );
    });
}

#[test]
fn plain_http_response_is_shown_with_its_body() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = client(&[&server.url().unwrap()]);
        let mut peer = server.accept().unwrap();
        peer.read_head().unwrap();
        peer.send_bytes(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 21\r\n\r\n")
            .unwrap();
        peer.send_bytes(b"the room is \x1bfull now\n").unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the server answered 503 Service Unavailable: the room is \u{FFFD}full now"
        );
    });
}

#[test]
fn web_page_is_reported_by_its_status_only() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = client(&[&server.url().unwrap()]);
        let mut peer = server.accept().unwrap();
        peer.read_head().unwrap();
        peer.send_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<!DOCTYPE html>")
            .unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the server answered 200 OK: check the URL"
        );
    });
}

#[test]
fn server_without_websocket_is_reported_with_the_reason() {
    within(LIMIT, || {
        for (answer, sentence) in [
            (&b"SSH-2.0-OpenSSH_9.9\r\n"[..], "its answer is not HTTP"),
            (
                b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
                "its Sec-WebSocket-Accept does not match our key",
            ),
        ] {
            let server = ScriptedServer::start().unwrap();
            let mut program = client(&[&server.url().unwrap()]);
            let mut peer = server.accept().unwrap();
            peer.read_head().unwrap();
            peer.send_bytes(answer).unwrap();
            assert_eq!(exit_code(&mut program), Some(1));
            assert_eq!(stderr(&program), format!("chat-client: this is not a WebSocket server: {sentence}"));
        }
    });
}

#[test]
fn error_of_a_refused_connection_says_what_to_type() {
    within(LIMIT, || {
        // The socket is bound but does not listen. So no other program gets the port, and connections are refused.
        let socket = rustix::net::socket(
            rustix::net::AddressFamily::INET,
            rustix::net::SocketType::STREAM,
            None,
        )
        .unwrap();
        let any: std::net::SocketAddr = ([127, 0, 0, 1], 0).into();
        rustix::net::bind(&socket, &any).unwrap();
        let address: std::net::SocketAddr = rustix::net::getsockname(&socket)
            .unwrap()
            .try_into()
            .unwrap();
        let mut program = client(&[&format!("ws://{address}/")]);
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            format!(
                "chat-client: no server listens at {address} (connection refused): start one with \
                 `make run-server PORT={}`, or check the URL",
                address.port()
            )
        );
    });
}
