//! Words that were parted at the ends of lines.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr_iter, memmem};
use regex::Regex;

use super::Edit;

static GAP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[-\u{ad}\u{2010}]\r?\n[\t ]*").expect("a pattern that the tests compile")
});

/// Letters that both parts of a word have at least.
const FEWEST_LETTERS: usize = 2;

/// The white space of a line break that is not one of a paragraph.
static BREAK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\t ]*\r?\n[\t ]*").expect("a pattern that the tests compile"));

pub(super) fn edits(text: &str) -> Vec<Edit> {
    if !may_part(text.as_bytes()) {
        return Vec::new();
    }
    let mut edits = Vec::new();
    let compounds = compounds(text);
    let mut start = 0;
    // Joined, lines no longer have the width by which wrapping is known: so the paragraph is unwrapped here.
    for paragraph in text.split_inclusive("\n\n") {
        let bytes = start..start + paragraph.len();
        start = bytes.end;
        of_paragraph(text, bytes, &compounds, &mut edits);
    }
    edits
}

/// Whether a line ends in a hyphen, or the text has one beyond ASCII.
fn may_part(text: &[u8]) -> bool {
    let parted = |line_feed: usize| {
        let line = &text[..line_feed];
        line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"-")
    };
    let has = |hyphen: &str| memmem::find(text, hyphen.as_bytes()).is_some();
    memchr_iter(b'\n', text).any(parted) || !text.is_ascii() && (has("\u{ad}") || has("\u{2010}"))
}

/// The two parts of each word that has a hyphen within a line.
fn compounds(text: &str) -> BTreeSet<(&str, &str)> {
    let hyphens = memchr_iter(b'-', text.as_bytes());
    let parts = hyphens.map(|at| parts(&text[..at], &text[at + 1..]));
    parts.filter(|(_, last)| !last.is_empty()).collect()
}

/// The letters that a text ends with, and the small letters that the next one starts with.
fn parts<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let first = before.trim_end_matches(char::is_alphabetic).len();
    let rest = after.trim_start_matches(char::is_lowercase).len();
    (&before[first..], &after[..after.len() - rest])
}

fn of_paragraph(
    text: &str,
    bytes: Range<usize>,
    compounds: &BTreeSet<(&str, &str)>,
    edits: &mut Vec<Edit>,
) {
    let paragraph = &text[bytes.clone()];
    let from = edits.len();
    for gap in GAP.find_iter(paragraph) {
        let (first, last) = parts(&paragraph[..gap.start()], &paragraph[gap.end()..]);
        if first.chars().count() < FEWEST_LETTERS || last.chars().count() < FEWEST_LETTERS {
            continue;
        }
        // A hyphen that the text has within a line, too, is the word's own: "policy-maker" beside "policy-makers".
        let known = compounds.range((first, last)..).next();
        let known = known.is_some_and(|known| known.0 == first && known.1.starts_with(last));
        let compound = gap.as_str().starts_with('-') && known;
        let instead = if compound { "-" } else { "" };
        edits.push(Edit::new(
            bytes.start + gap.start()..bytes.start + gap.end(),
            instead,
        ));
    }
    if edits.len() == from {
        return;
    }
    let joined: Vec<Range<usize>> = edits[from..]
        .iter()
        .map(|edit| edit.bytes.clone())
        .collect();
    let width = paragraph.lines().map(str::len).max().unwrap_or_default();
    for line_break in BREAK.find_iter(paragraph.trim_end()) {
        let place = bytes.start + line_break.start()..bytes.start + line_break.end();
        let line = text[bytes.start..place.start]
            .rfind('\n')
            .map_or(bytes.start, |at| bytes.start + at + 1);
        let is_long = (place.start - line) * 10 > width * 6;
        let next = joined.partition_point(|it| it.end <= place.start);
        let is_joined = joined.get(next).is_some_and(|it| it.start < place.end);
        if is_long && !is_joined {
            edits.push(Edit::new(place, " "));
        }
    }
    edits[from..].sort_by_key(|edit| edit.bytes.start);
}
