//! The rule of the write side while two threads meet in every way that chance brings about.

use std::sync::Arc;

use blocking_chat::client::connect::masked::masked;
use blocking_chat::client::connect::session::Session;
use blocking_chat::client::connect::transport::TransportStream;
use blocking_chat::client::state::ClientState;
use tungstenite::Message;

use super::write_side::{connection, frames_until, number, pong, write_side};
use super::*;

#[test]
fn no_pong_is_forgotten_however_the_threads_meet() {
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
                    write_side.leave(pong(number));
                }
                // It comes back as long as it has to; then it sits in its read, and if the last pong is still in the
                // slot, the other thread must see to it.
                while write_side.sweep() {
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

/// The narrow place: a pong that is left when the holder of the lock has looked into the slot and not yet let go. If it
/// did not look again, the pong would stay there.
#[test]
fn a_pong_that_comes_when_the_holder_lets_go_is_not_forgotten() {
    within(LIMIT, || {
        let (write_side, peer) = write_side();
        let mut next = 1;
        let comes_back = write_side.sweep_and(|| {
            if next <= 3 {
                assert!(!write_side.leave(pong(next)), "the holder sees to it");
                next += 1;
            }
        });
        assert!(!comes_back, "everything fits");
        let frames = frames_until(&peer, |frame| number(frame) == Some(3));
        let numbers: Vec<_> = frames.iter().filter_map(number).collect();
        assert_eq!(numbers, [1, 2, 3]);
    });
}

/// A line was sent while its connection was lost and another one had begun, of which nothing is known yet.
#[test]
fn a_line_sent_on_the_old_connection_waits_for_its_receipt() {
    within(LIMIT, || {
        let (old, old_peer) = connection();
        let (new, _new_peer) = connection();
        let [old, new] = [old, new].map(|stream| Session::new(TransportStream::from(stream)));
        let state = Arc::new(ClientState::new(Timeouts::default(), true));
        state.begin(&old);
        let mut output = PlainOutput::new(Vec::new(), Style::default());
        state.hear(HERE, &mut output).unwrap();
        assert!(state.hear_pong(b"catching up", &mut output).is_ok());
        let line = "x".repeat(1 << 20);
        let length = line.len();
        let stdin = thread::spawn({
            let state = Arc::clone(&state);
            move || state.say(&line).unwrap()
        });
        // Behind the Ping comes the first byte of the line: it is being sent.
        let mut ping = [0; 17];
        (&old_peer).read_exact(&mut ping).unwrap();
        old_peer.peek(&mut [0]).unwrap();
        state.begin(&new);
        let mut sent = vec![0; length];
        (&old_peer).read_exact(&mut sent).unwrap();
        // The header of the frame is 14 bytes long, so these are still to come.
        (&old_peer).read_exact(&mut sent[..14]).unwrap();
        stdin.join().unwrap();
        assert_eq!(state.unfinished(), (1, 0));
    });
}
