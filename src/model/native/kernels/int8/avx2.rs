//! AVX2: Intel since Haswell, AMD since Zen.

use std::arch::x86_64::{
    __m256i, _mm256_abs_epi8, _mm256_add_epi32, _mm256_fmadd_ps, _mm256_load_si256,
    _mm256_loadu_ps, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi8, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_sign_epi8, _mm256_storeu_ps,
    _mm256_storeu_si256, _mm256_xor_si256,
};

use super::{GROUP, Isa, LANES as FLOATS, PANEL, Panel, Task, check_dot, check_weigh};

/// Outputs in a register.
const LANES: usize = 8;
/// Registers of outputs that are summed at once: with two rows, as many as there is room for.
const VECTORS: usize = 4;

/// Proof that the processor has AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// The instruction set, where the processor has it.
    pub fn new() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Self(()))
    }
}

impl Isa for Avx2 {
    const FMA: bool = true;

    #[inline]
    fn dot<const R: usize>(self, rows: [&[u8]; R], panel: Panel, sums: &mut [[i32; PANEL]; R]) {
        check_dot(&rows, panel);
        for part in 0..PANEL / (LANES * VECTORS) {
            for first in (0..R).step_by(2) {
                let second = (first + 1).min(R - 1);
                // SAFETY: `self` proves the features, each row has a group for every line, as checked,
                // and `part` counts parts of a panel.
                let [a, b] = unsafe { dot_two([rows[first], rows[second]], panel, part) };
                let columns = part * LANES * VECTORS..(part + 1) * LANES * VECTORS;
                sums[second][columns.clone()].copy_from_slice(&b);
                sums[first][columns].copy_from_slice(&a);
            }
        }
    }

    #[inline]
    fn weigh<const R: usize>(
        self,
        factors: [&[f32]; R],
        vectors: &[f32],
        stride: usize,
        sums: &mut [[f32; FLOATS]; R],
    ) {
        let count = check_weigh(&factors, vectors, stride);
        for half in 0..FLOATS / LANES {
            // SAFETY: `self` proves the features, factors and vectors are there, as checked, and a
            // vector has two halves.
            unsafe {
                let vectors = vectors.as_ptr().add(half * LANES);
                weigh(
                    factors.map(<[f32]>::as_ptr),
                    vectors,
                    stride,
                    count,
                    half,
                    sums,
                );
            }
        }
    }

    fn run<T: Task>(self, task: T) -> T::Output {
        // SAFETY: `self` proves the features.
        unsafe { run(self, task) }
    }
}

#[target_feature(enable = "avx2,fma")]
fn run<T: Task>(isa: Avx2, task: T) -> T::Output {
    task.run(isa)
}

/// Sums of two rows for one of the parts of a panel.
///
/// The product of bytes with and without sign sums pairs in 16 bits. It cannot overflow there if the
/// one without sign is the value's magnitude, at most 127, and the other the weight with the value's
/// sign.
///
/// # Safety
///
/// Each row must have [`GROUP`] bytes for every line of the panel, and the panel such a part.
#[target_feature(enable = "avx2")]
unsafe fn dot_two(rows: [&[u8]; 2], panel: Panel, part: usize) -> [[i32; LANES * VECTORS]; 2] {
    let moved = _mm256_set1_epi8(-128);
    let ones = _mm256_set1_epi16(1);
    let starts = rows.map(<[u8]>::as_ptr);
    let mut totals = [[_mm256_setzero_si256(); VECTORS]; 2];
    for (group, line) in panel.lines.iter().enumerate() {
        let line: *const __m256i = (&raw const line.0).cast();
        // SAFETY: a line has VECTORS registers for each part, and is aligned more than they are.
        let weights: [__m256i; VECTORS] = std::array::from_fn(|vector| unsafe {
            _mm256_load_si256(line.add(part * VECTORS + vector))
        });
        for (start, totals) in starts.iter().zip(&mut totals) {
            // SAFETY: the caller promises a group of the row for each line.
            let values = unsafe { start.add(group * GROUP).cast::<i32>().read_unaligned() };
            let values = _mm256_xor_si256(_mm256_set1_epi32(values), moved);
            let magnitudes = _mm256_abs_epi8(values);
            for (total, weights) in totals.iter_mut().zip(weights) {
                let pairs = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(weights, values));
                *total = _mm256_add_epi32(*total, _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    let mut sums = [[0; LANES * VECTORS]; 2];
    for (totals, sums) in totals.iter().zip(&mut sums) {
        for (vector, &total) in totals.iter().enumerate() {
            // SAFETY: the sums of a row are VECTORS registers of LANES.
            unsafe { _mm256_storeu_si256(sums.as_mut_ptr().add(vector * LANES).cast(), total) };
        }
    }
    sums
}

/// Half of the lanes.
///
/// # Safety
///
/// There must be `count` factors behind each pointer, and as many vectors of [`LANES`], `stride` apart;
/// `half` is 0 or 1.
#[target_feature(enable = "avx2,fma")]
unsafe fn weigh<const R: usize>(
    factors: [*const f32; R],
    vectors: *const f32,
    stride: usize,
    count: usize,
    half: usize,
    sums: &mut [[f32; FLOATS]; R],
) {
    let lanes = half * LANES;
    // SAFETY: half of a row of sums is a register.
    let mut totals: [_; R] =
        std::array::from_fn(|row| unsafe { _mm256_loadu_ps(sums[row].as_ptr().add(lanes)) });
    for at in 0..count {
        // SAFETY: the caller promises `count` vectors.
        let vector = unsafe { _mm256_loadu_ps(vectors.add(at * stride)) };
        for (total, factors) in totals.iter_mut().zip(factors) {
            // SAFETY: the caller promises `count` factors.
            let factor = _mm256_set1_ps(unsafe { *factors.add(at) });
            *total = _mm256_fmadd_ps(factor, vector, *total);
        }
    }
    for (total, sums) in totals.into_iter().zip(sums) {
        // SAFETY: half of a row of sums is a register.
        unsafe { _mm256_storeu_ps(sums.as_mut_ptr().add(lanes), total) };
    }
}
