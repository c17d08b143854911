//! The `stdin` thread: reads lines and sends each as one text frame.
//!
//! It may block in its read and in its write. Nothing can wake a thread from a read of standard input, so nobody waits
//! for this one: it is left behind when the client ends.

use std::io::{self, BufRead, BufReader, Read};

use crate::client::complain::complain;

use crate::client::talk::{Leaving, Talk};

/// How long a line may be: 16,384 bytes, as our server has it. It would end the connection over a longer one.
pub const MAX_LINE: usize = 16 * 1024;

/// Sends the lines of `input` until it ends, then waits for the receipts and leaves. Empty lines say nothing.
pub fn run(talk: &Talk, input: impl Read) {
    let mut input = BufReader::new(input);
    let (mut line, mut number, mut skipped) = (Vec::new(), 0_u64, 0);
    let why = loop {
        number += 1;
        let more = match next_line(&mut input, &mut line) {
            Ok(more) => more,
            Err(error) => break Leaving::Input(error),
        };
        match text(&line) {
            Ok("") => {}
            // The client ends. The socket thread knows why.
            Ok(text) if talk.say(text).is_err() => return,
            Ok(_) => {}
            Err(why) => {
                skipped += 1;
                complain(format_args!("line {number} is not sent: {why}"));
            }
        }
        if !more {
            break Leaving::EndOfInput { skipped };
        }
    };
    talk.finish(why);
}

/// Reads a line, but of one that is too long only the beginning. Returns `false` if the input ended with it: reading on
/// would ask a terminal for another Ctrl-D.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    let limit = MAX_LINE + "\r\n".len();
    line.clear();
    let read = input.take(limit as u64).read_until(b'\n', line)?;
    if read == limit && !line.ends_with(b"\n") {
        input.skip_until(b'\n')?;
    }
    Ok(read == limit || line.ends_with(b"\n"))
}

/// The text of a line without its end, or why it cannot be sent.
fn text(line: &[u8]) -> Result<&str, &'static str> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > MAX_LINE {
        return Err("it is longer than 16,384 bytes");
    }
    std::str::from_utf8(line).map_err(|_| "it is not UTF-8")
}
