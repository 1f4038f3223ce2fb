//! Scaled dot-product attention (Vaswani et al., NeurIPS 2017), sequence by sequence.

use ndarray::{Array2, ArrayView1, s};
use newstance_kernels::activation::softmax;
use newstance_kernels::gemm::{add_product, add_product_transposed};
use newstance_kernels::layers::Embeddings;

use crate::model::Batch;

/// Adds each head's weighted values to `context`.
///
/// `qkv` is `[tokens, 3 hidden]`. With `every_token`, `context` has a row a token; without, a row
/// a sequence, for its first token.
pub(super) fn attend(
    qkv: &Array2<f32>,
    embeddings: &Embeddings,
    batch: &Batch,
    every_token: bool,
    context: &mut Array2<f32>,
) {
    let hidden = context.ncols();
    let heads = embeddings.heads;
    let size = hidden / heads;
    let scale = 1.0 / (size as f32).sqrt();
    for (index, sequence) in batch.sequences().enumerate() {
        let (queries, out) = if every_token {
            (sequence.clone(), sequence.clone())
        } else {
            (sequence.start..sequence.start + 1, index..index + 1)
        };
        let mut scores = Array2::zeros((queries.len(), sequence.len()));
        for head in 0..heads {
            let columns = |part: usize| {
                let start = part * hidden + head * size;
                start..start + size
            };
            scores.fill(0.0);
            if let Some(relative) = &embeddings.relative {
                for (position, mut row) in scores.rows_mut().into_iter().enumerate() {
                    let bias = relative.row(head, position, sequence.len());
                    row.assign(&ArrayView1::from(bias));
                }
            }
            add_product_transposed(
                qkv.slice(s![queries.clone(), columns(0)]),
                qkv.slice(s![sequence.clone(), columns(1)]),
                scores.view_mut(),
                scale,
            );
            for mut row in scores.rows_mut() {
                softmax(row.as_slice_mut().expect("scores are in row order"));
            }
            add_product(
                scores.view(),
                qkv.slice(s![sequence.clone(), columns(2)]),
                context.slice_mut(s![out.clone(), columns(0)]),
                1.0,
            );
        }
    }
}
