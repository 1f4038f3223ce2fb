//! The tables that are computed from the facts.

use std::borrow::Cow;
use std::collections::HashSet;

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

use super::breakdown::{Breakdown, check_column};
use super::facts::{ActorPlaces, ArticleFacts, FactSource, Facts, KeptFact, Scored};
use super::files::{MemoryTables, TableFile, TableOptions, Tables};
use super::manifest::{ActorEntry, Command, Manifest, VERSION};
use super::output::{Existing, Output};
use super::shards::check_shards;
use super::{
    ActorRow, ArticleRow, Batches, BreakdownRow, DocumentRow, PairRow, SourceRow, Table,
    TimelineRow,
};
use crate::aggregate::{
    ActorSummary, CorpusAggregate, Days, GroupAggregate, MentionFact, PairAggregate, Period, pairs,
    summarize,
};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{Counts, Timings};

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

    /// Those of facts with a manifest.
    fn of(tables: &Tables, manifest: &Manifest, options: &DeriveOptions) -> Result<Self> {
        for by in &options.by {
            check_column(by, &manifest.kept)?;
        }
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
    fn add_corpora(&mut self, scored: &[Scored], opened: Vec<Facts>) -> Result<Counts> {
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

/// What derived tables are made beyond those of a run.
#[derive(Debug, Clone, Default)]
pub struct DeriveOptions {
    /// How long the periods are; by default those of the run that wrote the facts.
    pub period: Option<Period>,
    /// Columns of documents whose values group articles in breakdown: source, language or a kept one. If `period` is given, each by
    /// period.
    pub by: Vec<String>,
    /// Whether the table articles, which grows with the corpus, stays empty.
    pub without_articles: bool,
}

/// The tables that are computed from the facts, in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct DerivedTables {
    /// A row an article and actor.
    pub articles: Batches,
    /// A row an actor.
    pub actors: Batches,
    /// A row a period and actor.
    pub timeline: Batches,
    /// A row an outlet and actor.
    pub sources: Batches,
    /// A row a holder and actor.
    pub pairs: Batches,
    /// A row a column, value and actor, if articles are grouped by columns.
    pub breakdown: Option<Batches>,
}

/// Computes derived tables in memory, from facts that come in parts: their order does not matter but for that of articles.
pub struct Aggregator {
    memory: MemoryTables,
    derived: Derived,
}

impl Aggregator {
    /// Of nothing yet. `manifest` is that of the facts: its actors, kept columns and period.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Facts`] if articles are to be grouped by what is no column of documents.
    pub fn new(manifest: &Manifest, options: &DeriveOptions) -> Result<Self> {
        let memory = MemoryTables::default();
        let tables = Tables::in_memory(&memory);
        Ok(Self {
            derived: Derived::of(&tables, manifest, options)?,
            memory,
        })
    }

    /// Adds articles, none of which was added before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Facts`] if the facts do not fit each other, or have other actors or kept columns than the manifest;
    /// [`ErrorKind::Io`] if they cannot be read.
    pub fn add(&mut self, scored: &Scored) -> Result<()> {
        let mut facts = Facts::open_with(scored, is_wanted)?;
        self.derived.add_all(&mut facts, |_| Ok(()))
    }

    /// The tables.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Output`] if texts of a table have more than 2 GiB in 65,536 rows.
    pub fn complete(self) -> Result<DerivedTables> {
        let has_breakdown = self.derived.breakdown.is_some();
        self.derived.complete()?;
        let take = |name| {
            let table = self.memory.take(name);
            table.expect("derived tables are complete, all of them")
        };
        Ok(DerivedTables {
            articles: take(ArticleRow::NAME),
            actors: take(ActorRow::NAME),
            timeline: take(TimelineRow::NAME),
            sources: take(SourceRow::NAME),
            pairs: take(PairRow::NAME),
            breakdown: has_breakdown.then(|| take(BreakdownRow::NAME)),
        })
    }
}

/// Computes the derived tables in memory, of one corpus or of several whose articles differ.
///
/// # Errors
///
/// [`ErrorKind::Facts`] and [`ErrorKind::Io`], as [`derive()`].
pub fn aggregate(scored: &[Scored], options: &DeriveOptions) -> Result<DerivedTables> {
    let opened = open(scored)?;
    let common = common_manifest(scored, &opened)?;
    let mut aggregator = Aggregator::new(&common, options)?;
    aggregator.derived.add_corpora(scored, opened)?;
    aggregator.complete()
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

fn open(scored: &[Scored]) -> Result<Vec<Facts>> {
    let open = |it: &Scored| Facts::open_with(it, is_wanted);
    scored.iter().map(open).collect()
}

/// What [`derive()`] is to do with a folder.
#[derive(Debug, Clone, Default)]
pub struct DeriveOutput {
    /// What becomes of tables of an earlier run in it.
    pub existing: Existing,
    /// How the tables are written.
    pub tables: TableOptions,
    /// The command line, for the manifest.
    pub arguments: Vec<String>,
}

/// Computes the derived tables anew and writes them into a folder, of one scored corpus or of several whose articles differ.
/// Gives the manifest and the summary of each actor.
///
/// # Errors
///
/// [`ErrorKind::Facts`] if the facts of a corpus do not fit each other, if corpora have different
/// catalogues or models, or if an article is in two of them; [`ErrorKind::InputInOutput`] if the output folder is
/// one of them; those of [`check_output`](super::check_output); [`ErrorKind::Locked`] and
/// [`ErrorKind::Io`].
pub fn derive(
    scored: &[Scored],
    options: &DeriveOptions,
    directory: &Path,
    output: DeriveOutput,
) -> Result<(Manifest, Vec<ActorSummary>)> {
    let started = Timestamp::now();
    for it in scored {
        check_apart(it, directory)?;
    }
    let opened = open(scored)?;
    let common = common_manifest(scored, &opened)?;
    for by in &options.by {
        check_column(by, &common.kept)?;
    }
    let folder = Output::take(directory, output.existing, Command::Aggregate)?;
    folder.begin()?;
    let tables = Tables::new(&folder.stage()?, &output.tables);
    let mut derived = Derived::of(&tables, &common, options)?;
    let counts = derived.add_corpora(scored, opened)?;
    let manifest = Manifest {
        version: VERSION.to_owned(),
        command: Command::Aggregate,
        shard: None,
        arguments: output.arguments,
        tables: output.tables,
        period: options.period.unwrap_or(common.period),
        started: started.to_string(),
        ended: Timestamp::now().to_string(),
        threads: 1,
        counts,
        timings: Timings::default(),
        ..common
    };
    let summaries = derived.complete()?;
    tables.complete()?;
    folder.commit(&manifest)?;
    Ok((manifest, summaries))
}

fn check_apart(scored: &Scored, output: &Path) -> Result<()> {
    let FactSource::Folder(folder) = &scored.source else {
        return Ok(());
    };
    let same = match (folder.canonicalize(), output.canonicalize()) {
        (Ok(folder), Ok(output)) => folder == output,
        _ => false,
    };
    match same {
        true => Err(Error::new(
            ErrorKind::InputInOutput,
            folder.display().to_string(),
            "this is the output folder, too",
            "give another output folder",
        )),
        false => Ok(()),
    }
}

/// What corpora have in common: they were scored with the same catalogue and model.
fn common_manifest(scored: &[Scored], opened: &[Facts]) -> Result<Manifest> {
    let Some(first) = opened.first().map(|facts| &facts.manifest) else {
        let remedy = "give a folder that `newstance score` has finished";
        return Err(Error::new(
            ErrorKind::Facts,
            "facts",
            "no folder is given",
            remedy,
        ));
    };
    for (corpus, facts) in scored.iter().zip(opened) {
        let other = &facts.manifest;
        let differs = match other {
            _ if other.catalogue_sha256 != first.catalogue_sha256 => "catalogue",
            _ if other.actors != first.actors => "catalogue",
            _ if other.model_sha256 != first.model_sha256 => "model",
            _ => continue,
        };
        return Err(Error::new(
            ErrorKind::Facts,
            corpus.name(),
            format!(
                "this was scored with another {differs} than {}",
                scored[0].name()
            ),
            "score both with the same one",
        ));
    }
    Ok(first.clone())
}
