//! Text as aliases are compared with it: one plain space between words, straight apostrophes.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::{ByteSet, byte_set};

/// A text with each run of white space as one space, typographic apostrophes straight and letters
/// composed (Unicode's NFC), and the way back to the original's bytes.
pub(super) struct Normalized<'a> {
    pub text: Cow<'a, str>,
    /// Where it is not the original, in order.
    changes: Vec<Change>,
}

/// Bytes of the original, and those that they became.
struct Change {
    original: Range<usize>,
    plain: Range<usize>,
}

impl<'a> Normalized<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut changes = Vec::new();
        let mut at = unchanged(text, false);
        if at == text.len() {
            return Self {
                text: Cow::Borrowed(text),
                changes,
            };
        }
        let mut plain = String::with_capacity(text.len());
        plain.push_str(&text[..at]);
        let mut in_space = plain.ends_with(' ');
        let bytes = text.as_bytes();
        while let Some(char) = text[at..].chars().next() {
            let run = unchanged(&text[at..], in_space);
            if run > 0 {
                at += run;
                plain.push_str(&text[at - run..at]);
                in_space = plain.ends_with(' ');
                continue;
            }
            let (meant, end) = match misread(&text[at..]) {
                Some((misread, meant)) => (meant, at + misread.len()),
                None => (char, at + char.len_utf8()),
            };
            let start = std::mem::replace(&mut at, end);
            let before = plain.len();
            let space = meant.is_whitespace();
            let invisible = is_invisible(meant);
            // None of them is ASCII.
            let marks = match bytes.get(end) {
                Some(next) if !next.is_ascii() => marks_before_next(&text[end..]),
                _ => 0,
            };
            match marks {
                _ if invisible || space && in_space => {}
                0 => plain.push(match meant {
                    _ if space => ' ',
                    '’' | '‘' | 'ʼ' | '`' => '\'',
                    '‐' | '‑' => '-',
                    other => other,
                }),
                marks => {
                    at = end + marks;
                    plain.extend(text[start..at].nfc());
                }
            }
            if !invisible {
                in_space = space;
            }
            if plain[before..] != text[start..at] {
                changes.push(Change {
                    original: start..at,
                    plain: before..plain.len(),
                });
            }
        }
        Self {
            text: Cow::Owned(plain),
            changes,
        }
    }

    /// The original byte offset of a byte of the normalized text where a match starts.
    pub fn start(&self, byte: usize) -> usize {
        match self.last_change(|change| change.plain.start <= byte) {
            Some(change) if byte < change.plain.end => change.original.start,
            Some(change) => change.original.end + byte - change.plain.end,
            None => byte,
        }
    }

    /// The original byte offset of the end of a match, which holds at least one character.
    pub fn end(&self, byte: usize) -> usize {
        match self.last_change(|change| change.plain.start < byte) {
            Some(change) if byte <= change.plain.end => change.original.end,
            Some(change) => change.original.end + byte - change.plain.end,
            None => byte,
        }
    }

    fn last_change(&self, begins: impl Fn(&Change) -> bool) -> Option<&Change> {
        let behind = self.changes.partition_point(begins);
        self.changes[..behind].last()
    }
}

/// Bytes of characters that may be read as others. So may be spaces if there are more than one.
const CHANGED: ByteSet = byte_set!(0..=0x1f | b'`' | 0x7f..);

/// How many bytes at the start of a text stay as they are: most words do.
fn unchanged(text: &str, in_space: bool) -> usize {
    let mut after_space = in_space;
    let changes = |byte: u8| {
        let further_space = byte == b' ' && after_space;
        after_space = byte == b' ';
        further_space || CHANGED.contains(byte)
    };
    let run = text.bytes().position(changes);
    let Some(run) = run else {
        return text.len();
    };
    // A mark behind a letter belongs to it.
    match text[run..].starts_with(is_combining_mark) {
        true => run.saturating_sub(1),
        false => run,
    }
}

/// Bytes of the combining marks that a text starts with, which belong to the letter before.
fn marks_before_next(text: &str) -> usize {
    let after = text.find(|char| !is_combining_mark(char));
    after.unwrap_or(text.len())
}

/// Punctuation whose UTF-8 bytes were once read as Latin-1 or Windows-1252, as in many scraped
/// corpora. Its first character is a letter, and would hide the end of a name.
fn misread(text: &str) -> Option<(&'static str, char)> {
    const FORMS: [(&str, char); 12] = [
        ("\u{e2}\u{80}\u{98}", '\''),
        ("\u{e2}\u{80}\u{99}", '\''),
        ("\u{e2}\u{80}\u{9c}", '“'),
        ("\u{e2}\u{80}\u{9d}", '”'),
        ("\u{e2}\u{80}\u{93}", '–'),
        ("\u{e2}\u{80}\u{94}", '—'),
        ("â€˜", '\''),
        ("â€™", '\''),
        ("â€œ", '“'),
        ("â€\u{9d}", '”'),
        ("â€“", '–'),
        ("â€”", '—'),
    ];
    text.starts_with('â')
        .then(|| FORMS.into_iter().find(|(form, _)| text.starts_with(form)))?
}

/// Soft hyphens and zero-width characters, which web pages put inside names.
fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_back_to_the_original() {
        let text = "the\u{a0}Russian \n president’s “pal” Pu\u{ad}tin";
        let normalized = Normalized::new(text);
        assert_eq!(normalized.text, "the Russian president's “pal” Putin");
        for (alias, original) in [
            ("Russian president", "Russian \n president"),
            ("Putin", "Pu\u{ad}tin"),
            ("pal", "pal"),
        ] {
            let at = normalized.text.find(alias).unwrap();
            let range = normalized.start(at)..normalized.end(at + alias.len());
            assert_eq!(&text[range], original);
        }
    }

    #[test]
    fn what_stands_between_changes_keeps_its_place() {
        let text = "  Mr.  Putin —  ‘no’ \u{a0} said\t\u{200b}  the  `Kremlin’s’  ";
        let normalized = Normalized::new(text);
        assert_eq!(normalized.text, " Mr. Putin — 'no' said the 'Kremlin's' ");
        for word in ["Mr.", "Putin", "—", "no", "said", "the", "Kremlin"] {
            let at = normalized.text.find(word).unwrap();
            let range = normalized.start(at)..normalized.end(at + word.len());
            assert_eq!(&text[range], word);
        }
        let at = normalized.text.find("said the").unwrap();
        let range = normalized.start(at)..normalized.end(at + "said the".len());
        assert_eq!(&text[range], "said\t\u{200b}  the");
    }

    #[test]
    fn decomposed_letters_are_composed() {
        let text = "Volodymyr Zelens\u{30c}kyy and E\u{301}lyse\u{301}e";
        let normalized = Normalized::new(text);
        assert_eq!(normalized.text, "Volodymyr Zelenškyy and Élysée");
        for (alias, original) in [
            ("Zelenškyy", "Zelens\u{30c}kyy"),
            ("Élysée", "E\u{301}lyse\u{301}e"),
        ] {
            let at = normalized.text.find(alias).unwrap();
            let range = normalized.start(at)..normalized.end(at + alias.len());
            assert_eq!(&text[range], original);
        }
    }
}
