//! One client stops reading. The other clients must get each line in time, and the server must limit what it queues for
//! the slow client.

use crate::judge::Target;
use crate::judge::client::{Client, Event};
use crate::judge::failure::{Failure, quote};
use crate::judge::frames::text_frame;
use crate::judge::numbers::{Numbered, gap};

/// The length of a line, in bytes. [`LINES`] such lines make 24 MiB.
const LINE: usize = 16_000;
const LINES: usize = (24 << 20) / LINE;
/// The maximum number of bytes that a server and its sockets may keep for one client.
const MAX_KEPT_BYTES: usize = 16 << 20;
const TOO_SLOW: u16 = 1008;
const END: &str = "the flood is over";

pub fn run(target: &Target) -> Result<(), Failure> {
    let mut carl = Client::join_small(target, "carl", "/?name=carl")?;
    carl.say("I stop reading now")?;
    carl.receive_text("carl sent \"I stop reading now\"", "I stop reading now")?;
    let mut anna = Client::join(target, "anna", "/?name=anna")?;
    let mut ben = Client::join(target, "ben", "/?name=ben")?;
    let filling = "x".repeat(LINE);
    for number in 1..=LINES {
        let text = format!(
            "{number} {}",
            filling
                .get(number.to_string().len() + 1..)
                .unwrap_or_default()
        );
        let sent = format!("anna sent line {number} of 16 kB, while carl had stopped reading");
        anna.send(&text_frame(&text), &sent)?;
        for client in [&mut anna, &mut ben] {
            let received = client.receive_matching(&sent, "it", |line| line.ends_with(&text));
            received.map_err(|failure| Failure {
                expected: format!("{} in time", failure.expected),
                ..failure
            })?;
        }
    }
    anna.say(END)?;
    for client in [&mut anna, &mut ben] {
        client.receive_text(&format!("anna sent {}", quote(END)), END)?;
    }
    carl_resumes_reading(carl)
}

/// Checks that the slow client was disconnected, or that a notice reports each gap in its lines. A client that stays
/// must receive less than [`MAX_KEPT_BYTES`].
fn carl_resumes_reading(mut carl: Client) -> Result<(), Failure> {
    let sent = "carl resumed reading after anna had sent 24 MiB";
    let expected = "Close 1008, or `* 42 lines are gone` in place of the dropped lines";
    let (mut bytes, mut last, mut reported) = (0, None, 0);
    let deadline = carl.prompt_deadline();
    loop {
        let line = match carl.next(deadline) {
            Event::Close(Some(TOO_SLOW), _) => return Ok(()),
            // The server cannot always send its Close, because a Close, too, waits until the client reads.
            Event::Over(end) if end.is_lost() => return Ok(()),
            Event::Text(line) => line,
            Event::Pong(_) => continue,
            event => return Err(carl.failure(sent, expected, &event.to_string())),
        };
        bytes += line.len();
        if let Some(Numbered { number, rest }) = Numbered::parse(&line) {
            let missed = last.map_or(0, |last: u64| number.saturating_sub(last + 1));
            if missed != reported {
                let got = format!("{reported} lines reported as gone where {missed} are missing");
                return Err(carl.failure(sent, expected, &got));
            }
            (last, reported) = (Some(number), 0);
            if rest.ends_with(END) {
                break;
            }
        }
        reported += gap(&line).unwrap_or(0);
    }
    if bytes < MAX_KEPT_BYTES {
        return Ok(());
    }
    let got = format!(
        "{} MiB of lines, kept in memory without a bound",
        bytes >> 20
    );
    Err(carl.failure(sent, expected, &got))
}
