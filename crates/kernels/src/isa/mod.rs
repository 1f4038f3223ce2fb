//! Products of 8-bit rows with packed 8-bit weights, summed exactly in 32 bits.
//!
//! Every instruction set gives the same sums to the last bit; [`Portable`] is the reference.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod runs;

#[cfg(target_arch = "x86_64")]
pub use avx2::{Avx2, Vnni};
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
#[cfg(target_arch = "aarch64")]
pub use neon::{Matrices, Neon};
pub use portable::Portable;
pub use runs::Runs;

use std::str::FromStr;

/// Values that one instruction multiplies and sums.
pub const GROUP: usize = 4;
/// Values that are computed together: 32 bits each fill a register of AVX-512.
pub const LANES: usize = 16;
/// Most rows that are computed together.
pub const ROWS: usize = 6;
/// Most [`Line`]s that are multiplied together.
pub const VECTORS: usize = 4;

/// Weights of [`LANES`] outputs for a group of inputs, output by output.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub struct Line(pub [i8; LANES * GROUP]);

impl Line {
    /// Weights that are 0.
    pub const ZERO: Self = Self([0; LANES * GROUP]);
}

/// Weights of `V` times [`LANES`] outputs for all inputs; none is -128.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a, const V: usize> {
    /// For each group of inputs.
    pub lines: &'a [[Line; V]],
    /// For each output, the sum of its weights.
    pub sums: &'a [[i32; LANES]; V],
    /// The zero point of the rows.
    pub zero: u8,
}

impl<const V: usize> Panel<'_, V> {
    /// Bytes of a row.
    fn width(&self) -> usize {
        GROUP * self.lines.len()
    }
}

/// An instruction set. A value exists only if the processor has it.
///
/// Beside sums of products it has what stands between them, on [`LANES`] values at once: loops over
/// arrays come out well for one instruction set and badly for the next.
pub trait Isa: Copy + Send + Sync {
    /// [`LANES`] values in registers.
    type Floats: Copy;

    /// The same value in all lanes.
    fn splat(self, value: f32) -> Self::Floats;
    /// Values from memory.
    fn load(self, values: &[f32; LANES]) -> Self::Floats;
    /// Values to memory.
    fn store(self, values: Self::Floats, to: &mut [f32; LANES]);
    /// Whole numbers, rounded to 24 bits.
    fn floats(self, values: &[i32; LANES]) -> Self::Floats;
    /// `a + b`.
    fn add(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a - b`.
    fn sub(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b`.
    fn mul(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b + c`, rounded once.
    fn fma(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// The larger of each two.
    fn max(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// The smaller of each two.
    fn min(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// Magnitudes.
    fn abs(self, a: Self::Floats) -> Self::Floats;
    /// `a · 2ⁿ` for whole numbers n from -126 to 127.
    fn times_power(self, a: Self::Floats, n: Self::Floats) -> Self::Floats;
    /// The nearest whole numbers, the even one of two.
    fn round(self, a: Self::Floats) -> Self::Floats;
    /// Whole numbers as they are.
    fn ints(self, a: Self::Floats) -> [i32; LANES];
    /// Low bytes of the nearest whole numbers.
    fn bytes(self, a: Self::Floats) -> [u8; LANES];
    /// Low bytes of the nearest whole numbers as weights: a row for each input of a group.
    fn line(self, rows: [Self::Floats; GROUP]) -> Line;
    /// Sums of each output's weights.
    fn sums<'a>(self, lines: impl Iterator<Item = &'a Line>) -> [i32; LANES];
    /// The sum of all lanes, halves first.
    fn sum(self, a: Self::Floats) -> f32;
    /// The largest of all lanes.
    fn largest(self, a: Self::Floats) -> f32;

    /// For each row and output, the sum of products: `Σ (byte - zero) · weight`.
    ///
    /// # Panics
    ///
    /// If a row does not have [`GROUP`] bytes for each group of the panel.
    fn dot<const R: usize, const V: usize>(
        self,
        rows: [&[u8]; R],
        panel: Panel<V>,
        sums: &mut [[[i32; LANES]; V]; R],
    );

    /// The same for weights in runs; `of_weights` has the sum of each output's weights. Sums of outputs beyond
    /// the runs' are left as they are.
    ///
    /// # Panics
    ///
    /// If a row is not as wide as the runs say.
    fn dot_runs<const R: usize>(
        self,
        rows: [&[u8]; R],
        runs: &Runs,
        of_weights: &[[i32; LANES]; VECTORS],
        zero: u8,
        sums: &mut [[[i32; LANES]; VECTORS]; R],
    ) {
        for (row, sums) in rows.into_iter().zip(sums) {
            portable::dot_runs(row, runs, of_weights, zero, sums);
        }
    }

    /// Runs a task compiled for this instruction set.
    fn run<T: Task>(self, task: T) -> T::Output;
}

/// Checks what [`Isa::dot`] and [`Isa::dot_runs`] ask for.
#[inline(always)]
fn check(rows: &[&[u8]], width: usize) {
    assert!(
        rows.iter().all(|row| row.len() == width),
        "a row of another width"
    );
}

/// What is to be compiled for each instruction set.
///
/// Instructions beyond those of the whole program reach only what is inlined into [`Isa::run`]. So
/// all that a task calls must be `#[inline(always)]`. Closures cannot be: one that is long, or called
/// from several places, would run in the plainest instructions, and each of its steps be a call.
///
/// A step that is long and called from several places is a task of its own, which the outer one runs.
/// It is then compiled once: an encoder inlined into one function takes minutes to compile and is no
/// faster.
pub trait Task {
    /// What it gives.
    type Output;

    /// Does it.
    fn run<I: Isa>(self, isa: I) -> Self::Output;
}

/// The instruction sets that this program has kernels for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kernel {
    /// AVX-512 with VNNI.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// AVX2 with AVX-VNNI.
    #[cfg(target_arch = "x86_64")]
    AvxVnni(Avx2<Vnni>),
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// NEON with products of matrices.
    #[cfg(target_arch = "aarch64")]
    I8mm(Neon<Matrices>),
    /// NEON with dot products.
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    /// None in particular.
    Portable(Portable),
}

impl Kernel {
    /// All that this processor has, the fastest first.
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let special = [
            Avx512::new().map(Self::Avx512),
            Avx2::<Vnni>::new().map(Self::AvxVnni),
            <Avx2>::new().map(Self::Avx2),
        ];
        #[cfg(target_arch = "aarch64")]
        let special = [
            Neon::<Matrices>::new().map(Self::I8mm),
            <Neon>::new().map(Self::Neon),
        ];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
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
            Self::AvxVnni(_) => "avxvnni",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Self::I8mm(_) => "i8mm",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
            Self::Portable(_) => "portable",
        }
    }

