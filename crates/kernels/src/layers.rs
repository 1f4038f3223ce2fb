//! The weights of an encoder, as a checkpoint holds them.

use bytes::Bytes;
use half::f16;
use half::slice::HalfFloatSliceExt;
use ndarray::{Array1, Array2};

use crate::relative::RelativeBias;

/// `y = x Wᵀ + b`.
pub struct Linear<W = Array2<f32>> {
    /// `[outputs, inputs]`, as PyTorch has it.
    pub weight: W,
    /// `[outputs]`.
    pub bias: Array1<f32>,
}

/// 8-bit weights, where they were read to: `value · scale of the output · factor of the input`.
pub struct Quantized<'a> {
    /// For each output the bits of its values, `[inputs]`, none -128.
    pub values: Vec<&'a [u8]>,
    /// `[outputs]`.
    pub scales: Vec<f32>,
    /// `[inputs]`, powers of two; `None` if all are 1.
    pub factors: Option<Vec<f32>>,
}

/// Layer normalization (Ba et al. 2016).
#[derive(Clone)]
pub struct LayerNorm {
    /// `[hidden]`.
    pub weight: Vec<f32>,
    /// `[hidden]`.
    pub bias: Vec<f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// One encoder layer.
pub struct Layer<W = Array2<f32>> {
    /// Queries, keys and values in one product, `[3 hidden, hidden]`.
    pub qkv: Linear<W>,
    /// Behind attention, `[hidden, hidden]`.
    pub attention_output: Linear<W>,
    /// Behind the first residual.
    pub attention_norm: LayerNorm,
    /// Before GELU, `[intermediate, hidden]`.
    pub intermediate: Linear<W>,
    /// Behind GELU, `[hidden, intermediate]`.
    pub output: Linear<W>,
    /// Behind the second residual.
    pub output_norm: LayerNorm,
}

/// Word embeddings as a checkpoint stores them, where they were read to: a batch needs few of their rows.
pub struct Words {
    stored: Stored,
    width: usize,
}

enum Stored {
    F16(Bytes),
    Int8(Bytes, Vec<f32>),
}

impl Words {
    /// Of half precision, low bytes first: `[vocabulary, width]`.
    pub fn of_halves(bytes: Bytes, width: usize) -> Self {
        let stored = Stored::F16(bytes);
        Self { stored, width }
    }

    /// Of 8 bits with a scale for each row: `[vocabulary, width]`.
    pub fn of_steps(values: Bytes, scales: Vec<f32>, width: usize) -> Self {
        let stored = Stored::Int8(values, scales);
        Self { stored, width }
    }

    /// Writes a word's row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn write(&self, word: usize, to: &mut [f32]) {
        match &self.stored {
            Stored::F16(bytes) => {
                const TOGETHER: usize = 64;
                let row = &bytes[2 * word * self.width..2 * (word + 1) * self.width];
                for (to, row) in to.chunks_mut(TOGETHER).zip(row.chunks(2 * TOGETHER)) {
                    let mut halves = [f16::ZERO; TOGETHER];
                    for (half, bytes) in halves.iter_mut().zip(row.as_chunks::<2>().0) {
                        *half = f16::from_le_bytes(*bytes);
                    }
                    halves[..to.len()].convert_to_f32_slice(to);
                }
            }
            Stored::Int8(values, scales) => {
                let row = &values[word * self.width..(word + 1) * self.width];
                for (to, &value) in to.iter_mut().zip(row) {
                    *to = f32::from(value.cast_signed()) * scales[word];
                }
            }
        }
    }
}

/// What stands before the layers, and what all layers share.
pub struct Embeddings {
    /// `[vocabulary, hidden]`.
    pub words: Words,
    /// `[positions, hidden]`, from the first position that a token can have.
    pub positions: Array2<f32>,
    /// `[segments, hidden]`, at least one.
    pub segments: Array2<f32>,
    /// Behind the sum of the three.
    pub norm: LayerNorm,
    /// What attention is biased by, if the model knows the distance of tokens.
    pub relative: Option<RelativeBias>,
    /// Heads of attention in every layer.
    pub heads: usize,
}

impl Embeddings {
    /// Values of a token's state.
    pub fn hidden(&self) -> usize {
        self.words.width
    }
}

/// Concatenated token sequences; sequence `i` is tokens `starts[i]..starts[i + 1]`.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    /// Token ids of all sequences.
    pub ids: &'a [u32],
    /// The segment of each token.
    pub segments: &'a [u8],
    /// Where each sequence starts, and behind the last where it ends.
    pub starts: &'a [usize],
}

impl Tokens<'_> {
    /// The token range of each sequence.
    pub fn sequences(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.starts.windows(2).map(|pair| pair[0]..pair[1])
    }
}
