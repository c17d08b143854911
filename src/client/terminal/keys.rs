//! Decodes the bytes of a terminal into keys (ECMA-48; xterm's control sequences). No terminal, no clock.

/// The longest paste, in bytes: 16 MiB. The rest is dropped.
pub(super) const MAX_PASTE: usize = 16 << 20;

/// The sequence that ends a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// A key, or a paste.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Key {
    /// A character. A byte that is not UTF-8 is U+FFFD.
    Char(char),
    /// A text between the brackets of a paste, its lines ended by `\n`.
    Paste(String),
    /// Control with a letter, which is in upper case.
    Ctrl(char),
    /// Alt with a character, or Escape before it.
    Alt(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Up,
    Down,
    Home,
    End,
}

/// Makes keys of bytes. A sequence may come in pieces, so the beginning of one is kept.
#[derive(Debug, Default)]
pub(super) struct KeyDecoder(KeyState);

#[derive(Debug, Default)]
enum KeyState {
    #[default]
    Ground,
    /// The first bytes of a character.
    Character(Vec<u8>),
    /// After Escape; whether that was the last byte of a read.
    Escape { is_alone: bool },
    /// After `ESC [`: the parameters so far.
    Csi(Vec<u8>),
    /// After `ESC O`.
    Ss3,
    /// In a paste: its bytes so far.
    Paste(Vec<u8>),
}

impl KeyDecoder {
    /// The keys that these bytes complete. Pass everything that one read(2) brought in one call: a character right
    /// after an Escape is Alt, and one that comes later is not.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Vec<Key> {
        let mut keys = Vec::new();
        for &byte in bytes {
            self.0 = match std::mem::take(&mut self.0) {
                KeyState::Ground => ground(byte, &mut keys),
                KeyState::Character(bytes) => character(bytes, byte, &mut keys),
                KeyState::Escape { is_alone } => escape(byte, is_alone, &mut keys),
                KeyState::Csi(parameters) => csi(parameters, byte, &mut keys),
                KeyState::Ss3 => {
                    keys.extend(cursor_key(byte, b""));
                    KeyState::Ground
                }
                KeyState::Paste(text) => paste(text, byte, &mut keys),
            };
        }
        if let KeyState::Escape { is_alone } = &mut self.0 {
            *is_alone = true;
        }
        keys
    }
}

fn ground(byte: u8, keys: &mut Vec<Key>) -> KeyState {
    match byte {
        0x1B => return KeyState::Escape { is_alone: false },
        b'\r' | b'\n' => keys.push(Key::Enter),
        b'\t' => keys.push(Key::Tab),
        0x08 | 0x7F => keys.push(Key::Backspace),
        0x00..0x20 => keys.push(Key::Ctrl(char::from(byte | 0x40))),
        0x20..0x80 => keys.push(Key::Char(char::from(byte))),
        0x80.. => return character(Vec::new(), byte, keys),
    }
    KeyState::Ground
}

/// Takes one more byte of a character that is not ASCII.
fn character(mut bytes: Vec<u8>, byte: u8, keys: &mut Vec<Key>) -> KeyState {
    bytes.push(byte);
    match std::str::from_utf8(&bytes) {
        Ok(text) => keys.extend(text.chars().map(Key::Char)),
        Err(error) if error.error_len().is_none() => return KeyState::Character(bytes),
        Err(_) => {
            // A character in another encoding, perhaps Latin-1: it shows, and what follows is kept.
            keys.push(Key::Char(char::REPLACEMENT_CHARACTER));
            if bytes.len() > 1 {
                return ground(byte, keys);
            }
        }
    }
    KeyState::Ground
}

fn escape(byte: u8, is_alone: bool, keys: &mut Vec<Key>) -> KeyState {
    match byte {
        b'[' => return KeyState::Csi(Vec::new()),
        b'O' => return KeyState::Ss3,
        0x20..0x7F if !is_alone => keys.push(Key::Alt(char::from(byte))),
        0x7F if !is_alone => keys.push(Key::Ctrl('W')),
        // Escape alone does nothing, nor does Alt with a key that is more than a character.
        byte => return ground(byte, keys),
    }
    KeyState::Ground
}

fn csi(mut parameters: Vec<u8>, byte: u8, keys: &mut Vec<Key>) -> KeyState {
    match byte {
        0x20..0x40 if parameters.len() < 32 => {
            parameters.push(byte);
            return KeyState::Csi(parameters);
        }
        b'~' => match parameters.as_slice() {
            b"200" => return KeyState::Paste(Vec::new()),
            b"1" | b"7" => keys.push(Key::Home),
            b"3" => keys.push(Key::Delete),
            b"4" | b"8" => keys.push(Key::End),
            _ => {}
        },
        byte => keys.extend(cursor_key(byte, &parameters)),
    }
    KeyState::Ground
}

fn cursor_key(byte: u8, parameters: &[u8]) -> Option<Key> {
    // The parameter behind the semicolon says which of Shift, Alt and Ctrl are held.
    let by_word = matches!(parameters, b"1;3" | b"1;5");
    Some(match byte {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' if by_word => Key::WordRight,
        b'D' if by_word => Key::WordLeft,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'M' => Key::Enter,
        _ => return None,
    })
}

fn paste(mut text: Vec<u8>, byte: u8, keys: &mut Vec<Key>) -> KeyState {
    text.push(byte);
    if let Some(text) = text.strip_suffix(PASTE_END) {
        let text = String::from_utf8_lossy(text);
        keys.push(Key::Paste(text.replace("\r\n", "\n").replace('\r', "\n")));
        return KeyState::Ground;
    }
    if text.len() > MAX_PASTE + PASTE_END.len() {
        // The end still has to be found, so the last bytes stay.
        text.remove(MAX_PASTE);
    }
    KeyState::Paste(text)
}
