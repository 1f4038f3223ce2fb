//! Texts that were cut into tokens, as corpora for parsers are: "Feb . 13 , Merz met Tusk . `` Europe is weak , '' he said ."

use std::sync::LazyLock;

use memchr::{memchr2_iter, memmem};
use regex::Regex;

use super::Edit;

/// A mark with the blank before it, and the pieces of words and brackets of the Penn Treebank.
static PIECE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?: ``|-LRB-|-LSB-|[(\[“] ) [\t\x20]+
        | [\t\x20]+ (?: ''|-RRB-|-RSB-|[)\]”] )
        | [\t\x20]+ (?: [.,;:!?%] | (?-u: n't\b | '(?:s|re|ve|ll|d|m)\b ) )",
    )
    .expect("a pattern that the tests compile")
});

/// Marks that stand apart, from which on a text is known to be cut.
const FEWEST_APART: usize = 3;

pub(super) fn edits(text: &str) -> Vec<Edit> {
    if !is_cut(text) {
        return Vec::new();
    }
    let found = PIECE.find_iter(text).map(|found| {
        let piece = found.as_str().trim();
        let mark = match piece {
            "``" => "“",
            "''" => "”",
            "-LRB-" => "(",
            "-RRB-" => ")",
            "-LSB-" => "[",
            "-RSB-" => "]",
            "(" | "[" | "“" | ")" | "]" | "”" => piece,
            // What is joined to the word before stays as it is.
            _ => return Edit::new(found.start()..found.end() - piece.len(), ""),
        };
        Edit::new(found.range(), mark)
    });
    found.collect()
}

/// Whether nearly all stops and commas have a blank before them.
fn is_cut(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Most texts have hardly any.
    let blanks = [" .", " ,", "\t"].iter();
    let some = blanks.flat_map(|blank| memmem::find_iter(bytes, *blank));
    if some.take(FEWEST_APART).count() < FEWEST_APART {
        return false;
    }
    let (mut apart, mut joined) = (0, 0);
    for at in memchr2_iter(b'.', b',', bytes).filter(|&at| at > 0) {
        let ends = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        match bytes[at - 1] {
            _ if !ends => {}
            b' ' | b'\t' => apart += 1,
            _ => joined += 1,
        }
    }
    apart >= FEWEST_APART && joined * 5 <= apart
}
