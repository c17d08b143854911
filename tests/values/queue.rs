//! The queue of a client that is behind: what fits, what comes first, and what comes no more.

use blocking_chat::server::queue::{Backlog, Block, Full, Queue, WhenBehind};

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
    Block::public(text.to_owned().into())
}

fn block(text: &str) -> Block {
    Block::new(text.to_owned().into())
}

fn last(text: &str) -> Block {
    Block::last(text.to_owned().into())
}

fn drain(queue: &mut Queue) -> Vec<String> {
    std::iter::from_fn(|| queue.pop())
        .map(|block| String::from_utf8(block.bytes.to_vec()).unwrap())
        .collect()
}

#[test]
fn blocks_come_out_in_their_order() {
    let mut queue = queue(1000);
    for text in ["one", "two", "three"] {
        queue.push(block(text)).unwrap();
    }
    assert_eq!(drain(&mut queue), ["one", "two", "three"]);
    assert!(queue.pop().is_none());
}

#[test]
fn a_block_costs_its_length_and_64() {
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
fn nothing_follows_the_last_block_which_always_finds_room() {
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
fn a_ping_goes_to_the_front_and_is_never_refused() {
    let mut queue = queue(64 + 3);
    queue.push(block("one")).unwrap();
    queue.push_ping(block("ping"));
    assert_eq!(queue.push(block("")), Err(Full));
    assert_eq!(drain(&mut queue), ["ping", "one"]);
    queue.push(block("two")).unwrap();
}

#[test]
fn a_last_word_takes_the_place_of_everything() {
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
fn the_rest_of_a_block_begins_where_the_socket_was_full() {
    let rest = last("goodbye").after(4);
    assert_eq!((&rest.bytes[..], rest.is_last), (&b"bye"[..], true));
    assert!(block("x").after(1).bytes.is_empty());
    assert!(!block("x").after(7).is_last);
}

#[test]
fn a_dropping_queue_loses_the_oldest_public_blocks_and_never_a_private_one() {
    let mut queue = dropping_queue(3 * (3 + 64));
    for block in [
        public("1st"),
        block("2nd"),
        public("3rd"),
        public("4th"),
        public("5th"),
    ] {
        queue.push(block).unwrap();
    }
    assert_eq!(drain(&mut queue), ["2nd", "4th", "5th"]);
}

#[test]
fn a_dropping_queue_full_of_private_blocks_is_full() {
    let mut queue = dropping_queue(2 * (3 + 64));
    queue.push(block("1st")).unwrap();
    queue.push(block("2nd")).unwrap();
    assert_eq!(queue.push(block("3rd")), Err(Full));
    queue.push(last("end")).unwrap();
    assert_eq!(drain(&mut queue), ["1st", "2nd", "end"]);
}

#[test]
fn a_public_block_that_fits_nowhere_is_dropped_alone() {
    let mut queue = dropping_queue(2 * (3 + 64));
    queue.push(block("1st")).unwrap();
    queue.push(public("much too long, longer than all that may wait for one client; it can never be sent, for whoever is behind")).unwrap();
    queue.push(public("3rd")).unwrap();
    assert_eq!(drain(&mut queue), ["1st", "3rd"]);
}
