//! The queue of a client that is behind: its capacity, its order, and the lines that it drops.

use blocking_chat::base::frame;
use blocking_chat::base::frame::Header;
use blocking_chat::server::delivery::backlog::{Backlog, WhenBehind};
use blocking_chat::server::delivery::block::Block;
use blocking_chat::server::delivery::queue::{Full, Queue};

fn queue(bytes: usize) -> Queue {
    Queue::new(Backlog {
        bytes,
        when_full: WhenBehind::Disconnect,
    })
}

fn dropping_queue(bytes: usize) -> Queue {
    Queue::new(Backlog {
        bytes,
        when_full: WhenBehind::Drop,
    })
}

fn public(text: &str) -> Block {
    Block::public(text.to_owned().into(), 1)
}

fn block(text: &str) -> Block {
    Block::new(text.to_owned().into())
}

fn text(text: &str) -> Block {
    Block::new(frame::text(text))
}

fn last(text: &str) -> Block {
    Block::last(text.to_owned().into())
}

/// Returns a public block of `count` lines with `letters` letters each.
fn lines(count: usize, letters: usize) -> Block {
    let mut frames = Vec::new();
    (0..count).for_each(|_| frame::append_text(&mut frames, &"x".repeat(letters)));
    Block::public(frames.into(), count)
}

/// Returns the texts of all frames in the queue, and empties it.
fn texts(queue: &mut Queue) -> Vec<String> {
    let blocks = std::iter::from_fn(|| queue.pop());
    let bytes: Vec<u8> = blocks.flat_map(|block| block.bytes.to_vec()).collect();
    let (mut rest, mut texts) = (&bytes[..], Vec::new());
    while let Some(header) = Header::parse(rest) {
        let (frame, after) = rest.split_at(header.length + header.payload_length as usize);
        texts.push(String::from_utf8(frame[header.length..].to_vec()).unwrap());
        rest = after;
    }
    texts
}

fn drain(queue: &mut Queue) -> Vec<String> {
    std::iter::from_fn(|| queue.pop())
        .map(|block| String::from_utf8(block.bytes.to_vec()).unwrap())
        .collect()
}

#[test]
fn blocks_leave_the_queue_in_the_order_of_arrival() {
    let mut queue = queue(1000);
    for text in ["one", "two", "three"] {
        queue.push(block(text)).unwrap();
    }
    assert_eq!(drain(&mut queue), ["one", "two", "three"]);
    assert!(queue.pop().is_none());
}

#[test]
fn block_costs_its_length_plus_64_bytes() {
    let mut queue = queue(2 * (10 + 64));
    queue.push(block("0123456789")).unwrap();
    assert_eq!(queue.push(block("0123456789+")), Err(Full));
    queue.push(block("0123456789")).unwrap();
    assert_eq!(queue.push(block("")), Err(Full));
    queue.pop().unwrap();
    queue.push(block("0123456789")).unwrap();
    assert_eq!(drain(&mut queue), ["0123456789", "0123456789"]);
}

#[test]
fn last_block_always_fits_and_nothing_follows_it() {
    let mut queue = queue(64 + 1);
    queue.push(block("a")).unwrap();
    assert_eq!(queue.push(block("b")), Err(Full));
    queue.push(last("close")).unwrap();
    queue.push(block("c")).unwrap();
    queue.push(last("another close")).unwrap();
    queue.push_ping(block("ping"));
    assert_eq!(drain(&mut queue), ["a", "close"]);
}

#[test]
fn ping_goes_to_the_front_and_is_never_refused() {
    let mut queue = queue(64 + 3);
    queue.push(block("one")).unwrap();
    queue.push_ping(block("ping"));
    assert_eq!(queue.push(block("")), Err(Full));
    assert_eq!(drain(&mut queue), ["ping", "one"]);
    queue.push(block("two")).unwrap();
}

