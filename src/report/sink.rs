//! The report of a run, as the pipeline's sink.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::derived::Derived;
use super::facts::{Facts, Rows};
use super::files::{CsvDialect, TableFormat, TableOptions, Tables};
use super::growing::FactFiles;
use super::journal::{Committed, Entry, Identity, Journal, of_identity};
use super::manifest::{Command, Manifest};
use super::output::{Existing, JOURNAL, Output, remove, sync};
use super::{DocumentRow, MentionRow, RejectedRow, Table};
use crate::actors::Catalogue;
use crate::aggregate::{ActorSummary, Period};
use crate::corpus::Rejected;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{Done, Resume, ScoredArticle, Shard, Sink};
use crate::report::row::Cell;

/// What a report of a run is made of.
#[derive(Debug, Clone, Default)]
pub struct ReportOptions {
    /// What becomes of what the folder has already.
    pub existing: Existing,
    /// Further columns of documents: fields of the input.
    pub kept: Vec<String>,
    /// How long the periods of the timeline are.
    pub period: Period,
    /// How the tables are written.
    pub tables: TableOptions,
    /// What the run over the corpus is known by, if it should break off.
    pub identity: Identity,
    /// The part of the corpus that is scored, if not all.
    pub shard: Option<Shard>,
}

impl ReportOptions {
    /// What a run over one part is known by.
    fn run(&self) -> Identity {
        let mut run = self.identity.clone();
        run.extend(
            self.shard
                .map(|shard| ("shard".to_owned(), shard.to_string())),
        );
        run
    }
}

/// The files of a run, none of them where a report is looked for until [`Report::finish`].
///
/// A [`Sink`]: facts are appended as they come and committed chunk by chunk, so that a run that broke off can go on. All other tables are
/// computed from the facts at the end.
pub struct Report {
    work: PathBuf,
    options: ReportOptions,
    files: FactFiles,
    journal: Journal,
    started: String,
    resume: Resume,
    /// Last, so that the folder is given back when all files are closed.
    output: Output,
}

/// Deaths at one article after which it is left out.
const MOST_DEATHS: usize = 2;

impl Report {
    /// Takes a folder, which is made if need be, and begins a run in it, or goes on with one that broke off.
    ///
    /// # Errors
    ///
    /// Those of [`check_output`](super::check_output), [`ErrorKind::Locked`] if another run has the folder,
    /// [`ErrorKind::NotResumable`] if a run broke off that was not this one, and [`ErrorKind::Io`] if the folder or a file cannot be made.
    pub fn create(directory: &Path, options: &ReportOptions) -> Result<Self> {
        check_kept(&options.kept)?;
        let output = Output::take(directory, options.existing, Command::Score)?;
        let journal = output.work().join(JOURNAL);
        if options.existing == Existing::Resume && journal.is_file() {
            let (journal, entries) = Journal::open(&journal)?;
            if let Some(Entry::Begun { identity, started }) = entries.first() {
                check_identity(directory, identity, &options.run())?;
                return Self::go_on(output, options, journal, started, &entries);
            }
        }
        if options.existing == Existing::Resume && !journal.is_file() {
            check_begins(directory, options)?;
        }
        let work = output.begin()?;
        let started = Timestamp::now().to_string();
        let begun = Entry::Begun {
            identity: options.run(),
            started: started.clone(),
        };
        // The journal comes first: with it, the folder has a run that can go on.
        let journal = Journal::create(&work.join(JOURNAL), &begun)?;
        let report = Self {
            files: FactFiles::create(&work, &options.kept)?,
            journal,
            options: options.clone(),
            started,
            resume: Resume::default(),
            work,
            output,
        };
        sync(&report.work)?;
        Ok(report)
    }

    /// Goes on behind the last commit whose files are whole.
    fn go_on(
        output: Output,
        options: &ReportOptions,
        journal: Journal,
        started: &str,
        entries: &[Entry],
    ) -> Result<Self> {
        let work = output.work();
        let (mut attempts, mut found) = (Vec::new(), None);
        for entry in entries.iter().rev() {
            match entry {
                Entry::Attempt { record, records } => attempts.push((*record, *records)),
                Entry::Committed(committed) => {
                    found = FactFiles::resume(&work, committed)?.map(|files| (committed, files));
                    if found.is_some() {
                        break;
                    }
                    // What was attempted behind it was attempted behind an earlier commit, too.
                }
                Entry::Begun { .. } => {}
            }
        }
        let (resume, files) = match found {
            Some((committed, files)) => {
                let resume = Resume {
                    records: committed.records,
                    digest: committed.digest.clone(),
                    counts: committed.counts,
                    ..Resume::default()
                };
                (resume, files)
            }
            None => {
                // Nothing was committed: the files hold a header, or part of it.
                for name in FactFiles::names() {
                    remove(&work.join(name))?;
                }
                (Resume::default(), FactFiles::create(&work, &options.kept)?)
            }
        };
        let deaths_alone = attempts
            .iter()
            .filter(|it| **it == (resume.records, 1))
            .count();
        let longest = attempts
            .iter()
            .filter(|(record, _)| *record <= resume.records);
        let alone =
            longest.map(|(record, records)| (record + records).saturating_sub(resume.records));
        Ok(Self {
            resume: Resume {
                alone: alone.max().unwrap_or(0),
                leave_out: deaths_alone >= MOST_DEATHS,
                ..resume
            },
            work,
            options: options.clone(),
            files,
            journal,
            started: started.to_owned(),
            output,
        })
    }

    /// Where the run goes on, if it broke off; from the start otherwise.
    pub fn resume(&self) -> &Resume {
        &self.resume
    }

    /// When the run started, in UTC: before it broke off, if it did.
    pub fn started(&self) -> &str {
        &self.started
    }

