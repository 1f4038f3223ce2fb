//! Random access to the characters of a text, with their byte offsets.

use std::ops::Range;

use super::{ByteSet, byte_set};

/// A text as characters. Ranges are half-open and count code points.
pub(super) struct CharText {
    chars: Vec<char>,
    /// The characters of more than one byte.
    wide: Vec<Wide>,
    terminators: Vec<usize>,
    line_breaks: Vec<usize>,
    has_bullets: bool,
}

/// A character of more than one byte.
struct Wide {
    /// The character behind it, and where that starts.
    next: usize,
    byte: usize,
}

/// Bytes of characters that may be terminators, line breaks, bullets or wide.
const NOTED: ByteSet = byte_set!(0..=0x1f | b'.' | b'!' | b'?' | 0x80..);

impl CharText {
    pub fn new(text: &str) -> Self {
        let mut found = Self {
            chars: Vec::with_capacity(text.len()),
            wide: Vec::new(),
            terminators: Vec::new(),
            line_breaks: Vec::new(),
            has_bullets: false,
        };
        let bytes = text.as_bytes();
        let mut at = 0;
        loop {
            let run = NOTED.before(&bytes[at..]);
            let unnoted = bytes[at..at + run].iter().copied();
            found.chars.extend(unnoted.map(char::from));
            at += run;
            let Some(char) = text[at..].chars().next() else {
                return found;
            };
            at += char.len_utf8();
            found.note(char, at);
        }
    }

    /// Adds the next character, behind which the next one starts at a byte.
    fn note(&mut self, char: char, behind: usize) {
        if is_terminator(char) {
            self.terminators.push(self.chars.len());
        } else if is_line_break(char) {
            self.line_breaks.push(self.chars.len());
        }
        self.has_bullets |= is_bullet(char);
        self.chars.push(char);
        if !char.is_ascii() {
            self.wide.push(Wide {
                next: self.chars.len(),
                byte: behind,
            });
        }
    }

    /// Where a range has terminators, ascending.
    pub fn terminators(&self, range: Range<usize>) -> &[usize] {
        let place = |at: usize| self.terminators.partition_point(|&it| it < at);
        &self.terminators[place(range.start)..place(range.end)]
    }

    /// Where the text has line breaks, ascending; "\r\n" is two.
    pub fn line_breaks(&self) -> &[usize] {
        &self.line_breaks
    }

    pub fn has_bullets(&self) -> bool {
        self.has_bullets
    }

    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// Where a character starts, in bytes.
    pub fn byte(&self, at: usize) -> usize {
        let wide = self.wide.partition_point(|wide| wide.next <= at);
        match self.wide[..wide].last() {
            Some(wide) => wide.byte + at - wide.next,
            None => at,
        }
    }

    pub fn get(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    /// The character at an index below a limit.
    pub fn within(&self, at: usize, limit: usize) -> Option<char> {
        if at < limit { self.get(at) } else { None }
    }

    pub fn slice(&self, range: Range<usize>) -> &[char] {
        &self.chars[range]
    }

    pub fn string(&self, range: Range<usize>) -> String {
        self.slice(range).iter().collect()
    }

    /// The range without white space at its ends.
    pub fn trim(&self, mut range: Range<usize>) -> Range<usize> {
        while range.start < range.end && self.chars[range.start].is_whitespace() {
            range.start += 1;
        }
        while range.start < range.end && self.chars[range.end - 1].is_whitespace() {
            range.end -= 1;
        }
        range
    }

    /// The first index from `at` to `limit` that does not hold white space.
    pub fn skip_space(&self, mut at: usize, limit: usize) -> usize {
        while at < limit && self.chars[at].is_whitespace() {
            at += 1;
        }
        at
    }
}

/// Characters that end a sentence, rules permitting.
pub(super) fn is_terminator(char: char) -> bool {
    matches!(char, '.' | '!' | '?' | '…' | '‼' | '⁇' | '⁈' | '⁉')
}

/// Characters that end a line.
fn is_line_break(char: char) -> bool {
    matches!(
        char,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Quotation marks that can open a quotation. A straight mark can do both.
pub(crate) fn is_opening_quote(char: char) -> bool {
    matches!(char, '"' | '“' | '„' | '‟' | '«' | '‘' | '\'')
}

/// Quotation marks that can close a quotation.
pub(crate) fn is_closing_quote(char: char) -> bool {
    matches!(char, '"' | '”' | '»' | '’' | '\'')
}

/// What may follow a terminator and still belong to its sentence.
pub(super) fn is_closer(char: char) -> bool {
    is_closing_quote(char) || matches!(char, ')' | ']' | '}')
}

/// What may stand before the first word of a sentence.
pub(super) fn is_opener(char: char) -> bool {
    is_opening_quote(char) || matches!(char, '(' | '[' | '{')
}

pub(super) fn is_dash(char: char) -> bool {
    matches!(char, '-' | '–' | '—' | '―' | '−')
}

pub(super) fn is_bullet(char: char) -> bool {
    matches!(char, '•' | '⁃' | '◦' | '‣' | '▪' | '●' | '·')
}
