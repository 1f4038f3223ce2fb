//! Posts that a story has as they were embedded: "Sad! pic.x.com/abc — Ann Bow (@annbow) August 15, 2025".
//!
//! What stands before the dash is what the person behind it wrote, so it is read in quotation marks.

use std::sync::LazyLock;

use regex::Regex;

use super::Edit;

static POST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xm)^ [\t\x20]* (?<words> \S [^\n]*? ) (?<links> (?: [\t\x20]* (?: pic\.(?:twitter|x)\.com/\S+ | https://t\.co/\S+ ) )* ) [\t\x20]* (?: \n [\t\x20]* ){0,2} [—–-] [\t\x20]*
        (?<name> \p{Lu} [^\n()@]{1,60} ) (?<handle> [\t\x20] \( @\w{1,30} \) [^\n]{0,40} ) $",
    )
    .expect("a pattern that the tests compile")
});

pub(super) fn edits(text: &str) -> Vec<Edit> {
    if !text.contains("(@") {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for found in POST.captures_iter(text) {
        let (Some(words), Some(name), Some(handle)) = (
            found.name("words"),
            found.name("name"),
            found.name("handle"),
        ) else {
            continue;
        };
        // A picture alone says nothing.
        if words.as_str().starts_with("pic.") || words.as_str().starts_with("https://t.co/") {
            continue;
        }
        edits.push(Edit::new(words.start()..words.start(), "“"));
        edits.push(Edit::new(words.end()..name.start(), "” — "));
        edits.push(Edit::new(handle.range(), ""));
    }
    edits
}
