//! Mentions as JSON Lines, for pipes.

use std::io::Write;

use super::files::write_line;
use super::{DocumentRow, MentionRow, Table};
use crate::actors::Catalogue;
use crate::corpus::Rejected;
use crate::error::{Error, Result};
use crate::pipeline::{ScoredArticle, Sink};

/// A [`Sink`] that writes each mention as a line of JSON, with the fields of mentions.csv.
pub struct MentionStream<W> {
    out: W,
    rejected: Box<dyn FnMut(&Rejected) + Send>,
}

impl<W: Write> MentionStream<W> {
    /// Writes to a stream; records that are rejected go to `rejected`.
    pub fn new(out: W, rejected: impl FnMut(&Rejected) + Send + 'static) -> Self {
        Self {
            out,
            rejected: Box::new(rejected),
        }
    }

    fn write(&mut self, row: &MentionRow) -> std::io::Result<()> {
        let names = MentionRow::COLUMNS.iter().map(|column| column.name);
        write_line(&mut self.out, names, &row.cells())
    }
}

impl<W: Write> Sink for MentionStream<W> {
    fn article(&mut self, scored: &ScoredArticle, catalogue: &Catalogue) -> Result<()> {
        let document = DocumentRow::new(scored);
        let mut written = Ok(());
        for mention in &scored.mentions {
            let row = MentionRow::new(&document, scored, mention, catalogue);
            written = written.and_then(|()| self.write(&row));
        }
        // Who reads a pipe reads on as articles are scored.
        let flushed = written.and_then(|()| self.out.flush());
        flushed.map_err(Error::io("standard output".as_ref()))
    }

    fn rejected(&mut self, rejected: &Rejected) -> Result<()> {
        (self.rejected)(rejected);
        Ok(())
    }
}
