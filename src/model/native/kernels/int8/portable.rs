//! Any processor; the reference for all others.

use super::{GROUP, Isa, LANES, PANEL, Panel, Task, check_dot, check_weigh, fma};

/// No instruction set beyond what the program was compiled for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Portable;

impl Isa for Portable {
    const FMA: bool = cfg!(target_arch = "aarch64");

    #[inline]
    fn dot<const R: usize>(self, rows: [&[u8]; R], panel: Panel, sums: &mut [[i32; PANEL]; R]) {
        check_dot(&rows, panel);
        for (row, sums) in rows.into_iter().zip(sums) {
            *sums = [0; PANEL];
            for (bytes, line) in row.chunks_exact(GROUP).zip(panel.lines) {
                let values: [i32; GROUP] = std::array::from_fn(|at| i32::from(bytes[at]) - 128);
                for (sum, weights) in sums.iter_mut().zip(line.0.chunks_exact(GROUP)) {
                    let products = values.iter().zip(weights);
                    *sum += products.map(|(a, &w)| a * i32::from(w)).sum::<i32>();
                }
            }
        }
    }

    #[inline]
    fn weigh<const R: usize>(
        self,
        factors: [&[f32]; R],
        vectors: &[f32],
        stride: usize,
        sums: &mut [[f32; LANES]; R],
    ) {
        let count = check_weigh(&factors, vectors, stride);
        for at in 0..count {
            let vector = &vectors[at * stride..][..LANES];
            for (factors, sums) in factors.iter().zip(sums.iter_mut()) {
                for (sum, value) in sums.iter_mut().zip(vector) {
                    *sum = fma::<Self>(factors[at], *value, *sum);
                }
            }
        }
    }

    fn run<T: Task>(self, task: T) -> T::Output {
        task.run(self)
    }
}
