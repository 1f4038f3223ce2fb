//! Gold data in NewsMTSC format and the figures that a model gets on it, and what names do to it.

mod gold;
mod metrics;
mod predictions;
mod swap;

pub use gold::{GoldTarget, read_gold};
pub use metrics::{Evaluation, PerLabel};
pub use predictions::Predictions;
pub use swap::{Mean, Name, NameSwap, PLACE, read_names, read_sentences};
