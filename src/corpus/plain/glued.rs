//! Sentences and paragraphs that lost the space between them.

use std::sync::LazyLock;

use regex::Regex;

use super::Edit;

/// "lie?Tusk", "over.”Tusk": the end of a sentence, and the start of the next. "disgraceTusk": a word, and the start of
/// a paragraph.
static GLUED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\p{Ll}{2,}|\d)[.!?…]+[”’»)]?(\p{Lu}\p{Ll}+|[“«„]\p{Lu})|(?:^|[\s“(])\p{Ll}{3,}(\p{Lu}\p{Ll}{2,})")
        .expect("a pattern that the tests compile")
});

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut behind = 0;
    for seam in seams(text) {
        if seam < behind {
            continue;
        }
        // No match goes over white space, but for the character in front of a word.
        let start = text[behind..seam].rfind(char::is_whitespace);
        let start = behind + start.unwrap_or(0);
        let end = text[seam..].find(char::is_whitespace);
        behind = end.map_or(text.len(), |at| seam + at);
        for found in GLUED.captures_iter(&text[start..behind]) {
            let (next, instead) = match (found.get(1), found.get(2)) {
                (Some(next), _) => (start + next.start(), " "),
                (_, Some(next)) => (start + next.start(), "\n"),
                _ => continue,
            };
            if !is_address(text, next) {
                edits.push(Edit::new(next..next, instead));
            }
        }
    }
    edits
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Where a capital or an opening mark stands directly behind a small letter or what may end a sentence.
fn seams(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let opens = |char: char| char.is_uppercase() || matches!(char, '“' | '«' | '„');
    let behind = bytes.get(1..).unwrap_or_default();
    let blocks = bytes.chunks(BLOCK).zip(behind.chunks(BLOCK)).enumerate();
    // Without a branch, the processor looks at many bytes together: most blocks have no such place.
    let blocks = blocks.filter(|(_, (before, behind))| {
        let pairs = before.iter().zip(*behind);
        pairs.fold(0, |any, (&before, &behind)| any | u8::from(is_seam(before, behind))) > 0
    });
    let places = blocks.flat_map(|(block, (_, behind))| {
        (0..behind.len()).map(move |at| block * BLOCK + at + 1)
    });
    places.filter(move |&at| is_seam(bytes[at - 1], bytes[at]) && text[at..].starts_with(opens))
}

/// Whether these may be the last byte of what ends and the first of what opens.
fn is_seam(before: u8, behind: u8) -> bool {
    let small = before.is_ascii_lowercase() | (before >= 0x80);
    let stop = (before == b'.') | (before == b'!') | (before == b'?') | (before == b')');
    (small | stop) & (behind.is_ascii_uppercase() | (behind >= 0xc0))
}

/// Whether a place is inside "www.Example.Com", a path or an account.
fn is_address(text: &str, at: usize) -> bool {
    let start = text[..at].rfind(char::is_whitespace).map_or(0, |it| it + 1);
    let end = text[at..]
        .find(char::is_whitespace)
        .map_or(text.len(), |it| at + it);
    let token = text.get(start..end).unwrap_or_default();
    token.contains(['/', '@', '_', '\\']) || token.to_ascii_lowercase().starts_with("www.")
}
