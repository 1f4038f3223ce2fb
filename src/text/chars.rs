//! Random access to the characters of a text, with their byte offsets.

use std::ops::Range;

/// A text as characters. Ranges are half-open and count code points.
pub(super) struct CharText {
    chars: Vec<char>,
    /// Byte offset of each character, and of the end.
    bytes: Vec<usize>,
    terminators: Vec<usize>,
    line_breaks: Vec<usize>,
    has_bullets: bool,
}

impl CharText {
    pub fn new(text: &str) -> Self {
        let mut found = Self {
            chars: Vec::with_capacity(text.len()),
            bytes: Vec::with_capacity(text.len() + 1),
            terminators: Vec::new(),
            line_breaks: Vec::new(),
            has_bullets: false,
        };
        for (byte, char) in text.char_indices() {
            // Neither letters of ASCII nor blanks are looked for.
            if !char.is_ascii_alphanumeric() && char != ' ' {
                found.note(char);
            }
            found.chars.push(char);
            found.bytes.push(byte);
        }
        found.bytes.push(text.len());
        found
    }

    /// Notes what the next character is.
    fn note(&mut self, char: char) {
        if is_terminator(char) {
            self.terminators.push(self.chars.len());
        } else if is_line_break(char) {
            self.line_breaks.push(self.chars.len());
        }
        self.has_bullets |= is_bullet(char);
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

    pub fn byte(&self, at: usize) -> usize {
        self.bytes[at]
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
