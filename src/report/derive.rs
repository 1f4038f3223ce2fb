//! Deriving tables from facts: in memory, or into a folder.

use std::path::Path;

use jiff::Timestamp;

use super::breakdown::check_column;
use super::derived::{Derived, is_wanted};
use super::facts::{FactSource, Facts, Scored};
use super::files::{MemoryTables, TableOptions, Tables};
use super::manifest::{Command, Manifest, VERSION};
use super::output::{Existing, Output};
use super::{ActorRow, ArticleRow, Batches, BreakdownRow, PairRow, SourceRow, Table, TimelineRow};
use crate::aggregate::{ActorSummary, Period};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Timings;

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

impl DeriveOptions {
    /// Checks that articles can be grouped as they say.
    fn check(&self, manifest: &Manifest) -> Result<()> {
        let mut by = self.by.iter();
        by.try_for_each(|column| check_column(column, &manifest.kept))
    }
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
        options.check(manifest)?;
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
        let has_breakdown = self.derived.has_breakdown();
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
    options.check(&common)?;
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
