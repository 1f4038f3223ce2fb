//! What the tests of several crates share.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoint;
mod shared;

pub use checkpoint::{Case, Checkpoint, bytes_of};
pub use shared::shared;
