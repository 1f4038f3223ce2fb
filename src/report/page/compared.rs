//! Another corpus beside that of a page.

use serde::Serialize;

use super::super::Comparison;
use super::data::Ends;
use super::evidence::{around, cut};
use crate::decimal::Millionths;

/// Another corpus beside this one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compared {
    articles: u64,
    first: Option<String>,
    last: Option<String>,
    same_model: bool,
    same_catalogue: bool,

    rows: Vec<ComparedRow>,
    changes: Vec<Changed>,
}

/// In millionths, as all figures.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComparedRow {
    actor: String,
    name: String,
    articles: [u64; 2],
    totals: [u64; 2],
    stances: [Option<i64>; 2],
    difference: Option<i64>,
    ends: Ends,
    p: Option<i64>,
    p_holm: Option<i64>,
    detectable: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    actor: String,
    corpus: String,
    stances: [Option<i64>; 2],
    date: String,
    source: String,
    speaker: String,
    text: [String; 3],
}

impl Compared {
    pub fn of(comparison: &Comparison) -> Self {
        let plain = |it: Option<Millionths>| it.map(|it| it.0);
        let name = |id: &str| {
            let mut actors = comparison.actors.iter();
            let known = actors.find(|it| it.id == id);
            known.map_or_else(|| id.to_owned(), |it| it.name.clone())
        };
        let days = comparison.days[0];

        Self {
            articles: comparison.articles[0],
            first: days.map(|it| it.first.to_string()),
            last: days.map(|it| it.last.to_string()),
            same_model: comparison.before.model_sha256 == comparison.after.model_sha256,
            same_catalogue: comparison.before.catalogue_sha256 == comparison.after.catalogue_sha256,
            rows: comparison
                .differences
                .iter()
                .map(|row| ComparedRow {
                    actor: cut(&row.actor),
                    name: cut(&name(&row.actor)),
                    articles: [row.articles_before, row.articles_after],
                    totals: [row.total_before, row.total_after],
                    stances: [row.stance_before, row.stance_after].map(plain),
                    difference: plain(row.difference),
                    ends: row
                        .difference_low
                        .zip(row.difference_high)
                        .map(|(a, b)| (a.0, b.0)),
                    p: plain(row.p),
                    p_holm: plain(row.p_holm),
                    detectable: plain(row.detectable),
                })
                .collect(),
            changes: comparison
                .changes
                .iter()
                .map(|row| Changed {
                    actor: cut(&row.actor),
                    corpus: row.corpus.to_string(),
                    stances: [row.stance_before, row.stance_after].map(plain),
                    date: row.date.map(|it| it.to_string()).unwrap_or_default(),
                    source: cut(&row.source),
                    speaker: cut(&row.speaker),
                    text: around(&row.sentence, row.offset, &row.surface),
                })
                .collect(),
        }
    }
}
