//! HTML that was left in a text: tags and entities.

use std::sync::LazyLock;

use memchr::memchr;
use regex::Regex;

use super::Edit;

/// Elements that end a line.
const BLOCKS: &str = "address|article|aside|blockquote|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|td|th|thead|tr|ul";
const INLINE: &str = "a|abbr|acronym|b|bdi|bdo|big|br|button|center|cite|code|del|dfn|em|font|i|iframe|img|ins|kbd|label|mark|picture|q|s|samp|small|source|span|strike|strong|sub|sup|svg|time|tt|u|var|video|wbr|body|html|head";

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = format!(
        r#"(?is)<!--.*?-->|<(?:script|style|noscript|template|head|title|figcaption)\b[^>]*>.*?</(?:script|style|noscript|template|head|title|figcaption)\s*>|<!doctype[^>]*>|</?(?:({BLOCKS})|(br)|(?:{INLINE}))(?:\s+[^<>]*|/)?>"#
    );
    Regex::new(&pattern).expect("a pattern that the tests compile")
});

static ENTITY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
        .expect("a pattern that the tests compile")
});

pub(super) fn tag_edits(text: &str) -> Vec<Edit> {
    if memchr(b'<', text.as_bytes()).is_none() {
        return Vec::new();
    }
    let found = TAG.captures_iter(text).filter_map(|tag| {
        let bytes = tag.get(0)?.range();
        let instead = match (tag.get(1), tag.get(2)) {
            (Some(_), _) => paragraph_break(text, bytes.start),
            (_, Some(_)) => "\n",
            _ => "",
        };
        Some(Edit::new(bytes, instead))
    });
    let mut edits = merged(found);
    // A text does not end in a break.
    if let Some(last) = edits
        .last_mut()
        .filter(|it| text[it.bytes.end..].trim().is_empty())
    {
        last.instead.clear();
    }
    edits
}

/// A blank line, but none where the text starts.
fn paragraph_break(text: &str, at: usize) -> &'static str {
    match text[..at].trim().is_empty() {
        true => "",
        false => "\n\n",
    }
}

/// Tags beside each other as one, which breaks the line once.
fn merged(found: impl Iterator<Item = Edit>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for edit in found {
        match edits.last_mut() {
            Some(before) if before.bytes.end == edit.bytes.start => {
                before.bytes.end = edit.bytes.end;
                if edit.instead.len() > before.instead.len() {
                    before.instead = edit.instead;
                }
            }
            _ => edits.push(edit),
        }
    }
    edits
}

pub(super) fn entity_edits(text: &str) -> Vec<Edit> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Vec::new();
    }
    let found = ENTITY.find_iter(text).filter_map(|entity| {
        let read = htmlize::unescape(entity.as_str());
        (read != entity.as_str()).then(|| Edit::new(entity.range(), read))
    });
    found.collect()
}
