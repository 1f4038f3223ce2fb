//! Factiva's export as lines, be they of HTML or RTF: laid out for reading, or with a code before each field.

use std::sync::LazyLock;

use regex::Regex;

use super::{is_date, set};
use crate::corpus::field_names::Field;
use crate::corpus::fields::RawArticle;

static DOCUMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*Document ([A-Za-z]{2,8}[A-Za-z0-9]{16,24})[ \t]*$")
        .expect("a pattern that the tests compile")
});
static WORDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\d.,]+ words$").expect("a pattern that the tests compile"));
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d{1,2}:\d{2}(?: GMT)?$").expect("a pattern that the tests compile")
});
static COPYRIGHT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:copyright\b|\(c\)|©|all rights reserved)")
        .expect("a pattern that the tests compile")
});

/// Codes of fields; those of the headline, paper, date, lead and further paragraphs are read.
const CODES: [&str; 31] = [
    "SE", "HD", "CR", "BY", "WC", "PD", "ET", "SN", "SC", "ED", "PG", "LA", "CY", "CX", "LP", "TD",
    "CT", "RF", "CO", "IN", "NS", "RE", "PUB", "AN", "IPD", "IPC", "VOL", "ART", "DE", "CLM",
    "RIC",
];

pub(super) fn is_export(text: &str) -> bool {
    DOCUMENT.is_match(text)
}

pub(super) fn articles(text: &str) -> Vec<RawArticle> {
    let mut articles = Vec::new();
    let mut start = 0;
    for document in DOCUMENT.captures_iter(text) {
        let Some(whole) = document.get(0) else {
            continue;
        };
        let lines: Vec<&str> = text[start..whole.start()]
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        start = whole.end();
        let mut raw = match lines.contains(&"HD") {
            true => coded(&lines),
            false => laid_out(&lines),
        };
        set(&mut raw, Field::Id, &document[1]);
        articles.push(raw);
    }
    articles
}

fn coded(lines: &[&str]) -> RawArticle {
    let mut raw = RawArticle::default();
    let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match texts.last_mut() {
            _ if CODES.contains(line) => texts.push((line, Vec::new())),
            Some((_, text)) => text.push(line),
            None => {}
        }
    }
    let of = |code: &str, between: &str| {
        let found = texts
            .iter()
            .filter(|(known, _)| *known == code)
            .flat_map(|(_, text)| text);
        found.copied().collect::<Vec<_>>().join(between)
    };
    set(&mut raw, Field::Title, &of("HD", " "));
    set(&mut raw, Field::Source, &of("SN", " "));
    set(&mut raw, Field::Published, &of("PD", " "));
    set(
        &mut raw,
        Field::Text,
        [of("LP", "\n\n"), of("TD", "\n\n")].join("\n\n").trim(),
    );
    raw
}

/// Headline, author, `341 words`, date, time, paper, code, language, copyright, paragraphs.
fn laid_out(lines: &[&str]) -> RawArticle {
    let mut raw = RawArticle::default();
    let Some(words) = lines.iter().position(|line| WORDS.is_match(line)) else {
        return raw;
    };
    // A section may stand before the headline, authors behind it.
    let before = lines[words.saturating_sub(4)..words].iter();
    if let Some(title) = before
        .filter(|line| !line.starts_with("By "))
        .rev()
        .max_by_key(|line| line.len())
    {
        set(&mut raw, Field::Title, title);
    }
    let mut at = words + 1;
    if let Some(date) = lines.get(at).filter(|line| is_date(line)) {
        set(&mut raw, Field::Published, date);
        at += 1;
    }
    if lines.get(at).is_some_and(|line| CLOCK.is_match(line)) {
        at += 1;
    }
    if let Some(paper) = lines.get(at) {
        set(&mut raw, Field::Source, paper);
        at += 1;
    }
    let rest = lines.get(at..).unwrap_or_default();
    let head = rest.iter().take(8);
    let last = head
        .clone()
        .rposition(|line| COPYRIGHT.is_match(line))
        .or_else(|| head.clone().rposition(|line| *line == "English"));
    let text = rest
        .get(last.map_or(0, |last| last + 1)..)
        .unwrap_or_default();
    set(&mut raw, Field::Text, &text.join("\n\n"));
    raw
}