    /// Whether [`Isa::dot_runs`] is faster than [`Isa::dot`].
    pub fn takes_runs(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return matches!(self, Self::Avx2(_));
        #[cfg(not(target_arch = "x86_64"))]
        return false;
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
            Self::AvxVnni(isa) => isa.run(task),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(isa) => isa.run(task),
            #[cfg(target_arch = "aarch64")]
            Self::I8mm(isa) => isa.run(task),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(isa) => isa.run(task),
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

    /// Bytes drawn from a seed.
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

    /// What a task gives with each kernel that this processor can run, by name.
    fn by_kernel<T: Task>(task: impl Fn() -> T) -> Vec<(&'static str, T::Output)> {
        let kernels = Kernel::available().into_iter();
        let found = kernels.map(|kernel| (kernel.name(), kernel.run(task())));
        #[cfg(target_arch = "x86_64")]
        let found = {
            let isa = Avx2::<avx2::VnniOf512>::new();
            found.chain(isa.map(|isa| ("avxvnni by avx512", isa.run(task()))))
        };
        found.collect()
    }

    /// Sums of some rows with a panel.
    struct Products<'a, const R: usize, const V: usize> {
        rows: &'a [Vec<u8>],
        lines: &'a [[Line; V]],
        zero: u8,
    }

    impl<const R: usize, const V: usize> Task for Products<'_, R, V> {
        type Output = [[[i32; LANES]; V]; R];

