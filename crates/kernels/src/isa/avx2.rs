//! AVX2: Intel since Haswell, AMD since Zen. With AVX-VNNI, products of bytes take one instruction of
//! four: Intel since Alder Lake, AMD since Zen 5.

use std::arch::x86_64::{
    __m256, __m256i, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_add_ps, _mm_add_ss,
    _mm_cvtss_f32, _mm_max_ps, _mm_max_ss, _mm_movehdup_ps, _mm_movehl_ps, _mm_packus_epi16,
    _mm_storeu_si128, _mm256_abs_epi8, _mm256_add_epi16, _mm256_add_epi32, _mm256_add_ps,
    _mm256_and_si256, _mm256_andnot_ps, _mm256_castps256_ps128, _mm256_castsi256_ps,
    _mm256_castsi256_si128, _mm256_cvtepi32_ps, _mm256_cvtps_epi32, _mm256_dpbusd_avx_epi32,
    _mm256_extractf128_ps, _mm256_extracti128_si256, _mm256_fmadd_ps, _mm256_load_si256,
    _mm256_loadu_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_max_ps,
    _mm256_min_ps, _mm256_mul_ps, _mm256_mullo_epi32, _mm256_or_si256, _mm256_packus_epi32,
    _mm256_permute4x64_epi64, _mm256_round_ps, _mm256_set1_epi8, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_sign_epi8, _mm256_slli_epi32,
    _mm256_store_si256, _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_ps, _mm256_xor_si256,
};
use std::array::from_fn;

use super::runs::{Run, TILE, Tile};
use super::{GROUP, Isa, LANES, Line, Panel, Runs, Task, VECTORS, check};

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

/// Registers of a line.
const HALVES: usize = 2;

type Pair = [__m256; HALVES];

/// Proof that the processor has AVX2 and FMA, and what `P` needs.
#[derive(Debug, Clone, Copy)]
pub struct Avx2<P = Maddubs>(P);

/// How sums of four products of bytes are added up.
pub trait Products: Copy + Send + Sync {
    /// What a row's byte must be moved by, so that its product with any weight can be taken.
    const MOVED: u8;
    /// Lines, 1 or 2, and rows, 2 or 6, whose totals leave registers for the rest.
    const LINES: usize;
    /// See [`Self::LINES`].
    const ROWS: usize;

    /// For each group of bytes and of weights, adds the sum of products to the total. Bytes are moved;
    /// weights are not -128.
    ///
    /// # Safety
    ///
    /// The processor must have the instructions.
    unsafe fn add(total: __m256i, bytes: __m256i, weights: __m256i) -> __m256i;

    /// [`tile`] compiled for AVX2 and these instructions, once for all who need it.
    ///
    /// # Safety
    ///
    /// As for [`tile`].
    unsafe fn tile<const T: usize, const L: usize, const V: usize>(
        rows: &[&[u8]],
        first: usize,
        panel: Panel<V>,
        lines: [usize; L],
        sums: &mut [[[i32; LANES]; V]],
    ) -> usize;

    /// Runs a task compiled for AVX2, FMA and these instructions.
    ///
    /// # Safety
    ///
    /// The processor must have them.
    unsafe fn run<T: Task>(isa: Avx2<Self>, task: T) -> T::Output;
}

/// [`Products::tile`] and [`Products::run`], compiled for these features.
macro_rules! compiled {
    ($features:literal) => {
        #[inline(never)]
        #[target_feature(enable = $features)]
        unsafe fn tile<const T: usize, const L: usize, const V: usize>(
            rows: &[&[u8]],
            first: usize,
            panel: Panel<V>,
            lines: [usize; L],
            sums: &mut [[[i32; LANES]; V]],
        ) -> usize {
            // SAFETY: the caller promises what is asked for.
            unsafe { tile::<Self, T, L, V>(rows, first, panel, lines, sums) }
        }

        #[inline(never)]
        #[target_feature(enable = $features)]
        unsafe fn run<T: Task>(isa: Avx2<Self>, task: T) -> T::Output {
            task.run(isa)
        }
    };
}

