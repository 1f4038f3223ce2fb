//! From scored mentions to the stance of articles and of the corpus.
//!
//! Sentence stance is the mean over an actor's mentions in the sentence, article stance the mean
//! over its sentences, corpus stance the mean over articles: every article counts once, however
//! often it names the actor.

mod article;
mod bootstrap;
mod corpus;

pub use article::{ArticleSummary, LabelCounts, ScoredMention, summarize};
pub use bootstrap::{ArticleWeights, Bootstrap, REPLICATES};
pub use corpus::{ActorSummary, CorpusAggregate};
