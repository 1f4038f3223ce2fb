//! The words of a sentence, as attribution looks at them.

use std::ops::Range;

use crate::text::Token;

/// A word.
#[derive(Debug, Clone)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    /// Byte range in the sentence.
    pub bytes: Range<usize>,
    /// The characters between the word before and this one.
    pub gap: &'a str,
}

impl<'a> Word<'a> {
    /// A token of the text, in the sentence that starts at this byte.
    pub fn new(text: &'a str, sentence_start: usize, token: &Token) -> Self {
        let bytes = &token.bytes;
        Self {
            text: &text[bytes.clone()],
            bytes: bytes.start - sentence_start..bytes.end - sentence_start,
            gap: &text[token.gap.clone()],
        }
    }

    pub fn is_capitalized(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether it ends in a possessive 's.
    pub fn is_possessive(&self) -> bool {
        self.text.ends_with("'s") || self.text.ends_with("’s")
    }

    /// The word without a possessive 's.
    pub fn stem(&self) -> &'a str {
        self.text
            .strip_suffix("'s")
            .or_else(|| self.text.strip_suffix("’s"))
            .unwrap_or(self.text)
    }

    pub fn lower(&self) -> String {
        self.text.to_lowercase()
    }

    /// Whether only white space, or the stop of a title ("Sen. Graham"), parts it from the word
    /// before.
    pub fn follows_directly(&self) -> bool {
        matches!(self.gap.trim(), "" | ".")
    }

    pub fn follows_comma(&self) -> bool {
        self.gap.starts_with(',')
    }
}
