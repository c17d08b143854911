//! A client gets its own line back. A name or a number may precede the text.

use std::thread;
use std::time::Duration;

use crate::judge::Target;
use crate::judge::client::Client;
use crate::judge::failure::Failure;
use crate::judge::frames::text_frame;

/// How long the second half of a frame is held back, so that the server does not read both halves together.
const PAUSE: Duration = Duration::from_millis(50);

pub fn run(target: &Target) -> Result<(), Failure> {
    let mut anna = Client::join(target, "anna", "/")?;
    for text in ["hello", "árvíztűrő tükörfúrógép", "☃ 🦀 日本語"] {
        anna.say(text)?;
        anna.receive_text(&format!("anna sent \"{text}\""), text)?;
    }
    // A payload length of up to 125 is in the second byte of the frame. A length from 126 to 65,535 is in the next two
    // bytes.
    for length in [125, 126, 10_000] {
        let text = "x".repeat(length);
        let sent = format!("anna sent a line of {length} bytes");
        anna.send(&text_frame(&text), &sent)?;
        anna.receive_text(&sent, &text).map_err(|failure| Failure {
            expected: "anna to get it back".into(),
            ..failure
        })?;
    }
    frames_are_not_reads(&mut anna)
}

/// TCP carries bytes, not frames: a read(2) may return two frames, or half a frame.
fn frames_are_not_reads(anna: &mut Client) -> Result<(), Failure> {
    let sent = "anna sent \"one\" and \"two\" in two frames at once";
    anna.send(&[text_frame("one"), text_frame("two")].concat(), sent)?;
    anna.receive_text(sent, "one")?;
    anna.receive_text(sent, "two")?;

    let frame = text_frame("in two halves");
    let (first, second) = frame.split_at(frame.len() / 2);
    let sent = "anna sent \"in two halves\" as one frame in two writes";
    anna.send(first, sent)?;
    thread::sleep(PAUSE);
    anna.send(second, sent)?;
    anna.receive_text(sent, "in two halves").map(drop)
}
