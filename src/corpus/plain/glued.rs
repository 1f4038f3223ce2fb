//! Sentences and paragraphs that lost the space between them.

use std::ops::Range;

use super::Edit;
use crate::text::{ByteSet, byte_set};

/// Small letters before the stop of a sentence that has lost the space behind it, at least.
const FEWEST_BEFORE_STOP: usize = 2;
/// Small letters that a paragraph's last word and the next one's first have, at least.
const FEWEST_OF_LAST: usize = 3;
const FEWEST_OF_FIRST: usize = 2;

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (mut token_end, mut in_address) = (0, false);
    for at in seams(text) {
        let Some(lost) = lost_space(&text[..at], &text[at..]) else {
            continue;
        };
        if at >= token_end {
            let token = token_around(text, at);
            token_end = token.end;
            in_address = is_address(&text[token]);
        }
        if !in_address {
            edits.push(Edit::new(at..at, lost));
        }
    }
    edits
}

/// What is lost between two texts: "lie?" and "Tusk", "over.”" and "Tusk" are the end of a sentence and the start of the next,
/// "disgrace" and "Tusk" are a word and the start of a paragraph.
fn lost_space(before: &str, after: &str) -> Option<&'static str> {
    let mut rest = after.chars();
    let first = rest.next()?;
    let letters = rest.clone().take_while(|it| it.is_lowercase()).count();
    let closed = before.strip_suffix(['”', '’', '»', ')']).unwrap_or(before);
    let stopped = closed.trim_end_matches(['.', '!', '?', '…']);
    if stopped.len() < closed.len() {
        let starts = match first {
            '“' | '«' | '„' => rest.next().is_some_and(char::is_uppercase),
            _ => first.is_uppercase() && letters > 0,
        };
        let last = stopped.chars().rev().take(FEWEST_BEFORE_STOP);
        let ends = stopped.ends_with(char::is_numeric)
            || last.filter(|it| it.is_lowercase()).count() == FEWEST_BEFORE_STOP;
        return (starts && ends).then_some(" ");
    }
    let without_word = before.trim_end_matches(char::is_lowercase);
    let opens = |char: char| char.is_whitespace() || matches!(char, '“' | '(');
    let last = before[without_word.len()..].chars().count();
    let ends = last >= FEWEST_OF_LAST && (without_word.is_empty() || without_word.ends_with(opens));
    let starts = first.is_uppercase() && letters >= FEWEST_OF_FIRST;
    (starts && ends).then_some("\n")
}

/// Last bytes of small letters and of what may end a sentence.
const ENDS: ByteSet = byte_set!(b'a'..=b'z' | b'.' | b'!' | b'?' | b')' | 0x80..);
/// First bytes of capitals and of opening marks.
const OPENS: ByteSet = byte_set!(b'A'..=b'Z' | 0xc0..);

/// Where a capital or an opening mark stands directly behind a small letter or what may end a sentence.
fn seams(text: &str) -> impl Iterator<Item = usize> {
    let opens = |char: char| char.is_uppercase() || matches!(char, '“' | '«' | '„');
    let bytes = text.as_bytes();
    let mut next = 1;
    std::iter::from_fn(move || {
        loop {
            let at = next + OPENS.before(bytes.get(next..)?);
            next = at + 1;
            if at < bytes.len() && ENDS.contains(bytes[at - 1]) && text[at..].starts_with(opens) {
                return Some(at);
            }
        }
    })
}

/// The bytes around a place that no white space parts from it.
fn token_around(text: &str, at: usize) -> Range<usize> {
    let joined = |char: char| !char.is_whitespace();
    let start = text[..at].trim_end_matches(joined).len();
    let rest = text[at..].trim_start_matches(joined);
    start..text.len() - rest.len()
}

/// Whether it is "www.Example.Com", a path or an account.
fn is_address(token: &str) -> bool {
    token.contains(['/', '@', '_', '\\']) || token.to_ascii_lowercase().starts_with("www.")
}
