//! RSS and Atom, as far as they hold texts.

use std::iter::repeat;
use std::sync::LazyLock;

use feed_rs::model::Entry;
use regex::Regex;

use super::{ArticleReader, Read};
use crate::corpus::RejectedKind;
use crate::corpus::field_names::Field;
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::rejected::{Fault, Place};

static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<(?:item|entry)[\s>].*?</(?:item|entry)>")
        .expect("a pattern that the tests compile")
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<(?:pubDate|published|dc:date)[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]+)")
        .expect("a pattern that the tests compile")
});

/// Reads the entries of a feed.
pub(super) struct FeedReader {
    outlet: String,
    entries: std::vec::IntoIter<(Entry, Option<String>)>,
    fields: Fields,
    record: u64,
}

impl FeedReader {
    /// # Errors
    ///
    /// Where it is no feed.
    pub fn new(xml: &str, fields: Fields) -> Result<Self, Fault> {
        let feed = feed_rs::parser::parse(xml.as_bytes()).map_err(|error| {
            Fault::new(RejectedKind::Syntax, format!("no RSS or Atom: {error}"))
        })?;
        let dates = dates(xml);
        let known = dates.len() == feed.entries.len();
        let dates = dates
            .into_iter()
            .map(|date| date.filter(|_| known))
            .chain(repeat(None));
        let entries: Vec<_> = feed.entries.into_iter().zip(dates).collect();
        Ok(Self {
            outlet: feed.title.map(|title| title.content).unwrap_or_default(),
            entries: entries.into_iter(),
            fields,
            record: 0,
        })
    }

    fn raw(&self, entry: Entry, date: Option<String>) -> RawArticle {
        let mut raw = RawArticle::default();
        let content = entry.content.and_then(|content| content.body);
        let text = content.or(entry.summary.map(|summary| summary.content));
        raw.set(Field::Text, text.unwrap_or_default());
        raw.set(
            Field::Title,
            entry.title.map(|title| title.content).unwrap_or_default(),
        );

        raw.set(Field::Source, self.outlet.clone());
        // Where a feed gives no id, the crate makes one up: the address tells more.
        match entry.links.into_iter().next() {
            Some(link) => raw.set(Field::Url, link.href),
            None => raw.set(Field::Id, entry.id),
        }
        let utc = || Some(entry.published.or(entry.updated)?.to_rfc3339());
        if let Some(published) = date.or_else(utc) {
            raw.set(Field::Published, published);
        }
        raw.names = vec![
            "title".to_owned(),
            "content".to_owned(),
            "description".to_owned(),
        ];
        raw
    }
}

/// The dates of the entries as they are written: the crate for feeds has them in UTC, on another day perhaps.
fn dates(xml: &str) -> Vec<Option<String>> {
    let entries = ENTRY.find_iter(xml);
    entries
        .map(|entry| {
            DATE.captures(entry.as_str())
                .map(|found| found[1].trim().to_owned())
        })
        .collect()
}

impl ArticleReader for FeedReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        let (entry, date) = self.entries.next()?;
        self.record += 1;
        let place = Place::Record(self.record);
        Some((place, self.fields.article(place, self.raw(entry, date))))
    }
}
