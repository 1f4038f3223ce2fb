//! Matrix products by the `gemm` crates, on one thread: parallelism is over batches.

use gemm_common::Parallelism;
use gemm_f32::gemm::f32::get_gemm_fn;
use ndarray::{ArrayView2, ArrayViewMut2};

/// Adds `scale · a b` to `out`; `a` is `[m, k]`, `b` is `[k, n]`, `out` is `[m, n]`.
///
/// # Panics
///
/// If the shapes do not fit.
pub fn add_product(a: ArrayView2<f32>, b: ArrayView2<f32>, out: ArrayViewMut2<f32>, scale: f32) {
    add_product_transposed(a, b.reversed_axes(), out, scale);
}

/// Adds `scale · a bᵀ` to `out`; `a` is `[m, k]`, `b` is `[n, k]`, `out` is `[m, n]`.
///
/// # Panics
///
/// If the shapes do not fit.
pub fn add_product_transposed(
    a: ArrayView2<f32>,
    b: ArrayView2<f32>,
    mut out: ArrayViewMut2<f32>,
    scale: f32,
) {
    let (m, k) = a.dim();
    let (n, inner) = b.dim();
    assert_eq!(inner, k, "inner dimensions differ");
    assert_eq!(out.dim(), (m, n), "output shape differs");
    let (a_strides, b_strides) = (a.strides(), b.strides());
    let out_strides = [out.strides()[0], out.strides()[1]];
    let mut strides = a_strides.iter().chain(b_strides).chain(&out_strides);
    assert!(strides.all(|&stride| stride >= 0), "a reversed view");
    let gemm = get_gemm_fn();
    // The crate wants the rows of its output next to each other, and ours are in row order. So it
    // computes outᵀ = b aᵀ.
    // SAFETY: the views are borrowed for the call, `out` mutably and so apart from `a` and `b`, and
    // the dimensions passed are theirs (asserted above), so every address that strides and
    // dimensions make lies inside them.
    unsafe {
        gemm(
            n,
            m,
            k,
            out.as_mut_ptr(),
            out_strides[0],
            out_strides[1],
            true,
            b.as_ptr(),
            b_strides[1],
            b_strides[0],
            a.as_ptr(),
            a_strides[0],
            a_strides[1],
            1.0,
            scale,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// [`add_product_transposed`] term by term, the reference that it is tested against.
pub fn add_product_transposed_scalar(
    a: ArrayView2<f32>,
    b: ArrayView2<f32>,
    mut out: ArrayViewMut2<f32>,
    scale: f32,
) {
    for (row, mut out_row) in a.rows().into_iter().zip(out.rows_mut()) {
        for (column, value) in b.rows().into_iter().zip(out_row.iter_mut()) {
            let terms = row.iter().zip(column);
            let sum: f64 = terms.map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
            *value += scale * sum as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};
    use proptest::prelude::*;

    use super::*;

    fn matrix(rows: usize, columns: usize, seed: u32) -> Array2<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        Array2::from_shape_fn((rows, columns), |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn products_equal_the_scalar_reference(
            m in 0usize..40, n in 0usize..40, k in 0usize..70, seed: u32,
        ) {
            // Slices of wider matrices, so that rows are strided as in attention.
            let a = matrix(m, k + 3, seed);
            let b = matrix(n, k + 5, seed ^ 1);
            let (a, b) = (a.slice(s![.., 2..k + 2]), b.slice(s![.., 1..=k]));
            let mut fast = matrix(m, n, seed ^ 2);
            let mut slow = fast.clone();
            let mut plain = fast.clone();
            add_product_transposed(a, b, fast.view_mut(), 0.5);
            add_product_transposed_scalar(a, b, slow.view_mut(), 0.5);
            add_product(a, b.t(), plain.view_mut(), 0.5);
            for ((fast, slow), plain) in fast.iter().zip(&slow).zip(&plain) {
                prop_assert!((fast - slow).abs() < 1e-5, "{} and {}", fast, slow);
                prop_assert_eq!(fast, plain);
            }
        }
    }
}
