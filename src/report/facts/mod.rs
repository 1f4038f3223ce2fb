//! Reading the facts of a folder back.

mod csv;
mod parquet;

use std::collections::HashMap;
use std::path::Path;

use self::csv::CsvRows;
use self::parquet::ParquetRows;
use super::files::TableFormat;
use super::manifest::Manifest;
use super::row::{Cell, Column, Table};
use super::{DocumentRow, MentionRow};
use crate::aggregate::MentionFact;
use crate::error::{Error, ErrorKind, Result};

/// The facts of one folder, article by article.
pub(super) struct Facts {
    pub manifest: Manifest,
    documents: Rows,
    mentions: Rows,
}

/// An article's facts.
pub(super) struct ArticleFacts {
    pub document: DocumentRow<'static>,
    /// Fields of the input that documents keep, as [`Manifest::kept`] names them.
    pub kept: Vec<String>,
    pub mentions: Vec<MentionRow<'static>>,
}

impl Facts {
    /// Opens the facts of a folder.
    pub fn open(directory: &Path) -> Result<Self> {
        Self::open_with(directory, |_| true)
    }

    /// Opens the facts of a folder; texts of mentions in columns that are not wanted are read as empty.
    pub fn open_with(directory: &Path, wanted: impl Fn(&str) -> bool) -> Result<Self> {
        let manifest = Manifest::read(directory)?.ok_or_else(|| {
            Error::new(
                ErrorKind::Facts,
                directory.display().to_string(),
                "this folder has no manifest.json",
                "give a folder that `newstance score` has finished",
            )
        })?;
        let documents = Rows::open::<DocumentRow>(directory, &manifest, &manifest.kept, |_| true)?;
        let mentions = Rows::open::<MentionRow>(directory, &manifest, &[], wanted)?;
        Ok(Self {
            manifest,
            documents,
            mentions,
        })
    }

    /// The next article with its mentions.
    pub fn next(&mut self) -> Result<Option<ArticleFacts>> {
        let Some((document, kept)) = self.documents.next::<DocumentRow>()? else {
            return match self.mentions.next::<MentionRow>()? {
                None => Ok(None),
                Some((mention, _)) => {
                    let id = &mention.article_id;
                    Err(self.refuse(&format!("the article {id:?} is no document")))
                }
            };
        };
        let id = &document.article_id;
        let mut mentions = Vec::new();
        for _ in 0..document.mentions {
            match self.mentions.next::<MentionRow>()? {
                Some((mention, _)) if mention.article_id == *id => mentions.push(mention),
                _ => {
                    let problem = format!(
                        "documents have {} mentions of the article {id:?}, and here are {}",
                        document.mentions,
                        mentions.len()
                    );
                    return Err(self.refuse(&problem));
                }
            }
        }
        Ok(Some(ArticleFacts {
            document,
            kept,
            mentions,
        }))
    }

    /// What aggregation needs of an article's mentions, the article read last; `places` are those of actors.
    pub fn mention_facts<'a>(
        &self,
        article: &'a ArticleFacts,
        places: &HashMap<String, usize>,
    ) -> Result<Vec<MentionFact<'a>>> {
        let fact = |mention: &'a MentionRow| match places.get(&*mention.actor) {
            Some(&actor) => Ok(mention.fact(actor)),
            None => {
                let actor = &mention.actor;
                Err(self.refuse(&format!("no actor of the manifest is {actor:?}")))
            }
        };
        article.mentions.iter().map(fact).collect()
    }

    /// An error about the mention that was read last.
    pub fn refuse(&self, problem: &str) -> Error {
        refuse(self.mentions.reader.place(), problem)
    }
}

/// Reads the documents of a folder alone, in order.
pub(super) fn each_document(directory: &Path, mut take: impl FnMut(&DocumentRow)) -> Result<()> {
    let mut documents = Facts::open(directory)?.documents;
    while let Some((document, _)) = documents.next::<DocumentRow>()? {
        take(&document);
    }
    Ok(())
}

/// Reads the mentions of a folder, in order.
///
/// # Errors
///
/// [`ErrorKind::Facts`] if the folder's facts do not fit each other, [`ErrorKind::Io`] if they cannot be read.
pub fn each_mention(directory: &Path, mut take: impl FnMut(&MentionRow)) -> Result<()> {
    let mut facts = Facts::open(directory)?;
    while let Some(article) = facts.next()? {
        article.mentions.iter().for_each(&mut take);
    }
    Ok(())
}

/// Reads the rows of a file, whatever its format.
trait RowReader {
    /// The values of the next row, in the order of the columns that were asked for.
    fn next(&mut self) -> Result<Option<Vec<Cell<'_>>>>;

    /// Where the row that was read last is.
    fn place(&self) -> String;
}

/// The rows of one table.
struct Rows {
    reader: Box<dyn RowReader>,
}

impl Rows {
    /// Opens a table in the format that the folder has it in.
    fn open<R: Table>(
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
        let columns = Columns {
            own: R::COLUMNS,
            wanted: R::COLUMNS.iter().map(|it| wanted(it.name)).collect(),
            kept,
        };
        let reader: Box<dyn RowReader> = match format {
            TableFormat::Parquet => Box::new(ParquetRows::open(path, &columns)?),
            _ => Box::new(CsvRows::open(path, manifest.tables.csv, &columns)?),
        };
        Ok(Self { reader })
    }

    /// The next row, with the values of its kept columns.
    fn next<R: Table>(&mut self) -> Result<Option<(R, Vec<String>)>> {
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

impl Columns<'_> {
    /// Names and needs, in order.
    fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().map(|column| column.name);
        own.chain(self.kept.iter().map(String::as_str))
    }
}

fn refuse(place: String, problem: &str) -> Error {
    Error::new(ErrorKind::Facts, place, problem, "score the corpus again")
}

fn at(path: &Path, row: Option<u64>) -> String {
    match row {
        Some(row) => format!("{}:{row}", path.display()),
        None => path.display().to_string(),
    }
}

const WRONG_COLUMNS: &str = "the columns are not those of this version of newstance";
