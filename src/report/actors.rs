//! actors.csv: one row an actor of the catalogue, mentioned or not.

use std::path::Path;

use serde::Serialize;

use super::atomic::CsvFile;
use super::decimal::Decimal;
use crate::actors::Actor;
use crate::aggregate::ActorSummary;
use crate::error::Result;

pub(super) const NAME: &str = "actors.csv";
const HEADER: &[&str] = &[
    "actor",
    "name",
    "articles",
    "sentences",
    "mentions",
    "share_of_voice",
    "negative",
    "neutral",
    "positive",
    "net",
    "stance",
    "ci_low",
    "ci_high",
];

/// Means of nothing are empty fields.
#[derive(Serialize)]
struct Row<'a> {
    actor: &'a str,
    name: &'a str,
    articles: u64,
    sentences: u64,
    mentions: u64,
    share_of_voice: Decimal,
    negative: u64,
    neutral: u64,
    positive: u64,
    net: Option<Decimal>,
    stance: Option<Decimal>,
    ci_low: Option<Decimal>,
    ci_high: Option<Decimal>,
}

/// Writes actors.csv.
pub struct ActorsCsv(CsvFile);

impl ActorsCsv {
    pub(super) fn create(directory: &Path) -> Result<Self> {
        CsvFile::create(directory, NAME, HEADER).map(Self)
    }

    /// Writes how the corpus portrays an actor.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] where the disk does not take it.
    pub fn write(&mut self, actor: &Actor, summary: &ActorSummary) -> Result<()> {
        self.0.write(Row {
            actor: &actor.id,
            name: &actor.name,
            articles: summary.articles,
            sentences: summary.sentences,
            mentions: summary.labels.total(),
            share_of_voice: Decimal(summary.share_of_voice),
            negative: summary.labels.negative,
            neutral: summary.labels.neutral,
            positive: summary.labels.positive,
            net: summary.labels.net().map(Decimal),
            stance: summary.stance.map(Decimal),
            ci_low: summary.interval.map(|(low, _)| Decimal(low)),
            ci_high: summary.interval.map(|(_, high)| Decimal(high)),
        })
    }

    pub(super) fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
