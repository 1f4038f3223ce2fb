//! The forward pass, from token ids to the states of first tokens.

use std::cell::Cell;
use std::ops::Range;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::attention::{Attend, Heads, Workspace};
use super::lanes::normalize;
use super::linear::{Inputs, PANEL, PackedLinear, Rows, balance};
use super::operators::{Clock, Operator, OperatorTime, Operators};
use super::sinks::{Activate, Add, Place, Put};
use crate::isa::{Isa, Kernel, LANES, Task};
use crate::layers::{Embeddings, Layer, LayerNorm, Quantized, Tokens};

/// Rows that pass through a layer's second half together: few enough that their wide activations
/// stay in the second-level cache beside the weights, enough to use each weight often.
const BLOCK_ROWS: usize = 48;

/// The largest magnitudes of a layer's states, `[hidden]`.
pub struct Magnitudes {
    /// Where queries, keys and values are made of them.
    pub qkv: Vec<f32>,
    /// Between attention and the wide layer.
    pub intermediate: Vec<f32>,
}

/// Weights of the layers, packed for a kernel; the rest stays with [`Embeddings`].
pub struct QuantizedLayers {
    layers: Vec<QuantizedLayer>,
    kernel: Kernel,
    operators: Operators,
}

struct QuantizedLayer {
    qkv: PackedLinear,
    attention_output: PackedLinear,
    attention_norm: LayerNorm,
    intermediate: PackedLinear,
    output: PackedLinear,
    output_norm: LayerNorm,
}

/// What the inputs of a layer are multiplied by and its weights divided by, `[hidden]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// Where queries, keys and values are made of them.
    pub qkv: Vec<f32>,
    /// Between attention and the wide layer.
    pub intermediate: Vec<f32>,
}

impl Balance {
    /// Powers of two that suit a layer whose states have these magnitudes on typical sentences.
    pub fn new(layer: &Layer, magnitudes: &Magnitudes) -> Self {
        Self {
            qkv: balance(&layer.qkv, &magnitudes.qkv),
            intermediate: balance(&layer.intermediate, &magnitudes.intermediate),
        }
    }
}

impl QuantizedLayers {
    /// Whether such a model can be run: heads must fill whole registers, and states whole panels.
    pub fn can_run(embeddings: &Embeddings) -> bool {
        let hidden = embeddings.hidden();
        (hidden / embeddings.heads).is_multiple_of(LANES) && hidden.is_multiple_of(PANEL)
    }

    /// Quantizes layers of floats, each with its balance.
    pub fn quantize(kernel: Kernel, layers: Vec<Layer>, balances: Vec<Balance>) -> Self {
        let quantize = |(layer, balance): (Layer, Balance)| QuantizedLayer {
            qkv: PackedLinear::new(kernel, &layer.qkv, Inputs::Balanced(balance.qkv)),
            attention_output: PackedLinear::new(kernel, &layer.attention_output, Inputs::Plain),
            attention_norm: layer.attention_norm,
            intermediate: PackedLinear::new(
                kernel,
                &layer.intermediate,
                Inputs::Balanced(balance.intermediate),
            ),
            output: PackedLinear::new(kernel, &layer.output, Inputs::Activated),
            output_norm: layer.output_norm,
        };
        let layers = layers.into_par_iter().zip(balances);
        Self {
            layers: layers.map(quantize).collect(),
            kernel,
            operators: Operators::default(),
        }
    }

    /// Packs layers that are stored in 8 bits.
    pub fn pack(kernel: Kernel, layers: Vec<Layer<Quantized>>) -> Self {
        let pack = |layer: Layer<Quantized>| QuantizedLayer {
            qkv: PackedLinear::stored(kernel, layer.qkv, Inputs::of_factors),
            attention_output: PackedLinear::stored(
                kernel,
                layer.attention_output,
                Inputs::of_factors,
            ),
            attention_norm: layer.attention_norm,
            intermediate: PackedLinear::stored(kernel, layer.intermediate, Inputs::of_factors),
            output: PackedLinear::stored(kernel, layer.output, |_| Inputs::Activated),
            output_norm: layer.output_norm,
        };
        Self {
            layers: layers.into_par_iter().map(pack).collect(),
            kernel,
            operators: Operators::default(),
        }
    }

