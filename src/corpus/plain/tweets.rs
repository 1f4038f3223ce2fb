//! Posts that a story has as they were embedded: "Sad! pic.x.com/abc — Ann Bow (@annbow) August 15, 2025".
//!
//! What stands before the dash is what the person behind it wrote, so it is read in quotation marks.

use std::sync::LazyLock;

use memchr::{memchr, memmem};
use regex::Regex;

use super::Edit;

static POST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xm)^ [\t\x20]* (?<words> \S [^\n]*? ) (?<links> (?: [\t\x20]* (?: pic\.(?:twitter|x)\.com/\S+ | https://t\.co/\S+ ) )* ) [\t\x20]* (?: \n [\t\x20]* ){0,2} [—–-] [\t\x20]*
        (?<name> \p{Lu} [^\n()@—–]+ ) (?<handle> [\t\x20] \( @[0-9A-Za-z_]+ \) [^\n]* ) $",
    )
    .expect("a pattern that the tests compile")
});

/// Characters of a name, and of a handle with the date behind it. As bounds of the pattern they would be states of an automaton each.
const LONGEST_NAME: usize = 60;
const LONGEST_HANDLE: usize = 70;

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut behind = 0;
    for handle in memmem::find_iter(text.as_bytes(), "(@") {
        if handle < behind {
            continue;
        }
        let mut name = text[behind..handle].chars().rev().take(LONGEST_NAME + 3);
        let Some(end) = line_end(text, handle).filter(|_| name.any(is_dash)) else {
            continue;
        };
        // A post ends with the line of its handle, and begins two lines before at most.
        let start = text[behind..handle].rmatch_indices('\n').nth(2);
        let start = behind + start.map_or(0, |(newline, _)| newline + 1);
        let Some(found) = POST.captures(&text[start..end]) else {
            continue;
        };
        behind = end;
        let (Some(words), Some(name), Some(handle)) = (
            found.name("words"),
            found.name("name"),
            found.name("handle"),
        ) else {
            continue;
        };
        if name.as_str().chars().count() > LONGEST_NAME
            || handle.as_str().chars().count() > LONGEST_HANDLE
        {
            continue;
        }
        // A picture alone says nothing.
        if words.as_str().starts_with("pic.") || words.as_str().starts_with("https://t.co/") {
            continue;
        }
        let edit = |from: usize, to: usize, by| Edit::new(start + from..start + to, by);
        edits.push(edit(words.start(), words.start(), "“"));
        edits.push(edit(words.end(), name.start(), "” — "));
        edits.push(edit(handle.start(), handle.end(), ""));
    }
    edits
}

/// Where the line ends, if that is no further from a handle than dates are.
fn line_end(text: &str, handle: usize) -> Option<usize> {
    let rest = &text.as_bytes()[handle..];
    let near = &rest[..rest.len().min(4 * LONGEST_HANDLE)];
    match memchr(b'\n', near) {
        Some(line_feed) => Some(handle + line_feed),
        None => (near.len() == rest.len()).then_some(text.len()),
    }
}

/// What parts a post from the name of who wrote it.
fn is_dash(char: char) -> bool {
    matches!(char, '-' | '–' | '—')
}
