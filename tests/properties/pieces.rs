//! Valid and invalid bytes for a parser, and how the network divides them into reads.

use proptest::collection::vec;
use proptest::prelude::*;

/// Generates a list of read lengths, in bytes. [`cut`] repeats the list.
pub fn lengths() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![3 => 1_usize..8, 2 => 1_usize..100, 1 => 1_usize..3000];
    vec(length, 1..20)
}

/// Cuts `bytes` into pieces of these lengths.
pub fn cut<'a>(mut bytes: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut lengths = lengths.iter().cycle();
    std::iter::from_fn(move || {
        let length = lengths.next().copied().unwrap_or(1).min(bytes.len());
        let (piece, rest) = bytes.split_at(length);
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Writes each byte in `damages` to its position. Appends the byte if the position is beyond the end.
fn damage(mut bytes: Vec<u8>, damages: &[(usize, u8)]) -> Vec<u8> {
    for &(position, byte) in damages {
        match bytes.get_mut(position) {
            Some(old) => *old = byte,
            None => bytes.push(byte),
        }
    }
    bytes
}

/// Generates a few positions in the first `length` bytes, each with a byte that is usually special to an HTTP parser.
fn damages(length: usize) -> impl Strategy<Value = Vec<(usize, u8)>> {
    let byte = prop_oneof![
        4 => proptest::sample::select(b"\r\n \t:;,/?*0189aAfgxHTP\0\x7f".to_vec()),
        1 => any::<u8>(),
    ];
    vec((0..length, byte), 0..4)
}

/// Generates byte strings that are usually valid or nearly valid. Some are very long, and some are arbitrary.
///
/// In nearly valid byte strings, up to three of the first `damaged` bytes are replaced, and fewer than `appended`
/// arbitrary bytes follow. Very long byte strings begin with a match of the first expression of `endless`. Then one
/// match of the second expression repeats.
pub fn mostly_valid(
    valid: impl Strategy<Value = Vec<u8>>,
    damaged: usize,
    appended: usize,
    endless: (&'static str, &'static str),
) -> impl Strategy<Value = Vec<u8>> {
    let damaged_bytes = (valid, damages(damaged), vec(any::<u8>(), 0..appended));
    let damaged_bytes = damaged_bytes
        .prop_map(|(valid, damages, appended)| [damage(valid, &damages), appended].concat());
    let endless = (endless.0, endless.1, 8000_usize..8400);
    let endless = endless.prop_map(|(begin, rest, length)| {
        begin
            .bytes()
            .chain(rest.bytes().cycle())
            .take(length)
            .collect()
    });
    prop_oneof![20 => damaged_bytes, 1 => endless, 1 => vec(any::<u8>(), 0..100)]
}
