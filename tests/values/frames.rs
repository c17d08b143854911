//! Frames, checked with two decoders that are independent of our encoder.

use blocking_chat::base::frame;
use blocking_chat::base::frame::{FrameScanner, MAX_REASON};
use soketto::Parsing;
use soketto::base::{Codec, Header, OpCode};

use crate::support::raw_frame::{self, BINARY, CLOSE, Frame, PING, TEXT, encode, encode_as};

/// Returns the header of the first frame, as soketto decodes it, and the header's length.
fn header(bytes: &[u8]) -> (Header, usize) {
    match Codec::new().decode_header(bytes).unwrap() {
        Parsing::Done { value, offset } => (value, offset),
        Parsing::NeedMore(_) => panic!("the header is incomplete: {bytes:?}"),
    }
}

fn only_frame(bytes: &[u8]) -> Frame {
    let (frame, length) = raw_frame::decode(bytes).unwrap();
    assert_eq!(length, bytes.len(), "more than one frame");
    assert!(frame.fin);
    frame
}

#[test]
fn header_has_the_shortest_form_of_the_length() {
    for (length, header_length) in [
        (0, 2),
        (125, 2),
        (126, 4),
        (65_535, 4),
        (65_536, 10),
        (70_000, 10),
    ] {
        let bytes = frame::binary(&vec![b'x'; length]);
        assert_eq!(bytes.len(), header_length + length);
        assert_eq!(header(&bytes).1, header_length);
    }
}

#[test]
fn payload_of_any_length_decodes_to_itself() {
    let payload: Vec<u8> = (0..66_000_u32).map(|i| (i % 251) as u8).collect();
    for length in (0..600)
        .chain((600..65_000).step_by(997))
        .chain(65_500..65_600)
    {
        let payload = &payload[..length];
        let bytes = frame::binary(payload);
        let (header, _) = header(&bytes);
        assert_eq!(header.payload_len(), length);
        assert!(header.is_fin() && !header.is_masked());
        assert!(!header.is_rsv1() && !header.is_rsv2() && !header.is_rsv3());
        let frame = only_frame(&bytes);
        assert_eq!((frame.opcode, &frame.payload[..]), (BINARY, payload));
    }
}

#[test]
fn each_kind_of_frame_has_its_opcode() {
    let close = frame::close(1000, "");
    for (bytes, opcode, soketto_opcode) in [
        (frame::text("é"), TEXT, OpCode::Text),
        (frame::binary(b"\0\xFF"), BINARY, OpCode::Binary),
        (frame::ping(), PING, OpCode::Ping),
        (close, CLOSE, OpCode::Close),
    ] {
        assert_eq!(only_frame(&bytes).opcode, opcode);
        assert_eq!(header(&bytes).0.opcode(), soketto_opcode);
    }
    assert_eq!(only_frame(&frame::text("é")).text(), "é");
}

#[test]
fn every_line_of_a_block_has_its_own_frame() {
    let mut block = b"HTTP/1.1 101\r\n\r\n".to_vec();
    let before = block.len();
    frame::append_text(&mut block, "one");
    frame::append_text(&mut block, &"2".repeat(200));
    let (first, length) = raw_frame::decode(&block[before..]).unwrap();
    assert_eq!(first.text(), "one");
    assert_eq!(
        only_frame(&block[before + length..]).text(),
        "2".repeat(200)
    );
}

#[test]
fn close_holds_its_code_and_reason() {
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1013, 4001] {
        let frame = only_frame(&frame::close(code, "a reason"));
        assert_eq!(frame.close_code(), Some(code));
        assert_eq!(frame.payload[2..], *b"a reason");
    }
}

#[test]
fn overlong_reason_is_cut_between_two_characters() {
    let reason_of = |reason: &str| {
        let frame = only_frame(&frame::close(1008, reason));
        assert!(
            frame.payload.len() <= 125,
            "the payload of a control frame is limited to 125 bytes"
        );
        String::from_utf8(frame.payload[2..].to_vec()).unwrap()
    };
    assert_eq!(MAX_REASON, 123);
    assert_eq!(reason_of(&"a".repeat(123)), "a".repeat(123));
    assert_eq!(reason_of(&"a".repeat(124)), "a".repeat(123));
    assert_eq!(reason_of(&"é".repeat(62)), "é".repeat(61));
    assert_eq!(
        reason_of(&("a".to_owned() + &"é".repeat(62))),
        "a".to_owned() + &"é".repeat(61)
    );
    assert_eq!(reason_of(&"👩".repeat(40)), "👩".repeat(30));
}

