//! What differs between two scored corpora, and the sentences that make the difference.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::path::Path;

use jiff::civil::Date;

use super::MentionRow;
use super::facts::{ActorPlaces, ArticleFacts, Facts, Scored};
use super::files::{TableFile, TableOptions, Tables};
use super::manifest::{ActorEntry, Command, Manifest};
use super::output::{Existing, Output};
use super::row::table;
use super::tables::Text;
use crate::aggregate::{Days, Difference, MentionFact, StanceSample, holm, summarize};
use crate::decimal::Millionths;
use crate::error::Result;

/// Sentences that are named for each actor.
const CHANGES: usize = 10;

/// What an actor's articles are compared within.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CompareBy {
    /// All of them together.
    #[default]
    Actor,
    /// Those of each outlet.
    Source,
    /// The author's words and those of others.
    Voice,
}

table! {
    /// One actor, or an actor in one group, in two corpora.
    "differences", DifferenceRow {
        /// The actor's id.
        actor: Text<'a>,
        /// The outlet, or author or quoted; empty if all are together.
        group: Text<'a>,
        /// Articles of the first corpus that mention the actor.
        articles_before: u64,
        /// Articles of the second that do.
        articles_after: u64,
        /// Articles of the first corpus, whomever they mention.
        total_before: u64,
        /// Articles of the second.
        total_after: u64,
        /// The mean over articles of the article stance in the first corpus; empty without mentions.
        stance_before: Option<Millionths>,
        /// The same in the second.
        stance_after: Option<Millionths>,
        /// stance_after - stance_before; empty if one is.
        difference: Option<Millionths>,
        /// Lower end of its 95 % interval; empty with fewer than five articles on a side.
        difference_low: Option<Millionths>,
        /// Upper end of that interval.
        difference_high: Option<Millionths>,
        /// Probability of so large a difference by chance, of permutations of articles; empty with fewer than five on a side.
        p: Option<Millionths>,
        /// The same, corrected for all rows that have one (Holm).
        p_holm: Option<Millionths>,
        /// The smallest difference that these numbers of articles would show in four of five cases.
        detectable: Option<Millionths>,
    }
}

table! {
    /// A mention that makes part of an actor's difference.
    "changes", ChangeRow {
        /// The actor's id.
        actor: Text<'a>,
        /// before or after, if one corpus has the sentence; both if it was scored twice.
        corpus: Text<'a>,
        /// Its part of the actor's difference: over all mentions, parts make the whole.
        part: Millionths,
        /// Its stance in the first corpus.
        stance_before: Option<Millionths>,
        /// Its stance in the second.
        stance_after: Option<Millionths>,
        /// The article.
        article_id: Text<'a>,
        /// The outlet.
        source: Text<'a>,
        /// The day of publication.
        date: Option<Date>,
        /// The web address.
        url: Text<'a>,
        /// Who speaks.
        speaker: Text<'a>,
        /// The words of the mention.
        surface: Text<'a>,
        /// Where it starts in the sentence: Unicode code points from 0.
        offset: u64,
        /// The sentence.
        sentence: Text<'a>,
    }
}

/// Two corpora side by side.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The first corpus.
    pub before: Manifest,
    /// The second.
    pub after: Manifest,
    /// Articles of both corpora.
    pub articles: [u64; 2],
    /// From the first to the last day of either; `None` without dates.
    pub days: [Option<Days>; 2],
    /// The actors of both.
    pub actors: Vec<ActorEntry>,
    /// By actor in the order of the catalogue, then by group.
    pub differences: Vec<DifferenceRow<'static>>,
    /// By actor, of each those that make most of its difference first.
    pub changes: Vec<ChangeRow<'static>>,
}

impl Comparison {
    /// Compares two corpora.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Facts`](crate::ErrorKind::Facts) if the facts of a folder do not fit each other,
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if they cannot be read.
    pub fn of(before: &Scored, after: &Scored, by: CompareBy) -> Result<Self> {
        let corpora = [before, after];
        let manifests = [Facts::open(before)?.manifest, Facts::open(after)?.manifest];
        let mut actors = manifests[0].actors.clone();
        for actor in &manifests[1].actors {
            if !actors.iter().any(|it| it.id == actor.id) {
                actors.push(actor.clone());
            }
        }
        let sides = [
            Side::read(before, &actors, by)?,
            Side::read(after, &actors, by)?,
        ];
        let differences = differences(&actors, &sides);
        let changes = changes(corpora, &actors, &sides)?;
        let [before, after] = manifests;
        Ok(Self {
            before,
            after,
            articles: [sides[0].articles, sides[1].articles],
            days: [sides[0].days, sides[1].days],
            actors,
            differences,
            changes,
        })
    }

