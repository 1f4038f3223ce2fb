//! Markdown marks and escapes that were left in a text.

use std::sync::LazyLock;

use memchr::{memchr, memchr2, memchr3, memmem};
use regex::{Captures, Regex};

use super::Edit;

static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\\(?:r\\n|n|r|t|u[0-9a-fA-F]{4}|["'/])"#)
        .expect("a pattern that the tests compile")
});

/// Links and pictures.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        !\[ [^\]\n]* \] \( [^()\s]+ (?: \s [^()\n]* )? \)
        | \[ (?<words> [^\[\]\n]+ ) \] \( (?: https?:// | / | \# | www\. | mailto: ) [^()\s]* (?: \s [^()\n]* )? \)",
    )
    .expect("a pattern that the tests compile")
});

/// What opens headings, quotations and lists.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[\t ]{0,3}(?:#{1,6}[\t ]+|>[\t ]+|[*+][\t ]+)")
        .expect("a pattern that the tests compile")
});

/// Words that are set off.
static EMPHASIS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \*\*\* (?<three> [^\s*] (?: [^*\n]* [^\s*] )? ) \*\*\*
        | \*\* (?<two> [^\s*] (?: [^*\n]* [^\s*] )? ) \*\*
        | \b__ (?<under> [^\s_] (?: [^_\n]* [^\s_] )? ) __\b
        | \* (?<one> [^\s*] (?: [^*\n]* [^\s*] )? ) \*
        | \b_ (?<low> [^\s_] (?: [^_\n]* [^\s_] )? ) _\b",
    )
    .expect("a pattern that the tests compile")
});

/// "\n" and its kind, written out by a program that escaped a text twice.
pub(super) fn escape_edits(text: &str) -> Vec<Edit> {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return Vec::new();
    }
    let found = ESCAPE.find_iter(text).filter_map(|escape| {
        let (before, after) = (&text[..escape.start()], &text[escape.end()..]);
        let instead = match escape.as_str().as_bytes() {
            [b'\\', mark @ (b'"' | b'\'' | b'/')] => char::from(*mark).to_string(),
            [b'\\', b'u', digits @ ..] => {
                let digits = std::str::from_utf8(digits).ok()?;
                char::from_u32(u32::from_str_radix(digits, 16).ok()?)?.to_string()
            }
            [b'\\', b't'] if breaks(before, after) => "\t".to_owned(),
            [b'\\', b'n' | b'r', ..] if breaks(before, after) => "\n".to_owned(),
            _ => return None,
        };
        Some(Edit::new(escape.range(), instead))
    });
    found.collect()
}

/// Whether a line may break between two texts: not inside "C:\new".
fn breaks(before: &str, after: &str) -> bool {
    let next = after.chars().next();
    let opens = next.is_none_or(|char| !char.is_lowercase());
    let closed = before
        .chars()
        .next_back()
        .is_none_or(|char| !char.is_alphanumeric() && char != ':' && char != '\\');
    opens || closed
}

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let bytes = text.as_bytes();
    if memchr(b']', bytes).is_some() && memmem::find(bytes, b"](").is_some() {
        for found in LINK.captures_iter(text) {
            link(text, &found, &mut edits);
        }
    }
    let links = edits.len();
    let mut add = |edit: Edit| {
        let overlaps =
            |link: &Edit| link.bytes.start < edit.bytes.end && edit.bytes.start < link.bytes.end;
        if !edits[..links].iter().any(overlaps) {
            edits.push(edit);
        }
    };
    let emphasized = memchr2(b'*', b'_', bytes).is_some();
    if memchr3(b'#', b'>', b'+', bytes).is_some() || emphasized {
        OPENING
            .find_iter(text)
            .for_each(|found| add(Edit::new(found.range(), "")));
    }
    if emphasized {
        for found in EMPHASIS.captures_iter(text) {
            emphasis(text, &found)
                .into_iter()
                .flatten()
                .for_each(&mut add);
        }
    }
    edits.sort_by_key(|edit| (edit.bytes.start, edit.bytes.end));
    // "* *one*": the mark of a list may be taken for one of emphasis.
    edits.dedup_by(|next, before| next.bytes.start < before.bytes.end);
    edits
}

/// Leaves the words of a link; a picture has none.
fn link(text: &str, found: &Captures, edits: &mut Vec<Edit>) {
    let Some(whole) = found.get(0).map(|it| it.range()) else {
        return;
    };
    let Some(words) = found.name("words") else {
        edits.push(Edit::new(whole, ""));
        return;
    };
    // A link that was set apart from its sentence goes on in lower case.
    let before = text[..whole.start].trim_end();
    let is_apart = text[before.len()..whole.start].matches('\n').count() > 1;
    let open = before.ends_with(|char: char| char.is_alphanumeric() || matches!(char, ',' | ';'));
    let goes_on = text[whole.end..]
        .trim_start_matches([' ', '\t'])
        .starts_with(char::is_lowercase);
    match is_apart && open && goes_on {
        true => edits.push(Edit::new(before.len()..words.start(), " ")),
        false => edits.push(Edit::new(whole.start..words.start(), "")),
    }
    edits.push(Edit::new(words.end()..whole.end, ""));
}

/// Leaves the words that marks set off; "snake_case" and "2*3*4" have none.
fn emphasis(text: &str, found: &Captures) -> Option<[Edit; 2]> {
    let whole = found.get(0)?.range();
    let words = ["three", "two", "under", "one", "low"]
        .iter()
        .find_map(|name| found.name(name))?;
    let joined = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let inside =
        joined(text[..whole.start].chars().next_back()) || joined(text[whole.end..].chars().next());
    if found.name("one").is_some() && inside {
        return None;
    }
    Some([
        Edit::new(whole.start..words.start(), ""),
        Edit::new(words.end()..whole.end, ""),
    ])
}