        #[inline(always)]
        fn run<I: Isa>(self, isa: I) -> Self::Output {
            let mut of_weights = [[0; LANES]; V];
            for (sums, line) in self.lines.iter().flat_map(|lines| (0..V).zip(lines)) {
                for (sum, weights) in of_weights[sums].iter_mut().zip(line.0.chunks(GROUP)) {
                    *sum += weights.iter().map(|&weight| i32::from(weight)).sum::<i32>();
                }
            }
            let panel = Panel {
                lines: self.lines,
                sums: &of_weights,
                zero: self.zero,
            };
            let mut sums = [[[7; LANES]; V]; R];
            isa.dot(
                std::array::from_fn(|row| &self.rows[row][..]),
                panel,
                &mut sums,
            );
            sums
        }
    }

    fn compare<const R: usize, const V: usize>(groups: usize, zero: u8, seed: u64) {
        let line = |at: usize| {
            let bytes = draw(LANES * GROUP, seed ^ at as u64).into_iter();
            let weights: Vec<i8> = bytes.map(|byte| (byte as i8).max(-127)).collect();
            Line(weights.try_into().unwrap())
        };
        let lines: Vec<[Line; V]> = (0..groups)
            .map(|group| std::array::from_fn(|vector| line(group * V + vector)))
            .collect();
        let rows: Vec<Vec<u8>> = (0..R)
            .map(|row| draw(groups * GROUP, seed ^ (row as u64) << 20))
            .collect();
        let task = || Products::<R, V> {
            rows: &rows,
            lines: &lines,
            zero,
        };
        let expected = Portable.run(task());
        for (kernel, sums) in by_kernel(task) {
            assert_eq!(expected, sums, "{kernel}");
        }
    }

    /// Sums of some rows with weights in runs.
    struct InRuns<'a, const R: usize> {
        rows: &'a [Vec<u8>],
        runs: &'a Runs,
        of_weights: &'a [[i32; LANES]; VECTORS],
        zero: u8,
    }

    impl<const R: usize> Task for InRuns<'_, R> {
        type Output = [[[i32; LANES]; VECTORS]; R];

        #[inline(always)]
        fn run<I: Isa>(self, isa: I) -> Self::Output {
            let mut sums = [[[7; LANES]; VECTORS]; R];
            let rows = std::array::from_fn(|row| &self.rows[row][..]);
            isa.dot_runs(rows, self.runs, self.of_weights, self.zero, &mut sums);
            sums
        }
    }

    /// Compares sums in runs with plain arithmetic; `weight` makes weights of drawn bytes.
    fn compare_runs<const R: usize>(
        [outputs, groups]: [usize; 2],
        zero: u8,
        seed: u64,
        byte: impl Fn(u8) -> u8,
        weight: impl Fn(i8) -> i8,
    ) {
        let row = |row: usize| draw(groups * GROUP, seed ^ (row as u64) << 20).into_iter();
        let rows: Vec<Vec<u8>> = (0..R).map(|at| row(at).map(&byte).collect()).collect();
        let of_output = |at: usize| -> Vec<i8> {
            let bytes = draw(groups * GROUP, seed ^ (at as u64) << 40).into_iter();
            bytes.map(|byte| weight(byte.cast_signed())).collect()
        };
        let weights: Vec<Vec<i8>> = (0..outputs).map(of_output).collect();
        let mut of_weights = [[0; LANES]; VECTORS];
        let mut expected = [[[0; LANES]; VECTORS]; R];
        for (output, weights) in weights.iter().enumerate() {
            let (line, lane) = (output / LANES, output % LANES);
            of_weights[line][lane] = weights.iter().map(|&weight| i32::from(weight)).sum();
            for (row, expected) in rows.iter().zip(&mut expected) {
                let terms = row.iter().zip(weights);
                let terms = terms.map(|(&a, &w)| (i32::from(a) - i32::from(zero)) * i32::from(w));
                expected[line][lane] = terms.sum();
            }
        }
        let bits = |weights: &Vec<i8>| {
            weights
                .iter()
                .map(|weight| weight.cast_unsigned())
                .collect()
        };
        let bits: Vec<Vec<u8>> = weights.iter().map(bits).collect();
        let outputs: Vec<&[u8]> = bits.iter().map(|bits| &bits[..]).collect();
        let runs = Runs::new(&outputs, groups);
        let task = || InRuns::<R> {
            rows: &rows,
            runs: &runs,
            of_weights: &of_weights,
            zero,
        };
        for (kernel, sums) in by_kernel(task) {
            for (sums, expected) in sums.iter().zip(&expected) {
                let count = outputs.len();
                let (sums, expected) = (sums.as_flattened(), expected.as_flattened());
                assert_eq!(sums[..count], expected[..count], "{kernel}");
            }
        }
    }

    /// Whatever there is beside products, on two registers of values.
    struct Elementwise<'a>([&'a [f32; LANES]; 2]);

    type Results = (Vec<[f32; LANES]>, Vec<[u8; LANES]>, Line);

    impl Task for Elementwise<'_> {
        type Output = Results;

        #[inline(always)]
        fn run<I: Isa>(self, isa: I) -> Results {
            let [a, b] = self.0.map(|values| isa.load(values));
            let whole = isa.round(a);
            let small = isa.splat(0.25);
            let line = isa.line([a, b, isa.mul(a, small), isa.mul(b, small)]);
            let sums = isa.sums([line, line].iter());
            let floats = [
                isa.fma(a, b, a),
                isa.add(a, b),
                isa.sub(a, b),
                isa.mul(a, b),
                isa.max(a, b),
                isa.min(a, b),
                isa.abs(a),
                isa.times_power(b, whole),
                whole,
                isa.floats(&isa.ints(whole)),
                isa.floats(&sums),
                isa.splat(isa.sum(a)),
                isa.splat(isa.largest(a)),
            ];
            let stored = |values| {
                let mut to = [0.0; LANES];
                isa.store(values, &mut to);
                to
            };
            let bytes = vec![isa.bytes(a), isa.bytes(isa.abs(b))];
            (floats.map(stored).to_vec(), bytes, line)
        }
    }

    proptest! {
        #[test]
        fn every_kernel_computes_as_the_portable_one(
            a in prop::array::uniform16(-126f32..126.0), b in prop::array::uniform16(-126f32..126.0),
        ) {
            let (floats, bytes, line) = Portable.run(Elementwise([&a, &b]));
            for (kernel, found) in by_kernel(|| Elementwise([&a, &b])) {
                prop_assert_eq!(&floats, &found.0, "{}", kernel);
                prop_assert_eq!(&bytes, &found.1, "{}", kernel);
                prop_assert_eq!(line.0, found.2.0, "{}", kernel);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_kernel_sums_as_the_portable_one(groups in 0usize..40, zero: u8, seed: u64) {
            compare::<1, 1>(groups, zero, seed);
            compare::<1, 4>(groups, zero, seed);
            compare::<2, 3>(groups, zero, seed);
            compare::<3, 2>(groups, zero, seed);
            compare::<4, 1>(groups, zero, seed);
            compare::<5, 4>(groups, zero, seed);
            compare::<6, 1>(groups, zero, seed);
            compare::<6, 2>(groups, zero, seed);
            compare::<6, 3>(groups, zero, seed);
            compare::<6, 4>(groups, zero, seed);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn sums_in_runs_are_those_of_plain_arithmetic(
            outputs in 1usize..=64, groups in 1usize..60, zero: u8, seed: u64, shift in 0u32..5,
        ) {
            let small = |weight: i8| (weight >> shift).max(-127);
            compare_runs::<1>([outputs, groups], zero, seed, |byte| byte, small);
            compare_runs::<6>([outputs, groups], zero, seed, |byte| byte, small);
            // The greatest bytes, with weights of one sign and with those that are as great as can be.
            compare_runs::<3>([outputs, groups], zero, seed, |_| 255, |weight| small(weight).abs());
            compare_runs::<3>([outputs, groups], zero, seed, |_| 255, |weight| -small(weight).abs());
            compare_runs::<2>([outputs, groups], zero, seed, |byte| byte, |weight| if weight < 0 { -127 } else { 127 });
        }
    }

    /// The reference that all others are compared with is what plain arithmetic gives, and it is really
    /// the one that the name `portable` runs.
    #[test]
    fn the_portable_kernel_is_plain_arithmetic() {
        let kernel: Kernel = "portable".parse().unwrap();
        assert!(matches!(kernel, Kernel::Portable(_)) && !kernel.is_special());
        assert!(matches!(
            Kernel::available().last(),
            Some(Kernel::Portable(_))
        ));
        const GROUPS: usize = 3;
        let (row, zero) = (draw(GROUPS * GROUP, 5), 100);
        let weight = |group: usize, lane: usize, at: usize| (7 * group + 3 * lane + at) as i8 - 40;
        let lines: Vec<[Line; 1]> = (0..GROUPS)
            .map(|group| {
                [Line(std::array::from_fn(|it| {
                    weight(group, it / GROUP, it % GROUP)
                }))]
            })
            .collect();
        let expected: [i32; LANES] = std::array::from_fn(|lane| {
            let terms = row.iter().enumerate().map(|(at, &byte)| {
                let weight = weight(at / GROUP, lane, at % GROUP);
                (i32::from(byte) - i32::from(zero)) * i32::from(weight)
            });
            terms.sum()
        });
        let task = Products::<1, 1> {
            rows: std::slice::from_ref(&row),
            lines: &lines,
            zero,
        };
        assert_eq!(kernel.run(task), [[expected]]);
    }

    /// By QEMU or on a processor of these years; else the tests above would compare nothing.
    #[cfg(target_arch = "aarch64")]
    #[test]
    fn neon_is_among_the_kernels_that_are_tested() {
        let names: Vec<_> = Kernel::available().into_iter().map(Kernel::name).collect();
        assert_eq!(names, ["i8mm", "neon", "portable"]);
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        let lines = vec![[Line([-127; LANES * GROUP]); VECTORS]; 384];
        for (byte, zero) in [(0, 128), (255, 128), (0, 0), (255, 0)] {
            let rows = vec![vec![byte; 384 * GROUP]];
            let task = || Products::<1, VECTORS> {
                rows: &rows,
                lines: &lines,
                zero,
            };
            let expected = 384 * 4 * -127 * (i32::from(byte) - i32::from(zero));
            for (kernel, sums) in by_kernel(task) {
                assert_eq!(sums, [[[expected; LANES]; VECTORS]], "{kernel}");
            }
        }
    }
}