    /// Rows whose difference is at least so large either way, with a corrected p-value below 0.05.
    pub fn alerts(&self, least: Millionths) -> impl Iterator<Item = &DifferenceRow<'static>> {
        const SIGNIFICANT: Millionths = Millionths(50_000);
        self.differences.iter().filter(move |row| {
            let large = row.difference.is_some_and(|it| it.0.abs() >= least.0);
            large && row.p_holm.is_some_and(|p| p < SIGNIFICANT)
        })
    }

    /// Writes both tables into a folder, which is made if need be. `arguments` is the command line, for the manifest.
    ///
    /// # Errors
    ///
    /// Those of [`check_output`](super::check_output), [`ErrorKind::Locked`](crate::ErrorKind::Locked) and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn write(
        &self,
        directory: &Path,
        existing: Existing,
        options: &TableOptions,
        arguments: Vec<String>,
    ) -> Result<()> {
        let folder = Output::take(directory, existing, Command::Compare)?;
        folder.begin()?;
        let tables = Tables::new(&folder.stage()?, options);
        let mut differences: TableFile<DifferenceRow> = tables.create()?;
        let mut changes: TableFile<ChangeRow> = tables.create()?;
        let (of_actors, of_mentions) = (&self.differences, &self.changes);
        of_actors
            .iter()
            .try_for_each(|row| differences.write(row))?;
        of_mentions.iter().try_for_each(|row| changes.write(row))?;
        differences.complete()?;
        changes.complete()?;
        tables.complete()?;
        let manifest = Manifest {
            command: Command::Compare,
            arguments,
            tables: options.clone(),
            ..self.after.clone()
        };
        folder.commit(&manifest)
    }
}

/// What one corpus has of each actor in each group.
struct Side {
    /// By actor and group.
    samples: BTreeMap<(usize, String), StanceSample>,
    /// Articles by group.
    totals: HashMap<String, u64>,
    /// Of each actor over all groups.
    whole: Vec<StanceSample>,
    /// Stance and weight of each mention, by what identifies it.
    mentions: HashMap<u64, Weighed>,
    articles: u64,
    days: Option<Days>,
}

#[derive(Clone, Copy)]
struct Weighed {
    stance: Millionths,
    /// Its part of the actor's mean, in articles.
    weight: f64,
}

impl Side {
    fn read(scored: &Scored, actors: &[ActorEntry], by: CompareBy) -> Result<Self> {
        let mut side = Self {
            samples: BTreeMap::new(),
            totals: HashMap::new(),
            whole: vec![StanceSample::default(); actors.len()],
            mentions: HashMap::new(),
            articles: 0,
            days: None,
        };
        each_article(scored, actors, |article, facts| {
            side.add(article, facts, by)
        })?;
        Ok(side)
    }

    fn add(&mut self, article: &ArticleFacts, facts: &[MentionFact], by: CompareBy) {
        let document = &article.document;
        self.articles += 1;
        if let Some(day) = document.date {
            self.days = Some(Days::with(self.days, day));
        }
        if document.scored {
            let groups: &[&str] = match by {
                CompareBy::Actor => &[""],
                CompareBy::Source => &[&document.source],
                CompareBy::Voice => &["author", "quoted"],
            };
            for group in groups {
                *self.totals.entry((*group).to_owned()).or_default() += 1;
            }
        }
        for summary in summarize(facts) {
            let groups = match by {
                CompareBy::Actor => vec![("", Some(summary.stance))],
                CompareBy::Source => vec![(&*document.source, Some(summary.stance))],
                CompareBy::Voice => vec![
                    ("author", summary.author_stance),
                    ("quoted", summary.quoted_stance),
                ],
            };
            for (group, stance) in groups {
                if let Some(stance) = stance {
                    let key = (summary.actor, group.to_owned());
                    let sample = self.samples.entry(key).or_default();
                    sample.add(document.cluster(), stance);
                }
            }
            self.whole[summary.actor].add(document.cluster(), summary.stance);
        }
        for ((row, fact), weight) in article.mentions.iter().zip(facts).zip(weights(facts)) {
            let stance = fact.stance;
            self.mentions
                .insert(identity(row), Weighed { stance, weight });
        }
    }
}

/// The part that each mention has of the stance of its article: sentences count alike, and mentions in a sentence.
fn weights(facts: &[MentionFact]) -> impl Iterator<Item = f64> {
    let mut in_sentence: HashMap<(usize, usize), u32> = HashMap::new();
    for fact in facts {
        *in_sentence.entry((fact.actor, fact.sentence)).or_default() += 1;
    }
    let mut sentences: HashMap<usize, u32> = HashMap::new();
    for (actor, _) in in_sentence.keys() {
        *sentences.entry(*actor).or_default() += 1;
    }
    facts.iter().map(move |fact| {
        let mentions = f64::from(in_sentence[&(fact.actor, fact.sentence)]);
        1.0 / (mentions * f64::from(sentences[&fact.actor]))
    })
}

/// What a mention is known by in another run over the same article.
fn identity(row: &MentionRow) -> u64 {
    let mut hasher = DefaultHasher::new();
    (
        &row.article_id,
        &row.actor,
        row.part.name(),
        row.start,
        row.end,
    )
        .hash(&mut hasher);
    hasher.finish()
}

