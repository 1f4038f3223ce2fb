//! Text as aliases are compared with it: one plain space between words, straight apostrophes.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text with each run of white space as one space, typographic apostrophes straight and letters
/// composed (Unicode's NFC), and the way back to the original's bytes.
pub(super) struct Normalized<'a> {
    pub text: Cow<'a, str>,
    /// For each byte, where the characters that it was made of start and end in the original; empty if
    /// the text is unchanged.
    origin: Vec<(usize, usize)>,
}

impl<'a> Normalized<'a> {
    pub fn new(text: &'a str) -> Self {
        if is_plain(text) {
            return Self {
                text: Cow::Borrowed(text),
                origin: Vec::new(),
            };
        }
        let mut plain = String::with_capacity(text.len());
        let mut origin = Vec::with_capacity(text.len());
        let mut in_space = false;
        let mut at = 0;
        let bytes = text.as_bytes();
        while let Some(char) = text[at..].chars().next() {
            // Most words stay as they are. A mark behind a letter belongs to it.
            let mut run = bytes[at..]
                .iter()
                .take_while(|it| is_unchanged(**it))
                .count();
            if bytes.get(at + run).is_some_and(|next| !next.is_ascii()) {
                run = run.saturating_sub(1);
            }
            if run > 0 {
                plain.push_str(&text[at..at + run]);
                origin.extend((at..at + run).map(|it| (it, it + 1)));
                in_space = false;
                at += run;
                continue;
            }
            let (meant, end) = match misread(&text[at..]) {
                Some((misread, meant)) => (meant, at + misread.len()),
                None => (char, at + char.len_utf8()),
            };
            let start = std::mem::replace(&mut at, end);
            let space = meant.is_whitespace();
            if is_invisible(meant) || space && in_space {
                continue;
            }
            in_space = space;
            let before = plain.len();
            // None of them is ASCII.
            let marks = match bytes.get(end) {
                Some(next) if !next.is_ascii() => marks_before_next(&text[end..]),
                _ => 0,
            };
            if marks > 0 {
                at = end + marks;
                plain.extend(text[start..at].nfc());
            } else {
                plain.push(match meant {
                    _ if space => ' ',
                    '’' | '‘' | 'ʼ' | '`' => '\'',
                    '‐' | '‑' => '-',
                    other => other,
                });
            }
            origin.extend((before..plain.len()).map(|_| (start, at)));
        }
        Self {
            text: Cow::Owned(plain),
            origin,
        }
    }

    /// The original byte offset of a byte of the normalized text where a match starts.
    pub fn start(&self, byte: usize) -> usize {
        self.origin.get(byte).map_or(byte, |&(start, _)| start)
    }

    /// The original byte offset of the end of a match, which holds at least one character.
    pub fn end(&self, byte: usize) -> usize {
        let last = self.origin.get(byte.wrapping_sub(1));
        last.map_or(byte, |&(_, end)| end)
    }
}

/// Whether an ASCII character is none that is read as another.
fn is_unchanged(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'`'
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

fn is_plain(text: &str) -> bool {
    text.is_ascii()
        && !text.contains("  ")
        && !text
            .bytes()
            .any(|byte| matches!(byte, b'\n' | b'\r' | b'\t' | b'`'))
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
