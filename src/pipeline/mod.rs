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
//! use newstance::Result;
//! use newstance::actors::Catalogue;
//! use newstance::corpus::{Corpus, CorpusOptions, Rejected};
//! use newstance::model::{ModelDirectory, Scorer};
//! use newstance::pipeline::{ScoredArticle, Sink, Stages, run};
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
//! let outcome = run(corpus, &stages, Some(1), &mut mentions, |_| {})?;
//! assert_eq!(outcome.counts.mentions, mentions.0.len() as u64);
//! # Ok::<(), newstance::Error>(())
//! ```

mod runner;
mod stages;

use crate::actors::Catalogue;
use crate::corpus::Rejected;
use crate::error::Result;

pub use runner::{Counts, Outcome, Progress, Timings, run};
pub use stages::{Prepared, ScoredArticle, ScoredMention, StageTimes, Stages};

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
}
