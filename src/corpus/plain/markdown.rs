//! Markdown marks and escapes that were left in a text.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Edit;

static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\\(?:r\\n|n|r|t|u[0-9a-fA-F]{4}|["'/])"#)
        .expect("a pattern that the tests compile")
});

/// Links, pictures, emphasis, and what opens headings, quotations and lists.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xm)
        !\[ [^\]\n]* \] \( [^()\s]+ (?: \s [^()\n]* )? \)
        | (?<before> [\p{L}\p{N},;] \s*\n\s*\n )? \[ (?<link> [^\[\]\n]+ ) \] \( (?: https?:// | / | \# | www\. | mailto: ) [^()\s]* (?: \s [^()\n]* )? \) (?<after> [\t\x20] \p{Ll} )?
        | ^ [\t\x20]{0,3} (?: \#{1,6} [\t\x20]+ | > [\t\x20]+ | [*+] [\t\x20]+ )
        | \*\*\* (?<three> [^\s*] (?: [^*\n]* [^\s*] )? ) \*\*\*
        | \*\* (?<two> [^\s*] (?: [^*\n]* [^\s*] )? ) \*\*
        | \b__ (?<under> [^\s_] (?: [^_\n]* [^\s_] )? ) __\b
        | \* (?<one> [^\s*] (?: [^*\n]* [^\s*] )? ) \*
        | \b_ (?<low> [^\s_] (?: [^_\n]* [^\s_] )? ) _\b",
    )
    .expect("a pattern that the tests compile")
});

/// "\n" and its kind, written out by a program that escaped a text twice.
pub(super) fn escape_edits(text: &str) -> Vec<Edit> {
    if !text.contains('\\') {
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
    if !text.contains(['*', '_', '[', '#', '>', '+']) {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for found in MARK.captures_iter(text) {
        around(text, &found, &mut edits);
    }
    edits
}

/// Takes away what stands around the words of a mark.
fn around(text: &str, found: &Captures, edits: &mut Vec<Edit>) {
    let Some(whole) = found.get(0).map(|it| it.range()) else {
        return;
    };
    let words = ["link", "three", "two", "under", "one", "low"];
    let Some(words) = words.iter().find_map(|name| found.name(name)) else {
        edits.push(Edit::new(whole, ""));
        return;
    };
    // "snake_case" and "2*3*4" have no marks.
    let joined = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let star = found.name("one").is_some();
    if star
        && (joined(text[..whole.start].chars().next_back())
            || joined(text[whole.end..].chars().next()))
    {
        return;
    }
    let (mut start, mut end, mut instead) = (whole.start, whole.end, "");
    if let Some(before) = found.name("before") {
        // A link that was set apart from its sentence.
        let open = before.as_str().chars().next().map_or(0, char::len_utf8);
        start = before.start() + open;
        let space = found.name("after").is_some() && before.as_str().len() > open;
        instead = if space {
            " "
        } else {
            &text[start..before.end()]
        };
    }
    if let Some(after) = found.name("after") {
        end = after.start();
    }
    edits.push(Edit::new(start..words.start(), instead));
    edits.push(Edit::new(words.end()..end, ""));
}
