//! Element-wise steps over whole rows of whole registers.

use crate::isa::{Isa, LANES};

/// A bound for how far below 0 [`gelu`] goes.
const MIN_GELU: f32 = 0.171;

/// GELU, `x Φ(x)`, with an absolute error below 1.4e-4: an eightieth of the step between the 8-bit
/// values that it becomes even where those reach only to 1.4.
///
/// Φ is 1/2 plus an odd polynomial, fitted in the Chebyshev sense on [-4, 4] such that it ends in 0
/// and 1; beyond, it stays there.
#[inline(always)]
pub fn gelu<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
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
    let near = isa.max(isa.splat(-4.0), isa.min(isa.splat(4.0), x));
    let square = isa.mul(near, near);
    let mut series = isa.splat(ODD[0]);
    for coefficient in &ODD[1..] {
        series = isa.fma(series, square, isa.splat(*coefficient));
    }
    isa.mul(x, isa.fma(near, series, isa.splat(0.5)))
}

/// `eˣ` with a relative error below 1e-5 for x in [-87, 0]; smaller x give e⁻⁸⁷, about 0.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2, and eʳ by its Taylor series.
#[inline(always)]
pub fn exp<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
    let x = isa.max(isa.splat(-87.0), x);
    let n = isa.round(isa.mul(x, isa.splat(std::f32::consts::LOG2_E)));
    let r = isa.fma(n, isa.splat(-std::f32::consts::LN_2), x);
    let mut series = isa.splat(1.0 / 120.0);
    for term in [24.0, 6.0, 2.0, 1.0, 1.0] {
        series = isa.fma(series, r, isa.splat(1.0 / term));
    }
    isa.times_power(series, n)
}

/// Folds the registers of a row into one, four side by side, so that no step waits for the one before.
#[inline(always)]
fn fold<I: Isa>(
    isa: I,
    row: &[f32],
    start: f32,
    step: impl Fn(I::Floats, I::Floats) -> I::Floats,
    join: impl Fn(I::Floats, I::Floats) -> I::Floats,
) -> I::Floats {
    let start = isa.splat(start);
    let (mut a, mut b, mut c, mut d) = (start, start, start, start);
    let (fours, rest) = row.as_chunks::<{ 4 * LANES }>();
    for four in fours {
        let registers = four.as_chunks().0;
        a = step(a, isa.load(&registers[0]));
        b = step(b, isa.load(&registers[1]));
        c = step(c, isa.load(&registers[2]));
        d = step(d, isa.load(&registers[3]));
    }
    let (registers, rest) = rest.as_chunks();
    debug_assert!(rest.is_empty(), "rows are whole registers");
    for register in registers {
        a = step(a, isa.load(register));
    }
    join(join(a, b), join(c, d))
}

/// The sum of a row.
#[inline(always)]
fn sum<I: Isa>(isa: I, row: &[f32]) -> f32 {
    let add = |a, b| isa.add(a, b);
    isa.sum(fold(isa, row, 0.0, add, add))
}

/// The largest value of a row.
#[inline(always)]
fn largest<I: Isa>(isa: I, row: &[f32]) -> f32 {
    let max = |a, b| isa.max(a, b);
    isa.largest(fold(isa, row, f32::NEG_INFINITY, max, max))
}

/// Steps of a unit, and the unit's part that a step is, if the largest magnitude is `steps` steps.
#[inline(always)]
fn steps(steps: f32, largest: f32) -> (f32, f32) {
    match largest > 0.0 {
        true => (steps / largest, largest / steps),
        false => (0.0, 0.0),
    }
}

/// Writes a row's bytes: steps counted from `zero`.
#[inline(always)]
fn write<I: Isa>(isa: I, row: &[f32], per_unit: f32, zero: u8, bytes: &mut [u8]) {
    let (per_unit, zero) = (isa.splat(per_unit), isa.splat(f32::from(zero)));
    let registers = row.as_chunks().0;
    for (bytes, values) in bytes.as_chunks_mut().0.iter_mut().zip(registers) {
        *bytes = isa.bytes(isa.fma(isa.load(values), per_unit, zero));
    }
}