#[test]
fn last_block_can_replace_all_others() {
    let mut queue = queue(1000);
    queue.push(block("one")).unwrap();
    queue.push(block("two")).unwrap();
    queue.replace_with(last("too slow"));
    queue.push(block("three")).unwrap();
    queue.push_ping(block("ping"));
    let word = queue.pop().unwrap();
    assert!(word.is_last);
    assert_eq!(&word.bytes[..], b"too slow");
    assert!(queue.pop().is_none());
}

#[test]
fn rest_of_a_block_begins_where_the_write_stopped() {
    let rest = last("goodbye").after(4);
    assert_eq!((&rest.bytes[..], rest.is_last), (&b"bye"[..], true));
    assert!(block("x").after(1).bytes.is_empty());
    assert!(!block("x").after(7).is_last);
}

#[test]
fn empty_queue_accepts_a_block_of_any_length() {
    for mut queue in [queue(10), dropping_queue(10)] {
        queue.push(public(&"x".repeat(100_000))).unwrap();
        assert_eq!(queue.pop().unwrap().bytes.len(), 100_000);
        queue.push(block(&"x".repeat(100_000))).unwrap();
        queue.push_ping(block("ping"));
        assert_eq!(queue.push(block(&"x".repeat(100_000))), Err(Full));
    }
}

#[test]
fn waiting_ping_does_not_use_the_capacity() {
    for mut queue in [queue(10), dropping_queue(10)] {
        queue.push_ping(block("ping"));
        queue.push_ping(block("ping"));
        queue.push(public("a line")).unwrap();
        assert_eq!(drain(&mut queue), ["ping", "a line"]);
    }
}

#[test]
fn each_gap_is_reported_in_place_of_its_lines() {
    let mut queue = dropping_queue(3 * (3 + 64) - 3);
    for block in [
        lines(1, 1),
        text("2nd"),
        lines(2, 1),
        lines(3, 1),
        text("5th"),
        lines(1, 1),
    ] {
        queue.push(block).unwrap();
    }
    // The two gaps between the answers are merged into one.
    let expected = ["* 1 line is gone", "2nd", "* 5 lines are gone", "5th", "x"];
    assert_eq!(texts(&mut queue), expected);
}

#[test]
fn answer_and_close_do_not_overtake_the_last_gap() {
    let mut queue = dropping_queue(50);
    queue.push(lines(7, 20)).unwrap();
    queue.push(lines(1, 20)).unwrap();
    queue.push(text("pong")).unwrap();
    queue.push(lines(1, 1)).unwrap();
    queue.push(last("")).unwrap();
    let expected = ["* 8 lines are gone", "pong", "x"];
    assert_eq!(texts(&mut queue), expected);
}

#[test]
fn reported_gap_is_not_reported_again() {
    let mut queue = dropping_queue(50);
    (0..3).for_each(|_| queue.push(lines(1, 20)).unwrap());
    assert_eq!(&queue.pop().unwrap().bytes[2..], b"* 2 lines are gone");
    (0..3).for_each(|_| queue.push(lines(1, 20)).unwrap());
    let expected = ["* 3 lines are gone".to_owned(), "x".repeat(20)];
    assert_eq!(texts(&mut queue), expected);
}

#[test]
fn queue_that_drops_lines_never_refuses_a_line() {
    for bytes in [0, 1, 65, 1000] {
        let mut queue = dropping_queue(bytes);
        queue.push_ping(block("ping"));
        for number in 0..1000 {
            queue.push(lines(1, number % 100)).unwrap();
            if number % 100 == 0 {
                queue.push(text("an answer")).unwrap();
            }
        }
    }
}

#[test]
fn waiting_answers_are_bounded_while_lines_are_dropped() {
    for (backlog, most) in [(0, 64 * 1024), (100_000, 100_000)] {
        let mut queue = dropping_queue(backlog);
        let mut waiting = 0;
        queue.push(lines(1, 50)).unwrap();
        while queue.push(block(&"x".repeat(936))).is_ok() {
            waiting += 1000;
            queue.push(lines(1, 50)).unwrap();
        }
        assert!(waiting <= most && waiting + 1000 > most, "{waiting}");
        // There is still room for a line and for the last block.
        queue.push(lines(1, 50)).unwrap();
        queue.push(last("end")).unwrap();
    }
}
