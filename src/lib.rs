//! Stance scoring for news: how is each actor portrayed, and by whom?
//!
//! Articles come in, every mention of a configured actor gets a target-dependent sentiment (its
//! *stance*) from a transformer, and tidy CSV reports go out. The stages are a one-way street, each
//! a module that knows only the type it takes and the type it gives:
//!
//! | stage | takes | gives |
//! | --- | --- | --- |
//! | [`corpus`] | files | [`Article`](corpus::Article), or [`Rejected`](corpus::Rejected) |
//! | [`text`] | a text | [`Sentence`](text::Sentence) |
//! | [`actors`] | sentences | [`Mention`](actors::Mention) |
//! | [`model`] | [`Target`](model::Target) | [`StanceScore`](model::StanceScore) |
//! | [`aggregate`] | scored mentions | [`ActorSummary`](aggregate::ActorSummary) |
//! | [`report`] | all of these | CSV files and a manifest |
//!
//! [`pipeline::score`] runs them all. One sentence by hand:
//!
//! ```
//! use newstance::actors::{Catalogue, Matcher};
//! use newstance::model::{Label, ModelDirectory, Scorer};
//! use newstance::{pipeline, text};
//!
//! let article = "Critics condemned Putin, but they praised Zelenskyy for his courage.";
//! let sentences = text::split(article);
//! let catalogue = Catalogue::default();
//! let mentions = Matcher::new(&catalogue).find(article, &sentences, None);
//! let targets: Vec<_> = mentions
//!     .iter()
//!     .map(|mention| pipeline::target(article, &sentences, mention))
//!     .collect();
//!
//! let scorer = Scorer::native(&ModelDirectory::fast()?)?;
//! let labels: Vec<_> = scorer.score(&targets)?.iter().map(|score| score.label()).collect();
//! assert_eq!(labels, [Label::Negative, Label::Positive]);
//! # Ok::<(), newstance::Error>(())
//! ```

pub mod actors;
pub mod aggregate;
pub mod bench;
pub mod corpus;
mod error;
pub mod eval;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod text;

pub use error::{Error, Result};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
