//! The rule of the write side while two threads meet in every way that chance brings about.

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use blocking_chat::client::masked::masked;
use tungstenite::Message;

use super::write_side::{frames_until, number, pong, write_side};
use super::*;

#[test]
fn no_pong_is_forgotten_and_no_frame_is_cut_however_the_threads_meet() {
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

/// The narrow place: a pong that is left just when the holder has looked and not yet let go. Nothing is sent after it
/// in its round, so if the holder did not look again, the pong would lie there.
#[test]
fn a_pong_that_comes_when_the_holder_lets_go_is_not_forgotten() {
    within(LIMIT, || {
        let (write_side, peer) = write_side();
        let round = Arc::new(AtomicU32::new(0));
        let rounds = 30_000;
        let stdin = thread::spawn({
            let (write_side, round) = (Arc::clone(&write_side), Arc::clone(&round));
            move || {
                for number in 1..=rounds {
                    let line = masked(Message::text("x"));
                    wait_for(&round, number);
                    write_side.send(line).unwrap();
                }
            }
        });
        let (left, pongs_left) = mpsc::channel();
        let socket = thread::spawn({
            let round = Arc::clone(&round);
            move || {
                for number in 1..=rounds {
                    let pong = pong(number);
                    wait_for(&round, number);
                    // So that they meet at another point each time.
                    for _ in 0..number % 500 {
                        hint::spin_loop();
                    }
                    let comes_back = write_side.leave(pong);
                    left.send(comes_back).unwrap();
                }
            }
        });
        for number in 1..=rounds {
            round.store(number, Ordering::Release);
            let mut texts = 0;
            let mut pongs = Vec::new();
            frames_until(&peer, |frame| {
                match super::write_side::number(frame) {
                    Some(number) => pongs.push(number),
                    None => texts += 1,
                }
                texts + pongs.len() == 2
            });
            assert_eq!(pongs, [number]);
            assert!(!pongs_left.recv().unwrap(), "everything fits");
        }
        stdin.join().unwrap();
        socket.join().unwrap();
    });
}

fn wait_for(round: &AtomicU32, number: u32) {
    while round.load(Ordering::Acquire) != number {
        thread::yield_now();
    }
}
