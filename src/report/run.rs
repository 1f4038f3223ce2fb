//! From a corpus to a folder of tables, or to tables in memory.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;

use super::batches::FactBatches;
use super::facts::ScoredTables;
use super::files::TableOptions;
use super::journal::{Identity, of_identity};
use super::manifest::{Command, Manifest, SCHEMA, VERSION};
use super::output::Existing;
use super::sink::{Report, ReportOptions};
use crate::actors::Catalogue;
use crate::aggregate::{ActorSummary, Period};
use crate::corpus::{Corpus, FieldMap, Format, Rejected, RejectedKind, Skipped};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Models;
use crate::pipeline::{
    Counts, Done, Outcome, Progress, RunOptions, ScoredArticle, Shard, Sink, Stages, run,
};

/// What scores: stages, with the models that are in them.
pub struct Engine {
    stages: Stages,
    models: Models,
    model_sha256: BTreeMap<String, String>,
}

/// How a corpus is scored into a folder.
#[derive(Debug, Clone, Default)]
pub struct ScoreOptions {
    /// What becomes of what the folder has already.
    pub existing: Existing,
    /// Which of the input's fields hold what, as the corpus was opened with.
    pub fields: FieldMap,
    /// The format of the inputs, if the corpus was opened with one.
    pub format: Option<Format>,
    /// How long the periods of the timeline are.
    pub period: Period,
    /// How the tables are written.
    pub tables: TableOptions,
    /// Articles at most.
    pub limit: Option<u64>,
    /// The part of the corpus that is scored, if not all.
    pub shard: Option<Shard>,
    /// The command line, for the manifest.
    pub arguments: Vec<String>,
    /// When the run began, if that was before the corpus was scored.
    pub since: Option<Instant>,
}

/// How scoring into a folder ended.
#[derive(Debug)]
pub enum Ended {
    /// The report is there.
    Whole(Box<Finished>),
    /// `progress` broke; what was done is kept, and [`Existing::Resume`] goes on with it.
    Interrupted(Counts),
    /// There was neither an article nor a rejected record; these files were skipped.
    NothingRead(Skipped),
}

/// A report that is there.
#[derive(Debug)]
pub struct Finished {
    /// What was run on what.
    pub manifest: Manifest,
    /// By actor of the catalogue.
    pub actors: Vec<ActorSummary>,
    /// Files that were skipped.
    pub skipped: Skipped,
    /// Kinds of records that were rejected.
    pub rejected: Vec<RejectedKind>,
}

impl Engine {
    /// Of stages and the models that their scorer was made of.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] if weights can no longer be read.
    pub fn new(stages: Stages, models: Models) -> Result<Self> {
        Ok(Self {
            // Weights that vanish during a run must not cost its results.
            model_sha256: models.sha256()?,
            stages,
            models,
        })
    }

    /// What prepares, asks and scores articles.
    pub fn stages(&self) -> &Stages {
        &self.stages
    }

    /// The manifest of a run that begins.
    fn manifest(&self) -> Manifest {
        let catalogue = self.stages.catalogue();
        Manifest {
            schema: SCHEMA,
            version: VERSION.to_owned(),
            command: Command::Score,
            started: Timestamp::now().to_string(),
            model: self.models.name(),
            model_sha256: self.model_sha256.clone(),
            labels: self.models.first.labels().to_string(),
            backend: self.stages.scorer().description(),
            catalogue_sha256: catalogue.sha256().to_owned(),
            actors: catalogue.actors().iter().map(Into::into).collect(),
            threads: rayon::current_num_threads(),
            ..Manifest::default()
        }
    }

