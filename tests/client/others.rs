//! With a server of another kind it is a plain line client.

use std::net::TcpListener;

use futures::executor::block_on;
use futures::io::AllowStdIo;
use soketto::handshake::Server;
use soketto::handshake::server::Response;

use super::*;

/// An echo server that is not tungstenite: soketto, whose calls block here until they are done. It serves one client,
/// and ends with it; returns its URL.
fn independent_echo() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
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
fn an_echo_server_gets_the_lines_as_they_are_and_owes_no_receipts() {
    within(LIMIT, || {
        for start in [client, staying_client] {
            let mut program = start(&[&independent_echo()]);
            let mut lines: Vec<String> = (1..=20_000).map(|line| format!("line {line}")).collect();
            lines.extend(
                ["日本語 🙂", "/help", "1 anna: no number", "* no notice"].map(str::to_owned),
            );
            let mut stdin = program.take_stdin().unwrap();
            let input = lines.join("\n");
            let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
            assert_eq!(exit_code(&mut program), Some(0));
            assert_eq!(program.rest_of_stdout(SOON).unwrap(), lines);
            assert_eq!(stderr(&program), "");
            writer.join().unwrap();
        }
    });
}
