//! The room of a server that cuts: its lines, and the members that the client was and is.

use std::collections::VecDeque;

use crate::support::raw_frame::{Frame, TEXT};

/// The name of the client at first, and of everyone else.
pub const NAME: &str = "anna";
pub const OTHER: &str = "ben";

/// The room, which keeps the newest lines only.
#[derive(Debug)]
pub struct Room {
    pub kept: usize,
    pub lines: Vec<String>,
    /// What the client has said.
    pub said: Vec<String>,
    /// The name of the member whose connection is not cut.
    pub live: String,
    /// The connections before, as far as they are still members.
    pub ghosts: Vec<Ghost>,
    /// What went over the wire, for a reader of a failure.
    pub trace: Vec<String>,
}

/// A member whose connection was cut.
#[derive(Debug)]
pub struct Ghost {
    pub name: String,
    /// What it was sent and has not taken yet.
    pub frames: VecDeque<Frame>,
}

impl Room {
    pub fn new(kept: usize) -> Room {
        Room {
            kept,
            lines: Vec::new(),
            said: Vec::new(),
            live: String::new(),
            ghosts: Vec::new(),
            trace: Vec::new(),
        }
    }

    pub fn append(&mut self, line: &str) {
        let number = self.lines.len() + 1;
        self.lines.push(format!("{number} {line}"));
    }

    /// Says a line of the client's, or runs it as a command. Returns the answer to a command.
    pub fn take(&mut self, name: &mut String, line: &str) -> Option<String> {
        let text = match line.strip_prefix('/') {
            None => line,
            Some(text) if text.starts_with('/') => text,
            Some(command) => return self.run(name, command),
        };
        self.append(&format!("{name}: {text}"));
        self.said.push(text.to_owned());
        None
    }

    fn run(&mut self, name: &mut String, command: &str) -> Option<String> {
        let Some(new) = command.strip_prefix("nick ") else {
            return Some("* here: anna, ben".to_owned());
        };
        if new == name {
            return Some(format!("* you keep your name: you are {new} already"));
        }
        if self.is_taken(new) {
            return Some(format!("* you keep your name: {new} is taken"));
        }
        self.append(&format!("* {name} is now {new}"));
        new.clone_into(name);
        None
    }

    /// Whether another member has the name. The one that asks must not be among the ghosts.
    fn is_taken(&self, name: &str) -> bool {
        [OTHER, &self.live].contains(&name) || self.ghosts.iter().any(|ghost| ghost.name == name)
    }

    /// Takes so many frames of the connections before.
    pub fn take_late(&mut self, count: usize) {
        for _ in 0..count {
            let late = |ghost: &Ghost| !ghost.frames.is_empty();
            let Some(at) = self.ghosts.iter().position(late) else {
                return;
            };
            let mut ghost = self.ghosts.remove(at);
            if let Some(frame) = ghost.frames.pop_front()
                && frame.opcode == TEXT
            {
                let text = frame.text();
                self.trace
                    .push(format!("took late from {}: {text}", ghost.name));
                self.take(&mut ghost.name, &text);
            }
            self.ghosts.insert(at, ghost);
        }
    }

    /// Joins as the member that the client was, or as a new one. Returns the name.
    pub fn join(&mut self, name: &str) -> String {
        if let Some(at) = self.ghosts.iter().position(|ghost| ghost.name == name) {
            self.ghosts.remove(at);
            return name.to_owned();
        }
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut free = [name.to_owned()].into_iter().chain(numbered);
        let name = free.find(|name| !self.is_taken(name)).unwrap();
        self.append(&format!("* {name} joined"));
        name
    }

    /// Ends the members whose connections are lost.
    pub fn find_lost(&mut self) {
        for ghost in std::mem::take(&mut self.ghosts) {
            self.append(&format!("* {} left", ghost.name));
        }
    }
}