/// Reads a corpus article by article; actors are places in `actors`.
fn each_article(
    scored: &Scored,
    actors: &[ActorEntry],
    mut take: impl FnMut(&ArticleFacts, &[MentionFact]),
) -> Result<()> {
    let places = ActorPlaces::of(actors);
    let mut facts = Facts::open(scored)?;
    while let Some(article) = facts.next()? {
        let found = places.facts(&article.mentions);
        take(&article, &found.map_err(|problem| facts.refuse(&problem))?);
    }
    Ok(())
}

fn differences(actors: &[ActorEntry], [before, after]: &[Side; 2]) -> Vec<DifferenceRow<'static>> {
    let mut keys: Vec<&(usize, String)> =
        before.samples.keys().chain(after.samples.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let nothing = StanceSample::default();
    let mut rows: Vec<DifferenceRow> = Vec::with_capacity(keys.len());
    for key in keys {
        let [first, second] = [before, after].map(|side| side.samples.get(key).unwrap_or(&nothing));
        let totals = [before, after].map(|side| side.totals.get(&key.1).copied().unwrap_or(0));
        let difference = Difference::between(first, second);
        let test = difference.and_then(|it| it.test);
        rows.push(DifferenceRow {
            actor: actors[key.0].id.clone().into(),
            group: key.1.clone().into(),
            articles_before: first.len(),
            articles_after: second.len(),
            total_before: totals[0],
            total_after: totals[1],
            stance_before: first.mean(),
            stance_after: second.mean(),
            difference: difference.map(|it| it.difference),
            difference_low: test.map(|it| it.interval.0),
            difference_high: test.map(|it| it.interval.1),
            p: test.map(|it| it.p),
            p_holm: None,
            detectable: test.map(|it| it.detectable),
        });
    }
    let tested: Vec<Millionths> = rows.iter().filter_map(|row| row.p).collect();
    let with_p = rows.iter_mut().filter(|row| row.p.is_some());
    for (row, corrected) in with_p.zip(holm(&tested)) {
        row.p_holm = Some(corrected);
    }
    rows
}

/// The mentions that make most of each actor's difference, in its direction.
///
/// A mean's difference m₂ - m₁ is half the sum of w(s - m₁) over the second corpus's mentions and half that of w(m₂ - s) over the
/// first's, where w is a mention's weight in its mean.
fn changes(
    corpora: [&Scored; 2],
    actors: &[ActorEntry],
    [before, after]: &[Side; 2],
) -> Result<Vec<ChangeRow<'static>>> {
    let means = [before, after].map(|side| -> Vec<Option<Millionths>> {
        side.whole.iter().map(StanceSample::mean).collect()
    });
    let mut kept: Vec<Vec<ChangeRow>> = vec![Vec::new(); actors.len()];
    for (second, scored) in corpora.into_iter().enumerate() {
        each_article(scored, actors, |article, facts| {
            for (row, fact) in article.mentions.iter().zip(facts) {
                let [first, last] = [before, after].map(|it| &it.whole[fact.actor]);
                let [Some(mean_before), Some(mean_after)] =
                    means.each_ref().map(|it| it[fact.actor])
                else {
                    continue;
                };
                let key = identity(row);
                let [old, new] = [before, after].map(|it| it.mentions.get(&key));
                if second == 1 && old.is_some() {
                    // It was met in the first corpus.
                    continue;
                }
                let of_new = new.map_or(0.0, |it| {
                    it.weight / last.len() as f64 * (it.stance - mean_before).as_f64()
                });
                let of_old = old.map_or(0.0, |it| {
                    it.weight / first.len() as f64 * (mean_after - it.stance).as_f64()
                });
                let part = Millionths::from_f64((of_new + of_old) / 2.0);
                let helps = part.0.signum() == (mean_after - mean_before).0.signum();
                let same = matches!((old, new), (Some(old), Some(new)) if old.stance == new.stance);
                if helps && part.0 != 0 && !same {
                    keep(&mut kept[fact.actor], part, || {
                        let corpus = match (old.is_some(), new.is_some()) {
                            (true, true) => "both",
                            (true, false) => "before",
                            _ => "after",
                        };
                        ChangeRow {
                            actor: row.actor.clone(),
                            corpus: corpus.into(),
                            part,
                            stance_before: old.map(|it| it.stance),
                            stance_after: new.map(|it| it.stance),
                            article_id: row.article_id.clone(),
                            source: row.source.clone(),
                            date: row.date,
                            url: row.url.clone(),
                            speaker: row.speaker.clone(),
                            surface: row.surface.clone(),
                            offset: row.offset,
                            sentence: row.sentence.clone(),
                        }
                    });
                }
            }
        })?;
    }
    Ok(kept.into_iter().flatten().collect())
}

/// Keeps the rows with the largest parts, those met first before others of the same part.
fn keep(
    kept: &mut Vec<ChangeRow<'static>>,
    part: Millionths,
    row: impl FnOnce() -> ChangeRow<'static>,
) {
    let place = kept.partition_point(|it| it.part.0.abs() >= part.0.abs());
    if place < CHANGES {
        kept.insert(place, row());
        kept.truncate(CHANGES);
    }
}
