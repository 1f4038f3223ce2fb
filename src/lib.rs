//! Stance scoring for news.

pub mod actors;
pub mod aggregate;
pub mod corpus;
mod error;
pub mod eval;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod text;

pub use error::{Error, Result};
