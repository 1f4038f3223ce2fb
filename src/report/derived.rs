//! The tables that are computed from the facts.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::civil::Date;

use super::breakdown::Breakdown;
use super::facts::{ActorPlaces, ArticleFacts, Facts, KeptFact, Scored};
use super::files::{TableFile, Tables};
use super::manifest::{ActorEntry, Manifest};
use super::shards::check_shards;
use super::{ActorRow, ArticleRow, DeriveOptions, DocumentRow, PairRow, SourceRow, TimelineRow};
use crate::aggregate::{
    ActorSummary, CorpusAggregate, Days, GroupAggregate, MentionFact, PairAggregate, Period, pairs,
    summarize,
};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Counts;

/// Derived tables in the making.
pub(super) struct Derived {
    actors: Vec<ActorEntry>,
    articles: TableFile<ArticleRow<'static>>,
    without_articles: bool,
    of_actors: TableFile<ActorRow<'static>>,
    of_pairs: TableFile<PairRow<'static>>,
    of_periods: TableFile<TimelineRow<'static>>,
    of_sources: TableFile<SourceRow<'static>>,
    breakdown: Option<Breakdown>,
    aggregate: CorpusAggregate,
    pairs: PairAggregate,
    counts: Counts,
    period: Period,
    periods: GroupAggregate<Date>,
    sources: GroupAggregate<String>,
}

/// Periods that a timeline has without a gap: those of eleven years by day. Where dates lie further apart, as those of archives
/// do, periods without an article are left out.
const MOST_PERIODS: usize = 4096;

impl Derived {
    pub fn create(tables: &Tables, actors: Vec<ActorEntry>, period: Period) -> Result<Self> {
        Ok(Self {
            aggregate: CorpusAggregate::new(actors.len()),
            of_actors: tables.create()?,
            articles: tables.create()?,
            without_articles: false,
            of_periods: tables.create()?,
            of_sources: tables.create()?,
            of_pairs: tables.create()?,
            breakdown: None,
            counts: Counts::default(),
            period,
            periods: GroupAggregate::new(actors.len()),
            sources: GroupAggregate::new(actors.len()),
            pairs: PairAggregate::default(),
            actors,
        })
    }

    /// Those of facts with a manifest, which has been checked to have the columns of the options.
    pub fn of(tables: &Tables, manifest: &Manifest, options: &DeriveOptions) -> Result<Self> {
        let period = options.period.unwrap_or(manifest.period);
        let mut derived = Self::create(tables, manifest.actors.clone(), period)?;
        derived.without_articles = options.without_articles;
        if !options.by.is_empty() {
            let (kept, actors) = (&manifest.kept, manifest.actors.len());
            let by = options.by.clone();
            let breakdown = Breakdown::create(tables, by, options.period, kept, actors)?;
            derived.breakdown = Some(breakdown);
        }
        Ok(derived)
    }

    /// Whether articles are grouped by columns.
    pub fn has_breakdown(&self) -> bool {
        self.breakdown.is_some()
    }

    /// Adds an article with its mentions; `kept` are the values of its kept columns.
    pub fn add(
        &mut self,
        document: &DocumentRow,
        kept: &[String],
        facts: &[MentionFact],
    ) -> Result<()> {
        let summaries = summarize(facts);
        let rows = if self.without_articles {
            &[]
        } else {
            &*summaries
        };
        for summary in rows {
            let actor = &self.actors[summary.actor].id;
            self.articles
                .write(&ArticleRow::new(document, actor, summary))?;
        }
        self.aggregate.add(document.cluster(), &summaries);
        self.pairs.add(document.cluster(), &pairs(facts));
        if document.scored {
            let cluster = document.cluster();
            self.sources
                .add(document.source.to_string(), cluster, &summaries);
            if let Some(date) = document.date {
                self.periods
                    .add(self.period.start(date), cluster, &summaries);
            }
            if let Some(breakdown) = &mut self.breakdown {
                breakdown.add(document, kept, &summaries);
            }
        }
        Ok(())
    }

    /// Writes what is left.
    pub fn complete(mut self) -> Result<Vec<ActorSummary>> {
        let summaries = self.aggregate.summaries();
        self.fill_periods();

        for (actor, summary) in self.actors.iter().zip(&summaries) {
            let row = ActorRow::new(&actor.id, &actor.name, summary);
            self.of_actors.write(&row)?;
        }
        for pair in &self.pairs.summaries() {
            let actor = &self.actors[pair.of_actor.actor].id;
            let row = PairRow::new(Cow::from(&pair.holder), actor, &pair.of_actor);
            self.of_pairs.write(&row)?;
        }

        for (period, of_period) in self.periods.summaries() {
            for summary in &of_period {
                let actor = &self.actors[summary.actor].id;
                let row = TimelineRow::new(*period, actor, summary);
                self.of_periods.write(&row)?;
            }
        }
        for (source, of_source) in self.sources.summaries() {
            for summary in &of_source {
                let actor = &self.actors[summary.actor].id;
                let row = SourceRow::new(source.into(), actor, summary);
                self.of_sources.write(&row)?;
            }
        }
        self.articles.complete()?;
        self.of_actors.complete()?;
        self.of_pairs.complete()?;
        self.of_periods.complete()?;
        self.of_sources.complete()?;
        if let Some(breakdown) = self.breakdown {
            breakdown.complete(&self.actors)?;
        }
        Ok(summaries)
    }
}

