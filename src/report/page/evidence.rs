//! The sentences behind the figures of a page.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::super::facts::{Facts, Scored};
use super::super::{MentionRow, at_mention};
use super::overview::{Corpus, Finder, Place};
use crate::actors::Voice;
use crate::error::Result;

/// Sentences of each kind that are kept of an actor, and of an actor in one outlet or period, or of one holder.
const OF_ACTOR: usize = 24;
const OF_GROUP: usize = 4;
/// Characters of a sentence that are shown before its mention, and behind it.
const MOST_BEFORE: usize = 400;
const MOST_BEHIND: usize = 600;
/// Characters of titles, names and addresses.
const MOST_NAME: usize = 200;
const MOST_ADDRESS: usize = 2000;

/// A mention with its sentence.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sentence {
    /// Places of actor, outlet and period; the period is -1 without a date.
    pub actor: usize,
    pub outlet: usize,
    pub period: i64,
    /// 0 for the author's words, 1 for quoted ones.
    pub voice: usize,
    pub speaker: String,
    pub holder: String,
    /// In millionths.
    pub stance: i64,
    /// Probability of the label, in millionths.
    pub certainty: i64,
    pub date: String,
    pub source: String,
    pub title: String,
    /// Empty unless it is one of the web's.
    pub url: String,
    /// Before the mention, the mention, behind it.
    pub text: [String; 3],
}

/// What a sentence is an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Extreme {
    Negative,
    Positive,
    Uncertain,
}

/// Where a sentence is an example.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stratum {
    Actor,
    Outlet(usize),
    Period(usize),
    Holder(String),
}

type Shelf = (usize, usize, Extreme, Stratum);

/// The most extreme mentions of each shelf.
#[derive(Default)]
struct Shelves {
    /// For each, the ranks by extremity and order, with the place of the sentence.
    shelves: BTreeMap<Shelf, Vec<(i64, u64)>>,
    kept: HashMap<u64, Sentence>,
}

/// Reads the examples of a folder: the most extreme first, whatever they are examples of. `actors` and `holders` are those of the
/// page.
pub(super) fn read(
    scored: &Scored,
    corpus: &Corpus,
    actors: &HashMap<String, usize>,
    holders: &HashSet<String>,
) -> Result<Vec<Sentence>> {
    let mut facts = Facts::open(scored)?;
    let finder = Finder::new(corpus);
    let mut shelves = Shelves::default();
    let mut order = 0;
    while let Some(article) = facts.next()? {
        let place = finder.place(&article.document.source, article.document.date);
        for mention in &article.mentions {
            order += 1;
            if let Some(&actor) = actors.get(&*mention.actor) {
                shelves.offer(order, actor, place, mention, holders);
            }
        }
    }
    Ok(shelves.into_sentences())
}

impl Shelves {
    fn offer(
        &mut self,
        order: u64,
        actor: usize,
        place: Place,
        mention: &MentionRow,
        holders: &HashSet<String>,
    ) {
        let voice = usize::from(mention.voice != Voice::Author);
        let certainty = certainty(mention);
        let ranks = [
            (Extreme::Negative, mention.stance.0),
            (Extreme::Positive, -mention.stance.0),
            (Extreme::Uncertain, certainty),
        ];
        let (outlet, period) = place;
        let mut strata = vec![
            (Stratum::Actor, OF_ACTOR),
            (Stratum::Outlet(outlet), OF_GROUP),
        ];
        strata.extend(period.map(|period| (Stratum::Period(period), OF_GROUP)));
        if holders.contains(&*mention.holder) {
            strata.push((Stratum::Holder(mention.holder.to_string()), OF_GROUP));
        }
        let mut is_kept = false;
        for (stratum, size) in strata {
            for (extreme, rank) in ranks {
                // An unfavourable sentence is no example of a favourable one.
                if extreme != Extreme::Uncertain && rank >= 0 {
                    continue;
                }
                let shelf = (actor, voice, extreme, stratum.clone());
                let shelf = self.shelves.entry(shelf).or_default();
                let at = shelf.partition_point(|it| *it < (rank, order));
                if at < size {
                    shelf.insert(at, (rank, order));
                    shelf.truncate(size);
                    is_kept = true;
                }
            }
        }
        if is_kept {
            self.kept
                .insert(order, sentence(actor, place, mention, certainty));
        }
        // Sentences that are on no shelf any more.
        if self.kept.len() > 4 * self.shelves.len() * OF_GROUP + 4096 {
            let shelved: HashSet<u64> = self
                .shelves
                .values()
                .flatten()
                .map(|&(_, order)| order)
                .collect();
            self.kept.retain(|order, _| shelved.contains(order));
        }
    }

    /// Sentences that stand first on some shelf before others, then in the order of the corpus.
    fn into_sentences(mut self) -> Vec<Sentence> {
        let mut best: HashMap<u64, usize> = HashMap::new();
        for shelf in self.shelves.values() {
            for (rank, &(_, order)) in shelf.iter().enumerate() {
                let best = best.entry(order).or_insert(rank);
                *best = (*best).min(rank);
            }
        }
        let mut order: Vec<(usize, u64)> = best
            .into_iter()
            .map(|(order, rank)| (rank, order))
            .collect();
        order.sort_unstable();
        let kept = order
            .into_iter()
            .filter_map(|(_, order)| self.kept.remove(&order));
        kept.collect()
    }
}

/// The probability of the label, in millionths.
fn certainty(mention: &MentionRow) -> i64 {
    let of = [mention.p_negative, mention.p_neutral, mention.p_positive];
    of.into_iter().map(|it| it.0).max().unwrap_or_default()
}

fn sentence(
    actor: usize,
    (outlet, period): Place,
    mention: &MentionRow,
    certainty: i64,
) -> Sentence {
    let is_of_the_web = ["http://", "https://"]
        .iter()
        .any(|it| mention.url.starts_with(it));
    Sentence {
        actor,
        outlet,
        period: period.map_or(-1, |it| it as i64),
        voice: usize::from(mention.voice != Voice::Author),
        speaker: cut(&mention.speaker),
        holder: cut(&mention.holder),
        stance: mention.stance.0,
        certainty,
        date: mention.date.map(|it| it.to_string()).unwrap_or_default(),
        source: cut(&mention.source),
        title: cut(&mention.title),
        url: match is_of_the_web && mention.url.len() <= MOST_ADDRESS {
            true => mention.url.to_string(),
            false => String::new(),
        },
        text: around(&mention.sentence, mention.offset, &mention.surface),
    }
}

/// A sentence before its mention, the mention, and what is behind it, as much as is shown.
pub(super) fn around(sentence: &str, offset: u64, surface: &str) -> [String; 3] {
    let [before, mention, behind] = at_mention(sentence, offset, surface);
    let left_out = before.chars().count().saturating_sub(MOST_BEFORE);
    let before = match before.char_indices().nth(left_out) {
        Some((from, _)) if left_out > 0 => format!("…{}", &before[from..]),
        _ => before.to_owned(),
    };
    [before, mention.to_owned(), cut_to(behind, MOST_BEHIND)]
}

/// What is shown of a name.
pub(super) fn cut(name: &str) -> String {
    cut_to(name, MOST_NAME)
}

fn cut_to(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