/// Quantizes a row in 127 steps to either side of `zero`; gives the scale, by which steps are to be
/// multiplied.
#[inline(always)]
pub fn quantize<I: Isa>(isa: I, row: &[f32], zero: u8, bytes: &mut [u8]) -> f32 {
    let max = |a, b| isa.max(a, b);
    let most = fold(
        isa,
        row,
        0.0,
        |most, values| isa.max(most, isa.abs(values)),
        max,
    );
    let (per_unit, scale) = steps(127.0, isa.largest(most));
    write(isa, row, per_unit, zero, bytes);
    scale
}

/// The same for values times a factor each.
#[inline(always)]
pub fn quantize_balanced<I: Isa>(
    isa: I,
    row: &[f32],
    factors: &[f32],
    zero: u8,
    bytes: &mut [u8],
) -> f32 {
    let (registers, factors) = (row.as_chunks().0, factors.as_chunks().0);
    let balanced = |(values, factors)| isa.mul(isa.load(values), isa.load(factors));
    let (mut even, mut odd) = (isa.splat(0.0), isa.splat(0.0));
    let pairs = registers.chunks_exact(2).zip(factors.chunks_exact(2));
    for (values, factors) in pairs {
        even = isa.max(even, isa.abs(balanced((&values[0], &factors[0]))));
        odd = isa.max(odd, isa.abs(balanced((&values[1], &factors[1]))));
    }
    debug_assert!(registers.len().is_multiple_of(2), "rows are whole panels");
    let (per_unit, scale) = steps(127.0, isa.largest(isa.max(even, odd)));
    let (per_unit, zero) = (isa.splat(per_unit), isa.splat(f32::from(zero)));
    let registers = registers.iter().zip(factors);
    for (bytes, register) in bytes.as_chunks_mut().0.iter_mut().zip(registers) {
        *bytes = isa.bytes(isa.fma(balanced(register), per_unit, zero));
    }
    scale
}

/// Quantizes a row of what [`gelu`] gives, in `zero` steps below 0 and the others above; gives the scale.
#[inline(always)]
pub fn quantize_activated<I: Isa>(isa: I, row: &[f32], zero: u8, bytes: &mut [u8]) -> f32 {
    let below = f32::from(zero);
    let above = f32::from(u8::MAX) - below;
    let (per_unit, scale) = steps(above, largest(isa, row).max(MIN_GELU * above / below));
    write(isa, row, per_unit, zero, bytes);
    scale
}

/// Layer normalization of a row, in place (Ba et al. 2016).
#[inline(always)]
pub fn normalize<I: Isa>(isa: I, row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let count = row.len() as f32;
    let mean = isa.splat(sum(isa, row) / count);
    let square = |total, values| {
        let from_mean = isa.sub(values, mean);
        isa.fma(from_mean, from_mean, total)
    };
    let squares = fold(isa, row, 0.0, square, |a, b| isa.add(a, b));
    let scale = isa.splat(1.0 / (isa.sum(squares) / count + epsilon).sqrt());
    let of_norm = weight.as_chunks().0.iter().zip(bias.as_chunks().0);
    for (values, (weight, bias)) in row.as_chunks_mut().0.iter_mut().zip(of_norm) {
        let from_mean = isa.mul(isa.sub(isa.load(values), mean), scale);
        isa.store(isa.fma(from_mean, isa.load(weight), isa.load(bias)), values);
    }
}