#[test]
fn only_a_close_is_recognized_as_a_close() {
    assert!(frame::is_close(&frame::close(1000, "")));
    for bytes in [frame::text("x"), frame::binary(b"x"), frame::ping()] {
        assert!(!frame::is_close(&bytes));
    }
    assert!(!frame::is_close(&[]));
}

#[test]
fn frames_of_any_length_are_counted() {
    let mut block = Vec::new();
    for (before, length) in (0..).zip([0, 1, 125, 126, 127, 65_535, 65_536, 0, 5]) {
        assert_eq!(frame::count(&block), before);
        frame::append_text(&mut block, &"x".repeat(length));
    }
    assert_eq!(frame::count(&block), 9);
}

#[test]
fn our_header_decoder_agrees_with_soketto() {
    for opcode in [TEXT, BINARY, 0, 8, 9, 10] {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
            if opcode >= 8 && length > 125 {
                continue;
            }
            let masked = encode(opcode, &vec![b'x'; length]);
            let plain = frame::binary(&vec![b'x'; length]);
            for bytes in [&masked[..], &plain] {
                let header = frame::Header::parse(bytes).unwrap();
                let Ok(Parsing::Done { value, offset }) = Codec::new().decode_header(bytes) else {
                    panic!("{bytes:?}");
                };
                assert_eq!(header.length, offset);
                assert_eq!(header.payload_length, value.payload_len() as u64);
                assert_eq!(header.is_last, value.is_fin());
                assert_eq!(header.mask.is_some(), value.is_masked());
                assert_eq!(header.opcode, u8::from(value.opcode()));
                assert!((2..=14).contains(&header.length));
                for cut in 0..header.length {
                    assert_eq!(
                        frame::Header::parse(&bytes[..cut]),
                        None,
                        "{cut} of {bytes:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn header_of_a_forbidden_frame_is_also_decoded() {
    let header = frame::Header::parse(&encode_as(0x73, b"x")).unwrap();
    assert_eq!(
        (header.is_last, header.reserved, header.opcode),
        (false, 7, 3)
    );
    let endless =
        frame::Header::parse(&[0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert_eq!(endless.unwrap().payload_length, u64::MAX);
    assert_eq!(
        frame::count(&[
            0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1
        ]),
        0
    );
}

#[test]
fn code_of_the_first_close_is_read_from_pieces_of_any_size() {
    let close = |code: u16| encode(CLOSE, &[&code.to_be_bytes()[..], b"why"].concat());
    let before = [encode(TEXT, b"x"), encode(PING, &[8; 100])].concat();
    for (after, code) in [
        ([close(1014), close(1000)].concat(), Some(1014)),
        ([encode(CLOSE, b""), close(1000)].concat(), None),
        ([encode(CLOSE, b"x"), close(1000)].concat(), None),
        (encode(TEXT, &close(1000)), None),
    ] {
        let bytes = [&before[..], &after].concat();
        for piece in 1..=bytes.len() {
            let mut scanner = FrameScanner::default();
            bytes
                .chunks(piece)
                .for_each(|piece| _ = scanner.count(piece));
            assert_eq!(scanner.close_code(), code, "in pieces of {piece}");
        }
    }
}

#[test]
fn frames_that_arrive_in_pieces_of_any_size_are_counted() {
    let frames = [
        encode(TEXT, b""),
        encode_as(TEXT, &[b'x'; 300]),
        encode_as(0x80, b"y"),
        encode(BINARY, &[0; 70_000]),
        frame::ping().to_vec(),
    ];
    let bytes = frames.concat();
    for piece in (1..20).chain([100, 4096, bytes.len()]) {
        let mut scanner = FrameScanner::default();
        let counts = bytes.chunks(piece).map(|piece| scanner.count(piece));
        assert_eq!(counts.sum::<usize>(), frames.len(), "in pieces of {piece}");
    }
    assert_eq!(
        FrameScanner::default().count(&bytes[..bytes.len() - 1]),
        frames.len() - 1
    );
}
