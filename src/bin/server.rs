//! `chat-server`: the chat room.

fn main() {}
