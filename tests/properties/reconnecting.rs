//! The client with a server that cuts connections at any byte: no line is lost silently or said twice.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use blocking_chat::base::{gap, line};
use blocking_chat::client::connect::target::Target;
use blocking_chat::client::output::Output;
use blocking_chat::client::stdin::InputOptions;
use blocking_chat::client::{Client, Timeouts};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cutting_room::{NAME, Room};
use crate::cutting_server::{Connection, CuttingServer};
use crate::runner::{check_property, limit};
use crate::support::watchdog::within;

/// The client's input: the lines that the [`CuttingServer`] types for it.
struct TypedInput {
    lines: Receiver<String>,
    unread: Vec<u8>,
}

impl Read for TypedInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            let Ok(line) = self.lines.recv() else {
                return Ok(0);
            };
            self.unread = (line + "\n").into_bytes();
        }
        let length = buffer.len().min(self.unread.len());
        buffer[..length].copy_from_slice(&self.unread[..length]);
        self.unread.drain(..length);
        Ok(length)
    }
}

/// Records what the client shows.
struct Shown<'a> {
    lines: &'a mut Vec<String>,
    notices: &'a mut Vec<String>,
}

impl Output for Shown<'_> {
    fn show_line(&mut self, line: &str, _: Option<&str>) -> io::Result<()> {
        self.lines.push(line.to_owned());
        Ok(())
    }

    fn show_notice(&mut self, sentence: &str) {
        self.notices.push(sentence.to_owned());
    }
}

fn connection() -> impl Strategy<Value = Connection> {
    let bytes = prop_oneof![2 => 0_usize..60, 2 => 0_usize..400, 1 => Just(usize::MAX)];
    let others = vec(prop_oneof![3 => Just(0_usize), 1 => 0_usize..4], 1..5);
    let drops = prop_oneof![2 => Just(vec![false]), 1 => vec(any::<bool>(), 1..5)];
    let late = [0_usize..4, 0_usize..2];
    let cuts = (bytes.clone(), bytes);
    (0_usize..6, cuts, others, drops, late, any::<bool>()).prop_map(
        |(before, (bytes_from_client, bytes_to_client), others, drops, late, notices_loss)| {
            Connection {
                before,
                bytes_from_client,
                bytes_to_client,
                others,
                drops,
                late,
                notices_loss,
            }
        },
    )
}

/// Generates lines, many of which are equal, so only their order distinguishes them. If the client takes commands, some
/// lines change its name.
fn typed(takes_commands: bool) -> impl Strategy<Value = Vec<String>> {
    let mut lines = vec!["a", "a", "b", "/c", "a: b", "* 3 lines are gone"];
    if takes_commands {
        lines.extend(["//c", "/nick anna", "/nick bea", "/nick ben", "/nick cleo"]);
    }
    vec(select(lines).prop_map(str::to_owned), 0..12)
}

/// Starts a [`CuttingServer`], and runs a client with it until the client ends. Then ends the server.
fn run(
    kept: usize,
    connections: Vec<Connection>,
    typed: Vec<String>,
    takes_commands: bool,
) -> Outcome {
    let (keyboard, lines) = mpsc::channel();
    let server = CuttingServer::start(kept, connections, typed, keyboard);
    let timeouts = Timeouts {
        first_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(2),
        ..Timeouts::default()
    };
    let url = format!("ws://{}/?name={NAME}", server.address)
        .parse()
        .unwrap();
    let client = Client::connect(Target::new(vec![url]), timeouts, true).unwrap();
    let (mut shown, mut notices) = (Vec::new(), Vec::new());
    let output = Shown {
        lines: &mut shown,
        notices: &mut notices,
    };
    let input = TypedInput {
        lines,
        unread: Vec::new(),
    };
    let options = InputOptions {
        takes_commands,
        ..InputOptions::default()
    };
    let ended = client.run(input, output, options);
    let uncertain = notices
        .iter()
        .filter_map(|notice| notice.strip_prefix("it is unknown whether this line was said: "));
    Outcome {
        room: server.end(),
        shown,
        uncertain: uncertain.map(str::to_owned).collect(),
        unfinished: ended.map_or_else(|lost| (lost.uncertain, lost.unsent), |()| (0, 0)),
    }
}

