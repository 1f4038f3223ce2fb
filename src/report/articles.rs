//! articles.csv: one row an article and actor that it mentions.

use std::path::Path;

use serde::Serialize;

use super::atomic::CsvFile;
use super::decimal::Decimal;
use super::mentions::published;
use crate::actors::Catalogue;
use crate::aggregate::ArticleSummary;
use crate::corpus::Article;
use crate::error::Result;

pub(super) const NAME: &str = "articles.csv";
const HEADER: &[&str] = &[
    "article_id",
    "source",
    "published",
    "title",
    "actor",
    "mentions",
    "sentences",
    "negative",
    "neutral",
    "positive",
    "stance",
];

#[derive(Serialize)]
struct Row<'a> {
    article_id: &'a str,
    source: &'a str,
    published: String,
    title: &'a str,
    actor: &'a str,
    mentions: u64,
    sentences: u64,
    negative: u64,
    neutral: u64,
    positive: u64,
    stance: Decimal,
}

/// Writes articles.csv.
pub struct ArticlesCsv(CsvFile);

impl ArticlesCsv {
    pub(super) fn create(directory: &Path) -> Result<Self> {
        CsvFile::create(directory, NAME, HEADER).map(Self)
    }

    /// Writes how an article portrays an actor.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] where the disk does not take it.
    pub fn write(
        &mut self,
        catalogue: &Catalogue,
        article: &Article,
        summary: &ArticleSummary,
    ) -> Result<()> {
        self.0.write(Row {
            article_id: &article.id,
            source: &article.source,
            published: published(article),
            title: &article.title,
            actor: &catalogue.actors()[summary.actor].id,
            mentions: summary.labels.total(),
            sentences: summary.sentences,
            negative: summary.labels.negative,
            neutral: summary.labels.neutral,
            positive: summary.labels.positive,
            stance: Decimal(summary.stance),
        })
    }

    pub(super) fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
