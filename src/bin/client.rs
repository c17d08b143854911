//! `chat-client`: the chat in a terminal.

fn main() {}
