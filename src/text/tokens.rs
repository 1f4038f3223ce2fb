//! Words and what stands between them.

use std::ops::Range;

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
    let mut start = None;
    let mut last_end = sentence.start;
    let mut push = |bytes: Range<usize>| {
        let gap = last_end..bytes.start;
        last_end = bytes.end;
        tokens.push(Token { bytes, gap });
    };
    let mut chars = text[sentence.clone()].char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let at = sentence.start + at;
        let joins = matches!(char, '-' | '\'' | '’' | '.')
            && start.is_some()
            && chars
                .peek()
                .is_some_and(|&(_, next)| next.is_alphanumeric());
        if char.is_alphanumeric() || joins {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            push(from..at);
        }
    }
    if let Some(from) = start {
        push(from..sentence.end);
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