    /// What they are packed for, and run by.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// What all threads have spent so far, by operator.
    pub fn spent(&self) -> Vec<OperatorTime> {
        self.operators.spent()
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
    /// `[BLOCK_ROWS, intermediate]`.
    wide: Vec<f32>,
    wide_quantized: Rows,
    attention: Workspace,
}

thread_local! {
    static ARENA: Cell<Arena> = Cell::default();
}

/// States of each sequence's first token behind the last layer, `[sequences, hidden]`.
pub fn encode(embeddings: &Embeddings, layers: &QuantizedLayers, tokens: Tokens) -> Array2<f32> {
    let mut arena = ARENA.take();
    let states = layers.kernel.run(Encode {
        embeddings,
        layers,
        tokens,
        arena: &mut arena,
    });
    ARENA.set(arena);
    states
}

struct Encode<'a> {
    embeddings: &'a Embeddings,
    layers: &'a QuantizedLayers,
    tokens: Tokens<'a>,
    arena: &'a mut Arena,
}

impl Task for Encode<'_> {
    type Output = Array2<f32>;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Array2<f32> {
        let Self {
            embeddings,
            layers,
            tokens,
            arena,
        } = self;
        let hidden = embeddings.hidden();
        let mut clock = Clock::start();
        embed(isa, embeddings, &layers.layers[0].qkv, tokens, arena);
        clock.lap(Operator::Embeddings, 0);
        let first: Vec<usize> = tokens.sequences().map(|sequence| sequence.start).collect();
        for (index, layer) in layers.layers.iter().enumerate() {
            let last = index + 1 == layers.layers.len();
            let products = project(isa, layer, hidden, arena, last.then_some(&first[..]));
            clock.lap(Operator::QueriesKeysValues, products);
            let mut out = 0;
            let mut products = 0;
            for sequence in tokens.sequences() {
                let queries = match last {
                    true => sequence.start..sequence.start + 1,
                    false => sequence.clone(),
                };
                products += 2 * products_of(queries.len(), sequence.len() * hidden);
                let rows = out..out + queries.len() * hidden;
                out = rows.end;
                let heads = Heads {
                    qkv: &arena.qkv,
                    hidden,
                    size: hidden / embeddings.heads,
                    relative: embeddings.relative.as_ref(),
                };
                isa.run(Attend {
                    heads,
                    sequence,
                    queries,
                    workspace: &mut arena.attention,
                    context: &mut arena.context[rows],
                });
            }
            clock.lap(Operator::Attention, products);
            let rows = match last {
                false => tokens.ids.len(),
                true => {
                    for (at, &token) in first.iter().enumerate() {
                        let state = token * hidden..(token + 1) * hidden;
                        arena.states.copy_within(state, at * hidden);
                    }
                    first.len()
                }
            };
            for start in (0..rows).step_by(BLOCK_ROWS) {
                let block = start..rows.min(start + BLOCK_ROWS);
                let next = layers.layers.get(index + 1);
                finish(isa, layer, next, hidden, block, arena, &mut clock);
            }
        }
        clock.stop(&layers.operators);
        let states = arena.states[..first.len() * hidden].to_vec();
        Array2::from_shape_vec((first.len(), hidden), states).expect("a row for each sequence")
    }
}

/// Sums of word, position and segment embeddings, normalized, and quantized.
#[inline(always)]
fn embed<I: Isa>(
    isa: I,
    embeddings: &Embeddings,
    input_of: &PackedLinear,
    tokens: Tokens,
    arena: &mut Arena,
) {
    let hidden = embeddings.hidden();
    let count = tokens.ids.len();
    arena.states.resize(count * hidden, 0.0);
    arena.context.resize(count * hidden, 0.0);
    arena.qkv.resize(count * 3 * hidden, 0.0);
    arena.quantized.reset(count, input_of);
    let positions = contiguous(embeddings.positions.view());
    let segments = contiguous(embeddings.segments.view());
    let row = |row: usize| row * hidden..(row + 1) * hidden;
    for sequence in tokens.sequences() {
        for (position, token) in sequence.enumerate() {
            let state = &mut arena.states[row(token)];
            embeddings.words.write(tokens.ids[token] as usize, state);
            let place = &positions[row(position)];
            let segment = &segments[row(usize::from(tokens.segments[token]))];
            for ((state, place), segment) in state.iter_mut().zip(place).zip(segment) {
                *state += place + segment;
            }
            let LayerNorm {
                weight,
                bias,
                epsilon,
            } = &embeddings.norm;
            normalize(isa, state, weight, bias, *epsilon);
            arena.quantized.set_all(isa, token, state, input_of);
        }
    }
}

