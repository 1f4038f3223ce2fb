//! Words and what stands between them.

use std::ops::Range;

use super::{WORD_STARTS, word};

/// A word of a sentence. Hyphens, apostrophes and stops inside a word belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Half-open byte range in the text.
    pub bytes: Range<usize>,
    /// The bytes between the word before, or the sentence's start, and this one.
    pub gap: Range<usize>,
}

/// Adds the words of a sentence, which is a byte range of the text.
pub(super) fn tokenize(text: &str, sentence: Range<usize>, tokens: &mut Vec<Token>) {
    let text = &text[..sentence.end];
    let mut behind = sentence.start;
    let mut at = sentence.start;
    loop {
        at += WORD_STARTS.before(&text.as_bytes()[at..]);
        let Some(char) = text[at..].chars().next() else {
            return;
        };
        if !char.is_alphanumeric() {
            at += char.len_utf8();
            continue;
        }
        let end = word_end(text, at);
        tokens.push(Token {
            bytes: at..end,
            gap: behind..at,
        });
        (behind, at) = (end, end);
    }
}

/// Where the word ends that starts at a byte.
fn word_end(text: &str, start: usize) -> usize {
    let mut at = start;
    loop {
        at += word(&text[at..]).len();
        let Some(next) = text.as_bytes().get(at) else {
            return at;
        };
        if !matches!(next, b'-' | b'\'' | b'.' | 0x80..) {
            return at;
        }
        let mut rest = text[at..].chars();
        let char = rest.next().unwrap_or_default();
        let joins = matches!(char, '-' | '\'' | '’' | '.')
            && rest.next().is_some_and(char::is_alphanumeric);
        if !joins {
            return at;
        }
        at += char.len_utf8();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_what_joins_them() {
        let text = "Skipped. “The U.S.-led mission isn’t over,” he said.";
        let mut tokens = Vec::new();
        tokenize(text, 9..text.len(), &mut tokens);
        let words: Vec<&str> = tokens
            .iter()
            .map(|token| &text[token.bytes.clone()])
            .collect();
        assert_eq!(
            words,
            [
                "The", "U.S", "led", "mission", "isn’t", "over", "he", "said"
            ]
        );
        let gaps: Vec<&str> = tokens
            .iter()
            .map(|token| &text[token.gap.clone()])
            .collect();
        assert_eq!(gaps, ["“", " ", ".-", " ", " ", " ", ",” ", " "]);
    }
}
