//! Products of 8-bit rows with packed 8-bit weights, summed exactly in 32 bits.
//!
//! Every instruction set gives the same sums to the last bit; [`Portable`] is the reference.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use portable::Portable;

use std::str::FromStr;

/// Outputs that are computed together.
pub const PANEL: usize = 64;
/// Values that one instruction multiplies and sums.
pub const GROUP: usize = 4;
/// Floating-point values that are computed together.
pub const LANES: usize = 16;
/// Most rows that are computed together.
pub const ROWS: usize = 6;

/// Weights of [`PANEL`] outputs for a group of inputs: output by output.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub struct Line(pub [i8; PANEL * GROUP]);

/// Weights of [`PANEL`] outputs for all inputs.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// One for each group of inputs.
    pub lines: &'a [Line],
    /// For each output, 128 times the sum of its weights: what bytes moved by 128 add too much.
    pub offsets: &'a [i32; PANEL],
}

/// An instruction set. A value exists only where the processor has it.
pub trait Isa: Copy + Send + Sync {
    /// Whether `a * b + c` is one instruction.
    const FMA: bool;

    /// For each row and output, the sum of products.
    ///
    /// A row's bytes are its values moved by 128, [`GROUP`] for each of the panel's lines.
    ///
    /// # Panics
    ///
    /// Where a row has another number of bytes.
    fn dot<const R: usize>(self, rows: [&[u8]; R], panel: Panel, sums: &mut [[i32; PANEL]; R]);

    /// Adds to each row the sum of [`LANES`]-wide vectors by the row's factors: `sums[row][lane] +=
    /// Σ factors[row][at] · vectors[at · stride + lane]`.
    ///
    /// # Panics
    ///
    /// Where rows have different numbers of factors, or a vector is not there.
    fn weigh<const R: usize>(
        self,
        factors: [&[f32]; R],
        vectors: &[f32],
        stride: usize,
        sums: &mut [[f32; LANES]; R],
    );

    /// Runs a task compiled for this instruction set.
    fn run<T: Task>(self, task: T) -> T::Output;
}

/// Checks what [`Isa::dot`] asks for.
#[inline(always)]
fn check_dot<const R: usize>(rows: &[&[u8]; R], panel: Panel) {
    let width = GROUP * panel.lines.len();
    assert!(
        rows.iter().all(|row| row.len() == width),
        "a row of another width"
    );
}

/// Checks what [`Isa::weigh`] asks for.
#[inline(always)]
fn check_weigh<const R: usize>(factors: &[&[f32]; R], vectors: &[f32], stride: usize) -> usize {
    let count = factors[0].len();
    assert!(
        factors.iter().all(|row| row.len() == count),
        "rows of several widths"
    );
    let needed = count.checked_sub(1).map_or(0, |last| last * stride + LANES);
    assert!(vectors.len() >= needed, "too few vectors");
    count
}

/// What is to be compiled for each instruction set.
///
/// Instructions beyond those of the whole program reach only what is inlined into [`Isa::run`]. So
/// all that a task calls must be `#[inline(always)]`, and no loop that matters may be in a closure
/// that is given to a function that is not: it would run, in the plainest instructions.
pub trait Task {
    /// What it gives.
    type Output;

    /// Does it.
    fn run<I: Isa>(self, isa: I) -> Self::Output;
}

/// `a * b + c`, rounded once where that is one instruction, twice elsewhere.
#[inline(always)]
pub fn fma<I: Isa>(a: f32, b: f32, c: f32) -> f32 {
    if I::FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The instruction sets that this program has kernels for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kernel {
    /// AVX-512 with VNNI.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// None in particular.
    Portable(Portable),
}

impl Kernel {
    /// All that this processor has, the fastest first.
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let special = [Avx512::new().map(Self::Avx512), Avx2::new().map(Self::Avx2)];
        #[cfg(not(target_arch = "x86_64"))]
        let special: [Option<Self>; 0] = [];
        let portable = Self::Portable(Portable);
        special.into_iter().flatten().chain([portable]).collect()
    }

    /// The fastest that this processor has.
    pub fn fastest() -> Self {
        Self::available()[0]
    }

    /// Its name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            Self::Portable(_) => "portable",
        }
    }

    /// Whether it is made for a processor, and so faster than f32.
    pub fn is_special(self) -> bool {
        !matches!(self, Self::Portable(_))
    }

    /// Runs a task compiled for this instruction set.
    pub fn run<T: Task>(self, task: T) -> T::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(isa) => isa.run(task),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(isa) => isa.run(task),
            Self::Portable(isa) => isa.run(task),
        }
    }
}

