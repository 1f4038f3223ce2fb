//! Lists run together on one line: "1. The first item 2. The second item".

use std::ops::Range;

use super::chars::{CharText, is_bullet};

/// How the items of a list are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marker {
    /// The number, or the place of the letter in the alphabet.
    ordinal: u32,
    letter: bool,
    /// The characters after the number, "." or ")" or ".)".
    tail: (bool, bool),
    /// Where the item's own text starts.
    end: usize,
}

impl Marker {
    /// The marker that starts at an index, if one does.
    fn at(text: &CharText, start: usize, limit: usize) -> Option<Self> {
        let mut at = start;
        let mut ordinal = 0;
        while let Some(digit) = text.within(at, limit).and_then(|char| char.to_digit(10)) {
            ordinal = ordinal * 10 + digit;
            at += 1;
            if at - start > 3 {
                return None;
            }
        }
        let letter = at == start;
        if letter {
            let char = text.within(at, limit)?;
            if !char.is_ascii_lowercase() {
                return None;
            }
            ordinal = u32::from(char) - u32::from('a') + 1;
            at += 1;
        }
        let mut tail = (false, false);
        if text.within(at, limit) == Some('.') {
            tail.0 = true;
            at += 1;
        }
        if text.within(at, limit) == Some(')') {
            tail.1 = true;
            at += 1;
        }
        let spaced = text.within(at, limit).is_some_and(char::is_whitespace);
        let end = text.skip_space(at, limit);
        let capital = text.within(end, limit).is_some_and(char::is_uppercase);
        (tail != (false, false) && spaced && capital).then_some(Self {
            ordinal,
            letter,
            tail,
            end,
        })
    }

    fn is_followed_by(self, next: Self) -> bool {
        next.ordinal == self.ordinal + 1 && next.letter == self.letter && next.tail == self.tail
    }
}

/// Starts of the list items in a block, but for the first.
pub(super) fn item_starts(text: &CharText, block: Range<usize>) -> Vec<usize> {
    let limit = block.end;
    let mut starts = Vec::new();
    let mut last =
        Marker::at(text, block.start, limit).filter(|marker| !marker.letter || marker.ordinal == 1);
    if last.is_none() && !text.has_bullets() {
        return starts;
    }
    let mut at = block.start;
    while at < limit {
        let after_space = at > block.start && text.get(at - 1).is_some_and(char::is_whitespace);
        if after_space {
            if text.get(at).is_some_and(is_bullet) {
                starts.push(at);
            } else if let Some(marker) = last
                && let Some(next) = Marker::at(text, at, limit)
                && marker.is_followed_by(next)
            {
                starts.push(at);
                last = Some(next);
                at = next.end;
                continue;
            }
        }
        at += 1;
    }
    starts
}