/// The result of a run: the room, the lines that the client showed, and the lines that it reported as uncertain. Also
/// the client's counts of uncertain and unsent lines.
struct Outcome {
    room: Room,
    shown: Vec<String>,
    uncertain: Vec<String>,
    unfinished: (u64, u64),
}

/// Returns whether each typed line is in `said`, in `uncertain`, or in both. Returns `false` if these two lists have
/// other lines or another order.
fn accounts_for(typed: &[String], said: &[String], uncertain: &[String]) -> bool {
    // Each pair is a possible state after the typed lines so far: how many lines of `said` and of `uncertain` are used
    // up.
    let mut counts = BTreeSet::from([(0, 0)]);
    for line in typed {
        let mut next = BTreeSet::new();
        for (said_so_far, uncertain_so_far) in counts {
            let is_said = said.get(said_so_far) == Some(line);
            let is_uncertain = uncertain.get(uncertain_so_far) == Some(line);
            if is_said {
                next.insert((said_so_far + 1, uncertain_so_far));
            }
            if is_uncertain {
                next.insert((said_so_far, uncertain_so_far + 1));
            }
            if is_said && is_uncertain {
                next.insert((said_so_far + 1, uncertain_so_far + 1));
            }
        }
        counts = next;
    }
    counts.contains(&(said.len(), uncertain.len()))
}

/// Asserts that each numbered line is shown at most once and unchanged, and that missing lines are reported.
fn assert_all_shown_or_reported(room: &Room, shown: &[String]) {
    let (mut last, mut reported) = (None, 0);
    for shown_line in shown {
        let missed = shown_line.strip_prefix("* ").and_then(|rest| {
            let (digits, rest) = rest.split_once(' ')?;
            rest.ends_with("missed")
                .then(|| digits.parse::<u64>().ok())?
        });
        reported += missed.or(gap::parse(shown_line)).unwrap_or(0);
        if let Some(number) = line::number(shown_line) {
            assert_eq!(shown_line, &room.lines[number as usize - 1]);
            if let Some(last) = last {
                assert!(number > last, "{shown_line} after {last}: {shown:?}");
                assert!(
                    number - last - 1 <= reported,
                    "{reported} reported before {shown_line}: {shown:?}"
                );
            }
            (last, reported) = (Some(number), 0);
        }
    }
}

/// Asserts that no cut duplicates a typed line or loses one silently.
fn assert_no_cut_harms_a_line(takes_commands: bool) {
    let connections = vec(connection(), 1..7);
    within(limit(), || {
        check_property(
            150,
            &(0_usize..30, connections, typed(takes_commands)),
            |(kept, connections, typed)| {
                let Outcome {
                    room,
                    shown,
                    uncertain,
                    unfinished,
                } = run(kept, connections, typed.clone(), takes_commands);
                let lines = typed
                    .iter()
                    .filter_map(|line| as_said(line, takes_commands));
                let lines: Vec<String> = lines.collect();
                let uncertain = uncertain
                    .iter()
                    .filter_map(|line| as_said(line, takes_commands));
                let uncertain: Vec<String> = uncertain.collect();
                assert!(
                    accounts_for(&lines, &room.said, &uncertain),
                    "typed {typed:?}, said {:?}, uncertain {uncertain:?}, {:#?}",
                    room.said,
                    room.trace
                );
                assert_eq!(unfinished, (uncertain.len() as u64, 0));
                assert_all_shown_or_reported(&room, &shown);
            },
        );
    });
}

/// Returns the text that a typed line says, or `None` if the line is a command.
fn as_said(line: &str, takes_commands: bool) -> Option<String> {
    match line.strip_prefix('/') {
        Some(rest) if takes_commands => rest.starts_with('/').then(|| rest.to_owned()),
        _ => Some(line.to_owned()),
    }
}

#[test]
fn no_cut_loses_a_line_silently_or_repeats_it() {
    assert_no_cut_harms_a_line(false);
}

#[test]
fn renaming_client_loses_no_line_silently_and_repeats_none() {
    assert_no_cut_harms_a_line(true);
}