    /// Computes the other tables and makes all of them the report that the folder has, at once. Gives the summary of each actor.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] if a file cannot be written or moved.
    pub fn finish(self, manifest: &Manifest) -> Result<Vec<ActorSummary>> {
        let Self {
            work,
            options,
            mut files,
            output,
            ..
        } = self;
        files.sync()?;
        let staged = output.stage()?;
        let facts = Manifest {
            tables: TableOptions::default(),
            ..manifest.clone()
        };
        let tables = Tables::new(&staged, &options.tables);
        let mut derived = Derived::create(&tables, manifest.actors.clone(), options.period)?;
        let wanted = super::derived::is_wanted;
        derived.add_all(&mut Facts::of(&work, facts.clone(), wanted)?, |_| Ok(()))?;
        let summaries = derived.complete()?;

        // Facts were written as CSV of the plain kind: that is the file, if it is asked for.
        let is_plain = options.tables.csv == CsvDialect::default();
        let mut others = options.tables.clone();
        others
            .formats
            .retain(|it| *it != TableFormat::Csv || !is_plain);
        if others.formats != options.tables.formats {
            for name in FactFiles::names() {
                let (from, to) = (work.join(&name), staged.join(&name));
                fs::hard_link(&from, &to)
                    .or_else(|_| fs::copy(&from, &to).map(|_| ()))
                    .map_err(Error::io(&to))?;
            }
        }
        let tables = tables.with_formats(others.formats);
        copy::<DocumentRow>(&work, &facts, &options.kept, &tables)?;
        copy::<MentionRow>(&work, &facts, &[], &tables)?;
        copy::<RejectedRow>(&work, &facts, &[], &tables)?;
        tables.complete()?;
        output.commit(manifest)?;
        Ok(summaries)
    }
}

/// Checks that a run may begin where none broke off: the folder has no report.
fn check_begins(directory: &Path, options: &ReportOptions) -> Result<()> {
    let Some(manifest) = Manifest::read(directory)? else {
        return Ok(());
    };
    let place = directory.display().to_string();
    let remedy = "";
    let is_same = manifest.run == of_identity(&options.identity) && manifest.shard == options.shard;
    Err(match is_same {
        true => {
            let problem = "this run has ended, and its report is there";
            Error::new(ErrorKind::AlreadyFinished, place, problem, remedy)
        }
        false => {
            let problem = "no run into this folder broke off, and it has the report of another";
            Error::new(ErrorKind::OutputTaken, place, problem, remedy)
        }
    })
}

/// Writes a table of facts in the formats of some tables.
fn copy<R: Table>(work: &Path, facts: &Manifest, kept: &[String], tables: &Tables) -> Result<()> {
    if !tables.has_formats() {
        return Ok(());
    }
    Rows::open::<R>(work, facts, kept, |_| true)?.copy::<R>(kept, tables)
}

/// Checks that a run is the one that broke off.
fn check_identity(directory: &Path, broken: &Identity, this: &Identity) -> Result<()> {
    let mut keys: Vec<&String> = broken.keys().chain(this.keys()).collect();
    keys.sort_unstable();
    let Some(key) = keys
        .into_iter()
        .find(|key| broken.get(*key) != this.get(*key))
    else {
        return Ok(());
    };
    let value = |of: &Identity| {
        of.get(key)
            .map_or("none".to_owned(), |it| format!("{it:?}"))
    };
    Err(Error::new(
        ErrorKind::NotResumable,
        directory.display().to_string(),
        format!(
            "the run that broke off had another {key} ({}) than this one ({})",
            value(broken),
            value(this)
        ),
        "give the same, or start anew",
    ))
}

/// Checks that documents has no column of a kept field's name.
pub(super) fn check_kept(kept: &[String]) -> Result<()> {
    let own = |name: &&String| DocumentRow::COLUMNS.iter().any(|it| it.name == **name);
    match kept.iter().find(own) {
        None => Ok(()),
        Some(name) => Err(Error::new(
            ErrorKind::Output,
            name,
            "a field of this name cannot be kept: documents has a column that is called so",
            "rename the field in the input, or leave it out",
        )),
    }
}

/// Gives an article's row of documents, with the fields that were kept, then its rows of mentions.
pub(super) fn each_row(
    scored: &ScoredArticle,
    catalogue: &Catalogue,
    document: impl FnOnce(&[Cell]) -> Result<()>,
    mut mention: impl FnMut(&[Cell]) -> Result<()>,
) -> Result<()> {
    let row = DocumentRow::new(scored);
    let mut cells = row.cells();
    cells.extend(scored.article.kept.iter().map(|value| Cell::Text(value)));
    document(&cells)?;
    for it in &scored.mentions {
        mention(&MentionRow::new(&row, scored, it, catalogue).cells())?;
    }
    Ok(())
}

impl Sink for Report {
    fn article(&mut self, scored: &ScoredArticle, catalogue: &Catalogue) -> Result<()> {
        let FactFiles {
            documents,
            mentions,
            ..
        } = &mut self.files;
        each_row(
            scored,
            catalogue,
            |cells| documents.write(cells),
            |cells| mentions.write(cells),
        )
    }

    fn rejected(&mut self, rejected: &Rejected) -> Result<()> {
        let row = RejectedRow::from(rejected);
        self.files.rejected.write(&row.cells())
    }

    fn starting(&mut self, record: u64, records: u64) -> Result<()> {
        self.journal.add(&Entry::Attempt { record, records })
    }

    fn done(&mut self, done: &Done) -> Result<()> {
        let files = self.files.sync()?;
        self.journal.add(&Entry::Committed(Committed {
            records: done.records,
            digest: done.digest.clone(),
            files,
            counts: done.counts,
        }))?;
        self.journal.sync()
    }
}
