//! Biases of attention by the distance of tokens (Raffel et al., "T5", JMLR 2020; MPNet has them too).

use ndarray::Array2;

use crate::isa::LANES;

/// Distances from here on share the last bucket.
const FARTHEST: f32 = 128.0;

/// For each head, what is added to the scores of a key by its distance from the query.
pub struct RelativeBias {
    /// `[heads, distances]`, from the key farthest before to the one farthest behind.
    table: Array2<f32>,
    /// Where the distance 0 is.
    centre: usize,
}

impl RelativeBias {
    /// Looks up all distances within `positions` tokens in the model's `[buckets, heads]`.
    pub fn new(weights: &Array2<f32>, positions: usize) -> Self {
        let (buckets, heads) = weights.dim();
        // Rows of scores are filled up to whole registers.
        let behind = positions.next_multiple_of(LANES);
        let table = Array2::from_shape_fn((heads, positions + behind), |(head, at)| {
            weights[[bucket(at as i64 - positions as i64, buckets), head]]
        });
        Self {
            table,
            centre: positions,
        }
    }

    /// What a head adds to the scores of a query at `position` with the first `keys` tokens.
    pub fn row(&self, head: usize, position: usize, keys: usize) -> &[f32] {
        let row = self
            .table
            .row(head)
            .to_slice()
            .expect("tables are in row order");
        &row[self.centre - position..][..keys]
    }
}

/// The bucket of a key so far behind its query: half of them for either side, of which half again are
/// for one distance each, and the others for ranges that grow with the distance.
fn bucket(distance: i64, buckets: usize) -> usize {
    let side = buckets / 2;
    let exact = side / 2;
    let from = if distance > 0 { side } else { 0 };
    let far = distance.unsigned_abs() as usize;
    if far < exact {
        return from + far;
    }
    let ratio = (far as f32 / exact as f32).ln() / (FARTHEST / exact as f32).ln();
    from + (exact + (ratio * (side - exact) as f32) as usize).min(side - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_those_of_transformers() {
        let found = [
            -200, -128, -127, -64, -20, -8, -7, -1, 0, 1, 7, 8, 12, 90, 128, 500,
        ];
        let buckets = found.map(|distance| bucket(distance, 32));
        assert_eq!(
            buckets,
            [15, 15, 15, 14, 10, 8, 7, 1, 0, 17, 23, 24, 25, 30, 31, 31]
        );
    }

    #[test]
    fn rows_begin_at_the_first_key() {
        let weights = Array2::from_shape_fn((32, 2), |(bucket, head)| (100 * head + bucket) as f32);
        let bias = RelativeBias::new(&weights, 512);
        assert_eq!(bias.row(1, 2, 5), [102.0, 101.0, 100.0, 117.0, 118.0]);
        assert_eq!(bias.row(0, 0, 512)[511], 31.0);
        assert_eq!(bias.row(0, 511, 512)[0], 15.0);
        assert_eq!(bias.row(0, 511, 512)[511], 0.0);
    }
}
