//! Element-wise steps over whole rows, sixteen values at a time, compiled for each instruction set.

use crate::model::native::kernels::activation::{ROUND, exp};
use crate::model::native::kernels::int8::{Isa, LANES, fma};

/// Largest magnitude of a quantized value; -128 is left out, so that the range is symmetric.
const LARGEST: f32 = 127.0;

/// GELU, `x Φ(x)`, with an absolute error below 1.4e-4: an eightieth of the step between the 8-bit
/// values that it becomes even where those reach only to 1.4.
///
/// Φ is 1/2 plus an odd polynomial, fitted in the Chebyshev sense on [-4, 4] such that it ends in 0
/// and 1; beyond, it stays there.
#[inline(always)]
pub fn gelu<I: Isa>(x: f32) -> f32 {
    const ODD: [f32; 8] = [
        -4.392_325_5e-10,
        5.060_733e-8,
        -2.312_094_2e-6,
        5.742_746_6e-5,
        -8.830_17e-4,
        9.040_611e-3,
        -6.506_567e-2,
        3.981_875e-1,
    ];
    let near = larger(-4.0, smaller(4.0, x));
    let square = near * near;
    let mut series = ODD[0];
    for coefficient in &ODD[1..] {
        series = fma::<I>(series, square, *coefficient);
    }
    x * fma::<I>(near, series, 0.5)
}

/// The larger of two numbers, `a` where one is none.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

/// Folds a row lane by lane, and then the lanes.
#[inline(always)]
fn fold(
    row: &[f32],
    start: f32,
    step: impl Fn(f32, f32) -> f32,
    join: impl Fn(f32, f32) -> f32,
) -> f32 {
    let mut lanes = [start; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = step(*lane, value);
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for at in 0..width {
            lanes[at] = join(lanes[at], lanes[at + width]);
        }
        width /= 2;
    }
    rest.iter()
        .fold(lanes[0], |total, &value| step(total, value))
}

/// What a byte is that stands for 0.
pub const ZERO: u8 = 128;

/// Quantizes a row: bytes are values moved by [`ZERO`], and a value is its byte's times the scale
/// that is given back.
///
/// The scale is made for values of at most `ordinary` times the root mean square. `outlier` is told
/// where one is beyond, and what its byte lacks.
#[inline(always)]
pub fn quantize<I: Isa>(
    row: &[f32],
    ordinary: f32,
    bytes: &mut [u8],
    mut outlier: impl FnMut(usize, f32),
) -> f32 {
    let largest = fold(row, 0.0, |most, value| larger(most, value.abs()), larger);
    let square = |total: f32, value: f32| fma::<I>(value, value, total);
    let mean_square = fold(row, 0.0, square, |a, b| a + b) / row.len() as f32;
    let limit = smaller(largest, ordinary * mean_square.sqrt());
    let steps = if limit > 0.0 { LARGEST / limit } else { 0.0 };
    for (byte, &value) in bytes.iter_mut().zip(row) {
        let value = larger(-LARGEST, smaller(LARGEST, value * steps));
        *byte = ((value + ROUND).to_bits() as u8) ^ ZERO;
    }
    if largest > limit {
        for (chunk, values) in row.chunks(LANES).enumerate() {
            let most = values
                .iter()
                .fold(0.0, |most, value| larger(most, value.abs()));
            if most > limit {
                for (at, &value) in values.iter().enumerate() {
                    if value.abs() > limit {
                        outlier(chunk * LANES + at, value - limit.copysign(value));
                    }
                }
            }
        }
    }
    limit / LARGEST
}

/// Layer normalization of a row, in place (Ba et al. 2016).
#[inline(always)]
pub fn normalize<I: Isa>(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let add = |a: f32, b: f32| a + b;
    let count = row.len() as f32;
    let mean = fold(row, 0.0, add, add) / count;
    let square = |total: f32, value: f32| {
        let from_mean = value - mean;
        fma::<I>(from_mean, from_mean, total)
    };
    let variance = fold(row, 0.0, square, add) / count;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
        *value = fma::<I>((*value - mean) * scale, *weight, *bias);
    }
}

/// Exponentials of a row's differences to its largest value, in place, and one over their sum.
#[inline(always)]
pub fn exponentials<I: Isa>(row: &mut [f32]) -> f32 {
    let highest = fold(row, f32::NEG_INFINITY, larger, larger);
    for value in row.iter_mut() {
        *value = exp::<I>(*value - highest);
    }
    let add = |a: f32, b: f32| a + b;
    1.0 / fold(row, 0.0, add, add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::native::kernels::activation;
    use crate::model::native::kernels::int8::Portable;

    #[test]
    fn gelu_keeps_its_bound() {
        for step in -20_000..=20_000 {
            let x = step as f32 / 1000.0;
            let mut exact = [x];
            activation::gelu(&mut exact);
            let error = (gelu::<Portable>(x) - exact[0]).abs();
            assert!(error < 1.4e-4, "gelu({x}): error {error}");
        }
    }

    #[test]
    fn quantized_rows_are_within_half_a_step() {
        let mut row: Vec<f32> = (0..37).map(|at| (at as f32 * 0.7).sin() * 3.0).collect();
        row[20] = -50.0;
        let mut bytes = vec![0; row.len()];
        let mut lacks = vec![0.0; row.len()];
        let scale = quantize::<Portable>(&row, 4.0, &mut bytes, |at, lack| lacks[at] = lack);
        for ((value, &byte), lack) in row.iter().zip(&bytes).zip(&lacks) {
            let again = f32::from(i16::from(byte) - 128) * scale + lack;
            assert!(
                (value - again).abs() <= 0.5001 * scale,
                "{value} and {again}"
            );
        }
        assert_eq!(bytes[20], 1);
        assert_eq!(lacks.iter().filter(|&&lack| lack != 0.0).count(), 1);
        let none = |at, _| panic!("an outlier at {at}");
        assert_eq!(
            quantize::<Portable>(&[0.0; 4], 4.0, &mut bytes[..4], none),
            0.0
        );
        assert_eq!(bytes[..4], [ZERO; 4]);
    }

    #[test]
    fn rows_are_normalized_as_by_the_f32_engine() {
        let (weight, bias) = ([1.5; 37], [0.25; 37]);
        let mut row: Vec<f32> = (0..37).map(|at| (at as f32 * 0.7).sin() + 2.0).collect();
        let mut expected = row.clone();
        activation::normalize(&mut expected, &weight, &bias, 1e-5);
        normalize::<Portable>(&mut row, &weight, &bias, 1e-5);
        for (a, b) in row.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-5);
        }
    }
}
