//! From scored mentions to the stance of articles and of the corpus.
//!
//! Sentence stance is the mean over an actor's mentions in the sentence, article stance the mean over
//! its sentences, corpus stance the mean over articles: every article counts once, however often it
//! names the actor. Author's and quoted stance are the same over those mentions alone.
//!
//! Every mean is rounded to millionths before the next is taken, so each printed figure can be computed
//! again from the printed figures one level below. Sums are whole numbers, so neither the order of
//! articles nor the way in which they were split into runs changes a digit.

mod article;
mod bootstrap;
mod cells;
mod corpus;
mod days;
mod difference;
mod groups;
mod pairs;
mod period;

pub use article::{ArticleSummary, LabelCounts, MentionFact, pairs, summarize};
pub(crate) use bootstrap::ClusterWeights;
pub use bootstrap::{CLUSTERS_FOR_INTERVAL, REPLICATES};
pub use cells::{BINS, Cell, article_cells, holder_cells};
pub use corpus::{ActorSummary, CorpusAggregate, Estimate};
pub use days::Days;
pub use difference::{Difference, DifferenceTest, PERMUTATIONS, StanceSample, holm};
pub use groups::{GroupAggregate, GroupSummary};
pub use pairs::{PairAggregate, PairSummary};
pub use period::Period;
