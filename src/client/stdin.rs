//! The `stdin` thread of a pipe or a plain terminal: reads lines and sends each as one text frame.
//!
//! It may block in its read and in its write. Nothing can wake a thread from a read of standard input. So no thread
//! waits for this one, and it is left behind when the client ends.

use std::io::{self, BufRead, BufReader, Read};
use std::time::Duration;

use crate::client::end_reason::EndReason;
use crate::client::output::warn;
use crate::client::state::ClientState;

/// How long a line may be: 16,384 bytes, the limit of our server. A longer one would end the connection.
pub(crate) const MAX_LINE: usize = 16 * 1024;
/// The line that makes the client leave, if commands are taken.
pub(crate) const QUIT: &str = "/quit";
/// What some editors put at the beginning of a file: a byte order mark.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How the input is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct InputOptions {
    /// Whether a line that begins with a slash is a command; otherwise all lines are said as they are.
    pub takes_commands: bool,
    /// How long to stay after the end of the input and the last receipt.
    pub linger: Duration,
}

/// Sends the lines of `input` until it ends, then waits for the receipts and leaves. Empty lines say nothing.
pub(crate) fn run(state: &ClientState, input: impl Read, options: InputOptions) {
    let mut input = BufReader::new(input);
    let (mut line, mut number, mut skipped) = (Vec::new(), 0_u64, 0);
    let read = loop {
        number += 1;
        let more = match next_line(&mut input, &mut line) {
            Ok(more) => more,
            Err(error) => break Err(error),
        };
        match text(&line, number == 1) {
            Ok(QUIT) if options.takes_commands => break Ok(()),
            // The client ends. The socket thread knows why.
            Ok(text) if state.say(text).is_err() => return,
            Ok(_) => {}
            Err(why) => {
                skipped += 1;
                warn(format_args!("line {number} is not sent: {why}"));
            }
        }
        if !more {
            break Ok(());
        }
    };
    let why = match (read, skipped) {
        (Err(error), _) => EndReason::Input(error),
        (Ok(()), 0) => EndReason::Done,
        (Ok(()), skipped) => EndReason::Skipped(skipped),
    };
    state.finish(why, options.linger);
}

/// Reads a line. Keeps only the beginning of one that is too long. Returns `false` if the input ended with it: reading
/// on would ask a terminal for another Ctrl-D.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    let limit = MAX_LINE + BOM.len() + "\r\n".len();
    line.clear();
    let read = input.take(limit as u64).read_until(b'\n', line)?;
    if read == limit && !line.ends_with(b"\n") {
        input.skip_until(b'\n')?;
    }
    Ok(read == limit || line.ends_with(b"\n"))
}

/// The text of a line without its end, or why it cannot be sent.
fn text(line: &[u8], is_first: bool) -> Result<&str, &'static str> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(BOM).filter(|_| is_first).unwrap_or(line);
    if line.len() > MAX_LINE {
        return Err("it is longer than 16,384 bytes");
    }
    std::str::from_utf8(line).map_err(|_| "it is not UTF-8")
}
