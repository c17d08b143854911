//! A URL as a QR code in the terminal, for the camera of a phone.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use qrcode::types::QrError;

/// Black on white in every terminal, because many cameras cannot read a white code on a black background.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// Returns the QR code of a text, with its margin (ISO/IEC 18004). Each line shows two rows of the code and ends with a
/// newline.
///
/// # Errors
/// Fails if the text is too long. No URL of this server is that long.
pub fn code(text: &str) -> Result<String, QrError> {
    let picture = QrCode::new(text)?.render::<Dense1x2>().build();
    let lines = picture.lines();
    Ok(lines
        .map(|line| format!("{BLACK_ON_WHITE}{line}{RESET}\n"))
        .collect())
}
