//! Words of a sentence with what stands between them.

use std::ops::Range;

/// A word.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub text: &'a str,
    pub bytes: Range<usize>,
    /// The characters between the word before and this one.
    pub gap: &'a str,
}

impl Token<'_> {
    pub fn is_capitalized(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether it ends in a possessive 's.
    pub fn is_possessive(&self) -> bool {
        self.text.ends_with("'s") || self.text.ends_with("’s")
    }

    /// The word without a possessive 's.
    pub fn stem(&self) -> &str {
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

/// Splits a sentence into words; hyphens, apostrophes and stops inside a word belong to it.
pub(super) fn tokens(sentence: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = None;
    let mut last_end = 0;
    for (at, char) in sentence.char_indices() {
        let next = sentence[at + char.len_utf8()..].chars().next();
        let joins = matches!(char, '-' | '\'' | '’' | '.')
            && start.is_some()
            && next.is_some_and(char::is_alphanumeric);
        if char.is_alphanumeric() || joins {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            push(sentence, last_end, from..at, &mut tokens);
            last_end = at;
        }
    }
    if let Some(from) = start {
        push(sentence, last_end, from..sentence.len(), &mut tokens);
    }
    tokens
}

fn push<'a>(sentence: &'a str, last_end: usize, bytes: Range<usize>, tokens: &mut Vec<Token<'a>>) {
    tokens.push(Token {
        text: &sentence[bytes.clone()],
        gap: &sentence[last_end..bytes.start],
        bytes,
    });
}
