//! Reading the facts of a folder back.

mod columns;
mod csv;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use self::columns::ColumnRows;
use self::csv::CsvRows;
use super::files::{TableFormat, Tables};
use super::manifest::{ActorEntry, Command, Manifest};
use super::output::settle;
use super::row::{Cell, Column, Table};
use super::{Batches, DocumentRow, FactTables, MentionRow};
use crate::actors::Voice;
use crate::aggregate::{Days, MentionFact};
use crate::decimal::Millionths;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Label;
use crate::text::Part;

/// Where the facts of a scored corpus are.
#[derive(Debug, Clone)]
pub enum FactSource {
    /// In a folder that `newstance score` wrote.
    Folder(PathBuf),
    /// In memory.
    Tables(Arc<ScoredTables>),
}

/// The facts of a scored corpus in memory, with what is known of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredTables {
    /// What was run on what.
    pub manifest: Manifest,
    /// What it found.
    pub facts: FactTables,
}

/// A scored corpus, or the articles of some of its days.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Where its facts are.
    pub source: FactSource,
    /// The days that are meant, if not all; articles without a date are in none.
    pub within: Option<Days>,
}

impl Scored {
    /// All articles of a folder.
    pub fn all(folder: &Path) -> Self {
        Self {
            source: FactSource::Folder(folder.to_owned()),
            within: None,
        }
    }

    /// All articles of tables in memory.
    pub fn of_tables(tables: Arc<ScoredTables>) -> Self {
        Self {
            source: FactSource::Tables(tables),
            within: None,
        }
    }

    /// The articles of some days among these.
    pub fn within(self, within: Option<Days>) -> Self {
        Self { within, ..self }
    }

    /// What it is called in messages.
    pub fn name(&self) -> String {
        match &self.source {
            FactSource::Folder(folder) => folder.display().to_string(),
            FactSource::Tables(_) => "facts".to_owned(),
        }
    }
}

/// The facts of one folder, article by article.
pub(super) struct Facts {
    pub manifest: Manifest,
    within: Option<Days>,
    documents: Rows,
    mentions: Rows,
}

/// An article's facts.
pub(super) struct ArticleFacts<M = MentionRow<'static>> {
    pub document: DocumentRow<'static>,
    /// Fields of the input that documents keep, as [`Manifest::kept`] names them.
    pub kept: Vec<String>,
    pub mentions: Vec<M>,
}

impl Facts {
    /// Opens the facts of a corpus.
    pub fn open(scored: &Scored) -> Result<Self> {
        Self::open_with(scored, |_| true)
    }

    /// Opens the facts of a corpus; texts of mentions in columns that are not wanted are read as empty.
    pub fn open_with(scored: &Scored, wanted: impl Fn(&str) -> bool) -> Result<Self> {
        let facts = match &scored.source {
            FactSource::Folder(folder) => Self::of(folder, manifest_of(folder)?, wanted)?,
            FactSource::Tables(tables) => Self::of_tables(tables, wanted)?,
        };
        Ok(Self {
            within: scored.within,
            ..facts
        })
    }

    fn of_tables(tables: &ScoredTables, wanted: impl Fn(&str) -> bool) -> Result<Self> {
        let (facts, kept) = (&tables.facts, &tables.manifest.kept);
        Ok(Self {
            documents: Rows::of::<DocumentRow>(&facts.documents, kept, |_| true)?,
            mentions: Rows::of::<MentionRow>(&facts.mentions, &[], wanted)?,
            within: None,
            manifest: tables.manifest.clone(),
        })
    }

    /// The facts that lie in a folder in the formats of a manifest.
    pub fn of(directory: &Path, manifest: Manifest, wanted: impl Fn(&str) -> bool) -> Result<Self> {
        Ok(Self {
            documents: Rows::open::<DocumentRow>(directory, &manifest, &manifest.kept, |_| true)?,
            mentions: Rows::open::<MentionRow>(directory, &manifest, &[], wanted)?,
            within: None,
            manifest,
        })
    }

    /// Whether an article is one of those that are meant.
    fn is_meant(&self, document: &DocumentRow) -> bool {
        match self.within {
            Some(days) => document.date.is_some_and(|date| days.contains(date)),
            None => true,
        }
    }

    /// The next article with its mentions.
    pub fn next(&mut self) -> Result<Option<ArticleFacts>> {
        self.next_as(Ok)
    }

