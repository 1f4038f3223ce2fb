//! RSS and Atom, as far as they hold texts.

use feed_rs::model::Entry;

use super::{ArticleReader, Read};
use crate::corpus::RejectedKind;
use crate::corpus::field_names::Field;
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::rejected::{Fault, Place};

/// Reads the entries of a feed.
pub(super) struct FeedReader {
    outlet: String,
    entries: std::vec::IntoIter<Entry>,
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
        Ok(Self {
            outlet: feed.title.map(|title| title.content).unwrap_or_default(),
            entries: feed.entries.into_iter(),
            fields,
            record: 0,
        })
    }

    fn raw(&self, entry: Entry) -> RawArticle {
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
        if let Some(published) = entry.published.or(entry.updated) {
            raw.set(Field::Published, published.to_rfc3339());
        }
        raw.names = vec![
            "title".to_owned(),
            "content".to_owned(),
            "description".to_owned(),
        ];
        raw.kept = vec![String::new(); self.fields.map.kept().len()];
        raw
    }
}

impl ArticleReader for FeedReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        let entry = self.entries.next()?;
        self.record += 1;
        let place = Place::Record(self.record);
        Some((place, self.fields.article(place, self.raw(entry))))
    }
}
