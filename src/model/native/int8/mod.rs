//! The encoder on 8-bit weights and activations.
//!
//! Weights have a scale for each output, activations one for each token, found as they come (dynamic
//! quantization; Zafrir et al., "Q8BERT", 2019). Sums are exact in 32 bits. What stands between two
//! products, dequantization, bias, GELU, residual and layer norm, is done on rows still in the cache.
//! Embeddings, attention's own products, pooler and classifier stay in floating point.

mod attention;
mod lanes;
mod linear;

use std::cell::Cell;
use std::mem;
use std::ops::Range;

use half::slice::HalfFloatSliceExt;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use self::attention::{Heads, Workspace, attend};
use self::lanes::{gelu, normalize};
use self::linear::{PackedLinear, Rows};
use super::kernels::int8::{Isa, Kernel, LANES, PANEL, Task};
use super::weights::{Layer, LayerNorm, Weights};
use crate::model::Batch;

/// Rows that pass through a layer's second half together: few enough that their wide activations
/// stay in the second-level cache beside the weights, enough to use each weight often.
const BLOCK: usize = 48;

/// Values beyond so many times a row's root mean square are outliers; 384 normally distributed ones
/// reach to three. Lower is more exact and slower.
const ORDINARY: f32 = 5.0;
/// The same behind GELU, where most values are near 0 and many far from it.
const ORDINARY_WIDE: f32 = 20.0;

/// Weights of the layers; the rest stays with [`Weights`].
pub(super) struct QuantizedLayers(Vec<QuantizedLayer>);

struct QuantizedLayer {
    qkv: PackedLinear,
    attention_output: PackedLinear,
    attention_norm: LayerNorm,
    intermediate: PackedLinear,
    output: PackedLinear,
    output_norm: LayerNorm,
}

impl QuantizedLayers {
    /// Quantizes the layers and takes them out of the weights; `None` where they have a form that is
    /// not run: heads must fill whole registers, and states whole panels.
    pub fn take(weights: &mut Weights) -> Option<Self> {
        let hidden = weights.words.ncols();
        if !(hidden / weights.heads).is_multiple_of(LANES) || !hidden.is_multiple_of(PANEL) {
            return None;
        }
        let pack = |layer: Layer| QuantizedLayer {
            qkv: PackedLinear::new(&layer.qkv, ORDINARY),
            attention_output: PackedLinear::new(&layer.attention_output, ORDINARY),
            attention_norm: layer.attention_norm,
            intermediate: PackedLinear::new(&layer.intermediate, ORDINARY),
            output: PackedLinear::new(&layer.output, ORDINARY_WIDE),
            output_norm: layer.output_norm,
        };
        let layers = mem::take(&mut weights.layers);
        Some(Self(layers.into_par_iter().map(pack).collect()))
    }
}

/// Buffers of a thread, kept from one batch to the next.
#[derive(Default)]
struct Arena {
    /// `[tokens, hidden]`.
    states: Vec<f32>,
    quantized: Rows,
    /// Of the tokens that reach the classifier.
    first: Rows,
    /// `[tokens, 3 hidden]`.
    qkv: Vec<f32>,
    /// `[tokens, hidden]`.
    context: Vec<f32>,
    /// `[BLOCK, intermediate]`.
    wide: Vec<f32>,
    wide_quantized: Rows,
    attention: Workspace,
}

thread_local! {
    static ARENA: Cell<Arena> = Cell::default();
}

/// States of each sequence's first token behind the last layer, `[sequences, hidden]`.
pub(super) fn encode(
    kernel: Kernel,
    weights: &Weights,
    layers: &QuantizedLayers,
    batch: &Batch,
) -> Array2<f32> {
    let mut arena = ARENA.take();
    let states = kernel.run(Encode {
        weights,
        layers,
        batch,
        arena: &mut arena,
    });
    ARENA.set(arena);
    states
}

struct Encode<'a> {
    weights: &'a Weights,
    layers: &'a QuantizedLayers,
    batch: &'a Batch,
    arena: &'a mut Arena,
}

impl Task for Encode<'_> {
    type Output = Array2<f32>;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Array2<f32> {
        let Self {
            weights,
            layers,
            batch,
            arena,
        } = self;
        let hidden = weights.words.ncols();
        embed::<I>(weights, &layers.0[0].qkv, batch, arena);
        let first: Vec<usize> = batch.sequences().map(|sequence| sequence.start).collect();
        for (index, layer) in layers.0.iter().enumerate() {
            let last = index + 1 == layers.0.len();
            project(isa, layer, hidden, arena, last.then_some(&first));
            let mut out = 0;
            for sequence in batch.sequences() {
                let queries = match last {
                    true => sequence.start..sequence.start + 1,
                    false => sequence.clone(),
                };
                let rows = out..out + queries.len() * hidden;
                out = rows.end;
                let heads = Heads {
                    qkv: &arena.qkv,
                    hidden,
                    size: hidden / weights.heads,
                };
                let context = &mut arena.context[rows];
                attend(isa, heads, sequence, queries, &mut arena.attention, context);
            }
            let rows = match last {
                false => batch.tokens(),
                true => {
                    for (at, &token) in first.iter().enumerate() {
                        let state = token * hidden..(token + 1) * hidden;
                        arena.states.copy_within(state, at * hidden);
                    }
                    first.len()
                }
            };
            for start in (0..rows).step_by(BLOCK) {
                let block = start..rows.min(start + BLOCK);
                finish(isa, layer, layers.0.get(index + 1), hidden, block, arena);
            }
        }
        let states = arena.states[..first.len() * hidden].to_vec();
        Array2::from_shape_vec((first.len(), hidden), states).expect("a row for each sequence")
    }
}

