//! Gold data in NewsMTSC format and the figures that a model gets on it, pairs that are easily confused, and what names
//! do to it.

mod challenge;
mod gold;
mod interval;
mod metrics;
mod predictions;
mod prior;
mod references;
mod sentences;
mod sheet;
mod swap;
mod voices;

pub use challenge::{ChallengePair, ClassFigures, read_pairs};
pub use gold::{GoldTarget, read_gold};
pub use interval::{Clustered, Interval};
pub use metrics::{Evaluation, EvaluationIntervals, PerLabel};
pub use predictions::Predictions;
pub use prior::Prior;
pub use references::{
    Found, GoldReferences, Reference, ReferenceFigures, ReferenceMistake, VoicesFound,
    read_references,
};
pub use sentences::{
    Boundaries, GoldSentences, SentenceMistake, SentenceSpan, measure_sentences,
    read_gold_sentences,
};
pub use sheet::{CodedSheet, Sample, SheetRow, read_sheet, write_sheet};
pub use swap::{Mean, Name, NameSwap, PLACE, read_names, read_sentences};
pub use voices::{Attribution, FormFigures, GoldVoices, VoiceFigures, VoiceMistake, read_voices};