/// A kernel by its name, where this processor has it.
impl FromStr for Kernel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let available = Self::available();
        let found = available.iter().find(|kernel| kernel.name() == name);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = available.iter().map(|kernel| kernel.name()).collect();
            format!("this processor has {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes and factors drawn from a seed.
    fn draw(count: usize, seed: u64) -> Vec<u8> {
        let mut state = seed | 1;
        (0..count)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 56) as u8
            })
            .collect()
    }

    /// Sums of some rows with a panel, and of vectors by factors.
    struct Products<'a, const R: usize> {
        rows: &'a [Vec<u8>],
        lines: &'a [Line],
        factors: &'a [Vec<f32>],
        vectors: &'a [f32],
        stride: usize,
    }

    impl<const R: usize> Task for Products<'_, R> {
        type Output = (Vec<[i32; PANEL]>, Vec<[f32; LANES]>);

        #[inline(always)]
        fn run<I: Isa>(self, isa: I) -> Self::Output {
            let mut offsets = [0; PANEL];
            for line in self.lines {
                for (offset, weights) in offsets.iter_mut().zip(line.0.chunks_exact(GROUP)) {
                    *offset += 128 * weights.iter().map(|&weight| i32::from(weight)).sum::<i32>();
                }
            }
            let panel = Panel {
                lines: self.lines,
                offsets: &offsets,
            };
            let mut sums = [[7; PANEL]; R];
            isa.dot::<R>(
                std::array::from_fn(|row| &self.rows[row][..]),
                panel,
                &mut sums,
            );
            let mut totals = [[0.5; LANES]; R];
            let factors = std::array::from_fn(|row| &self.factors[row][..]);
            isa.weigh::<R>(factors, self.vectors, self.stride, &mut totals);
            (sums.to_vec(), totals.to_vec())
        }
    }

    fn check<const R: usize>(groups: usize, count: usize, gap: usize, seed: u64) {
        let signed = |bytes: Vec<u8>| bytes.into_iter().map(|byte| (byte as i8).max(-127));
        let lines: Vec<Line> = (0..groups)
            .map(|group| {
                let weights: Vec<i8> = signed(draw(PANEL * GROUP, seed ^ group as u64)).collect();
                Line(weights.try_into().unwrap())
            })
            .collect();
        let rows: Vec<Vec<u8>> = (0..R)
            .map(|row| draw(groups * GROUP, seed ^ (row as u64) << 20))
            .collect();
        let floats =
            |count, seed| -> Vec<f32> { draw(count, seed).into_iter().map(f32::from).collect() };
        let factors: Vec<Vec<f32>> = (0..R)
            .map(|row| floats(count, seed ^ (row as u64) << 40))
            .collect();
        let stride = LANES + gap;
        let vectors = floats(count * stride, !seed);
        let products = |kernel: Kernel| {
            kernel.run(Products::<R> {
                rows: &rows,
                lines: &lines,
                factors: &factors,
                vectors: &vectors,
                stride,
            })
        };
        let (sums, totals) = products(Kernel::Portable(Portable));
        for kernel in Kernel::available() {
            let found = products(kernel);
            assert_eq!(sums, found.0, "{}", kernel.name());
            // Whole numbers this small are exact however they are summed.
            assert_eq!(totals, found.1, "{}", kernel.name());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_kernel_sums_as_the_portable_one(
            groups in 0usize..40, count in 0usize..50, gap in 0usize..5, seed: u64,
        ) {
            check::<1>(groups, count, gap, seed);
            check::<2>(groups, count, gap, seed);
            check::<3>(groups, count, gap, seed);
            check::<5>(groups, count, gap, seed);
            check::<6>(groups, count, gap, seed);
            check::<8>(groups, count, gap, seed);
        }
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        let lines = vec![Line([-127; PANEL * GROUP]); 384];
        for byte in [0, 255] {
            let rows = vec![vec![byte; 384 * GROUP]];
            for kernel in Kernel::available() {
                let (sums, _) = kernel.run(Products::<1> {
                    rows: &rows,
                    lines: &lines,
                    factors: &[vec![]],
                    vectors: &[],
                    stride: LANES,
                });
                let expected = 384 * 4 * -127 * (i32::from(byte) - 128);
                assert_eq!(sums[0], [expected; PANEL], "{}", kernel.name());
            }
        }
    }
}