/// Sums of word, position and segment embeddings, normalized, and quantized.
#[inline(always)]
fn embed<I: Isa>(weights: &Weights, input_of: &PackedLinear, batch: &Batch, arena: &mut Arena) {
    let hidden = weights.words.ncols();
    let tokens = batch.tokens();
    arena.states.resize(tokens * hidden, 0.0);
    arena.context.resize(tokens * hidden, 0.0);
    arena.qkv.resize(tokens * 3 * hidden, 0.0);
    arena.quantized.reset(tokens, hidden);
    let words = contiguous(weights.words.view());
    let positions = contiguous(weights.positions.view());
    let segments = contiguous(weights.segments.view());
    let row = |row: usize| row * hidden..(row + 1) * hidden;
    for sequence in batch.sequences() {
        for (position, token) in sequence.enumerate() {
            let state = &mut arena.states[row(token)];
            words[row(batch.ids()[token] as usize)].convert_to_f32_slice(state);
            let place = &positions[row(position)];
            let segment = &segments[row(usize::from(batch.segments()[token]))];
            for ((state, place), segment) in state.iter_mut().zip(place).zip(segment) {
                *state += place + segment;
            }
            let LayerNorm {
                weight,
                bias,
                epsilon,
            } = &weights.embedding_norm;
            normalize::<I>(state, weight, bias, *epsilon);
            arena.quantized.set::<I>(token, state, input_of);
        }
    }
}

fn contiguous<T>(matrix: ArrayView2<'_, T>) -> &[T] {
    matrix.to_slice().expect("weights are in row order")
}

/// Queries, keys and values; queries of some tokens only where no others are needed.
#[inline(always)]
fn project<I: Isa>(
    isa: I,
    layer: &QuantizedLayer,
    hidden: usize,
    arena: &mut Arena,
    only: Option<&Vec<usize>>,
) {
    let Arena {
        quantized,
        first,
        qkv,
        ..
    } = arena;
    let tokens = qkv.len() / (3 * hidden);
    let of_queries = hidden / PANEL;
    let panels = layer.qkv.panels();
    let mut put = |token: usize, panel: usize, values: &[f32; PANEL]| {
        let start = token * 3 * hidden + panel * PANEL;
        qkv[start..start + PANEL].copy_from_slice(values);
    };
    let rest = match only {
        None => panels,
        Some(rows) => {
            first.select(quantized, rows);
            let queries = |row: usize, panel, values: &_| put(rows[row], panel, values);
            let layer = &layer.qkv;
            layer.apply(isa, first, 0..rows.len(), 0..of_queries, queries);
            of_queries..panels.end
        }
    };
    layer.qkv.apply(isa, quantized, 0..tokens, rest, put);
}

/// From contexts to the layer's output, for a block of rows.
#[inline(always)]
fn finish<I: Isa>(
    isa: I,
    layer: &QuantizedLayer,
    next: Option<&QuantizedLayer>,
    hidden: usize,
    block: Range<usize>,
    arena: &mut Arena,
) {
    let Arena {
        states,
        quantized,
        context,
        wide,
        wide_quantized,
        ..
    } = arena;
    let intermediate = layer.intermediate.outputs;
    let row = |row: usize| row * hidden..(row + 1) * hidden;
    for at in block.clone() {
        quantized.set::<I>(at, &context[row(at)], &layer.attention_output);
    }
    let add = |states: &mut [f32], at: usize, panel: usize, values: &[f32; PANEL]| {
        let start = at * hidden + panel * PANEL;
        for (state, value) in states[start..start + PANEL].iter_mut().zip(values) {
            *state += value;
        }
    };
    let output = &layer.attention_output;
    output.apply(
        isa,
        quantized,
        block.clone(),
        output.panels(),
        |at, panel, values| {
            add(states, at, panel, values);
        },
    );
    let norm = &layer.attention_norm;
    for at in block.clone() {
        let state = &mut states[row(at)];
        normalize::<I>(state, &norm.weight, &norm.bias, norm.epsilon);
        quantized.set::<I>(at, state, &layer.intermediate);
    }

    let width = layer.intermediate.panels().len() * PANEL;
    wide.resize(block.len() * width, 0.0);
    wide_quantized.reset(block.len(), intermediate);
    layer.intermediate.apply(
        isa,
        quantized,
        block.clone(),
        layer.intermediate.panels(),
        |at, panel, values| {
            let start = (at - block.start) * width + panel * PANEL;
            for (wide, &value) in wide[start..start + PANEL].iter_mut().zip(values) {
                *wide = gelu::<I>(value);
            }
        },
    );
    for at in 0..block.len() {
        wide_quantized.set::<I>(
            at,
            &wide[at * width..at * width + intermediate],
            &layer.output,
        );
    }
    let output = &layer.output;
    output.apply(
        isa,
        wide_quantized,
        0..block.len(),
        output.panels(),
        |at, panel, values| {
            add(states, block.start + at, panel, values);
        },
    );
    let norm = &layer.output_norm;
    for at in block {
        let state = &mut states[row(at)];
        normalize::<I>(state, &norm.weight, &norm.bias, norm.epsilon);
        if let Some(next) = next {
            quantized.set::<I>(at, state, &next.qkv);
        }
    }
}