    /// Scores a corpus into a folder, on rayon's current thread pool. `progress` is told how far it is, first with what was done before; if
    /// it breaks, the run ends after the articles at hand.
    ///
    /// # Errors
    ///
    /// Those of [`Report::create`] and [`run`]; [`ErrorKind::NotResumable`] if it is to go on with standard input, which cannot be read again.
    pub fn score_into(
        &self,
        folder: &Path,
        corpus: Corpus,
        options: &ScoreOptions,
        progress: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Ended> {
        let stamps = corpus.stamps();
        if options.existing == Existing::Resume && stamps.is_none() {
            return Err(Error::new(
                ErrorKind::NotResumable,
                "standard input",
                "it cannot be read again, so a run over it cannot go on",
                "",
            ));
        }
        let begun = self.manifest();
        let report_options = ReportOptions {
            existing: options.existing,
            identity: self.identity(options, stamps),
            shard: options.shard,
            kept: options.fields.kept().to_vec(),
            period: options.period,
            tables: options.tables.clone(),
        };
        let report = Report::create(folder, &report_options)?;
        let started = report.started().to_owned();
        let how = RunOptions {
            limit: options.limit,
            shard: options.shard,
            resume: report.resume().clone(),
        };
        let mut sink = Watched {
            report,
            rejected: Vec::new(),
        };
        let outcome = run(corpus, &self.stages, &how, &mut sink, progress)?;
        if outcome.interrupted {
            return Ok(Ended::Interrupted(outcome.counts));
        }
        let counts = outcome.counts;
        // A part of a small corpus may have none.
        if counts.articles + counts.rejected == 0 && options.shard.is_none() {
            return Ok(Ended::NothingRead(outcome.skipped));
        }
        let mut manifest = Manifest {
            started,
            arguments: options.arguments.clone(),
            tables: report_options.tables,
            period: report_options.period,
            kept: report_options.kept,
            run: of_identity(&report_options.identity),
            shard: report_options.shard,
            ..begun.ended(&outcome)
        };
        if let Some(since) = options.since {
            manifest.timings.total = since.elapsed().as_secs_f64();
        }
        let actors = sink.report.finish(&manifest)?;
        Ok(Ended::Whole(Box::new(Finished {
            manifest,
            actors,
            skipped: outcome.skipped,
            rejected: sink.rejected,
        })))
    }

    /// Scores a corpus into tables in memory, on rayon's current thread pool. `progress` is told how far it is; if it breaks, the tables end
    /// with the articles at hand.
    ///
    /// # Errors
    ///
    /// Those of [`FactBatches::new`] and [`run`].
    pub fn score_tables(
        &self,
        corpus: Corpus,
        fields: &FieldMap,
        progress: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<ScoredTables> {
        let begun = self.manifest();
        let mut sink = FactBatches::new(fields.kept())?;
        let outcome = run(
            corpus,
            &self.stages,
            &RunOptions::default(),
            &mut sink,
            progress,
        )?;
        Ok(ScoredTables {
            facts: sink.take()?,
            manifest: Manifest {
                kept: fields.kept().to_vec(),
                ..begun.ended(&outcome)
            },
        })
    }

    /// What a run is known by: with anything of this changed, another report would come out.
    fn identity(&self, options: &ScoreOptions, stamps: Option<Vec<(String, String)>>) -> Identity {
        let stages = &self.stages;
        let language = match stages.scores_any_language() {
            false => "en",
            true => "any",
        };
        let format = options.format.map_or("by name", Format::name);
        let mut identity: Identity = [
            ("version", VERSION.to_owned()),
            ("backend", stages.scorer().description()),
            ("catalogue", stages.catalogue().sha256().to_owned()),
            ("fields", format!("{:?}", options.fields)),
            ("language", language.to_owned()),
            ("period", options.period.to_string()),
            ("limit", format!("{:?}", options.limit)),
            ("input format", format.to_owned()),
            ("tone", stages.asks_for_tone().to_string()),
            ("first person", stages.takes_first_person().to_string()),
            ("tables", format!("{:?}", options.tables)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let files = self
            .model_sha256
            .iter()
            .map(|(name, hash)| (format!("model file {name}"), hash.clone()));
        identity.extend(files);
        let inputs = stamps.into_iter().flatten();
        identity.extend(inputs.map(|(name, stamp)| (format!("input {name}"), stamp)));
        identity
    }
}

impl Manifest {
    /// The same, with what a run found.
    fn ended(self, outcome: &Outcome) -> Self {
        let encodings = outcome.encodings.iter();
        Self {
            ended: Timestamp::now().to_string(),
            encodings: encodings
                .map(|&(name, count)| (name.to_owned(), count))
                .collect(),
            counts: outcome.counts,
            timings: outcome.timings,
            ..self
        }
    }
}

/// A report that remembers which kinds of records were rejected.
struct Watched {
    report: Report,
    rejected: Vec<RejectedKind>,
}

impl Sink for Watched {
    fn article(&mut self, scored: &ScoredArticle, catalogue: &Catalogue) -> Result<()> {
        self.report.article(scored, catalogue)
    }

    fn rejected(&mut self, rejected: &Rejected) -> Result<()> {
        if !self.rejected.contains(&rejected.kind) {
            self.rejected.push(rejected.kind);
        }
        self.report.rejected(rejected)
    }

    fn starting(&mut self, record: u64, records: u64) -> Result<()> {
        self.report.starting(record, records)
    }

    fn done(&mut self, done: &Done) -> Result<()> {
        self.report.done(done)
    }
}
