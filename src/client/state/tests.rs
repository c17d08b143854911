use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::client::connect::transport::TransportStream;
use crate::client::output::{PlainOutput, Style};
use crate::client::state::*;

/// A session and its peer's socket, which has a small buffer.
fn session() -> (Arc<Session>, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(&listener, 4096).unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (peer, _) = listener.accept().unwrap();
    (Session::new(TransportStream::from(stream)), peer)
}

/// A line is sent while its connection is lost and another one has begun, of which nothing is known yet.
#[test]
fn a_line_sent_on_the_old_connection_waits_for_its_receipt() {
    let ((old, mut old_peer), (new, _new_peer)) = (session(), session());
    let state = Arc::new(ClientState::new(Timeouts::default(), true));
    state.begin(&old);
    let mut output = PlainOutput::new(Vec::new(), Style::default());
    state
        .hear("* you are anna in room 5f3a09c1", &mut output)
        .unwrap();
    assert!(state.hear_pong(b"catching up", &mut output).is_ok());
    // Longer than what the sockets hold. Its frame has a header of 14 bytes, and so has the Ping in all 17.
    let line = "x".repeat(8 << 20);
    let mut sent = vec![0; 17 + 14 + line.len()];
    let stdin = thread::spawn({
        let state = Arc::clone(&state);
        move || state.say(&line).unwrap()
    });
    // Behind the Ping comes the first byte of the line: it is being sent.
    let (begin, rest) = sent.split_at_mut(18);
    old_peer.read_exact(begin).unwrap();
    state.begin(&new);
    old_peer.read_exact(rest).unwrap();
    stdin.join().unwrap();
    assert_eq!(state.unfinished(), (1, 0));
}