/// Softmax of a row in bytes: exponentials of the differences to its largest value in 255 steps. Gives
/// the bytes' sum, of which each is the part that softmax is.
#[inline(always)]
pub fn softmax<I: Isa>(isa: I, row: &[f32], bytes: &mut [u8]) -> f32 {
    let highest = isa.splat(largest(isa, row));
    let mut total = isa.splat(0.0);
    let registers = row.as_chunks().0;
    for (bytes, values) in bytes.as_chunks_mut().0.iter_mut().zip(registers) {
        let weight = exp(isa, isa.sub(isa.load(values), highest));
        let steps = isa.round(isa.mul(weight, isa.splat(255.0)));
        total = isa.add(total, steps);
        *bytes = isa.bytes(steps);
    }
    isa.sum(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation;
    use crate::isa::Portable;

    fn gelu_of(x: f32) -> f32 {
        gelu(Portable, [x; LANES])[0]
    }

    #[test]
    fn gelu_keeps_its_bound() {
        for step in -20_000..=20_000 {
            let x = step as f32 / 1000.0;
            let mut exact = [x];
            activation::gelu(&mut exact);
            let error = (gelu_of(x) - exact[0]).abs();
            assert!(error < 1.4e-4, "gelu({x}): error {error}");
        }
    }

    /// Some more registers than are folded side by side.
    const WIDE: usize = 9 * LANES;

    fn waves(count: usize) -> Vec<f32> {
        (0..count)
            .map(|at| (at as f32 * 0.7).sin() * 3.0 + 0.1)
            .collect()
    }

    fn assert_near(value: f32, byte: u8, zero: u8, scale: f32) {
        let again = (f32::from(byte) - f32::from(zero)) * scale;
        let error = (value - again).abs();
        assert!(error <= 0.5001 * scale, "{value} and {again}");
    }

    #[test]
    fn quantized_values_are_within_half_a_step() {
        let row = waves(2 * WIDE);
        let mut bytes = vec![0; 2 * WIDE];
        let factors: Vec<f32> = (0..2 * WIDE).map(|at| [0.25, 1.0, 8.0][at % 3]).collect();
        let scale = quantize_balanced(Portable, &row, &factors, 128, &mut bytes);
        for ((value, factor), &byte) in row.iter().zip(&factors).zip(&bytes) {
            assert_near(value * factor, byte, 128, scale);
        }
        let scale = quantize(Portable, &row, 128, &mut bytes);
        for (&value, &byte) in row.iter().zip(&bytes) {
            assert_near(value, byte, 128, scale);
        }
        for reach in [0.01, 1.0, 20.0] {
            let row: Vec<f32> = row.iter().map(|x| gelu_of(x * reach)).collect();
            let scale = quantize_activated(Portable, &row, 24, &mut bytes);
            for (&value, &byte) in row.iter().zip(&bytes) {
                assert_near(value, byte, 24, scale);
            }
        }
    }

    #[test]
    fn rows_of_zeros_are_zeros() {
        let (row, mut bytes) = ([0.0; WIDE], [1; WIDE]);
        assert_eq!(quantize(Portable, &row, 128, &mut bytes), 0.0);
        assert_eq!(bytes, [128; WIDE]);
        quantize_activated(Portable, &row, 24, &mut bytes);
        assert_eq!(bytes, [24; WIDE]);
    }

    #[test]
    fn exp_keeps_its_bound() {
        for step in -8700..=0 {
            let x = step as f32 / 100.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(Portable, [x; LANES])[0]) - exact).abs() / exact;
            assert!(error < 1e-5, "exp({x}): relative error {error}");
        }
        assert!(exp(Portable, [f32::NEG_INFINITY; LANES])[0] < 1e-37);
    }

    #[test]
    fn gelu_stays_above_its_lowest() {
        let lowest = (-8000..0).map(|step| gelu_of(step as f32 / 1000.0));
        assert!(lowest.fold(0.0, f32::min) > -MIN_GELU);
    }

    #[test]
    fn softmax_in_bytes_is_within_a_step() {
        let mut row = waves(2 * LANES);
        row[20..].fill(f32::NEG_INFINITY);
        let mut bytes = [7; 2 * LANES];
        let total = softmax(Portable, &row, &mut bytes);
        let mut exact = row[..20].to_vec();
        activation::softmax(&mut exact);
        for (exact, &byte) in exact.iter().zip(&bytes) {
            assert!((exact - f32::from(byte) / total).abs() < 1.0 / total);
        }
        assert_eq!(bytes[20..], [0; 12]);
        assert_eq!(
            total,
            bytes.iter().map(|&byte| f32::from(byte)).sum::<f32>()
        );
    }

    #[test]
    fn rows_are_normalized_as_by_the_f32_engine() {
        let (weight, bias) = ([1.5; WIDE], [0.25; WIDE]);
        let mut row = waves(WIDE);
        let mut expected = row.clone();
        activation::normalize(&mut expected, &weight, &bias, 1e-5);
        normalize(Portable, &mut row, &weight, &bias, 1e-5);
        for (a, b) in row.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-5);
        }
    }
}
