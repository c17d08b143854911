//! Clean ends of connections: no reset destroys the server's last bytes, and the server closes the socket of each ended
//! connection.

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, CLOSE, encode};
use crate::support::resources::{descriptors, descriptors_at_start};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Sends 4 MiB, more than both sockets of the connection hold, so this call returns only if the server reads.
fn send_4_mb(client: &mut RawClient) {
    for _ in 0..64 {
        client.send_bytes(&[b'x'; 65_536]).unwrap();
    }
}

/// The server reads to the end of the stream, so no reset destroys the response.
#[test]
fn response_arrives_though_the_client_keeps_sending() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        for _ in 0..5 {
            let mut client = RawClient::connect(chat.address).unwrap();
            client.send_bytes(b"\0\r\n\r\n").unwrap();
            send_4_mb(&mut client);
            let answer = client.read_to_end(TIMEOUT).unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 400 "));
            send_4_mb(&mut client);
        }
    });
}

/// The server reads to the end of the stream, so no reset destroys the Close.
#[test]
fn close_arrives_though_the_client_keeps_sending() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        for _ in 0..5 {
            let mut client = chat.raw_client("/");
            client.send_bytes(&encode(BINARY, b"x")).unwrap();
            send_4_mb(&mut client);
            let close = loop {
                let frame = client.read_frame(TIMEOUT).unwrap();
                if frame.opcode == CLOSE {
                    break frame;
                }
            };
            assert_eq!(close.close_code(), Some(1003));
            assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"");
            send_4_mb(&mut client);
        }
    });
}

#[test]
fn ended_connections_release_their_descriptors() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--close-timeout", "0.3"]);
        let pid = chat.program.id();
        let before = descriptors_at_start(pid);
        let mut rude = Vec::new();
        for _ in 0..10 {
            chat.connect("/").leave();
            chat.connect("/echo").leave();
            drop(chat.raw_client("/"));
            drop(RawClient::connect(chat.address).unwrap());
            chat.exchange(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
            // This client gets a Close, does not answer, and stays connected.
            let mut client = chat.raw_client("/");
            client.send_bytes(&encode(BINARY, b"x")).unwrap();
            rude.push(client);
        }
        until(|| descriptors(pid), |&count| count == before);
        drop(rude);
    });
}
