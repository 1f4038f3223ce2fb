//! Nexis: the older text export (`1 of 10 DOCUMENTS`), and that of Nexis Uni (`End of Document`), which DOCX and RTF have, too.

use std::sync::LazyLock;

use regex::Regex;

use super::{is_date, set};
use crate::corpus::field_names::Field;
use crate::corpus::fields::RawArticle;

static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*\d+ of \d+ DOCUMENTS?[ \t]*$")
        .expect("a pattern that the tests compile")
});

static END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*End of Document[ \t]*$").expect("a pattern that the tests compile")
});

/// Labels before the body of an article, and behind it.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(BYLINE|SECTION|LENGTH|DATELINE|HIGHLIGHT|HEADLINE|SERIES|TYPE|NOTE)|(LOAD-DATE|LANGUAGE|PUBLICATION-TYPE|DOCUMENT-TYPE|PUB-TYPE|SUBJECT|GRAPHIC|ORGANIZATION|COMPANY|TICKER|INDUSTRY|GEOGRAPHIC|PERSON|COUNTRY|STATE|CITY|CORRECTION-DATE|CORRECTION|JOURNAL-CODE|ACC-NO|DISTRIBUTION|CATEGORY|ISSN|URL|COPYRIGHT|NOTES|TABULAR-OR-GRAPHIC))\s*:")
        .expect("a pattern that the tests compile")
});

pub(super) fn is_classic(text: &str) -> bool {
    COUNT.is_match(text)
}

pub(super) fn is_uni(text: &str) -> bool {
    END.is_match(text)
        || text.lines().any(|line| line.trim() == "Body") && text.contains("\nLength:")
}

/// The articles of the older export.
pub(super) fn classic(text: &str) -> Vec<RawArticle> {
    let starts: Vec<_> = COUNT.find_iter(text).map(|it| it.range()).collect();
    let ends = starts
        .iter()
        .skip(1)
        .map(|next| next.start)
        .chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| classic_article(&text[start.end..end]))
        .collect()
}

/// Lines between blank lines.
fn blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks = vec![Vec::new()];
    for line in text.lines() {
        match (line.trim().is_empty(), blocks.last_mut()) {
            (false, Some(block)) => block.push(line),
            (true, Some(block)) if !block.is_empty() => blocks.push(Vec::new()),
            _ => {}
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

fn is_centred(line: &str) -> bool {
    line.starts_with("      ") || line.starts_with('\t')
}

fn joined(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
}

fn classic_article(text: &str) -> RawArticle {
    let mut raw = RawArticle::default();
    let blocks = blocks(text);
    let is_copyright = |block: &[&str]| {
        block[0].trim().starts_with("Copyright") || block[0].trim().starts_with('©')
    };
    let dated = blocks
        .iter()
        .take(8)
        .position(|block| block.iter().any(|line| is_date(line)));
    if let Some(line) = dated.and_then(|at| blocks[at].iter().find(|line| is_date(line))) {
        set(&mut raw, Field::Published, line);
    }
    let outlet = blocks[..dated.unwrap_or_default()]
        .iter()
        .find(|block| !is_copyright(block));
    if let Some(outlet) = outlet {
        set(&mut raw, Field::Source, outlet[0]);
    }
    let mut body: Vec<String> = Vec::new();
    let mut title = String::new();
    for block in &blocks[dated.map_or(0, |at| at + 1)..] {
        let label = LABEL.captures(block[0]);
        let behind = label.as_ref().is_some_and(|label| label.get(2).is_some());
        if behind && !body.is_empty() || is_copyright(block) && is_centred(block[0]) {
            break;
        }
        if let Some(label) = label {
            if &label[0] == "HEADLINE:" {
                title = joined(block)
                    .trim_start_matches("HEADLINE:")
                    .trim()
                    .to_owned();
            }
        } else if title.is_empty() && body.is_empty() {
            // An edition is centred, a headline is not.
            if !is_centred(block[0]) {
                title = joined(block);
            }
        } else {
            body.push(block.join("\n"));
        }
    }
    set(&mut raw, Field::Title, &title);
    set(&mut raw, Field::Text, &body.join("\n\n"));
    raw
}

/// The articles of Nexis Uni.
pub(super) fn uni(text: &str) -> Vec<RawArticle> {
    let mut articles = Vec::new();
    for document in END.split(text) {
        let lines: Vec<&str> = document.lines().map(str::trim).collect();
        let Some(body) = lines.iter().position(|line| *line == "Body") else {
            continue;
        };
        articles.push(uni_article(&lines, body));
    }
    articles
}

fn uni_article(lines: &[&str], body: usize) -> RawArticle {
    let mut raw = RawArticle::default();
    // A cover page may stand before the first article.
    let dated = (0..body)
        .rev()
        .find(|&at| is_date(lines[at]) && !lines[at].starts_with("Load"));
    if let Some(dated) = dated {
        set(&mut raw, Field::Published, lines[dated]);
        let mut before = lines[..dated].iter().rev().filter(|line| !line.is_empty());
        if let Some(outlet) = before.next() {
            set(&mut raw, Field::Source, outlet);
        }
        if let Some(title) = before.next() {
            set(&mut raw, Field::Title, title);
        }
    }
    let is_behind = |line: &&&str| {
        matches!(
            **line,
            "Classification" | "Notes" | "Graphic" | "Correction"
        ) || line.starts_with("Load-Date:")
    };
    let text: Vec<&str> = lines[body + 1..]
        .iter()
        .take_while(|line| !is_behind(line))
        .copied()
        .collect();
    set(&mut raw, Field::Text, &text.join("\n"));
    raw
}
