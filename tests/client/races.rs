//! Races between threads that send: the latest Pong is always sent, and no receipt is assumed too early.

use std::sync::Arc;

use blocking_chat::client::connect::masked::masked;
use blocking_chat::client::connect::session::Session;
use blocking_chat::client::state::ClientState;
use tungstenite::Message;

use super::write_side::{connection, frames_until, number, pong, without_tls, write_side};
use super::*;

#[test]
fn two_racing_threads_always_send_the_last_pong() {
    within(LIMIT, || {
        for round in 0..300 {
            let (write_side, peer) = write_side();
            let (lines, last) = (50 + round % 7, 60);
            let stdin = thread::spawn({
                let write_side = Arc::clone(&write_side);
                move || {
                    for line in 0..lines {
                        let text = line.to_string().repeat(1 + line % 300);
                        write_side.send(masked(Message::text(text))).unwrap();
                    }
                }
            });
            let socket = thread::spawn(move || {
                for number in 1..=last {
                    write_side.offer(pong(number));
                }
                // This thread tries again while some bytes do not fit into the socket. After that, a real socket thread
                // would block in a read. If the last Pong is still in the slot, the other thread must send it.
                while write_side.try_flush() {
                    thread::yield_now();
                }
                write_side
            });
            let mut texts = 0;
            let mut pongs = Vec::new();
            frames_until(&peer, |frame| {
                match number(frame) {
                    Some(number) => pongs.push(number),
                    None => texts += 1,
                }
                texts == lines && pongs.last() == Some(&last)
            });
            assert!(pongs.is_sorted_by(|a, b| a < b), "{pongs:?}");
            stdin.join().unwrap();
            socket.join().unwrap();
        }
    });
}

/// In this narrow race, the holder of the lock has found the slot empty, but has not released the lock yet. Another
/// thread then puts a Pong into the slot. If the holder did not check the slot again, the Pong would stay in it.
#[test]
fn pong_offered_just_before_the_lock_is_released_is_sent() {
    within(LIMIT, || {
        let (write_side, peer) = write_side();
        // When `try_flush_and` returns, all three Pongs have been sent.
        let mut next = 1;
        let must_retry = write_side.try_flush_and(|| {
            if next <= 3 {
                assert!(
                    !write_side.offer(pong(next)),
                    "the holder of the lock sends it"
                );
                next += 1;
            }
        });
        assert!(!must_retry, "the socket accepts everything");
        let frames = frames_until(&peer, |frame| number(frame) == Some(3));
        let numbers: Vec<_> = frames.iter().filter_map(number).collect();
        assert_eq!(numbers, [1, 2, 3]);
    });
}

/// While a line is being sent on the old connection, the client begins a new connection.
#[test]
fn line_sent_on_the_old_connection_waits_for_its_receipt() {
    within(LIMIT, || {
        let (old, old_peer) = connection();
        let (new, _new_peer) = connection();
        let [old, new] = [old, new].map(|stream| Session::new(without_tls(stream)));
        let state = Arc::new(ClientState::new(Timeouts::default(), true));
        state.begin_connection(&old);
        let mut output = PlainOutput::new(Vec::new(), Style::default());
        state.on_line(WELCOME, &mut output).unwrap();
        assert!(state.on_pong(b"catching up", &mut output).is_ok());
        let line = "x".repeat(1 << 20);
        let length = line.len();
        let stdin = thread::spawn({
            let state = Arc::clone(&state);
            move || state.say(&line).unwrap()
        });
        // Wait for the first byte after the Ping: the line is then being sent.
        let mut ping = [0; 17];
        (&old_peer).read_exact(&mut ping).unwrap();
        old_peer.peek(&mut [0]).unwrap();
        state.begin_connection(&new);
        let mut sent = vec![0; length];
        (&old_peer).read_exact(&mut sent).unwrap();
        // The frame also has a header of 14 bytes, so 14 bytes are still unread.
        (&old_peer).read_exact(&mut sent[..14]).unwrap();
        stdin.join().unwrap();
        assert_eq!(state.unfinished(), (1, 0));
    });
}