impl Derived {
    /// Adds all articles of some facts; `check` looks at each before.
    pub fn add_all(
        &mut self,
        facts: &mut Facts,
        mut check: impl FnMut(&DocumentRow) -> Result<()>,
    ) -> Result<()> {
        let places = ActorPlaces::of(&self.actors);
        while let Some(article) = facts.next_as(|it| KeptFact::of(&it, &places))? {
            check(&article.document)?;
            self.add_article(&article)?;
        }
        Ok(())
    }

    fn add_article(&mut self, article: &ArticleFacts<KeptFact>) -> Result<()> {
        let of_article: Vec<MentionFact> = article.mentions.iter().map(KeptFact::fact).collect();
        let ArticleFacts {
            document,
            kept,
            mentions,
        } = article;
        self.add(document, kept, &of_article)?;
        let counts = &mut self.counts;
        counts.articles += 1;
        counts.articles_without_mentions += u64::from(mentions.is_empty());
        counts.other_languages += u64::from(!document.scored);
        counts.copies += u64::from(!document.copy_of.is_empty());
        counts.sentences += document.sentences;
        counts.mentions += mentions.len() as u64;
        Ok(())
    }

    /// Adds all articles of corpora, each of them once, or of the parts of one. Gives how much that was and, as their runs have told it,
    /// what was not scored.
    pub fn add_corpora(&mut self, scored: &[Scored], opened: Vec<Facts>) -> Result<Counts> {
        let are_shards = check_shards(scored, &opened)?;
        let mut of_runs = Counts::default();
        for facts in &opened {
            let of_run = facts.manifest.counts;
            of_runs.rejected += of_run.rejected;
            of_runs.files_lost += of_run.files_lost;
            of_runs.mentions_repeated += of_run.mentions_repeated;
            of_runs.asked_again += of_run.asked_again;
            of_runs.files_skipped = match are_shards {
                // Each of them saw all files.
                true => of_run.files_skipped,
                false => of_runs.files_skipped + of_run.files_skipped,
            };
        }
        if are_shards {
            self.add_shards(opened)?;
        } else {
            let mut read = HashSet::new();
            for (corpus, mut facts) in scored.iter().zip(opened) {
                self.add_all(&mut facts, |document| {
                    match read.insert(document.article_id.to_string()) {
                        true => Ok(()),
                        false => Err(Error::new(
                            ErrorKind::Facts,
                            corpus.name(),
                            format!(
                                "the article {:?} is in two of the corpora, or twice in this one",
                                document.article_id
                            ),
                            "give each article once",
                        )),
                    }
                })?;
            }
        }
        let added = self.counts;
        Ok(Counts {
            articles: added.articles,
            articles_without_mentions: added.articles_without_mentions,
            other_languages: added.other_languages,
            copies: added.copies,
            sentences: added.sentences,
            mentions: added.mentions,
            ..of_runs
        })
    }

    /// Adds all articles of the parts of one corpus, in its order.
    fn add_shards(&mut self, mut parts: Vec<Facts>) -> Result<()> {
        let places = ActorPlaces::of(&self.actors);
        let next = |facts: &mut Facts| facts.next_as(|it| KeptFact::of(&it, &places));
        let mut heads = Vec::with_capacity(parts.len());
        for part in &mut parts {
            heads.push(next(part)?);
        }
        loop {
            let number =
                |head: &Option<ArticleFacts<KeptFact>>| head.as_ref().map(|it| it.document.number);
            let numbers = heads.iter().map(number).enumerate();
            let first = numbers.filter_map(|(at, number)| Some((number?, at))).min();
            let Some((_, at)) = first else {
                return Ok(());
            };
            if let Some(article) = std::mem::replace(&mut heads[at], next(&mut parts[at])?) {
                self.add_article(&article)?;
            }
        }
    }

    /// Gives the periods between the first and the last their rows.
    fn fill_periods(&mut self) {
        let mut known = self.periods.groups().copied();
        let (Some(first), Some(last)) = (known.next(), known.next_back()) else {
            return;
        };
        drop(known);
        let starts = self.period.starts(Days { first, last });
        let before_last = starts.take_while(|start| *start < last);
        let between: Vec<Date> = before_last.take(MOST_PERIODS + 1).collect();
        if between.len() <= MOST_PERIODS {
            between
                .into_iter()
                .for_each(|start| self.periods.touch(start));
        }
    }
}

/// Whether a column of mentions goes into a derived table; texts of others are not read.
pub(super) fn is_wanted(column: &str) -> bool {
    !NOT_DERIVED.contains(&column)
}

const NOT_DERIVED: [&str; 7] = [
    "source",
    "title",
    "url",
    "surface",
    "antecedent",
    "speaker",
    "sentence",
];
