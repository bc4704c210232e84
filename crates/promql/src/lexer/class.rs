//! What the bytes of a query are, in one table.

/// A space, a tab or the end of a line.
pub(super) const BLANK: u8 = 1;
/// A letter, a digit or an underscore.
pub(super) const WORD: u8 = 2;
pub(super) const COLON: u8 = 4;
pub(super) const DIGIT: u8 = 8;
/// A hexadecimal digit.
pub(super) const HEX: u8 = 16;
/// What may end a string or must be looked at in it: quotes, the backslash, the end of a line, and
/// the first byte of U+FFFD.
pub(super) const STRING_MARK: u8 = 32;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    loop {
        classes[byte as usize] = classes_of(byte);
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

const fn classes_of(byte: u8) -> u8 {
    let word = match byte {
        b'_' => WORD,
        _ if byte.is_ascii_alphanumeric() => WORD,
        _ => 0,
    };
    let digit = if byte.is_ascii_digit() { DIGIT } else { 0 };
    let hex = if byte.is_ascii_hexdigit() { HEX } else { 0 };
    let other = match byte {
        b' ' | b'\t' | b'\r' => BLANK,
        b'\n' => BLANK | STRING_MARK,
        b':' => COLON,
        b'"' | b'\'' | b'`' | b'\\' | 0xEF => STRING_MARK,
        _ => 0,
    };
    word | digit | hex | other
}

/// Whether a byte is of one of the classes.
pub(super) fn is(byte: u8, classes: u8) -> bool {
    CLASSES[usize::from(byte)] & classes != 0
}
