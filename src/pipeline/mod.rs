//! The stages as one: whoever scores articles does it through [`Stages`].
//!
//! | | |
//! | --- | --- |
//! | [`Stages`] | prepares, asks and scores articles; holds catalogue, model and memory, and is shared by threads |
//! | [`Sink`] | takes scored articles and rejected records in the order of the corpus |
//! | [`run`] | streams a corpus through the stages into a sink |
//!
//! The command's reports are one sink. A sink of one's own is a few lines:
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use newstance::Result;

//! use newstance::actors::Catalogue;
//! use newstance::corpus::{Corpus, CorpusOptions, Rejected};
//! use newstance::model::{ModelDirectory, Scorer};
//! use newstance::pipeline::{RunOptions, ScoredArticle, Sink, Stages, run};
//!
//! #[derive(Default)]
//! struct Mentions(Vec<String>);
//!
//! impl Sink for Mentions {
//!     fn article(&mut self, scored: &ScoredArticle, _: &Catalogue) -> Result<()> {
//!         for mention in &scored.mentions {
//!             let surface = &scored.article.text[mention.mention.bytes.clone()];
//!             self.0.push(format!("{surface} {}", mention.answer.label()));
//!         }
//!         Ok(())
//!     }
//!
//!     fn rejected(&mut self, _: &Rejected) -> Result<()> {
//!         Ok(())
//!     }
//! }
//!
//! let stages = Stages::new(Catalogue::default(), Scorer::native(&ModelDirectory::fast()?)?);
//! let corpus = Corpus::open(&["samples/wire.jsonl".to_owned()], CorpusOptions::default())?;
//! let mut mentions = Mentions::default();
//! let options = RunOptions {
//!     limit: Some(1),
//!     ..RunOptions::default()
//! };
//! let outcome = run(corpus, &stages, &options, &mut mentions, |_| ControlFlow::Continue(()))?;
//! assert_eq!(outcome.counts.mentions, mentions.0.len() as u64);
//! # Ok::<(), newstance::Error>(())
//! ```

mod reader;
mod runner;

mod shard;
mod stages;

use crate::actors::Catalogue;
use crate::corpus::Rejected;
use crate::error::Result;

pub use runner::{Counts, Done, Outcome, Progress, Resume, RunOptions, Timings, run};
pub use shard::Shard;
pub use stages::{Answered, Prepared, ScoredArticle, ScoredMention, StageTimes, Stages};

/// Takes what a run gives, in the order of the corpus.
pub trait Sink {
    /// Takes the next article. Actors are places in the catalogue.
    ///
    /// # Errors
    ///
    /// What the sink meets; it ends the run.
    fn article(&mut self, scored: &ScoredArticle, catalogue: &Catalogue) -> Result<()>;

    /// Takes the next record that is not scored.
    ///
    /// # Errors
    ///
    /// What the sink meets; it ends the run.
    fn rejected(&mut self, rejected: &Rejected) -> Result<()>;

    /// Is told before records are scored: how many were done, and how many are next.
    ///
    /// # Errors
    ///
    /// What the sink meets; it ends the run.
    fn starting(&mut self, _record: u64, _records: u64) -> Result<()> {
        Ok(())
    }

    /// Is told when it has taken all records up to a place: what a run that breaks off can go on behind.
    ///
    /// # Errors
    ///
    /// What the sink meets; it ends the run.
    fn done(&mut self, _done: &Done) -> Result<()> {
        Ok(())
    }
}
