//! With servers other than ours, the client works as a plain line client.

use std::net::TcpListener;

use futures::executor::block_on;
use futures::io::AllowStdIo;
use soketto::handshake::Server;
use soketto::handshake::server::Response;

use super::*;

/// Starts an echo server that uses soketto instead of tungstenite, and returns its URL. Its socket is blocking, so
/// soketto's asynchronous calls block. The server ends after one client.
fn independent_echo() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        block_on(async {
            let mut server = Server::new(AllowStdIo::new(socket));
            let key = server.receive_request().await.unwrap().key();
            let protocol = None;
            let accept = Response::Accept { key, protocol };
            server.send_response(&accept).await.unwrap();
            let (mut sender, mut receiver) = server.into_builder().finish();
            let mut message = Vec::new();
            while let Ok(data) = receiver.receive_data(&mut message).await {
                if data.is_text() {
                    let text = std::str::from_utf8(&message).unwrap();
                    sender.send_text(text).await.unwrap();
                } else {
                    sender.send_binary(&message).await.unwrap();
                }
                sender.flush().await.unwrap();
                message.clear();
            }
        });
    });
    url
}

#[test]
fn echo_server_receives_the_lines_unchanged() {
    within(LIMIT, || {
        for start in [client, reconnecting_client] {
            let mut program = start(&[&independent_echo()]);
            let mut lines: Vec<String> = (1..=20_000).map(|line| format!("line {line}")).collect();
            lines.extend(
                ["日本語 🙂", "/help", "1 anna: no number", "* no notice"].map(str::to_owned),
            );
            let mut stdin = program.take_stdin().unwrap();
            let input = lines.join("\n");
            let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
            assert_eq!(exit_code(&mut program), Some(0));
            assert_eq!(program.rest_of_stdout(TIMEOUT).unwrap(), lines);
            assert_eq!(stderr(&program), "");
            writer.join().unwrap();
        }
    });
}

#[test]
fn url_that_names_no_room_is_requested_unchanged() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let address = server.address().unwrap();
        for target in [
            "/chat",
            "/?token=a%2Bb&sig=1",
            "/echo?name=x",
            "/x?",
            "/x?a&&b=",
        ] {
            let _program = reconnecting_client(&[&format!("WS://{address}{target}")]);
            for _ in 0..2 {
                let mut peer = server.accept().unwrap();
                assert_eq!(peer.upgrade().unwrap(), format!("GET {target} HTTP/1.1"));
            }
        }
    });
}

#[test]
fn key_may_come_from_the_environment() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let env = [("USER", "anna"), ("CHAT_KEY", "secret")];
        let _program = Program::start(path, &[server.url().unwrap()], &env).unwrap();
        let request = server.accept().unwrap().upgrade().unwrap();
        assert_eq!(request, "GET /?name=anna&key=secret HTTP/1.1");
    });
}

#[test]
fn request_contains_the_given_fields_and_subprotocol() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let fields = [
            "-H",
            "Cookie: a=1; b=2",
            "-H",
            "X-Y:z",
            "--subprotocol",
            "chat.v1",
        ];
        let url = server.url().unwrap();
        let program = client(&[&[url.as_str()][..], &fields].concat());
        let mut peer = server.accept().unwrap();
        let head = peer.read_head().unwrap();
        for field in [
            "Cookie: a=1; b=2",
            "X-Y: z",
            "Sec-WebSocket-Protocol: chat.v1",
        ] {
            assert!(head.contains(&format!("\r\n{field}\r\n")), "{head}");
        }
        let accept = String::from_utf8(switching_protocols(&head).unwrap()).unwrap();
        let protocol = "\r\nSec-WebSocket-Protocol: chat.v1\r\n\r\n";
        peer.send_bytes(accept.replace("\r\n\r\n", protocol).as_bytes())
            .unwrap();
        peer.answer_ping().unwrap();
        peer.send_text("hello").unwrap();
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "hello");
    });
}

#[test]
fn invalid_option_values_are_usage_errors() {
    within(LIMIT, || {
        for args in [
            ["-H", "no colon"],
            ["-H", "Host: x"],
            ["-H", "Sec-WebSocket-Key: x"],
            ["-H", "a b: x"],
            ["-H", "a: x\r\nb: y"],
            ["--subprotocol", "a b"],
            ["--wait", "-1"],
            ["--wait", "1e300"],
            ["--wait", "NaN"],
        ] {
            let mut program = client(&args);
            assert_eq!(exit_code(&mut program), Some(2), "{args:?}");
        }
    });
}

