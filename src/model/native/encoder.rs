//! The forward pass in f32: embeddings, layers, pooler, classifier.
//!
//! A product of matrices may add up its terms in another order if it has another number of rows. So
//! every product here has a number of rows that does not depend on the batch: attention has those of the
//! sequence, and all others run in tiles of so many rows, the last one filled up with zeros. The logits of
//! a sequence are then the same bits whatever else is in its batch.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};
use newstance_kernels::activation::{gelu, normalize};
use newstance_kernels::gemm::add_product_transposed;
use newstance_kernels::int8::Magnitudes;
use newstance_kernels::layers::{Embeddings, Layer, LayerNorm, Linear};

use super::attention::attend;
use super::weights::Weights;
use crate::model::Batch;

/// Rows of a product over all tokens. Fewer would pack the weights too often, more would be mostly zeros
/// at the end of a batch.
const TOKEN_TILE_ROWS: usize = 128;
/// Rows of a product over first tokens, of which a batch has few.
const FIRST_TILE_ROWS: usize = 16;

/// Logits of each sequence in the model's own label order, `[sequences, labels]`.
///
/// Only the first token of a sequence reaches the classifier, so the last layer is computed for
/// first tokens alone once its keys and values are there.
pub(super) fn logits(weights: &Weights, layers: &[Layer], batch: &Batch) -> Array2<f32> {
    let embeddings = &weights.embeddings;
    let mut states = embed(embeddings, batch);
    let all: Vec<usize> = (0..batch.tokens()).collect();
    let first: Vec<usize> = batch.sequences().map(|sequence| sequence.start).collect();
    for (index, layer) in layers.iter().enumerate() {
        let last = index + 1 == layers.len();
        let (rows, tile) = match last {
            true => (&first, FIRST_TILE_ROWS),
            false => (&all, TOKEN_TILE_ROWS),
        };
        let attended = attended(layer, embeddings, batch, &states, rows, tile);
        states = feed_forward(layer, attended, tile);
    }
    classify(weights, states)
}

/// Logits from the states of first tokens, `[sequences, hidden]`.
pub(super) fn classify(weights: &Weights, states: Array2<f32>) -> Array2<f32> {
    let mut pooled = linear(&weights.pooler, states.view(), FIRST_TILE_ROWS);
    pooled.mapv_inplace(f32::tanh);
    linear(&weights.classifier, pooled.view(), FIRST_TILE_ROWS)
}

/// Sums of word, position and segment embeddings, normalized: `[tokens, hidden]`.
fn embed(embeddings: &Embeddings, batch: &Batch) -> Array2<f32> {
    let mut states = Array2::zeros((batch.tokens(), embeddings.hidden()));
    for sequence in batch.sequences() {
        for (position, token) in sequence.enumerate() {
            let mut state = states.row_mut(token);
            let state = state.as_slice_mut().expect("states are in row order");
            embeddings.words.write(batch.ids()[token] as usize, state);
            let place = embeddings.positions.row(position);
            let segment = embeddings
                .segments
                .row(usize::from(batch.segments()[token]));
            for ((state, place), segment) in state.iter_mut().zip(place).zip(segment) {
                *state = *state + place + segment;
            }
        }
    }
    layer_norm(&embeddings.norm, &mut states);
    states
}

/// The first half of a layer, attention, for the tokens in `rows`: `[rows, hidden]`.
fn attended(
    layer: &Layer,
    embeddings: &Embeddings,
    batch: &Batch,
    states: &Array2<f32>,
    rows: &[usize],
    tile: usize,
) -> Array2<f32> {
    let qkv = linear(&layer.qkv, states.view(), TOKEN_TILE_ROWS);
    let mut context = Array2::zeros((rows.len(), states.ncols()));
    attend(
        &qkv,
        embeddings,
        batch,
        rows.len() == batch.tokens(),
        &mut context,
    );
    let mut attended = states.select(Axis(0), rows);
    add_linear(&layer.attention_output, context.view(), &mut attended, tile);
    layer_norm(&layer.attention_norm, &mut attended);
    attended
}

/// The second half of a layer.
fn feed_forward(layer: &Layer, mut states: Array2<f32>, tile: usize) -> Array2<f32> {
    let mut wide = linear(&layer.intermediate, states.view(), tile);
    gelu(values(&mut wide));
    add_linear(&layer.output, wide.view(), &mut states, tile);
    layer_norm(&layer.output_norm, &mut states);
    states
}

/// The largest magnitudes of a batch's states in each layer.
pub(super) fn magnitudes(
    embeddings: &Embeddings,
    layers: &[Layer],
    batch: &Batch,
) -> Vec<Magnitudes> {
    let all: Vec<usize> = (0..batch.tokens()).collect();
    let mut states = embed(embeddings, batch);
    let mut found = Vec::with_capacity(layers.len());
    for layer in layers {
        let attended = attended(layer, embeddings, batch, &states, &all, TOKEN_TILE_ROWS);
        found.push(Magnitudes {
            qkv: largest(&states),
            intermediate: largest(&attended),
        });
        states = feed_forward(layer, attended, TOKEN_TILE_ROWS);
    }
    found
}

fn largest(states: &Array2<f32>) -> Vec<f32> {
    let largest = |column: ArrayView1<f32>| column.fold(0f32, |most, value| most.max(value.abs()));
    states.columns().into_iter().map(largest).collect()
}

/// `x Wᵀ + b`.
fn linear(linear: &Linear, input: ArrayView2<f32>, tile: usize) -> Array2<f32> {
    let mut output = Array2::zeros((input.nrows(), linear.bias.len()));
    add_linear(linear, input, &mut output, tile);
    output
}

/// Adds `x Wᵀ + b` to `output`, `tile_rows` at a time.
fn add_linear(linear: &Linear, input: ArrayView2<f32>, output: &mut Array2<f32>, tile_rows: usize) {
    *output += &linear.bias;
    let weight = linear.weight.view();
    let whole = input.nrows() / tile_rows * tile_rows;
    for start in (0..whole).step_by(tile_rows) {
        let tile = start..start + tile_rows;
        let to = output.slice_mut(s![tile.clone(), ..]);
        add_product_transposed(input.slice(s![tile, ..]), weight, to, 1.0);
    }
    let rest = input.nrows() - whole;
    if rest > 0 {
        let mut filled = Array2::zeros((tile_rows, input.ncols()));
        filled
            .slice_mut(s![..rest, ..])
            .assign(&input.slice(s![whole.., ..]));
        let mut tile = Array2::zeros((tile_rows, output.ncols()));
        let mut to = output.slice_mut(s![whole.., ..]);
        tile.slice_mut(s![..rest, ..]).assign(&to);
        add_product_transposed(filled.view(), weight, tile.view_mut(), 1.0);
        to.assign(&tile.slice(s![..rest, ..]));
    }
}

fn layer_norm(norm: &LayerNorm, states: &mut Array2<f32>) {
    let width = states.ncols();
    for row in values(states).chunks_exact_mut(width) {
        normalize(row, &norm.weight, &norm.bias, norm.epsilon);
    }
}

/// The values of a matrix that the encoder itself allocated, row by row.
fn values(matrix: &mut Array2<f32>) -> &mut [f32] {
    matrix
        .as_slice_mut()
        .expect("the encoder's matrices are in row order")
}
