//! The queue of a client that is behind: what fits, what comes first, and what comes no more.

use blocking_chat::server::queue::{Block, Full, Queue};

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
    let mut queue = Queue::new(1000);
    for text in ["one", "two", "three"] {
        queue.push(block(text)).unwrap();
    }
    assert_eq!(drain(&mut queue), ["one", "two", "three"]);
    assert!(queue.pop().is_none());
}

#[test]
fn a_block_costs_its_length_and_64() {
    let mut queue = Queue::new(2 * (10 + 64));
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
    let mut queue = Queue::new(64 + 1);
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
    let mut queue = Queue::new(64 + 3);
    queue.push(block("one")).unwrap();
    queue.push_ping(block("ping"));
    assert_eq!(queue.push(block("")), Err(Full));
    assert_eq!(drain(&mut queue), ["ping", "one"]);
    queue.push(block("two")).unwrap();
}

#[test]
fn a_last_word_takes_the_place_of_everything() {
    let mut queue = Queue::new(1000);
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
