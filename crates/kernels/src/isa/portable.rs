//! Any processor; the reference for all others.

use std::array::from_fn;

use super::runs::TILE;
use super::{GROUP, Isa, LANES, Line, Panel, Runs, Task, VECTORS, check};

/// No instruction set beyond what the program was compiled for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Portable;

impl Isa for Portable {
    type Floats = [f32; LANES];

    fn splat(self, value: f32) -> [f32; LANES] {
        [value; LANES]
    }

    fn load(self, values: &[f32; LANES]) -> [f32; LANES] {
        *values
    }

    fn store(self, values: [f32; LANES], to: &mut [f32; LANES]) {
        *to = values;
    }

    fn floats(self, values: &[i32; LANES]) -> [f32; LANES] {
        values.map(|value| value as f32)
    }

    fn add(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|at| a[at] + b[at])
    }

    fn sub(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|at| a[at] - b[at])
    }

    fn mul(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|at| a[at] * b[at])
    }

    fn fma(self, a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> [f32; LANES] {
        from_fn(|at| a[at].mul_add(b[at], c[at]))
    }

    fn max(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|at| if a[at] > b[at] { a[at] } else { b[at] })
    }

    fn min(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|at| if a[at] < b[at] { a[at] } else { b[at] })
    }

    fn abs(self, a: [f32; LANES]) -> [f32; LANES] {
        a.map(f32::abs)
    }

    fn times_power(self, a: [f32; LANES], n: [f32; LANES]) -> [f32; LANES] {
        from_fn(|at| a[at] * f32::from_bits(((n[at] as i32 + 127) << 23).cast_unsigned()))
    }

    fn round(self, a: [f32; LANES]) -> [f32; LANES] {
        a.map(f32::round_ties_even)
    }

    fn ints(self, a: [f32; LANES]) -> [i32; LANES] {
        a.map(|value| value as i32)
    }

    fn bytes(self, a: [f32; LANES]) -> [u8; LANES] {
        a.map(|value| value.round_ties_even() as i32 as u8)
    }

    fn line(self, rows: [[f32; LANES]; GROUP]) -> Line {
        let rows = rows.map(|row| self.bytes(row));
        Line(from_fn(|at| rows[at % GROUP][at / GROUP].cast_signed()))
    }

    fn sums<'a>(self, lines: impl Iterator<Item = &'a Line>) -> [i32; LANES] {
        let mut sums = [0; LANES];
        for line in lines {
            for (sum, weights) in sums.iter_mut().zip(line.0.as_chunks::<GROUP>().0) {
                *sum += weights.iter().map(|&weight| i32::from(weight)).sum::<i32>();
            }
        }
        sums
    }

    fn sum(self, a: [f32; LANES]) -> f32 {
        halve(a, |a, b| a + b)
    }

    fn largest(self, a: [f32; LANES]) -> f32 {
        halve(a, f32::max)
    }

    fn dot<const R: usize, const V: usize>(
        self,
        rows: [&[u8]; R],
        panel: Panel<V>,
        sums: &mut [[[i32; LANES]; V]; R],
    ) {
        check(&rows, panel.width());
        for (row, sums) in rows.into_iter().zip(sums) {
            dot(row, panel, sums);
        }
    }

    #[inline(never)]
    fn run<T: Task>(self, task: T) -> T::Output {
        task.run(self)
    }
}

/// Sums of one row.
#[inline(never)]
fn dot<const V: usize>(row: &[u8], panel: Panel<V>, sums: &mut [[i32; LANES]; V]) {
    let zero = i32::from(panel.zero);
    *sums = [[0; LANES]; V];
    for (bytes, lines) in row.chunks_exact(GROUP).zip(panel.lines) {
        let values: [i32; GROUP] = from_fn(|at| i32::from(bytes[at]) - zero);
        for (sums, line) in sums.iter_mut().zip(lines) {
            for (sum, weights) in sums.iter_mut().zip(line.0.chunks_exact(GROUP)) {
                let products = values.iter().zip(weights);
                *sum += products.map(|(a, &w)| a * i32::from(w)).sum::<i32>();
            }
        }
    }
}

/// Sums of one row with weights in runs.
#[inline(never)]
pub fn dot_runs(
    row: &[u8],
    runs: &Runs,
    of_weights: &[[i32; LANES]; VECTORS],
    zero: u8,
    sums: &mut [[i32; LANES]; VECTORS],
) {
    check(&[row], runs.width());
    let sums = sums.as_flattened_mut().as_chunks_mut::<TILE>().0;
    let of_weights = of_weights.as_flattened().as_chunks::<TILE>().0;
    for ((sums, of_weights), tile) in sums.iter_mut().zip(of_weights).zip(runs.tiles()) {
        *sums = of_weights.map(|sum| -i32::from(zero) * sum);
        for (weights, place) in tile.groups() {
            let bytes = &row[place..place + GROUP];
            for (sum, weights) in sums.iter_mut().zip(weights.0.chunks(GROUP)) {
                let products = bytes.iter().zip(weights);
                *sum += products
                    .map(|(&a, &w)| i32::from(a) * i32::from(w))
                    .sum::<i32>();
            }
        }
    }
}

/// Joins the halves of an array until one value is left.
fn halve(mut values: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for at in 0..width {
            values[at] = join(values[at], values[at + width]);
        }
        width /= 2;
    }
    values[0]
}