/// Products in AVX2's own instructions.
///
/// The product of bytes with and without sign sums pairs in 16 bits. It cannot overflow there if the
/// one without sign is a magnitude of at most 128, and the other a weight with the sign of what has
/// the magnitude.
#[derive(Debug, Clone, Copy)]
pub struct Maddubs(());

impl Products for Maddubs {
    const MOVED: u8 = 128;
    const LINES: usize = 2;
    const ROWS: usize = 2;

    #[inline(always)]
    unsafe fn add(total: __m256i, bytes: __m256i, weights: __m256i) -> __m256i {
        // SAFETY: the caller promises the features.
        unsafe {
            let signed = _mm256_sign_epi8(weights, bytes);
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(bytes), signed);
            _mm256_add_epi32(total, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
        }
    }

    compiled!("avx2,fma");
}

/// Products in AVX-VNNI's.
#[derive(Debug, Clone, Copy)]
pub struct Vnni(());

impl Products for Vnni {
    const MOVED: u8 = 0;
    const LINES: usize = 1;
    const ROWS: usize = 6;

    #[inline(always)]
    unsafe fn add(total: __m256i, bytes: __m256i, weights: __m256i) -> __m256i {
        // SAFETY: the caller promises the features.
        unsafe { _mm256_dpbusd_avx_epi32(total, bytes, weights) }
    }

    compiled!("avx2,fma,avxvnni");
}

impl Avx2 {
    /// The instruction set, if the processor has it.
    pub fn new() -> Option<Self> {
        has_avx2().then_some(Self(Maddubs(())))
    }
}

impl Avx2<Vnni> {
    /// The instruction set, if the processor has it.
    pub fn new() -> Option<Self> {
        (has_avx2() && is_x86_feature_detected!("avxvnni")).then_some(Self(Vnni(())))
    }
}

fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

impl<P: Products> Isa for Avx2<P> {
    type Floats = Pair;

