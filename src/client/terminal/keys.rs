//! Decodes the bytes of a terminal into keys (ECMA-48, and xterm's control sequences). Uses no terminal and no clock.

/// The longest paste, in bytes: 16 MiB. The rest of a longer paste is dropped.
pub(super) const MAX_PASTE: usize = 16 << 20;
/// The maximum number of parameter bytes in a control sequence. The rest of a longer sequence is decoded as keys.
const MAX_PARAMETERS: usize = 32;
const ESCAPE: u8 = 0x1B;
/// The sequence before a bracketed paste. [`PASTE_END`] follows the paste.
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// A key, or a paste.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Key {
    /// A character. Bytes that are not UTF-8 become U+FFFD.
    Char(char),
    /// Pasted text, whose lines end with `\n`.
    Paste(String),
    /// Control with a character. A letter is in uppercase here.
    Ctrl(char),
    /// Alt with a character, or Escape followed by a character.
    Alt(char),
    Enter,
    Tab,
    Backspace,
    Delete,
}

/// Turns bytes into keys. Keeps an incomplete key for the next call.
#[derive(Debug, Default)]
pub(super) struct KeyDecoder {
    /// The beginning of an incomplete character or sequence.
    unread: Vec<u8>,
    /// The bytes of a paste that has not ended yet.
    paste: Option<Vec<u8>>,
}

impl KeyDecoder {
    /// Returns the keys that these bytes complete. Pass all bytes of one read(2) in one call: a character after an Escape
    /// means Alt only if both come from the same read.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Vec<Key> {
        if self.unread == [ESCAPE] && !matches!(bytes.first(), Some(b'[' | b'O')) {
            self.unread.clear();
        }
        let mut keys = Vec::new();
        for &byte in bytes {
            if let Some(text) = self.paste.take() {
                self.paste = paste(text, byte, &mut keys);
                continue;
            }
            self.unread.push(byte);
            if self.unread == PASTE_BEGIN {
                self.unread.clear();
                self.paste = Some(Vec::new());
            }
            while let Some((length, key)) = first_key(&self.unread) {
                self.unread.drain(..length);
                keys.extend(key);
            }
        }
        keys
    }
}

/// Returns the length of the first key or unknown sequence, and the key if it is known. Returns `None` if the input is incomplete.
fn first_key(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    Some(match *bytes {
        [] | [ESCAPE] | [ESCAPE, b'O'] => return None,
        [ESCAPE, b'[', ref rest @ ..] => return control_sequence(rest),
        [ESCAPE, b'O', byte, ..] => (3, cursor_key(byte, b"")),
        [ESCAPE, byte @ 0x20..0x7F, ..] => (2, Some(Key::Alt(char::from(byte)))),
        [ESCAPE, 0x7F, ..] => (2, Some(Key::Ctrl('W'))),
        // Escape alone has no effect. With any other key, Alt is ignored.
        [ESCAPE, ..] => (1, None),
        [b'\r' | b'\n', ..] => (1, Some(Key::Enter)),
        [b'\t', ..] => (1, Some(Key::Tab)),
        [0x08 | 0x7F, ..] => (1, Some(Key::Backspace)),
        [byte @ 0x00..0x20, ..] => (1, Some(Key::Ctrl(char::from(byte | 0x40)))),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (text.len(), text.chars().next().map(Key::Char)),
            Err(error) if error.error_len().is_none() => return None,
            // A character in another encoding, perhaps Latin-1, becomes U+FFFD. The last byte may begin the next key.
            Err(_) => {
                let length = bytes.len().saturating_sub(1).max(1);
                (length, Some(Key::Char(char::REPLACEMENT_CHARACTER)))
            }
        },
    })
}

/// Does the same as [`first_key`] for the bytes after `ESC [`: parameters, and a byte that ends them.
fn control_sequence(rest: &[u8]) -> Option<(usize, Option<Key>)> {
    let mut places = rest.iter().enumerate();
    let is_end = |(at, byte): &(usize, &u8)| !(0x20..0x40).contains(*byte) || *at == MAX_PARAMETERS;
    let (end, byte) = places.find(is_end)?;
    let key = match (rest.get(..end).unwrap_or_default(), byte) {
        (b"1" | b"7", b'~') => Some(Key::Ctrl('A')),
        (b"3", b'~') => Some(Key::Delete),
        (b"4" | b"8", b'~') => Some(Key::Ctrl('E')),
        (parameters, byte) => cursor_key(*byte, parameters),
    };
    Some(("\x1b[".len() + end + 1, key))
}

/// Maps an arrow key, Home, End or the keypad's Enter to a simpler key with the same effect.
fn cursor_key(byte: u8, parameters: &[u8]) -> Option<Key> {
    // The parameter after the semicolon says which of Shift, Alt and Ctrl are held.
    let by_word = matches!(parameters, b"1;3" | b"1;5");
    Some(match byte {
        b'A' => Key::Ctrl('P'),
        b'B' => Key::Ctrl('N'),
        b'C' if by_word => Key::Alt('f'),
        b'D' if by_word => Key::Alt('b'),
        b'C' => Key::Ctrl('F'),
        b'D' => Key::Ctrl('B'),
        b'H' => Key::Ctrl('A'),
        b'F' => Key::Ctrl('E'),
        b'M' => Key::Enter,
        _ => return None,
    })
}

/// Adds a byte to a paste. If the paste is now complete, moves it to `keys`, and returns `None`. Otherwise returns it.
fn paste(mut text: Vec<u8>, byte: u8, keys: &mut Vec<Key>) -> Option<Vec<u8>> {
    text.push(byte);
    if let Some(text) = text.strip_suffix(PASTE_END) {
        let text = String::from_utf8_lossy(text);
        keys.push(Key::Paste(text.replace("\r\n", "\n").replace('\r', "\n")));
        return None;
    }
    if text.len() > MAX_PASTE + PASTE_END.len() {
        // Keep the last bytes of `text`, because they may be the first bytes of `PASTE_END`.
        text.remove(MAX_PASTE);
    }
    Some(text)
}
