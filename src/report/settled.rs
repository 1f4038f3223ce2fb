//! Facts of a part of a corpus, when all of it is known.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::RecordBatch;

use super::batches::FactBatches;
use super::facts::{Scored, ScoredTables, each_fact};
use super::{DocumentRow, FactTables, MentionRow, RejectedRow};
use crate::corpus::{Place, Plan, Planned, Rejected, Survey};
use crate::error::{Error, ErrorKind, Result};

/// What becomes of an article's mentions.
#[derive(PartialEq, Eq)]
enum Fate {
    /// They stay.
    AsIs,
    /// Their article has another id.
    Named(String),
    /// They go with their article.
    Out,
}

/// Settles the facts of a part of a corpus by its plan: numbers, ids of articles that have none, copies, and articles whose id is that of one
/// before. `name` is the corpus's. The facts are those of [`Corpus::of_part`](crate::corpus::Corpus::of_part), or some of their rows:
/// documents with their mentions.
///
/// # Errors
///
/// [`ErrorKind::Input`] if the plan is that of another part, [`ErrorKind::Facts`] if the facts do not fit each other.
pub fn settle(facts: &ScoredTables, plan: &RecordBatch, name: &str) -> Result<FactTables> {
    let plan = Plan::of(name, plan)?;
    let scored = Scored::of_tables(Arc::new(facts.clone()));
    let mut settled = FactBatches::new(&facts.manifest.kept)?;
    let mut duplicates = Vec::new();
    // Of each article in order, with its number of mentions.
    let mut fates: Vec<(u64, Fate)> = Vec::new();
    each_fact::<DocumentRow>(&scored, |mut row, kept| {
        let record = row.number;
        let own = plan.id(&row.article_id, record)?;
        let Planned { number, copy_of } = plan.article(record)?;
        let Some(number) = number else {
            let place = Place::Record(plan.record(record)?);
            let id = own.as_deref().unwrap_or(&row.article_id);
            duplicates.push((record, Rejected::duplicate(name, place, id)));
            fates.push((row.mentions, Fate::Out));
            return Ok(());
        };
        fates.push((row.mentions, own.clone().map_or(Fate::AsIs, Fate::Named)));
        row.number = number;
        row.copy_of = copy_of.unwrap_or_default().into();
        if let Some(own) = own {
            row.article_id = own.into();
        }
        settled.add_document(&row, kept)
    })?;
    let stay = fates.iter().all(|(_, fate)| *fate == Fate::AsIs);
    if !stay {
        settle_mentions(&scored, &fates, &mut settled)?;
    }
    settle_rejected(&scored, &plan, name, &duplicates, &mut settled)?;
    let mut tables = settled.take()?;
    if stay {
        tables.mentions = facts.facts.mentions.clone();
    }
    Ok(tables)
}

fn settle_mentions(
    scored: &Scored,
    fates: &[(u64, Fate)],
    settled: &mut FactBatches,
) -> Result<()> {
    let repeated = |(mentions, fate)| std::iter::repeat_n(fate, mentions as usize);
    let mut fates = fates
        .iter()
        .map(|(mentions, fate)| (*mentions, fate))
        .flat_map(repeated);
    each_fact::<MentionRow>(scored, |mut row, _| {
        match fates.next() {
            Some(Fate::AsIs) => {}
            Some(Fate::Named(id)) => row.article_id = id.into(),
            Some(Fate::Out) => return Ok(()),
            None => {
                let problem = format!("the article {:?} is no document", row.article_id);
                return Err(Error::new(ErrorKind::Facts, "mentions", problem, ""));
            }
        }
        settled.add_mention(&row)
    })
}

fn settle_rejected(
    scored: &Scored,
    plan: &Plan,
    name: &str,
    duplicates: &[(u64, Rejected)],
    settled: &mut FactBatches,
) -> Result<()> {
    let out: HashSet<u64> = duplicates.iter().map(|(record, _)| *record).collect();
    let mut rows: Vec<(u64, RejectedRow)> = duplicates
        .iter()
        .map(|(record, rejected)| (*record, RejectedRow::from(rejected)))
        .collect();
    each_fact::<RejectedRow>(scored, |mut row, _| {
        if row.input == Survey::NAME {
            row.input = name.to_owned().into();
        }
        let record = row.place.strip_prefix("record ");
        let record = record.and_then(|it| it.parse().ok()).unwrap_or(0);
        if record > 0 {
            row.place = Place::Record(plan.record(record)?).to_string().into();
        }
        // Of an article that is out, nothing else is told.
        if !out.contains(&record) {
            rows.push((record, row));
        }
        Ok(())
    })?;
    rows.sort_by_key(|(record, _)| *record);
    rows.iter()
        .try_for_each(|(_, row)| settled.add_rejected(row))
}
