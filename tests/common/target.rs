//! Targets as the fixtures of Python have them.

use std::ops::Range;

use newstance::model::Target;

/// The target at these code points of a sentence.
pub fn by_chars(sentence: &str, chars: Range<usize>) -> Target<'_> {
    let byte = |char| {
        let mut bytes = sentence.char_indices().map(|(byte, _)| byte);
        bytes.nth(char).unwrap_or(sentence.len())
    };
    Target {
        sentence,
        bytes: byte(chars.start)..byte(chars.end),
    }
}
