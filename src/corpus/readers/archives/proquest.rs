//! ProQuest's text export: documents between lines of underscores, each with labelled fields.

use std::sync::LazyLock;

use regex::Regex;

use super::set;
use crate::corpus::field_names::Field;
use crate::corpus::fields::RawArticle;

static RULE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^_{20,}[ \t]*$").expect("a pattern that the tests compile"));

/// Labels that may stand behind a full text; others are words of it.
const LABELS: [&str; 47] = [
    "Title",
    "Full text",
    "Abstract",
    "Subject",
    "Location",
    "People",
    "Company / organization",
    "Identifier / keyword",
    "Classification",
    "URL",
    "Document URL",
    "Links",
    "Publication title",
    "Publication date",
    "Publication year",
    "Publication info",
    "Publication subject",
    "Publisher",
    "Place of publication",
    "Country of publication",
    "ISSN",
    "eISSN",
    "Source type",
    "Language of publication",
    "Document type",
    "Document feature",
    "ProQuest document ID",
    "Last updated",
    "Database",
    "Copyright",
    "Credit",
    "Caption",
    "Author",
    "Authors",
    "Section",
    "Pages",
    "First page",
    "Start page",
    "End page",
    "Volume",
    "Issue",
    "Column",
    "Dateline",
    "Number of pages",
    "Accession number",
    "Illustrations",
    "Word count",
];

pub(super) fn is_export(text: &str) -> bool {
    RULE.is_match(text) && (text.contains("\nFull text:") || text.contains("\nPublication title:"))
}

pub(super) fn articles(text: &str) -> Vec<RawArticle> {
    let documents = RULE.split(text);
    documents
        .filter(|document| {
            document.contains("\nPublication title:") || document.contains("\nFull text:")
        })
        .map(article)
        .collect()
}

fn article(document: &str) -> RawArticle {
    let mut raw = RawArticle::default();
    // "Document 1 of 2" is no headline.
    let is_count = |line: &str| line.starts_with("Document ") && line.contains(" of ");
    let first = document
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !is_count(line));
    let mut values: Vec<(&str, String)> = Vec::new();
    for line in document.lines() {
        let labelled = line
            .split_once(':')
            .filter(|(label, _)| LABELS.contains(&label.trim()));
        match (labelled, values.last_mut()) {
            (Some((label, value)), _) => values.push((label.trim(), value.trim().to_owned())),
            (None, Some((_, value))) => {
                value.push('\n');
                value.push_str(line.trim_end());
            }
            (None, None) => {}
        }
    }
    let value = |label: &str| {
        values
            .iter()
            .find(|(name, _)| *name == label)
            .map_or("", |(_, value)| value.as_str())
    };
    let title = match value("Title") {
        "" => first.unwrap_or_default(),
        title => title,
    };
    set(&mut raw, Field::Title, &title.replace('\n', " "));
    set(&mut raw, Field::Text, value("Full text"));
    // "The Times; London (UK)" is the paper and its place.
    set(
        &mut raw,
        Field::Source,
        value("Publication title")
            .split(';')
            .next()
            .unwrap_or_default(),
    );
    set(&mut raw, Field::Published, value("Publication date"));
    set(&mut raw, Field::Id, value("ProQuest document ID"));
    set(&mut raw, Field::Url, value("Document URL"));
    raw
}
