//! Extracts the payloads of the server's frames.

use std::iter;

use crate::base::frame::header::Header;

/// Returns the payload of each frame in `frames`, which must be unmasked. Ignores an incomplete frame at the end.
pub(crate) fn payloads(mut frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    iter::from_fn(move || {
        let header = Header::parse(frames)?;
        let length = usize::try_from(header.payload_length).ok()?;
        let (payload, rest) = frames.get(header.length..)?.split_at_checked(length)?;
        frames = rest;
        Some(payload)
    })
}

#[cfg(test)]
mod tests {
    use super::payloads;
    use crate::base::frame::append_text;

    #[test]
    fn decoded_payloads_equal_the_encoded_texts() {
        let texts = [
            "",
            "x",
            &"y".repeat(125),
            &"z".repeat(126),
            &"é".repeat(40_000),
        ];
        let mut frames = Vec::new();
        for text in texts {
            append_text(&mut frames, text);
        }
        let decoded: Vec<&[u8]> = payloads(&frames).collect();
        assert_eq!(decoded, texts.map(str::as_bytes));
        let cut = payloads(&frames[..frames.len() - 1]).count();
        assert_eq!(cut, texts.len() - 1);
    }
}
