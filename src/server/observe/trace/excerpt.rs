//! The beginning of what a peer sends, as text that a terminal cannot obey.

use std::fmt::Write;

/// Text in quotes, with all escaped that a terminal could obey and each byte that is no UTF-8, and how many bytes are not
/// shown of it.
pub fn quoted(shown: &[u8], length: u64) -> String {
    let is_cut = length > shown.len() as u64;
    let shown = match std::str::from_utf8(shown) {
        // The last character may have been cut, which is not what the peer did.
        Err(error) if is_cut && error.error_len().is_none() => {
            shown.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => shown,
    };
    let mut text = String::new();
    for chunk in shown.utf8_chunks() {
        let valid = format!("{:?}", chunk.valid());
        text.push_str(valid.get(1..valid.len() - 1).unwrap_or_default());
        // Writing to a `String` cannot fail.
        let byte = |byte| _ = write!(text, "\\x{byte:02x}");
        chunk.invalid().iter().for_each(byte);
    }
    match length.saturating_sub(shown.len() as u64) {
        0 => format!("\"{text}\""),
        more => format!("\"{text}\" and {more} bytes"),
    }
}

/// The first eight bytes in hex, and whether there are more.
pub fn hex_of_some(payload: &[u8], length: u64) -> String {
    const SOME: usize = 8;
    let shown = payload.get(..SOME).unwrap_or(payload);
    let more = if length > SOME as u64 { " ..." } else { "" };
    format!("{}{more}", hex(shown))
}

/// Bytes in hex.
pub fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
