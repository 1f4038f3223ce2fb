//! The tables that are computed from the facts.

use std::collections::{HashMap, HashSet};
use std::iter::successors;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::atomic::{Complete, CsvFile};
use super::facts::Facts;
use super::folder::{publish, take};
use super::manifest::{ActorEntry, Command, Manifest, VERSION};
use super::{ActorRow, ArticleRow, DocumentRow, PairRow, SourceRow, TimelineRow};
use crate::aggregate::{
    ActorSummary, CorpusAggregate, GroupAggregate, MentionFact, PairAggregate, Period, pairs,
    summarize,
};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{Counts, Timings};

/// Derived tables in the making.
pub struct Derived {
    actors: Vec<ActorEntry>,
    articles: CsvFile<ArticleRow<'static>>,
    of_actors: CsvFile<ActorRow<'static>>,
    of_pairs: CsvFile<PairRow<'static>>,
    of_periods: CsvFile<TimelineRow<'static>>,
    of_sources: CsvFile<SourceRow<'static>>,
    aggregate: CorpusAggregate,
    pairs: PairAggregate,
    period: Period,
    periods: GroupAggregate<Date>,
    sources: GroupAggregate<String>,
}

/// Periods that a timeline has without a gap: those of eleven years by day. Where dates lie further apart, as those of archives
/// do, periods without an article are left out.
const MOST_PERIODS: usize = 4096;

impl Derived {
    pub(super) fn create(
        directory: &Path,
        actors: Vec<ActorEntry>,
        period: Period,
    ) -> Result<Self> {
        Ok(Self {
            aggregate: CorpusAggregate::new(actors.len()),
            articles: CsvFile::create(directory)?,
            of_actors: CsvFile::create(directory)?,
            of_pairs: CsvFile::create(directory)?,
            of_periods: CsvFile::create(directory)?,
            of_sources: CsvFile::create(directory)?,
            period,
            periods: GroupAggregate::new(actors.len()),
            sources: GroupAggregate::new(actors.len()),
            pairs: PairAggregate::default(),
            actors,
        })
    }

    /// Adds an article with its mentions.
    pub(super) fn add(&mut self, document: &DocumentRow, facts: &[MentionFact]) -> Result<()> {
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
            if let Ok(date) = document.date.parse::<Date>() {
                self.periods
                    .add(self.period.start(date), cluster, &summaries);
            }
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn complete(mut self) -> Result<(Vec<ActorSummary>, [Complete; 5])> {
        let summaries = self.aggregate.summaries();
        self.fill_periods();

        for (actor, summary) in self.actors.iter().zip(&summaries) {
            let row = ActorRow::new(&actor.id, &actor.name, summary);
            self.of_actors.write(&row)?;
        }
        for pair in &self.pairs.summaries() {
            let (actor, of_actor) = (&self.actors[pair.actor], &summaries[pair.actor]);
            self.of_pairs
                .write(&PairRow::new(&actor.id, of_actor, pair))?;
        }

        for (period, of_period) in self.periods.summaries() {
            for summary in &of_period {
                let actor = &self.actors[summary.actor].id;
                let row = TimelineRow::new(period.to_string(), actor, summary);
                self.of_periods.write(&row)?;
            }
        }
        for (source, of_source) in self.sources.summaries() {
            for summary in &of_source {
                let actor = &self.actors[summary.actor].id;
                let row = SourceRow::new(source, actor, summary);
                self.of_sources.write(&row)?;
            }
        }
        let files = [
            self.articles.complete()?,
            self.of_actors.complete()?,
            self.of_pairs.complete()?,
            self.of_periods.complete()?,
            self.of_sources.complete()?,
        ];
        Ok((summaries, files))
    }
}

impl Derived {
    /// Gives the periods between the first and the last their rows.
    fn fill_periods(&mut self) {
        let mut known = self.periods.groups().copied();
        let (Some(first), Some(last)) = (known.next(), known.next_back()) else {
            return;
        };
        drop(known);
        let following = |start: &Date| Some(self.period.next(*start)).filter(|next| *next < last);
        let between: Vec<Date> = successors(Some(first), following)
            .take(MOST_PERIODS + 1)
            .collect();
        if between.len() <= MOST_PERIODS {
            between
                .into_iter()
                .for_each(|start| self.periods.touch(start));
        }
    }
}

/// Computes the derived tables anew, from one folder of facts or from several whose articles differ.
///
/// `period` is the timeline's; by default that of the run that wrote the facts. `arguments` is the command line, for the manifest. Gives that manifest and the summary of each actor.
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
    overwrite: bool,
    period: Option<Period>,
    arguments: Vec<String>,
) -> Result<(Manifest, Vec<ActorSummary>)> {
    let started = Timestamp::now();
    for folder in folders {
        check_apart(folder, output)?;
    }
    let mut opened = Vec::with_capacity(folders.len());
    for folder in folders {
        opened.push(Facts::open(folder)?);
    }
    let common = common_manifest(folders, &opened)?;
    let actors = common.actors.clone();
    let places: HashMap<String, usize> = actors.iter().map(|it| it.id.clone()).zip(0..).collect();
    let _lock = take(output, overwrite)?;
    let period = period.unwrap_or(common.period);
    let mut derived = Derived::create(output, actors, period)?;
    let mut counts = Counts::default();
    let mut read = HashSet::new();
    for (folder, mut facts) in folders.iter().zip(opened) {
        while let Some((document, mentions)) = facts.next()? {
            let id = &document.article_id;
            if !read.insert(id.to_string()) {
                return Err(Error::new(
                    ErrorKind::Facts,
                    folder.display().to_string(),
                    format!("the article {id:?} is in two of the folders, or twice in this one"),
                    "give each article once",
                ));
            }
            let mut of_article = Vec::with_capacity(mentions.len());
            for mention in &mentions {
                let actor = places.get(&*mention.actor).ok_or_else(|| {
                    facts.refuse(&format!("no actor of the manifest is {:?}", mention.actor))
                })?;
                of_article.push(mention.fact(*actor));
            }
            derived.add(&document, &of_article)?;
            counts.articles += 1;
            counts.articles_without_mentions += u64::from(mentions.is_empty());
            counts.other_languages += u64::from(!document.scored);
            counts.copies += u64::from(!document.copy_of.is_empty());
            counts.sentences += document.sentences;
            counts.mentions += mentions.len() as u64;
        }
        let of_folder = facts.manifest.counts;
        counts.rejected += of_folder.rejected;
        counts.files_skipped += of_folder.files_skipped;
        counts.mentions_repeated += of_folder.mentions_repeated;
        counts.asked_again += of_folder.asked_again;
    }
    let manifest = Manifest {
        version: VERSION.to_owned(),
        command: Command::Aggregate,
        arguments,
        period,
        started: started.to_string(),
        ended: Timestamp::now().to_string(),
        threads: 1,
        counts,
        timings: Timings::default(),
        ..common
    };
    let (summaries, files) = derived.complete()?;
    publish(output, files.into(), &manifest)?;
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