    /// The next article with what `keep` keeps of its mentions, which may be many.
    pub fn next_as<M>(
        &mut self,
        mut keep: impl FnMut(MentionRow<'static>) -> Result<M, String>,
    ) -> Result<Option<ArticleFacts<M>>> {
        loop {
            let Some((document, kept)) = self.documents.next::<DocumentRow>()? else {
                return match self.mentions.next::<MentionRow>()? {
                    None => Ok(None),
                    Some((mention, _)) => {
                        let id = &mention.article_id;
                        Err(self.refuse(&format!("the article {id:?} is no document")))
                    }
                };
            };
            let is_meant = self.is_meant(&document);
            let id = &document.article_id;
            let mut mentions = Vec::new();
            for read in 0..document.mentions {
                match self.mentions.next::<MentionRow>()? {
                    Some((mention, _)) if mention.article_id == *id => {
                        if is_meant {
                            let kept = keep(mention).map_err(|problem| self.refuse(&problem))?;
                            mentions.push(kept);
                        }
                    }
                    _ => {
                        let problem = format!(
                            "documents have {} mentions of the article {id:?}, and here are {read}",
                            document.mentions,
                        );
                        return Err(self.refuse(&problem));
                    }
                }
            }
            if is_meant {
                return Ok(Some(ArticleFacts {
                    document,
                    kept,
                    mentions,
                }));
            }
        }
    }

    /// An error about the mention that was read last.
    pub fn refuse(&self, problem: &str) -> Error {
        refuse(self.mentions.reader.place(), problem)
    }
}

/// The manifest of a folder of facts.
fn manifest_of(directory: &Path) -> Result<Manifest> {
    let refuse = |problem: &str, remedy: &str| {
        let place = directory.display().to_string();
        Err(Error::new(ErrorKind::Facts, place, problem, remedy))
    };
    if directory.is_file() {
        return refuse(
            "this is a file, not a scored corpus",
            "score it first, and give the folder that `newstance score` wrote",
        );
    }
    settle(directory)?;
    match Manifest::read(directory)? {
        None => refuse(
            "this folder has no manifest.json",
            "give a folder that `newstance score` has finished",
        ),
        Some(manifest) if manifest.command != Command::Score => refuse(
            "this folder has tables that were computed from facts, not the facts",
            "give the folder that `newstance score` wrote",
        ),
        Some(manifest) => Ok(manifest),
    }
}

/// The places of actors by their ids.
pub(super) struct ActorPlaces(HashMap<String, usize>);

impl ActorPlaces {
    pub fn of(actors: &[ActorEntry]) -> Self {
        Self(actors.iter().map(|it| it.id.clone()).zip(0..).collect())
    }

    fn place(&self, mention: &MentionRow) -> Result<usize, String> {
        let place = self.0.get(&*mention.actor).copied();
        place.ok_or_else(|| format!("no actor of the manifest is {:?}", mention.actor))
    }

    /// What aggregation needs of an article's mentions.
    pub fn facts<'a>(&self, mentions: &'a [MentionRow]) -> Result<Vec<MentionFact<'a>>, String> {
        let fact = |mention: &'a MentionRow| Ok(mention.fact(self.place(mention)?));
        mentions.iter().map(fact).collect()
    }
}

/// What aggregation needs of a mention, without its row.
pub(super) struct KeptFact {
    actor: usize,
    sentence: usize,
    part: Part,
    voice: Voice,
    holder: Box<str>,
    stance: Millionths,
    label: Label,
}

impl KeptFact {
    pub fn of(mention: &MentionRow, places: &ActorPlaces) -> Result<Self, String> {
        let fact = mention.fact(places.place(mention)?);
        Ok(Self {
            actor: fact.actor,
            sentence: fact.sentence,
            part: fact.part,
            voice: fact.voice,
            holder: fact.holder.into(),
            stance: fact.stance,
            label: fact.label,
        })
    }

    pub fn fact(&self) -> MentionFact<'_> {
        MentionFact {
            actor: self.actor,
            sentence: self.sentence,
            part: self.part,
            voice: self.voice,
            holder: &self.holder,
            stance: self.stance,
            label: self.label,
        }
    }
}

/// Reads the documents of a corpus alone, in order.
pub(super) fn each_document(scored: &Scored, mut take: impl FnMut(&DocumentRow)) -> Result<()> {
    let mut facts = Facts::open(scored)?;
    while let Some((document, _)) = facts.documents.next::<DocumentRow>()? {
        if facts.is_meant(&document) {
            take(&document);
        }
    }
    Ok(())
}

/// A table of facts, from wherever they are.
fn table_of<R: Table>(scored: &Scored) -> Result<Rows> {
    let kept_of = |manifest: &Manifest| match R::NAME == DocumentRow::NAME {
        true => manifest.kept.clone(),
        false => Vec::new(),
    };
    match &scored.source {
        FactSource::Folder(folder) => {
            let manifest = manifest_of(folder)?;
            Rows::open::<R>(folder, &manifest, &kept_of(&manifest), |_| true)
        }
        FactSource::Tables(tables) => {
            let kept = kept_of(&tables.manifest);
            Rows::of::<R>(tables.facts.table(R::NAME), &kept, |_| true)
        }
    }
}

