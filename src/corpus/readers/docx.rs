//! Word documents, by their paragraphs.

use std::io::{Cursor, Read as _};

use roxmltree::Node;
use zip::ZipArchive;

use super::archives::{ArchiveReader, kind_of};
use super::{ArticleReader, html, no_text, rtf};
use crate::corpus::RejectedKind;
use crate::corpus::field_names::Field;
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::open::{LONGEST_LINE, too_long};
use crate::corpus::rejected::Fault;

/// A reader of a document. Archives give RTF and HTML this name, too.
pub(super) fn reader(bytes: Vec<u8>, fields: Fields) -> Result<Box<dyn ArticleReader>, Fault> {
    if bytes.starts_with(b"{\\rtf") {
        return rtf::reader(&bytes, fields);
    }
    if bytes.trim_ascii_start().starts_with(b"<") {
        return html::reader(&bytes, fields);
    }
    articles(&paragraphs(bytes)?, fields)
}

/// The articles of a text that a word processor held: of an archive, or one.
pub(super) fn articles(text: &str, fields: Fields) -> Result<Box<dyn ArticleReader>, Fault> {
    if let Some(kind) = kind_of(text) {
        return Ok(Box::new(ArchiveReader::of_text(kind, text, fields)?));
    }
    if text.trim().is_empty() {
        return Err(no_text("the document is blank"));
    }
    let mut raw = RawArticle::default();
    raw.set(Field::Text, text);
    Ok(Box::new(super::html::One::new(raw, fields)))
}

/// The paragraphs of a document, each a line.
fn paragraphs(bytes: Vec<u8>) -> Result<String, Fault> {
    let broken = |what: String| {
        Fault::new(
            RejectedKind::Unreadable,
            format!("no Word document: {what}"),
        )
    };
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    let document = archive
        .by_name("word/document.xml")
        .map_err(|error| broken(error.to_string()))?;
    let mut xml = String::new();
    let limit = LONGEST_LINE as u64 + 1;
    document
        .take(limit)
        .read_to_string(&mut xml)
        .map_err(|error| broken(error.to_string()))?;
    if xml.len() > LONGEST_LINE {
        return Err(too_long("a document"));
    }
    let tree = roxmltree::Document::parse(&xml).map_err(|error| broken(error.to_string()))?;
    let mut text = String::new();
    for paragraph in tree
        .descendants()
        .filter(|node| node.tag_name().name() == "p")
    {
        for run in paragraph.descendants() {
            match run.tag_name().name() {
                "t" => text.push_str(run.text().unwrap_or_default()),
                "tab" if is_run(run) => text.push('\t'),
                "br" | "cr" => text.push('\n'),
                _ => {}
            }
        }
        text.push('\n');
    }
    Ok(text)
}

/// Whether a tab is text, and no stop of a style.
fn is_run(node: Node) -> bool {
    node.parent()
        .is_some_and(|parent| parent.tag_name().name() == "r")
}
