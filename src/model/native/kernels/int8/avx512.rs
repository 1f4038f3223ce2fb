//! AVX-512 with VNNI: Intel since Ice Lake, AMD since Zen 4.

use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_load_si512, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512, _mm512_storeu_ps,
    _mm512_storeu_si512, _mm512_sub_epi32,
};

use super::{GROUP, Isa, LANES, PANEL, Panel, Task, check_dot, check_weigh};

/// Registers of a panel's outputs.
const VECTORS: usize = PANEL / LANES;

/// Proof that the processor has AVX-512 F, BW, DQ, VL and VNNI.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    /// The instruction set, where the processor has it.
    pub fn new() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
            && is_x86_feature_detected!("fma");
        has.then_some(Self(()))
    }
}

impl Isa for Avx512 {
    const FMA: bool = true;

    #[inline]
    fn dot<const R: usize>(self, rows: [&[u8]; R], panel: Panel, sums: &mut [[i32; PANEL]; R]) {
        check_dot(&rows, panel);
        // SAFETY: `self` proves the features, and each row has a group for every line, as checked.
        unsafe { dot(rows, panel, sums) }
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
        // SAFETY: `self` proves the features, and factors and vectors are there, as checked.
        unsafe {
            weigh(
                factors.map(<[f32]>::as_ptr),
                vectors.as_ptr(),
                stride,
                count,
                sums,
            )
        }
    }

    fn run<T: Task>(self, task: T) -> T::Output {
        // SAFETY: `self` proves the features.
        unsafe { run(self, task) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
fn run<T: Task>(isa: Avx512, task: T) -> T::Output {
    task.run(isa)
}

/// # Safety
///
/// Each row must have [`GROUP`] bytes for every line of the panel.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn dot<const R: usize>(rows: [&[u8]; R], panel: Panel, sums: &mut [[i32; PANEL]; R]) {
    let mut totals = [[_mm512_setzero_si512(); VECTORS]; R];
    for vector in 0..VECTORS {
        // SAFETY: a panel has PANEL offsets, which are VECTORS registers of LANES.
        let offsets =
            unsafe { _mm512_loadu_si512(panel.offsets.as_ptr().add(vector * LANES).cast()) };
        let start = _mm512_sub_epi32(_mm512_setzero_si512(), offsets);
        for totals in &mut totals {
            totals[vector] = start;
        }
    }
    let starts = rows.map(<[u8]>::as_ptr);
    for (group, line) in panel.lines.iter().enumerate() {
        let line: *const __m512i = (&raw const line.0).cast();
        // SAFETY: a line is VECTORS registers, and aligned as they are.
        let weights: [__m512i; VECTORS] =
            std::array::from_fn(|vector| unsafe { _mm512_load_si512(line.add(vector)) });
        for (start, totals) in starts.iter().zip(&mut totals) {
            // SAFETY: the caller promises a group of the row for each line.
            let values = unsafe { start.add(group * GROUP).cast::<i32>().read_unaligned() };
            let values = _mm512_set1_epi32(values);
            for (total, weights) in totals.iter_mut().zip(weights) {
                *total = _mm512_dpbusd_epi32(*total, values, weights);
            }
        }
    }
    for (totals, sums) in totals.iter().zip(sums) {
        for (vector, &total) in totals.iter().enumerate() {
            // SAFETY: a row's sums are VECTORS registers of LANES.
            unsafe { _mm512_storeu_si512(sums.as_mut_ptr().add(vector * LANES).cast(), total) };
        }
    }
}

/// # Safety
///
/// There must be `count` factors behind each pointer, and as many vectors of [`LANES`], `stride` apart.
#[target_feature(enable = "avx512f")]
unsafe fn weigh<const R: usize>(
    factors: [*const f32; R],
    vectors: *const f32,
    stride: usize,
    count: usize,
    sums: &mut [[f32; LANES]; R],
) {
    // SAFETY: a row of sums is a register.
    let mut totals: [_; R] =
        std::array::from_fn(|row| unsafe { _mm512_loadu_ps(sums[row].as_ptr()) });
    for at in 0..count {
        // SAFETY: the caller promises `count` vectors.
        let vector = unsafe { _mm512_loadu_ps(vectors.add(at * stride)) };
        for (total, factors) in totals.iter_mut().zip(factors) {
            // SAFETY: the caller promises `count` factors.
            let factor = _mm512_set1_ps(unsafe { *factors.add(at) });
            *total = _mm512_fmadd_ps(factor, vector, *total);
        }
    }
    for (total, sums) in totals.into_iter().zip(sums) {
        // SAFETY: a row of sums is a register.
        unsafe { _mm512_storeu_ps(sums.as_mut_ptr(), total) };
    }
}
