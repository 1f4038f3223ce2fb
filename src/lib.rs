//! Stance scoring for news: how is each actor portrayed, in whose words, and how does that change?
//!
//! Articles come in, every mention of a configured actor gets a target-dependent sentiment (its
//! *stance*) from a transformer, and tidy tables go out. The stages are a one-way street, each a module
//! that knows only the type it takes and the type it gives:
//!
//! | stage | takes | gives |
//! | --- | --- | --- |
//! | [`corpus`] | files | [`Article`](corpus::Article), or [`Rejected`](corpus::Rejected) |
//! | [`text`] | a text | [`Document`](text::Document) |
//! | [`actors`] | a document | [`Mention`](actors::Mention) |
//! | [`model`] | [`Question`](model::Question) | [`Answer`](model::Answer) |
//! | [`aggregate`] | facts of mentions | [`ActorSummary`](aggregate::ActorSummary) |
//! | [`pipeline`] | a corpus | [`ScoredArticle`](pipeline::ScoredArticle), to a [`Sink`](pipeline::Sink) |
//! | [`report`] | scored articles | tables and a manifest |
//!
//! [`pipeline::Stages`] puts text, actors and model together: start there. The feature `cli` has the
//! command, the feature `fast` the model of that name; a library without default features has neither.

pub mod actors;
pub mod aggregate;
#[cfg(feature = "cli")]
pub mod cli;
pub mod corpus;
mod decimal;
mod error;
mod guard;

pub mod eval;
pub mod model;
pub mod pipeline;
mod regular;
pub mod report;
pub mod text;

pub use decimal::{Millionths, NotDecimal};
pub use error::{Error, ErrorKind, Result};

#[cfg(all(doctest, feature = "fast"))]
#[doc = include_str!("../README.md")]
struct Readme;
