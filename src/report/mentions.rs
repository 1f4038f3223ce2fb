//! mentions.csv: one row a mention, in the order of the corpus.

use std::path::Path;

use serde::Serialize;

use super::atomic::CsvFile;
use super::decimal::Decimal;
use crate::actors::{Catalogue, Mention, Speaker};
use crate::corpus::Article;
use crate::error::Result;
use crate::model::StanceScore;
use crate::text::Sentence;

pub(super) const NAME: &str = "mentions.csv";
const HEADER: &[&str] = &[
    "article_id",
    "source",
    "published",
    "sentence_index",
    "start",
    "end",
    "actor",
    "surface",
    "kind",
    "speaker",
    "p_negative",
    "p_neutral",
    "p_positive",
    "stance",
    "label",
    "tone",
    "sentence",
];

/// What a row is made of.
#[derive(Debug, Clone, Copy)]
pub struct MentionRow<'a> {
    /// The article.
    pub article: &'a Article,
    /// Its sentence that holds the mention.
    pub sentence: &'a Sentence,
    /// The mention.
    pub mention: &'a Mention,
    /// Its stance.
    pub score: &'a StanceScore,
    /// The tone of the sentence, where the model was asked.
    pub tone: Option<&'a StanceScore>,
}

#[derive(Serialize)]
struct Row<'a> {
    article_id: &'a str,
    source: &'a str,
    published: String,
    sentence_index: usize,
    start: usize,
    end: usize,
    actor: &'a str,
    surface: &'a str,
    kind: String,
    speaker: &'a str,
    p_negative: Decimal,
    p_neutral: Decimal,
    p_positive: Decimal,
    stance: Decimal,
    label: &'a str,
    tone: Option<Decimal>,
    sentence: &'a str,
}

/// Writes mentions.csv.
pub struct MentionsCsv(CsvFile);

impl MentionsCsv {
    pub(super) fn create(directory: &Path) -> Result<Self> {
        CsvFile::create(directory, NAME, HEADER).map(Self)
    }

    /// Writes a mention.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] where the disk does not take it.
    pub fn write(&mut self, catalogue: &Catalogue, row: MentionRow) -> Result<()> {
        let MentionRow {
            article,
            sentence,
            mention,
            score,
            tone,
        } = row;
        let [p_negative, p_neutral, p_positive] = score
            .probabilities
            .map(|probability| Decimal(f64::from(probability)));
        self.0.write(Row {
            article_id: &article.id,
            source: &article.source,
            published: published(article),
            sentence_index: mention.sentence,
            start: mention.chars.start,
            end: mention.chars.end,
            actor: &catalogue.actors()[mention.actor].id,
            surface: &article.text[mention.bytes.clone()],
            kind: mention.kind.to_string(),
            speaker: speaker_name(&mention.speaker, catalogue),
            p_negative,
            p_neutral,
            p_positive,
            stance: Decimal(score.stance()),
            label: score.label().name(),
            tone: tone.map(|tone| Decimal(tone.stance())),
            sentence: &article.text[sentence.bytes.clone()],
        })
    }

    pub(super) fn finish(self) -> Result<()> {
        self.0.finish()
    }
}

/// The publication date as reports show it; empty where there is none.
pub(super) fn published(article: &Article) -> String {
    article
        .published
        .map(|date| date.to_string())
        .unwrap_or_default()
}

fn speaker_name<'a>(speaker: &'a Speaker, catalogue: &'a Catalogue) -> &'a str {
    match speaker {
        Speaker::Author => "author",
        Speaker::Actor(actor) => &catalogue.actors()[*actor].id,
        Speaker::Other(name) => name,
    }
}