fn contiguous<T>(matrix: ArrayView2<'_, T>) -> &[T] {
    matrix.to_slice().expect("weights are in row order")
}

/// Operations of products: two for each weight and row.
fn products_of(rows: usize, weights: usize) -> u64 {
    2 * (rows * weights) as u64
}

/// Queries, keys and values; queries of some tokens only, if no others are needed. Gives the operations.
#[inline(always)]
fn project<I: Isa>(
    isa: I,
    layer: &QuantizedLayer,
    hidden: usize,
    arena: &mut Arena,
    only: Option<&[usize]>,
) -> u64 {
    let Arena {
        quantized,
        first,
        qkv,
        ..
    } = arena;
    let width = 3 * hidden;
    let tokens = qkv.len() / width;
    let layer = &layer.qkv;
    let panels = layer.panels();
    let rest = match only {
        None => panels,
        Some(rows) => {
            let of_queries = hidden / PANEL;
            first.select(quantized, rows, layer);
            let place = Place { values: qkv, width };
            let put = Put {
                place,
                rows: Some(rows),
            };
            layer.apply(isa, first, 0..rows.len(), 0..of_queries, put);
            of_queries..panels.end
        }
    };
    let of_queries = only.map_or(0, |rows| products_of(rows.len(), hidden * hidden));
    let of_rest = products_of(tokens, rest.len() * PANEL * hidden);
    let place = Place { values: qkv, width };
    layer.apply(isa, quantized, 0..tokens, rest, Put { place, rows: None });
    of_queries + of_rest
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
    clock: &mut Clock,
) {
    let Arena {
        states,
        quantized,
        context,
        wide,
        wide_quantized,
        ..
    } = arena;
    let row = |row: usize| row * hidden..(row + 1) * hidden;
    for at in block.clone() {
        quantized.set_all(isa, at, &context[row(at)], &layer.attention_output);
    }
    let add = Add {
        place: Place {
            values: states,
            width: hidden,
        },
        first: 0,
    };
    let output = &layer.attention_output;
    clock.lap(Operator::Rows, 0);
    output.apply(isa, quantized, block.clone(), output.panels(), add);
    clock.lap(Operator::AttentionOutput, output.operations(block.len()));
    let norm = &layer.attention_norm;
    for at in block.clone() {
        let state = &mut states[row(at)];
        normalize(isa, state, &norm.weight, &norm.bias, norm.epsilon);
        quantized.set_all(isa, at, state, &layer.intermediate);
    }

    let width = layer.intermediate.panels().len() * PANEL;
    wide.resize(block.len() * width, 0.0);
    wide_quantized.reset(block.len(), &layer.output);
    let activate = Activate {
        place: Place {
            values: wide,
            width,
        },
        first: block.start,
    };
    clock.lap(Operator::Rows, 0);
    let intermediate = &layer.intermediate;
    intermediate.apply(
        isa,
        quantized,
        block.clone(),
        intermediate.panels(),
        activate,
    );
    clock.lap(Operator::Intermediate, intermediate.operations(block.len()));
    for at in 0..block.len() {
        let wide = &mut wide[at * width..(at + 1) * width];
        wide_quantized.set(isa, at, wide, &layer.output);
    }
    let add = Add {
        place: Place {
            values: states,
            width: hidden,
        },
        first: block.start,
    };
    clock.lap(Operator::Rows, 0);
    let output = &layer.output;
    output.apply(isa, wide_quantized, 0..block.len(), output.panels(), add);
    clock.lap(Operator::Output, output.operations(block.len()));
    let norm = &layer.output_norm;
    for at in block {
        let state = &mut states[row(at)];
        normalize(isa, state, &norm.weight, &norm.bias, norm.epsilon);
        if let Some(next) = next {
            quantized.set_all(isa, at, state, &next.qkv);
        }
    }
    clock.lap(Operator::Rows, 0);
}
