//! Where the characters of a rewritten text come from.

use std::ops::Range;

use super::Edit;

/// Where the characters of an article's text stand in what was read.
///
/// A text that was not rewritten takes no room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Stretches of the text by where they start, in order; within one, characters follow one another as they did.
    stretches: Vec<Stretch>,
}

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// Its first character, in code points.
    start: u32,
    /// Where that stands in what was read.
    read: u32,
    /// What it was made of, if it was rewritten: all of its characters together.
    rewritten: Option<u32>,
}

impl Origin {
    /// The range of code points of what was read that a range of the text was made of.
    pub fn range(&self, chars: Range<usize>) -> Range<usize> {
        if self.stretches.is_empty() || chars.is_empty() {
            return chars;
        }
        let start = self.place(chars.start).start;
        start..self.place(chars.end - 1).end.max(start)
    }

    /// What one character was made of.
    fn place(&self, char: usize) -> Range<usize> {
        let at = self
            .stretches
            .partition_point(|it| it.start as usize <= char);
        let Some(stretch) = at.checked_sub(1).map(|at| self.stretches[at]) else {
            return char..char + 1;
        };
        let read = stretch.read as usize;
        match stretch.rewritten {
            Some(length) => read..read + length as usize,
            None => {
                let place = read + char - stretch.start as usize;
                place..place + 1
            }
        }
    }
}

/// A text that is rewritten pass by pass.
pub(super) struct Rewriting {
    text: String,
    origin: Origin,
}

impl Rewriting {
    pub fn new(text: String) -> Self {
        Self {
            text,
            origin: Origin::default(),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn finish(self) -> (String, Origin) {
        (self.text, self.origin)
    }

    /// Rewrites the text once more.
    pub fn apply(&mut self, edits: &[Edit]) {
        if edits.is_empty() {
            return;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut stretches: Vec<Stretch> = Vec::new();
        // Bytes and characters of the old text that are behind us, and characters of the new one.
        let (mut bytes, mut old, mut new) = (0, 0, 0);
        for edit in edits {
            let kept = &self.text[bytes..edit.bytes.start];
            let count = kept.chars().count();
            self.copy(old..old + count, new, &mut stretches);
            text.push_str(kept);
            old += count;
            new += count;
            let from = self.text[edit.bytes.clone()].chars().count();
            let added = edit.instead.chars().count();
            if added > 0 {
                let read = self.origin.range(old..old + from.max(1));
                let length = if from == 0 { 0 } else { read.len() };
                stretches.push(Stretch {
                    start: narrow(new),
                    read: narrow(read.start),
                    rewritten: Some(narrow(length)),
                });
            }
            text.push_str(&edit.instead);
            bytes = edit.bytes.end;
            old += from;
            new += added;
        }
        let rest = &self.text[bytes..];
        self.copy(old..old + rest.chars().count(), new, &mut stretches);
        text.push_str(rest);
        self.text = text;
        self.origin = Origin { stretches };
    }

    /// The stretches of characters that stay, the first of which now stands at `new`.
    fn copy(&self, old: Range<usize>, new: usize, stretches: &mut Vec<Stretch>) {
        if old.is_empty() {
            return;
        }
        let known = &self.origin.stretches;
        let inner = known.partition_point(|it| it.start as usize <= old.start);
        let first = Stretch {
            start: narrow(new),
            read: narrow(self.origin.place(old.start).start),
            rewritten: inner.checked_sub(1).and_then(|at| known[at].rewritten),
        };
        stretches.push(first);
        let within = known[inner..]
            .iter()
            .take_while(|it| (it.start as usize) < old.end);
        stretches.extend(within.map(|it| Stretch {
            start: narrow(it.start as usize - old.start + new),
            ..*it
        }));
    }
}

/// Texts are far shorter than 4 GiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_follow_one_another() {
        let mut rewriting = Rewriting::new("ab&lt;cd*e*".to_owned());
        assert_eq!(rewriting.origin.range(3..5), 3..5);
        rewriting.apply(&[Edit::new(2..6, "<")]);
        rewriting.apply(&[Edit::new(5..6, ""), Edit::new(7..8, "")]);
        rewriting.apply(&[Edit::new(0..0, "x"), Edit::new(1..1, "y")]);
        let (text, origin) = rewriting.finish();
        assert_eq!(text, "xaybb<cde".replace("bb", "b"));
        assert_eq!(origin.range(0..1), 0..0);
        assert_eq!(origin.range(1..2), 0..1);
        assert_eq!(origin.range(3..5), 1..6);
        assert_eq!(origin.range(4..5), 2..6);
        assert_eq!(origin.range(7..8), 9..10);
        assert_eq!(origin.range(5..8), 6..10);
    }
}
