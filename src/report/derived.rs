//! The tables that are computed from the facts.

use std::borrow::Cow;
use std::collections::HashSet;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::breakdown::{Breakdown, check_column};
use super::facts::{ActorPlaces, ArticleFacts, Facts, KeptFact, Scored};
use super::files::{TableFile, TableOptions, Tables};
use super::manifest::{ActorEntry, Command, Manifest, VERSION};
use super::output::{Existing, Output};
use super::shards::check_shards;
use super::{ActorRow, ArticleRow, DocumentRow, PairRow, SourceRow, TimelineRow};
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

    /// Adds an article with its mentions; `kept` are the values of its kept columns.
    pub fn add(
        &mut self,
        document: &DocumentRow,
        kept: &[String],
        facts: &[MentionFact],
    ) -> Result<()> {
        let summaries = summarize(facts);
        for summary in &summaries {
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

    /// Adds all articles of the parts of one corpus, in its order.
    pub fn add_shards(&mut self, mut parts: Vec<Facts>) -> Result<()> {
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

    /// How much was added.
    pub fn counts(&self) -> Counts {
        self.counts
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

/// What [`derive()`] is to do beyond computing the tables of a run again.
#[derive(Debug, Clone, Default)]
pub struct DeriveOptions {
    /// What becomes of tables of an earlier run in the output folder.
    pub existing: Existing,
    /// The days whose articles are meant, if not all.
    pub within: Option<Days>,
    /// How long the periods are; by default those of the run that wrote the facts.
    pub period: Option<Period>,
    /// Columns of documents whose values group articles in breakdown: source, language or a kept one. If `period` is given, each by
    /// period.
    pub by: Vec<String>,
    /// How the tables are written.
    pub tables: TableOptions,
    /// The command line, for the manifest.
    pub arguments: Vec<String>,
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

/// Computes the derived tables anew, from one folder of facts or from several whose articles differ.
/// Gives the manifest and the summary of each actor.
///
/// # Errors
///
/// [`ErrorKind::Facts`] if the facts of a folder do not fit each other, if folders have different
/// catalogues or models, or if an article is in two of them; [`ErrorKind::InputInOutput`] if the output folder is
/// one of them; those of [`check_output`](super::check_output); [`ErrorKind::Locked`] and
/// [`ErrorKind::Io`].
pub fn derive(
    folders: &[PathBuf],
    output: &Path,
    options: DeriveOptions,
) -> Result<(Manifest, Vec<ActorSummary>)> {
    let started = Timestamp::now();
    for folder in folders {
        check_apart(folder, output)?;
    }
    let mut opened = Vec::with_capacity(folders.len());
    for folder in folders {
        let scored = Scored {
            folder: folder.clone(),
            within: options.within,
        };
        opened.push(Facts::open_with(&scored, is_wanted)?);
    }
    let common = common_manifest(folders, &opened)?;
    let are_shards = check_shards(folders, &opened)?;
    let actors = common.actors.clone();
    for by in &options.by {
        check_column(by, &common.kept)?;
    }
    let folder = Output::take(output, options.existing, Command::Aggregate)?;
    folder.begin()?;
    let period = options.period.unwrap_or(common.period);
    let tables = Tables::new(&folder.stage()?, &options.tables);
    let mut derived = Derived::create(&tables, actors, period)?;
    if !options.by.is_empty() {
        let (kept, actors) = (&common.kept, common.actors.len());
        let breakdown = Breakdown::create(&tables, options.by, options.period, kept, actors)?;
        derived.breakdown = Some(breakdown);
    }
    let mut of_runs = Counts::default();
    for facts in &opened {
        let of_folder = facts.manifest.counts;
        of_runs.rejected += of_folder.rejected;
        of_runs.files_lost += of_folder.files_lost;
        of_runs.mentions_repeated += of_folder.mentions_repeated;
        of_runs.asked_again += of_folder.asked_again;
        of_runs.files_skipped = match are_shards {
            // Each of them saw all files.
            true => of_folder.files_skipped,
            false => of_runs.files_skipped + of_folder.files_skipped,
        };
    }
    if are_shards {
        derived.add_shards(opened)?;
    } else {
        let mut read = HashSet::new();
        for (folder_of_facts, mut facts) in folders.iter().zip(opened) {
            derived.add_all(&mut facts, |document| {
                match read.insert(document.article_id.to_string()) {
                    true => Ok(()),
                    false => Err(Error::new(
                        ErrorKind::Facts,
                        folder_of_facts.display().to_string(),
                        format!(
                            "the article {:?} is in two of the folders, or twice in this one",
                            document.article_id
                        ),
                        "give each article once",
                    )),
                }
            })?;
        }
    }
    let found = derived.counts();
    let counts = Counts {
        rejected: of_runs.rejected,
        files_lost: of_runs.files_lost,
        files_skipped: of_runs.files_skipped,
        mentions_repeated: of_runs.mentions_repeated,
        asked_again: of_runs.asked_again,
        ..found
    };
    let manifest = Manifest {
        version: VERSION.to_owned(),
        command: Command::Aggregate,
        shard: None,
        arguments: options.arguments,
        tables: options.tables,
        period,
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

fn check_apart(folder: &Path, output: &Path) -> Result<()> {
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

/// What the folders have in common: they were scored with the same catalogue and model.
fn common_manifest(folders: &[PathBuf], opened: &[Facts]) -> Result<Manifest> {
    let Some(first) = opened.first().map(|facts| &facts.manifest) else {
        let remedy = "give a folder that `newstance score` has finished";
        return Err(Error::new(
            ErrorKind::Facts,
            "facts",
            "no folder is given",
            remedy,
        ));
    };
    for (folder, facts) in folders.iter().zip(opened) {
        let other = &facts.manifest;
        let differs = match other {
            _ if other.catalogue_sha256 != first.catalogue_sha256 => "catalogue",
            _ if other.actors != first.actors => "catalogue",
            _ if other.model_sha256 != first.model_sha256 => "model",
            _ => continue,
        };
        return Err(Error::new(
            ErrorKind::Facts,
            folder.display().to_string(),
            format!(
                "this folder was scored with another {differs} than {}",
                folders[0].display()
            ),
            "score both with the same one",
        ));
    }
    Ok(first.clone())
}
