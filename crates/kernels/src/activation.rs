//! Element-wise functions, written without branches so that the compiler vectorizes them.

/// 1.5 · 2²³: adding it rounds to an integer, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

/// `eˣ` with a relative error below 3e-7 for x in [-87, 88]; smaller x give e⁻⁸⁷, about 0.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2; eʳ by its Taylor series, 2ⁿ through the exponent bits.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// ln 2 in two parts, the first with few bits, so that n times it is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = -n * LN_2[1] + (-n * LN_2[0] + x);
    let mut series = 1.0 / 5040.0;
    for term in [720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        series = series * r + 1.0 / term;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    series * power
}

/// The error function with an absolute error below 5e-7 (Abramowitz & Stegun 1964, 7.1.26).
#[inline]
pub fn erf(x: f32) -> f32 {
    let a = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let mut series = 1.061_405_4;
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_73, 0.254_829_6] {
        series = series * t + coefficient;
    }
    (1.0 - series * t * exp(-a * a)).copysign(x)
}

/// GELU (Hendrycks & Gimpel 2016) in its exact form, `x Φ(x)`, in place.
pub fn gelu(values: &mut [f32]) {
    for value in values {
        let x = *value;
        *value = 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
    }
}

/// Softmax in place; the row must not be empty.
pub fn softmax(row: &mut [f32]) {
    let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for value in row.iter_mut() {
        *value = exp(*value - highest);
    }
    let total: f32 = row.iter().sum();
    let scale = 1.0 / total;
    for value in row {
        *value *= scale;
    }
}

/// Layer normalization of one row, in place.
pub fn normalize(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let count = row.len() as f32;
    let mean = row.iter().sum::<f32>() / count;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
        *value = (*value - mean) * scale * weight + bias;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its Maclaurin series in f64, exact to f32 for |x| < 3.
    fn erf_series(x: f64) -> f64 {
        let mut term = x;
        let mut sum = x;
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn exp_keeps_its_bound() {
        for step in -8700..8800 {
            let x = step as f32 / 100.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 3e-7, "exp({x}): relative error {error}");
        }
        assert!(exp(-1e9) < 1e-37);
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn erf_keeps_its_bound() {
        for step in -3000..=3000 {
            let x = step as f32 / 1000.0;
            let error = (f64::from(erf(x)) - erf_series(f64::from(x))).abs();
            assert!(error < 5e-7, "erf({x}): error {error}");
        }
        assert_eq!((erf(9.0), erf(-9.0)), (1.0, -1.0));
    }

    #[test]
    fn softmax_and_normalize_do_what_they_say() {
        let mut row = [1.0, 2.0, 700.0, -700.0];
        softmax(&mut row);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6 && row[2] > 0.999);

        let mut row = [1.0, 2.0, 3.0, 4.0];
        normalize(&mut row, &[1.0; 4], &[10.0; 4], 0.0);
        assert!((row.iter().sum::<f32>() - 40.0).abs() < 1e-5);
        assert!((row[3] - 11.341_641).abs() < 1e-5);
    }
}
