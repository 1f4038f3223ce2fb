//! From scored articles to a folder of tables.
//!
//! The facts are two tables: `documents.csv` has one row for each article, `mentions.csv` one for each
//! mention. All other tables are computed from them, by the run that writes the facts and by
//! [`derive()`] alike.

mod atomic;
mod columns;
mod derived;
mod facts;
mod folder;
mod grouped;
mod lock;
mod manifest;
mod sink;
mod stream;
mod tables;

pub use columns::{Column, Table};
pub use derived::{Derived, derive};
pub use facts::each_mention;
pub use folder::check_output;
pub use grouped::{SourceRow, TimelineRow};
pub use manifest::{ActorEntry, Command, Manifest, SCHEMA, VERSION};
pub use sink::Report;
pub use stream::MentionStream;
pub use tables::{ActorRow, ArticleRow, DocumentRow, MentionRow, PairRow, RejectedRow};
