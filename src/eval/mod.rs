//! Gold data in NewsMTSC format and the figures that a model gets on it.

mod gold;
mod metrics;

pub use gold::{GoldTarget, read_gold};
pub use metrics::{Evaluation, PerLabel};
