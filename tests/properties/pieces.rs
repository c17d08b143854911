//! How the network cuts a stream of bytes into reads.

use proptest::collection::vec;
use proptest::prelude::*;

/// The lengths of the reads, which begin anew at the end of the list.
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

/// Replaces a few bytes: `(place, byte)` each. A place beyond the end appends its byte.
pub fn damage(mut bytes: Vec<u8>, damages: &[(usize, u8)]) -> Vec<u8> {
    for &(place, byte) in damages {
        match bytes.get_mut(place) {
            Some(old) => *old = byte,
            None => bytes.push(byte),
        }
    }
    bytes
}

/// A few places in the first `length` bytes, and bytes that mean something to a parser of HTTP.
pub fn damages(length: usize) -> impl Strategy<Value = Vec<(usize, u8)>> {
    let byte = prop_oneof![
        4 => proptest::sample::select(b"\r\n \t:;,/?*0189aAfgxHTP\0\x7f".to_vec()),
        1 => any::<u8>(),
    ];
    vec((0..length, byte), 0..4)
}
