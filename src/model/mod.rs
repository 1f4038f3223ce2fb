//! From questions to answers: input building, batching and the encoder behind one small trait.

mod add;
mod batch;
mod cache;
mod calibration;
mod config;
mod description;
mod device;
mod directory;
#[cfg(feature = "hub")]
pub mod hub;
mod input;
mod installed;
mod labels;
pub mod native;
mod pieces;
mod question;
mod scorer;
mod stored;
mod untrusted;

use ndarray::Array2;

pub use add::{Added, add, changed};
pub use batch::Batch;
pub use calibration::Calibration;
pub use config::Config;
pub use description::{CascadeRule, TargetStyle};
pub use device::{Device, NativeOptions, Precision};
pub use directory::ModelDirectory;
pub use input::{EncodedInput, InputBuilder};
#[cfg(feature = "cli")]
pub(crate) use installed::{ACCURATE, BALANCED, FAST};
pub use installed::{Models, installed_models};
pub use labels::LabelMap;
pub use newstance_kernels::int8::OperatorTime;
pub use question::{Answer, Label, Question};
pub use scorer::{Scorer, Usage};
pub use stored::{Shard, StoredWeights};

use crate::error::Result;

/// A sequence classifier: the one thing that a backend implements.
pub trait StanceModel: Send + Sync {
    /// Logits of each sequence of the batch, `[sequences, classes]`, columns in the order of the
    /// model's own classes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if a batch does not fit into a device's memory; on a CPU none.
    fn logits(&self, batch: &Batch) -> Result<Array2<f32>>;

    /// Tokens of a batch that suits the backend.
    fn batch_tokens(&self) -> usize;

    /// The backend and how it runs, in a few words for the manifest.
    fn description(&self) -> String;

    /// What all threads have spent in each part of the encoder, if the backend knows.
    fn operators(&self) -> Vec<OperatorTime> {
        Vec::new()
    }

    /// Operations on 8 bits that one thread does in a second at most, on data in the cache, if the backend computes on 8 bits. Measures
    /// for some hundredths of a second.
    fn ceiling(&self) -> Option<f64> {
        None
    }
}
