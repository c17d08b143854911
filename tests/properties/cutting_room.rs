//! The room of a cutting server: the lines, the client's current member, and the members that remain from the client's
//! earlier connections.

use std::collections::VecDeque;

use crate::support::raw_frame::{Frame, TEXT};

/// The initial name of the client under test.
pub const NAME: &str = "anna";
pub const OTHER: &str = "ben";

/// A room that replays only the newest lines, at most `kept`.
#[derive(Debug)]
pub struct Room {
    pub kept: usize,
    pub lines: Vec<String>,
    /// The texts that the client has said.
    pub said: Vec<String>,
    /// The name of the client's current member, whose connection is not cut. Empty between two connections.
    pub live: String,
    /// Members that remain although their connections were cut.
    pub cut_members: Vec<CutMember>,
    /// The traffic on the wire, which a failed test prints.
    pub trace: Vec<String>,
}

/// A member whose connection was cut.
#[derive(Debug)]
pub struct CutMember {
    pub name: String,
    /// The frames that have arrived from the member but are not handled yet.
    pub frames: VecDeque<Frame>,
}

impl Room {
    pub fn new(kept: usize) -> Room {
        Room {
            kept,
            lines: Vec::new(),
            said: Vec::new(),
            live: String::new(),
            cut_members: Vec::new(),
            trace: Vec::new(),
        }
    }

    pub fn append(&mut self, line: &str) {
        let number = self.lines.len() + 1;
        self.lines.push(format!("{number} {line}"));
    }

    /// Says `line` as `name`, or runs the line as a command, which may change `name`. Returns the reply to a command,
    /// or `None` if there is no reply.
    pub fn handle(&mut self, name: &mut String, line: &str) -> Option<String> {
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

    /// Returns whether a member has the name. The caller must first remove the member that asks for the name.
    fn is_taken(&self, name: &str) -> bool {
        [OTHER, &self.live].contains(&name)
            || self.cut_members.iter().any(|member| member.name == name)
    }

    /// Handles up to `count` waiting frames of former connections.
    pub fn handle_late_frames(&mut self, count: usize) {
        for _ in 0..count {
            let late = |member: &CutMember| !member.frames.is_empty();
            let Some(at) = self.cut_members.iter().position(late) else {
                return;
            };
            let mut member = self.cut_members.remove(at);
            if let Some(frame) = member.frames.pop_front()
                && frame.opcode == TEXT
            {
                let text = frame.text();
                self.trace
                    .push(format!("late frame from {}: {text}", member.name));
                self.handle(&mut member.name, &text);
            }
            self.cut_members.insert(at, member);
        }
    }

    /// Lets the client take over its former member with this name, or join as a new member. Returns the member's name.
    pub fn join(&mut self, name: &str) -> String {
        if let Some(at) = self
            .cut_members
            .iter()
            .position(|member| member.name == name)
        {
            self.cut_members.remove(at);
            return name.to_owned();
        }
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut free = [name.to_owned()].into_iter().chain(numbered);
        let name = free.find(|name| !self.is_taken(name)).unwrap();
        self.append(&format!("* {name} joined"));
        name
    }

    /// Removes all members whose connections were cut, and appends a `left` notice for each.
    pub fn remove_lost_members(&mut self) {
        for member in std::mem::take(&mut self.cut_members) {
            self.append(&format!("* {} left", member.name));
        }
    }
}