    #[inline(always)]
    fn splat(self, value: f32) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe { [_mm256_set1_ps(value); HALVES] }
    }

    #[inline(always)]
    fn load(self, values: &[f32; LANES]) -> Pair {
        let values = values.as_ptr();
        // SAFETY: `self` proves the features, and the values are two registers.
        unsafe {
            [
                _mm256_loadu_ps(values),
                _mm256_loadu_ps(values.add(LANES / HALVES)),
            ]
        }
    }

    #[inline(always)]
    fn store(self, values: Pair, to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr();
        // SAFETY: `self` proves the features, and the place is two registers.
        unsafe {
            _mm256_storeu_ps(to, values[0]);
            _mm256_storeu_ps(to.add(LANES / HALVES), values[1]);
        }
    }

    #[inline(always)]
    fn floats(self, values: &[i32; LANES]) -> Pair {
        let values: *const __m256i = values.as_ptr().cast();
        // SAFETY: `self` proves the features, and the values are two registers.
        unsafe {
            let halves = [
                _mm256_loadu_si256(values),
                _mm256_loadu_si256(values.add(1)),
            ];
            [_mm256_cvtepi32_ps(halves[0]), _mm256_cvtepi32_ps(halves[1])]
        }
    }

    #[inline(always)]
    fn add(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn sub(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn fma(self, a: Pair, b: Pair, c: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe {
            [
                _mm256_fmadd_ps(a[0], b[0], c[0]),
                _mm256_fmadd_ps(a[1], b[1], c[1]),
            ]
        }
    }

    #[inline(always)]
    fn max(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn min(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn abs(self, a: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe {
            let sign = _mm256_set1_ps(-0.0);
            [_mm256_andnot_ps(sign, a[0]), _mm256_andnot_ps(sign, a[1])]
        }
    }

    #[inline(always)]
    fn times_power(self, a: Pair, n: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe {
            let power = |n| {
                let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
            };
            [
                _mm256_mul_ps(a[0], power(n[0])),
                _mm256_mul_ps(a[1], power(n[1])),
            ]
        }
    }

    #[inline(always)]
    fn round(self, a: Pair) -> Pair {
        // SAFETY: `self` proves the features.
        unsafe {
            [
                _mm256_round_ps::<NEAREST>(a[0]),
                _mm256_round_ps::<NEAREST>(a[1]),
            ]
        }
    }

    #[inline(always)]
    fn ints(self, a: Pair) -> [i32; LANES] {
        let mut ints = [0; LANES];
        let to: *mut __m256i = ints.as_mut_ptr().cast();
        // SAFETY: `self` proves the features, and the place is two registers.
        unsafe {
            _mm256_storeu_si256(to, _mm256_cvtps_epi32(a[0]));
            _mm256_storeu_si256(to.add(1), _mm256_cvtps_epi32(a[1]));
        }
        ints
    }

    #[inline(always)]
    fn bytes(self, a: Pair) -> [u8; LANES] {
        let mut bytes = [0; LANES];
        // SAFETY: `self` proves the features, and the place is half a register.
        unsafe {
            let low = |a| _mm256_and_si256(_mm256_cvtps_epi32(a), _mm256_set1_epi32(0xff));
            // Packing goes by halves of registers: the quarters come out as 0, 2, 1, 3.
            let words = _mm256_packus_epi32(low(a[0]), low(a[1]));
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
            let high = _mm256_extracti128_si256::<1>(words);
            let packed = _mm_packus_epi16(_mm256_castsi256_si128(words), high);
            _mm_storeu_si128(bytes.as_mut_ptr().cast(), packed);
        }
        bytes
    }

    #[inline(always)]
    fn line(self, [a, b, c, d]: [Pair; GROUP]) -> Line {
        let mut line = Line::ZERO;
        let to: *mut __m256i = (&raw mut line).cast();
        for half in 0..HALVES {
            // SAFETY: `self` proves the features, and a line is two registers, aligned more than they are.
            unsafe {
                let low = |a| _mm256_and_si256(_mm256_cvtps_epi32(a), _mm256_set1_epi32(0xff));
                let ab = _mm256_or_si256(low(a[half]), _mm256_slli_epi32::<8>(low(b[half])));
                let cd = _mm256_or_si256(low(c[half]), _mm256_slli_epi32::<8>(low(d[half])));
                let all = _mm256_or_si256(ab, _mm256_slli_epi32::<16>(cd));
                _mm256_store_si256(to.add(half), all);
            }
        }
        line
    }

    #[inline(always)]
    fn sums<'a>(self, lines: impl Iterator<Item = &'a Line>) -> [i32; LANES] {
        let mut sums = [0; LANES];
        // SAFETY: `self` proves the features, a line is two registers, aligned more than they are, and the
        // place is two.
        unsafe {
            let (bytes, words) = (_mm256_set1_epi8(1), _mm256_set1_epi16(1));
            let mut totals = [_mm256_setzero_si256(); HALVES];
            for line in lines {
                let line: *const __m256i = (&raw const line.0).cast();
                for (half, total) in totals.iter_mut().enumerate() {
                    let pairs = _mm256_maddubs_epi16(bytes, _mm256_load_si256(line.add(half)));
                    *total = _mm256_add_epi32(*total, _mm256_madd_epi16(pairs, words));
                }
            }
            let to: *mut __m256i = sums.as_mut_ptr().cast();
            for (half, total) in totals.into_iter().enumerate() {
                _mm256_storeu_si256(to.add(half), total);
            }
        }
        sums
    }

    #[inline(always)]
    fn sum(self, a: Pair) -> f32 {
        // SAFETY: `self` proves the features.
        unsafe {
            let eight = _mm256_add_ps(a[0], a[1]);
            let four = _mm_add_ps(
                _mm256_castps256_ps128(eight),
                _mm256_extractf128_ps::<1>(eight),
            );
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }

    #[inline(always)]
    fn largest(self, a: Pair) -> f32 {
        // SAFETY: `self` proves the features.
        unsafe {
            let eight = _mm256_max_ps(a[0], a[1]);
            let four = _mm_max_ps(
                _mm256_castps256_ps128(eight),
                _mm256_extractf128_ps::<1>(eight),
            );
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
        }
    }

    #[inline(always)]
    fn dot<const R: usize, const V: usize>(
        self,
        rows: [&[u8]; R],
        panel: Panel<V>,
        sums: &mut [[[i32; LANES]; V]; R],
    ) {
        check(&rows, panel.width());
        for line in (0..V).step_by(P::LINES) {
            match P::LINES {
                1 => self.lines(&rows, panel, [line], sums),
                _ => self.lines(&rows, panel, [line, (line + 1).min(V - 1)], sums),
            }
        }
    }

    #[inline(always)]
    fn dot_runs<const R: usize>(
        self,
        rows: [&[u8]; R],
        runs: &Runs,
        of_weights: &[[i32; LANES]; VECTORS],
        zero: u8,
        sums: &mut [[[i32; LANES]; VECTORS]; R],
    ) {
        check(&rows, runs.width());
        let of_weights = of_weights.as_flattened().as_chunks::<TILE>().0;
        for (at, (tile, of_weights)) in runs.tiles().zip(of_weights).enumerate() {
            let (line, first) = (at * TILE / LANES, at * TILE % LANES);
            // SAFETY: `self` proves the features, and rows are as wide as runs ask for.
            let found = unsafe { tile_of_runs(rows.map(<[u8]>::as_ptr), tile, of_weights, zero) };
            for (sums, found) in sums.iter_mut().zip(found) {
                sums[line][first..first + TILE].copy_from_slice(&found);
            }
        }
    }

    fn run<T: Task>(self, task: T) -> T::Output {
        // SAFETY: `self` proves the features.
        unsafe { P::run(self, task) }
    }
}

impl<P: Products> Avx2<P> {
    /// Sums of rows, all as wide as the panel, for some of its lines.
    #[inline(always)]
    fn lines<const R: usize, const L: usize, const V: usize>(
        self,
        rows: &[&[u8]; R],
        panel: Panel<V>,
        lines: [usize; L],
        sums: &mut [[[i32; LANES]; V]; R],
    ) {
        let mut first = 0;
        while first < R {
            // SAFETY: `self` proves the features, rows are as wide as the panel, and it has these lines.
            first += unsafe {
                match R - first {
                    6.. if P::ROWS == 6 => P::tile::<6, L, V>(rows, first, panel, lines, sums),
                    4.. if P::ROWS == 6 => P::tile::<4, L, V>(rows, first, panel, lines, sums),
                    2.. => P::tile::<2, L, V>(rows, first, panel, lines, sums),
                    _ => P::tile::<1, L, V>(rows, first, panel, lines, sums),
                }
            };
        }
    }
}

/// Sums of rows with a tile of weights in runs.
///
/// # Safety
///
/// The processor must have AVX2, and the rows must be as wide as the runs say.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
unsafe fn tile_of_runs<const R: usize>(
    rows: [*const u8; R],
    tile: Tile,
    of_weights: &[i32; TILE],
    zero: u8,
) -> [[i32; TILE]; R] {
    let below = _mm256_set1_epi32(-i32::from(zero));
    // SAFETY: sums of a tile's weights are a register.
    let of_weights = unsafe { _mm256_loadu_si256(of_weights.as_ptr().cast()) };
    let mut totals = [_mm256_mullo_epi32(of_weights, below); R];
    // SAFETY: the caller promises what is asked for.
    unsafe {
        add_runs(rows, tile.fours, &mut totals);
        add_runs(rows, tile.threes, &mut totals);
        add_runs(rows, tile.twos, &mut totals);
        add_runs(rows, tile.ones, &mut totals);
    }
    let mut sums = [[0; TILE]; R];
    for (sums, total) in sums.iter_mut().zip(totals) {
        // SAFETY: the place is a register.
        unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), total) };
    }
    sums
}

