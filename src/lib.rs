//! Stance scoring for news.

pub mod actors;
pub mod corpus;
mod error;
pub mod text;

pub use error::{Error, Result};