#[test]
fn redirect_error_names_the_new_location() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = client(&[&server.url().unwrap()]);
        let mut peer = server.accept().unwrap();
        peer.read_head().unwrap();
        let answer = b"HTTP/1.1 301 Moved Permanently\r\nLocation: wss://chat.example/\r\nContent-Length: 0\r\n\r\n";
        peer.send_bytes(answer).unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the server answered 301 Moved Permanently: it is at wss://chat.example/"
        );
    });
}

/// A proxy may redirect to a login page whose URL contains the original target. Some servers repeat the target in their
/// error message.
#[test]
fn key_repeated_in_a_servers_error_is_hidden() {
    within(LIMIT, || {
        let to_login = "301 Moved Permanently\r\nLocation: https://chat.example/login?next=%2F%3Fkey%3Ds3cret\r\nContent-Length: 0\r\n\r\n";
        let unknown =
            "404 Not Found\r\nContent-Length: 33\r\n\r\nCannot GET /?name=anna&key=s3cret";
        for (answer, expected) in [
            (
                to_login,
                "301 Moved Permanently: it is at https://chat.example/login?…",
            ),
            (unknown, "404 Not Found: Cannot GET /?name=anna&key=…"),
        ] {
            let server = ScriptedServer::start().unwrap();
            let url = format!("{}?name=anna&key=s3cret", server.url().unwrap());
            let mut program = client(&[&url]);
            let mut peer = server.accept().unwrap();
            peer.read_head().unwrap();
            peer.send_bytes(format!("HTTP/1.1 {answer}").as_bytes())
                .unwrap();
            assert_eq!(exit_code(&mut program), Some(1));
            assert_eq!(
                stderr(&program),
                format!("chat-client: the server answered {expected}")
            );
        }
    });
}

#[test]
fn private_close_code_is_shown_unchanged() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        let mut peer = accept_without_welcome(&server);
        peer.send_close(4001, "token expired").unwrap();
        peer.answer_close().unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the server ended the connection with Close 4001: token expired"
        );
    });
}

#[test]
fn next_url_is_tried_after_a_refused_connection() {
    within(LIMIT, || {
        let gone = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let gone_address = gone.local_addr().unwrap();
        drop(gone);
        let server = ScriptedServer::start().unwrap();
        let program = client(&[&format!("ws://{gone_address}/"), &server.url().unwrap()]);
        let _peer = welcome(&server);
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), WELCOME);
    });
}

/// Some servers send unsolicited Pongs with the time as their payload.
#[test]
fn unsolicited_pong_acknowledges_no_line() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"hello\n").unwrap();
        assert_eq!(peer.expect(TEXT).unwrap(), b"hello");
        peer.send(PONG, b"1700000000").unwrap();
        peer.send_text("1 ben: hi").unwrap();
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "1 ben: hi");
        drop(peer);
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        assert!(stderr.contains("1 line has no receipt"), "{stderr}");
    });
}

#[test]
fn close_codes_1014_and_3999_are_echoed_and_reported() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        // Close code 1014 is registered, but tungstenite rejects it.
        for reason in ["no answer", ""] {
            let mut peer = accept_without_welcome(&server);
            peer.send_close(1014, reason).unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1014));
        }
        let mut peer = accept_without_welcome(&server);
        peer.send_close(3999, "that is all").unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(3999));
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        let bad_gateway = "Close 1014 (bad gateway)";
        for sentence in [
            &format!("{bad_gateway}: no answer; reconnecting"),
            &format!("{bad_gateway}; reconnecting"),
            "Close 3999: that is all",
        ] {
            assert!(stderr.contains(sentence), "{stderr}");
        }
    });
}

/// The Close arrives either after the client's first Ping or together with the 101.
#[test]
fn invalid_close_code_ends_the_client() {
    within(LIMIT, || {
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000] {
            for is_early in [false, true] {
                let server = ScriptedServer::start().unwrap();
                let mut program = reconnecting_client(&[&server.url().unwrap()]);
                let mut peer = server.accept().unwrap();
                let head = switching_protocols(&peer.read_head().unwrap()).unwrap();
                let [high, low] = code.to_be_bytes();
                let close = [0x88, 4, high, low, b'o', b'h'];
                let (first, second) = match is_early {
                    true => ([&head[..], &close].concat(), &[][..]),
                    false => (head, &close[..]),
                };
                peer.send_bytes(&first).unwrap();
                peer.expect(PING).unwrap();
                peer.send_bytes(second).unwrap();
                assert_eq!(peer.answer_close().unwrap(), Some(1002));
                assert_eq!(exit_code(&mut program), Some(1));
                let refused = "disconnected because of what the server sent";
                assert_eq!(
                    stderr(&program),
                    format!("chat-client: {refused}: Close {code} is invalid")
                );
            }
        }
    });
}
