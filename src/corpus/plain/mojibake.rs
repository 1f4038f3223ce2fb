//! Letters whose UTF-8 bytes were once read as Windows-1252, as in many scraped corpora.
//!
//! Two or more such letters that are the bytes of one character are that character (Speer, "ftfy", 2019). Of lost bytes
//! ("â??") only the place tells what they were.

use encoding_rs::WINDOWS_1252;
use memchr::memchr;

use super::Edit;

/// What is left of a quotation mark or apostrophe whose bytes were lost.
const LOST: &str = "â??";

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr(FIRST_OF_LEADS, &text.as_bytes()[at..]) {
        let start = at + found;
        let rest = &text[start..];
        if rest.starts_with(LOST) {
            let bytes = start..start + LOST.len();
            let mark = lost_mark(&text[..start], &text[bytes.end..]);
            at = bytes.end;
            edits.push(Edit::new(bytes, mark));
        } else if rest.starts_with(is_lead)
            && let Some((length, char)) = misread(rest)
        {
            edits.push(Edit::new(start..start + length, char));
            at = start + length;
        } else {
            at = start + rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    edits
}

/// Letters that the first byte of a character beyond ASCII looks like: of Latin letters and marks, general punctuation,
/// emoji. Others are letters of their own far more often.
fn is_lead(char: char) -> bool {
    matches!(char, 'Â' | 'Ã' | 'Ä' | 'Å' | 'â' | 'ð')
}

/// What all of them start with in UTF-8.
const FIRST_OF_LEADS: u8 = 0xc3;

/// A character that was misread at the start of a text, and the bytes that it takes up now.
fn misread(text: &str) -> Option<(usize, String)> {
    let mut bytes = Vec::new();
    for (at, char) in text.char_indices().take(4) {
        bytes.push(byte_of(char)?);
        // "Å”" is a letter before a quotation mark.
        let quote = matches!(char, '“' | '”' | '‘' | '’');
        if bytes.len() == 2 && quote && !matches!(bytes[0], 0xc3) {
            return None;
        }
        if bytes.len() > 1
            && let Ok(read) = std::str::from_utf8(&bytes)
        {
            return Some((at + char.len_utf8(), read.to_owned()));
        }
        if bytes.len() > 1 && !(0x80..0xc0).contains(bytes.last()?) {
            return None;
        }
    }
    None
}

/// The byte that Windows-1252, or Latin-1 where it has none, reads as a character.
fn byte_of(char: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(char)) {
        return Some(byte);
    }
    let mut utf8 = [0; 4];
    let (bytes, _, lossy) = WINDOWS_1252.encode(char.encode_utf8(&mut utf8));
    match *bytes {
        [byte] if !lossy => Some(byte),
        _ => None,
    }
}

/// An apostrophe inside a word, else the mark that opens or closes a quotation.
fn lost_mark(before: &str, after: &str) -> &'static str {
    let letter = |char: Option<char>| char.is_some_and(char::is_alphabetic);
    let (last, next) = (before.chars().next_back(), after.chars().next());
    match (letter(last), letter(next)) {
        (true, true) => "’",
        _ if last.is_none_or(char::is_whitespace) => "“",
        _ => "”",
    }
}
