//! From scored articles to a folder of tables.
//!
//! The facts are two tables: `documents.csv` has one row for each article, `mentions.csv` one for each
//! mention. All other tables are computed from them, by the run that writes the facts and by
//! [`derive()`] alike.

mod batches;
mod breakdown;
mod compare;
mod derive;
mod derived;
mod facts;
mod files;
mod grouped;
mod growing;
mod journal;
mod lock;
mod manifest;
mod output;
mod page;
mod row;
mod run;
mod settled;
mod shards;
mod sink;
mod stream;
mod tables;
mod transfer;

pub use batches::{Batches, FactBatches, FactTables};
pub use compare::{ChangeRow, CompareBy, Comparison, DifferenceRow};
pub use derive::{Aggregator, DeriveOptions, DeriveOutput, DerivedTables, aggregate, derive};
pub use facts::{FactSource, Scored, ScoredTables, each_mention};
pub(crate) use files::{AtomicFile, BOM, io_error};
pub use files::{CsvDialect, Delimiter, TableFormat, TableOptions};
pub use grouped::{BreakdownRow, PairRow, SourceRow, TimelineRow};
pub use journal::{Identity, of_identity};
pub use manifest::{ActorEntry, Command, Manifest, SCHEMA, VERSION};
pub use output::{Existing, check_output};
pub use page::{MOST_BYTES, page, write_page};
pub use row::{Cell, Column, Kind, Table};
pub use run::{Ended, Engine, Finished, ScoreOptions};
pub use settled::settle;
pub use sink::{Report, ReportOptions};
pub use stream::MentionStream;
pub(crate) use tables::at_mention;
pub use tables::{ActorRow, ArticleRow, DocumentRow, MentionRow, RejectedRow};
pub use transfer::{read_facts, save};

/// The columns of a table by its name, with what they hold; `None` if no table is called so.
pub fn columns_of(table: &str) -> Option<&'static [Column]> {
    let tables: [(&str, &'static [Column]); 9] = [
        (DocumentRow::NAME, DocumentRow::COLUMNS),
        (MentionRow::NAME, MentionRow::COLUMNS),
        (RejectedRow::NAME, RejectedRow::COLUMNS),
        (ArticleRow::NAME, ArticleRow::COLUMNS),
        (ActorRow::NAME, ActorRow::COLUMNS),
        (TimelineRow::NAME, TimelineRow::COLUMNS),
        (SourceRow::NAME, SourceRow::COLUMNS),
        (PairRow::NAME, PairRow::COLUMNS),
        (BreakdownRow::NAME, BreakdownRow::COLUMNS),
    ];
    let mut named = tables.into_iter();
    named
        .find(|(name, _)| *name == table)
        .map(|(_, columns)| columns)
}
