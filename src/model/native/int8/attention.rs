//! Attention of one sequence at a time, in f32 and in the cache.

use std::ops::Range;

use super::lanes::exponentials;
use crate::model::native::kernels::int8::{Isa, LANES};

/// Queries that are worked on together.
const QUERIES: usize = 8;

/// What attention needs beside its inputs, kept from one sequence to the next.
#[derive(Default)]
pub(super) struct Workspace {
    /// Keys of a head, `[size, tokens]`, tokens filled up to whole registers.
    keys: Vec<f32>,
    /// Scores, `[QUERIES, tokens]`, filled up likewise.
    scores: Vec<f32>,
}

/// Where queries, keys and values are.
#[derive(Clone, Copy)]
pub(super) struct Heads<'a> {
    /// `[tokens, 3 hidden]`.
    pub qkv: &'a [f32],
    pub hidden: usize,
    /// Values of a head, whole registers.
    pub size: usize,
}

/// Adds up each query's values by its attention to the sequence's tokens. `context` is `[queries,
/// hidden]`.
#[inline(always)]
pub(super) fn attend<I: Isa>(
    isa: I,
    heads: Heads,
    sequence: Range<usize>,
    range: Range<usize>,
    workspace: &mut Workspace,
    context: &mut [f32],
) {
    let Heads { qkv, hidden, size } = heads;
    let tokens = sequence.len();
    let filled = tokens.next_multiple_of(LANES);
    let stride = 3 * hidden;
    workspace.keys.resize(size * filled, 0.0);
    workspace.scores.resize(QUERIES * filled, 0.0);
    for head in 0..hidden / size {
        let column = head * size;
        for (at, token) in sequence.clone().enumerate() {
            let start = token * stride + hidden + column;
            for (key, &value) in workspace.keys[at..]
                .iter_mut()
                .step_by(filled)
                .zip(&qkv[start..start + size])
            {
                *key = value;
            }
        }
        let head = Head {
            queries: &qkv[column..],
            keys: &workspace.keys,
            values: &qkv[sequence.start * stride + 2 * hidden + column..],
            tokens,
            stride,
            size,
        };
        let scores = &mut workspace.scores;
        let mut first = range.start;
        while first < range.end {
            let out = &mut context[(first - range.start) * hidden + column..];
            first += match range.end - first {
                QUERIES.. => head.attend::<I, QUERIES>(isa, first, scores, out, hidden),
                4.. => head.attend::<I, 4>(isa, first, scores, out, hidden),
                2.. => head.attend::<I, 2>(isa, first, scores, out, hidden),
                _ => head.attend::<I, 1>(isa, first, scores, out, hidden),
            };
        }
    }
}

/// One head of one sequence.
struct Head<'a> {
    /// From the first token's query on.
    queries: &'a [f32],
    /// `[size, tokens]`, tokens filled up to whole registers.
    keys: &'a [f32],
    /// From the sequence's first value on.
    values: &'a [f32],
    tokens: usize,
    /// From one token to the next.
    stride: usize,
    size: usize,
}

impl Head<'_> {
    /// Contexts of `R` queries, which are `apart` in `out`; gives `R` back.
    #[inline(always)]
    fn attend<I: Isa, const R: usize>(
        &self,
        isa: I,
        first: usize,
        scores: &mut [f32],
        out: &mut [f32],
        apart: usize,
    ) -> usize {
        let filled = self.tokens.next_multiple_of(LANES);
        let scale = 1.0 / (self.size as f32).sqrt();
        let queries: [_; R] =
            std::array::from_fn(|row| &self.queries[(first + row) * self.stride..][..self.size]);
        for start in (0..filled).step_by(LANES) {
            let mut sums = [[0.0; LANES]; R];
            isa.weigh(queries, &self.keys[start..], filled, &mut sums);
            for (row, sums) in sums.iter().enumerate() {
                let scores = &mut scores[row * filled + start..][..LANES];
                for (score, sum) in scores.iter_mut().zip(sums) {
                    *score = sum * scale;
                }
            }
        }
        let mut shares = [0.0; R];
        for (row, share) in shares.iter_mut().enumerate() {
            let scores = &mut scores[row * filled..][..filled];
            scores[self.tokens..].fill(f32::NEG_INFINITY);
            *share = exponentials::<I>(scores);
        }
        let weights: [_; R] = std::array::from_fn(|row| &scores[row * filled..][..self.tokens]);
        for part in (0..self.size).step_by(LANES) {
            let mut sums = [[0.0; LANES]; R];
            isa.weigh(weights, &self.values[part..], self.stride, &mut sums);
            for (row, (sums, share)) in sums.iter().zip(shares).enumerate() {
                let out = &mut out[row * apart + part..][..LANES];
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = sum * share;
                }
            }
        }
        R
    }
}
