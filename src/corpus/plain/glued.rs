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
    let found = GLUED.captures_iter(text).filter_map(|found| {
        let (next, instead) = match (found.get(1), found.get(2)) {
            (Some(next), _) => (next, " "),
            (_, Some(next)) => (next, "\n"),
            _ => return None,
        };
        (!is_address(text, next.start())).then(|| Edit::new(next.start()..next.start(), instead))
    });
    found.collect()
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
