//! The rule of the write side while two threads meet in every way that chance brings about.

use std::sync::Arc;

use blocking_chat::client::connect::masked::masked;
use tungstenite::Message;

use super::write_side::{frames_until, number, pong, write_side};
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
        // No time at all, for it is there when `sweep_and` returns.
        peer.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
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
