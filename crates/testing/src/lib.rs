//! What the tests of several crates share.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoint;
mod properties;
mod shared;

pub use checkpoint::{Case, Checkpoint, bytes_of};
pub use properties::{mentions_slice_back, sentences_cover};
pub use shared::shared;
