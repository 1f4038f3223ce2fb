//! Sequences of different lengths without padding.

use std::ops::Range;

use super::EncodedInput;

/// Concatenated token sequences; sequence `i` is tokens `starts[i]..starts[i + 1]`.
///
/// Linear layers see one tall matrix of all tokens, attention walks the sequences, and no
/// arithmetic is spent on padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    ids: Vec<u32>,
    segments: Vec<u8>,
    starts: Vec<usize>,
}

impl Batch {
    /// Concatenates inputs.
    pub fn new<'a>(inputs: impl IntoIterator<Item = &'a EncodedInput>) -> Self {
        let mut batch = Self {
            ids: Vec::new(),
            segments: Vec::new(),
            starts: vec![0],
        };
        for input in inputs {
            batch.ids.extend_from_slice(&input.ids);
            batch.segments.extend_from_slice(&input.segments);
            batch.starts.push(batch.ids.len());
        }
        batch
    }

    /// Number of sequences.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no sequences.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of tokens of all sequences.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// Token ids of all sequences.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Segment of each token: 0 for the sentence, 1 for the target.
    pub fn segments(&self) -> &[u8] {
        &self.segments
    }

    /// Where each sequence starts, and behind the last where it ends.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The token range of each sequence.
    pub fn sequences(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|pair| pair[0]..pair[1])
    }
}
