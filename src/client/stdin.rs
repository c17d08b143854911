//! The `stdin` thread without a line editor: reads lines and sends each as one text frame.
//!
//! It may block in reads and writes, and nothing can wake a thread from a read of standard input. So no thread waits for
//! the end of this thread. It ends with the process at the latest.

use std::io::{self, BufRead, BufReader, Read};
use std::time::Duration;

use crate::client::end_reason::EndReason;
use crate::client::output::warn;
use crate::client::state::ClientState;

/// The maximum length of a line: 16,384 bytes. By default, our server disconnects a client that sends a longer line.
pub(crate) const MAX_LINE: usize = 16 * 1024;
/// The command that makes the client leave.
pub(crate) const QUIT: &str = "/quit";
/// The byte order mark that some editors put at the beginning of a file.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How the client reads its input, and how long it stays connected after the input has ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct InputOptions {
    /// Whether a line that begins with a slash is a command. If not, each line is sent as text.
    pub takes_commands: bool,
    /// How long to stay connected after the end of the input and the last receipt.
    pub linger: Duration,
}

/// Sends the lines of `input` until its end or [`QUIT`], waits for the receipts and leaves. Empty lines are not sent.
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
            // The client is ending, and the reason is already known.
            Ok(text) if state.say(text).is_err() => return,
            Ok(_) => {}
            Err(why) => {
                skipped += 1;
                warn(format_args!("line {number} was not sent: {why}"));
            }
        }
        if !more {
            break Ok(());
        }
    };
    let why = match (read, skipped) {
        (Err(error), _) => EndReason::Input(error),
        (Ok(()), 0) => EndReason::Finished,
        (Ok(()), skipped) => EndReason::Skipped(skipped),
    };
    state.finish(why, options.linger);
}

/// Reads a line. Keeps only the beginning of a line that is too long. Returns `false` if the input has ended, unless the line
/// was cut off. At `false`, the caller must stop reading, or a user at a terminal would have to press Ctrl-D twice.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    let limit = MAX_LINE + BOM.len() + "\r\n".len();
    line.clear();
    let read = input.take(limit as u64).read_until(b'\n', line)?;
    if read == limit && !line.ends_with(b"\n") {
        input.skip_until(b'\n')?;
    }
    Ok(read == limit || line.ends_with(b"\n"))
}

/// Returns the text of a line without its newline. The error says why the line cannot be sent.
fn text(line: &[u8], is_first: bool) -> Result<&str, &'static str> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(BOM).filter(|_| is_first).unwrap_or(line);
    if line.len() > MAX_LINE {
        return Err("it is longer than 16,384 bytes");
    }
    std::str::from_utf8(line).map_err(|_| "it is not UTF-8")
}