/// Adds what runs of one length come to.
///
/// # Safety
///
/// As for [`tile_of_runs`].
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn add_runs<const N: usize, const R: usize>(
    rows: [*const u8; R],
    runs: &[Run<N>],
    totals: &mut [__m256i; R],
) {
    let ones = _mm256_set1_epi16(1);
    for run in runs {
        // SAFETY: weights are a register, and aligned as one.
        let weights: [__m256i; N] =
            from_fn(|at| unsafe { _mm256_load_si256((&raw const run.weights[at].0).cast()) });
        for (row, total) in rows.into_iter().zip(&mut *totals) {
            let pairs = |at: usize| {
                let place = run.places[at] as usize;
                // SAFETY: runs have places of groups within a row, and the caller promises that rows are as wide.
                let bytes = unsafe { row.add(place).cast::<i32>().read_unaligned() };
                _mm256_maddubs_epi16(_mm256_set1_epi32(bytes), weights[at])
            };
            let mut sum = pairs(0);
            for at in 1..N {
                sum = _mm256_add_epi16(sum, pairs(at));
            }
            *total = _mm256_add_epi32(*total, _mm256_madd_epi16(sum, ones));
        }
    }
}

/// Sums of `T` rows from this one on, for some of the lines of each group; gives `T` back.
///
/// # Safety
///
/// The processor must have AVX2 and what `P` needs, each row [`GROUP`] bytes for every group of the
/// panel, and the panel such lines.
#[inline(always)]
unsafe fn tile<P: Products, const T: usize, const L: usize, const V: usize>(
    rows: &[&[u8]],
    first: usize,
    panel: Panel<V>,
    lines: [usize; L],
    sums: &mut [[[i32; LANES]; V]],
) -> usize {
    // SAFETY: the caller promises all that is asked for in here, and a line is HALVES registers, aligned
    // more than they are.
    unsafe {
        let moved = _mm256_set1_epi8(P::MOVED.cast_signed());
        let back = _mm256_set1_epi32(i32::from(P::MOVED) - i32::from(panel.zero));
        let mut start = [[_mm256_setzero_si256(); HALVES]; L];
        for (start, line) in start.iter_mut().zip(lines) {
            let sums: *const __m256i = panel.sums[line].as_ptr().cast();
            for (half, start) in start.iter_mut().enumerate() {
                *start = _mm256_mullo_epi32(_mm256_loadu_si256(sums.add(half)), back);
            }
        }
        let mut totals = [start; T];
        for (group, of_group) in panel.lines.iter().enumerate() {
            let mut weights = [[_mm256_setzero_si256(); HALVES]; L];
            for (weights, line) in weights.iter_mut().zip(lines) {
                let line: *const __m256i = (&raw const of_group[line].0).cast();
                for (half, weights) in weights.iter_mut().enumerate() {
                    *weights = _mm256_load_si256(line.add(half));
                }
            }
            for (row, totals) in totals.iter_mut().enumerate() {
                let values = rows[first + row].as_ptr().add(group * GROUP);
                let values = _mm256_set1_epi32(values.cast::<i32>().read_unaligned());
                let values = _mm256_xor_si256(values, moved);
                let weights = weights.as_flattened();
                for (total, &weights) in totals.as_flattened_mut().iter_mut().zip(weights) {
                    *total = P::add(*total, values, weights);
                }
            }
        }
        for (row, totals) in totals.iter().enumerate() {
            for (line, totals) in lines.into_iter().zip(totals) {
                let sums: *mut __m256i = sums[first + row][line].as_mut_ptr().cast();
                for (half, &total) in totals.iter().enumerate() {
                    _mm256_storeu_si256(sums.add(half), total);
                }
            }
        }
    }
    T
}

/// AVX-VNNI's products in the form that AVX-512 has them, for processors with the one and not the other.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub struct VnniOf512(());

#[cfg(test)]
impl Products for VnniOf512 {
    const MOVED: u8 = Vnni::MOVED;
    const LINES: usize = Vnni::LINES;
    const ROWS: usize = Vnni::ROWS;

    #[inline(always)]
    unsafe fn add(total: __m256i, bytes: __m256i, weights: __m256i) -> __m256i {
        // SAFETY: the caller promises the features.
        unsafe { std::arch::x86_64::_mm256_dpbusd_epi32(total, bytes, weights) }
    }

    compiled!("avx2,fma,avx512vl,avx512vnni");
}

#[cfg(test)]
impl Avx2<VnniOf512> {
    /// The instruction set, if the processor has it.
    pub fn new() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512vnni");
        (has_avx2() && has).then_some(Self(VnniOf512(())))
    }
}
