//! Text as aliases are compared with it: one plain space between words, straight apostrophes.

use std::borrow::Cow;

/// A text with each run of white space as one space and typographic apostrophes straight, and the
/// way back to the original's bytes.
pub(super) struct Normalized<'a> {
    pub text: Cow<'a, str>,
    /// Original byte offset of each byte, and of the end; empty where the text is unchanged.
    origin: Vec<usize>,
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
        let mut origin = Vec::with_capacity(text.len() + 1);
        let mut in_space = false;
        let mut chars = text.char_indices();
        while let Some((byte, mut char)) = chars.next() {
            if let Some((misread, meant)) = misread(&text[byte..]) {
                char = meant;
                chars.nth(misread.chars().count() - 2);
            }
            let space = char.is_whitespace();
            if is_invisible(char) || space && in_space {
                continue;
            }
            in_space = space;
            let before = plain.len();
            plain.push(match char {
                _ if space => ' ',
                '’' | '‘' | 'ʼ' | '`' => '\'',
                '‐' | '‑' => '-',
                other => other,
            });
            origin.extend((before..plain.len()).map(|_| byte));
        }
        origin.push(text.len());
        Self {
            text: Cow::Owned(plain),
            origin,
        }
    }

    /// The original byte offset of a byte of the normalized text where a match starts.
    pub fn start(&self, byte: usize) -> usize {
        self.origin.get(byte).copied().unwrap_or(byte)
    }

    /// The original byte offset of the end of a match, which holds at least one character.
    pub fn end(&self, original: &str, byte: usize) -> usize {
        let Some(&last) = self.origin.get(byte.wrapping_sub(1)) else {
            return byte;
        };
        last + original[last..].chars().next().map_or(0, char::len_utf8)
    }
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
            let range = normalized.start(at)..normalized.end(text, at + alias.len());
            assert_eq!(&text[range], original);
        }
    }
}