/// Reads a table of facts row by row, with the values of its kept columns.
pub(super) fn each_fact<R: Table>(
    scored: &Scored,
    take: impl FnMut(R, &[String]) -> Result<()>,
) -> Result<()> {
    table_of::<R>(scored)?.each(take)
}

/// Writes a table of facts into tables in the making.
pub(super) fn copy_table<R: Table>(
    scored: &Scored,
    kept: &[String],
    tables: &Tables,
) -> Result<()> {
    table_of::<R>(scored)?.copy::<R>(kept, tables)
}

/// Reads the mentions of a corpus, in order.
///
/// # Errors
///
/// [`ErrorKind::Facts`] if the folder's facts do not fit each other, [`ErrorKind::Io`] if they cannot be read.
pub fn each_mention(scored: &Scored, mut take: impl FnMut(&MentionRow)) -> Result<()> {
    let mut facts = Facts::open(scored)?;
    while let Some(article) = facts.next()? {
        article.mentions.iter().for_each(&mut take);
    }
    Ok(())
}

/// Reads the rows of a file, whatever its format.
pub(super) trait RowReader {
    /// The values of the next row, in the order of the columns that were asked for.
    fn next(&mut self) -> Result<Option<Vec<Cell<'_>>>>;

    /// Where the row that was read last is.
    fn place(&self) -> String;
}

/// The rows of one table.
pub(super) struct Rows {
    reader: Box<dyn RowReader>,
}

impl Rows {
    /// Opens a table in the format that the folder has it in.
    pub fn open<R: Table>(
        directory: &Path,
        manifest: &Manifest,
        kept: &[String],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        // Parquet is read several times as fast.
        let formats = [TableFormat::Parquet, TableFormat::Csv];
        let has = |format: &TableFormat| manifest.tables.formats.contains(format);
        let Some(format) = formats.into_iter().find(has) else {
            return Err(Error::new(
                ErrorKind::Facts,
                directory.display().to_string(),
                "this folder has its tables in no format that is read back",
                "score the corpus as CSV or Parquet",
            ));
        };
        let path = directory.join(format.file_of(R::NAME));
        let columns = Columns::of::<R>(kept, wanted);
        let reader: Box<dyn RowReader> = match format {
            TableFormat::Parquet => Box::new(ColumnRows::open(&path, &columns)?),
            _ => Box::new(CsvRows::open(path, manifest.tables.csv, &columns)?),
        };
        Ok(Self { reader })
    }

    /// The rows of a table in memory.
    fn of<R: Table>(
        table: &Batches,
        kept: &[String],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let columns = Columns::of::<R>(kept, wanted);
        Ok(Self {
            reader: Box::new(ColumnRows::of(R::NAME, table, &columns)?),
        })
    }

    /// Reads all rows that are left.
    fn each<R: Table>(&mut self, mut take: impl FnMut(R, &[String]) -> Result<()>) -> Result<()> {
        while let Some((row, kept)) = self.next::<R>()? {
            take(row, &kept)?;
        }
        Ok(())
    }

    /// Writes all rows that are left into tables in the making.
    pub fn copy<R: Table>(mut self, kept: &[String], tables: &Tables) -> Result<()> {
        let mut file = tables.with_columns::<R>(kept)?;
        self.each::<R>(|row, kept| file.write_with(&row, kept))?;
        file.complete()
    }

    /// The next row, with the values of its kept columns.
    pub fn next<R: Table>(&mut self) -> Result<Option<(R, Vec<String>)>> {
        let Some(cells) = self.reader.next()? else {
            return Ok(None);
        };
        let (own, kept) = cells.split_at(R::COLUMNS.len());
        let kept = kept.iter().map(ToString::to_string).collect();
        let row = R::from_cells(own).map_err(|column| column.name);
        match row {
            Ok(row) => Ok(Some((row, kept))),
            Err(column) => Err(refuse(
                self.reader.place(),
                &format!("{column} has a value that is none of its"),
            )),
        }
    }
}

/// The columns of a table that are read.
struct Columns<'a> {
    own: &'static [Column],
    /// Which of them are needed; others need not be read if they are texts.
    wanted: Vec<bool>,
    kept: &'a [String],
}

impl<'a> Columns<'a> {
    fn of<R: Table>(kept: &'a [String], wanted: impl Fn(&str) -> bool) -> Self {
        Self {
            own: R::COLUMNS,
            wanted: R::COLUMNS.iter().map(|it| wanted(it.name)).collect(),
            kept,
        }
    }

    /// Names and needs, in order.
    fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().map(|column| column.name);
        own.chain(self.kept.iter().map(String::as_str))
    }
}

fn refuse(place: String, problem: &str) -> Error {
    Error::new(ErrorKind::Facts, place, problem, "score the corpus again")
}

const WRONG_COLUMNS: &str = "the columns are not those of this version of newstance";
