//! Reading the facts of a folder back.

use std::fs::File;
use std::path::{Path, PathBuf};

use csv::{Reader, StringRecord};
use serde::de::DeserializeOwned;

use super::atomic::csv_name;
use super::manifest::Manifest;
use super::{DocumentRow, MentionRow, Table};
use crate::error::{Error, ErrorKind, Result};

/// The facts of one folder, article by article.
pub(super) struct Facts {
    pub manifest: Manifest,
    documents: Rows,
    mentions: Rows,
}

impl Facts {
    /// Opens the facts of a folder.
    pub fn open(directory: &Path) -> Result<Self> {
        let manifest = Manifest::read(directory)?.ok_or_else(|| {
            Error::new(
                ErrorKind::Facts,
                directory.display().to_string(),
                "this folder has no manifest.json",
                "give a folder that `newstance score` has finished",
            )
        })?;
        Ok(Self {
            manifest,
            documents: Rows::open::<DocumentRow>(directory)?,
            mentions: Rows::open::<MentionRow>(directory)?,
        })
    }

    /// The next article with its mentions.
    pub fn next(&mut self) -> Result<Option<(DocumentRow<'static>, Vec<MentionRow<'static>>)>> {
        let Some(document) = self.documents.next::<DocumentRow>()? else {
            return match self.mentions.next::<MentionRow>()? {
                None => Ok(None),
                Some(mention) => {
                    let id = &mention.article_id;
                    Err(self
                        .mentions
                        .refuse(&format!("the article {id:?} is no document")))
                }
            };
        };
        let id = &document.article_id;
        let mut mentions = Vec::new();
        for _ in 0..document.mentions {
            match self.mentions.next::<MentionRow>()? {
                Some(mention) if mention.article_id == *id => mentions.push(mention),
                _ => {
                    let problem = format!(
                        "documents.csv has {} mentions of the article {id:?}, and here are {}",
                        document.mentions,
                        mentions.len()
                    );
                    return Err(self.mentions.refuse(&problem));
                }
            }
        }
        Ok(Some((document, mentions)))
    }

    /// An error about the mention that was read last.
    pub fn refuse(&self, problem: &str) -> Error {
        self.mentions.refuse(problem)
    }
}

/// Reads the mentions of a folder, in order.
///
/// # Errors
///
/// [`ErrorKind::Facts`] if the folder's facts do not fit each other, [`ErrorKind::Io`] if they cannot be read.
pub fn each_mention(directory: &Path, mut take: impl FnMut(&MentionRow)) -> Result<()> {
    let mut facts = Facts::open(directory)?;
    while let Some((_, mentions)) = facts.next()? {
        mentions.iter().for_each(&mut take);
    }
    Ok(())
}

/// The rows of one file.
struct Rows {
    reader: Reader<File>,
    record: StringRecord,
    path: PathBuf,
}

impl Rows {
    fn open<R: Table>(directory: &Path) -> Result<Self> {
        let path = directory.join(csv_name::<R>());
        let file = File::open(&path).map_err(Error::io(&path))?;
        let mut rows = Self {
            reader: Reader::from_reader(file),
            record: StringRecord::new(),
            path,
        };
        let header = rows.reader.headers();
        let header = header
            .cloned()
            .map_err(|error| rows.refuse(&error.to_string()))?;
        // Kept fields of the input stand behind a table's own columns.
        let known = R::COLUMNS.iter().map(|column| column.name);
        match header.iter().take(R::COLUMNS.len()).eq(known) {
            true => Ok(rows),
            false => Err(rows.refuse("the header is not that of this version of newstance")),
        }
    }

    fn next<R: DeserializeOwned>(&mut self) -> Result<Option<R>> {
        let read = self.reader.read_record(&mut self.record);
        let more = read.map_err(|error| self.refuse(&error.to_string()))?;
        if !more {
            return Ok(None);
        }
        let row = self.record.deserialize(None);
        row.map(Some)
            .map_err(|error| self.refuse(&error.to_string()))
    }

    fn refuse(&self, problem: &str) -> Error {
        let line = match self.record.position() {
            Some(position) => format!(":{}", position.line()),
            None => String::new(),
        };
        Error::new(
            ErrorKind::Facts,
            format!("{}{line}", self.path.display()),
            problem,
            "score the corpus again",
        )
    }
}
