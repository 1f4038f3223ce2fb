//! AVX-512 with VNNI: Intel since Ice Lake, AMD since Zen 4.

use std::arch::x86_64::{
    __m512, __m512i, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_storeu_si128, _mm512_abs_ps,
    _mm512_add_ps, _mm512_and_si512, _mm512_cvtepi32_epi8, _mm512_cvtepi32_ps, _mm512_cvtps_epi32,
    _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_load_si512, _mm512_loadu_ps, _mm512_loadu_si512,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_mullo_epi32, _mm512_or_si512,
    _mm512_reduce_add_ps, _mm512_reduce_max_ps, _mm512_roundscale_ps, _mm512_scalef_ps,
    _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512, _mm512_slli_epi32,
    _mm512_store_si512, _mm512_storeu_ps, _mm512_storeu_si512, _mm512_sub_ps,
};

use super::{GROUP, Isa, LANES, Line, Panel, Task, check};

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

/// Proof that the processor has AVX-512 F, BW, DQ, VL and VNNI.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    /// The instruction set, if the processor has it.
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
    type Floats = __m512;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, values: &[f32; LANES]) -> __m512 {
        // SAFETY: `self` proves the features, and the values are a register.
        unsafe { _mm512_loadu_ps(values.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, values: __m512, to: &mut [f32; LANES]) {
        // SAFETY: `self` proves the features, and the place is a register.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), values) }
    }

    #[inline(always)]
    fn floats(self, values: &[i32; LANES]) -> __m512 {
        // SAFETY: `self` proves the features, and the values are a register.
        unsafe { _mm512_cvtepi32_ps(_mm512_loadu_si512(values.as_ptr().cast())) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    fn abs(self, a: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_abs_ps(a) }
    }

    #[inline(always)]
    fn times_power(self, a: __m512, n: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_scalef_ps(a, n) }
    }

    #[inline(always)]
    fn round(self, a: __m512) -> __m512 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_roundscale_ps::<NEAREST>(a) }
    }

    #[inline(always)]
    fn ints(self, a: __m512) -> [i32; LANES] {
        let mut ints = [0; LANES];
        // SAFETY: `self` proves the features, and the place is a register.
        unsafe { _mm512_storeu_si512(ints.as_mut_ptr().cast(), _mm512_cvtps_epi32(a)) };
        ints
    }

    #[inline(always)]
    fn bytes(self, a: __m512) -> [u8; LANES] {
        let mut bytes = [0; LANES];
        // SAFETY: `self` proves the features, and the place is a quarter of a register.
        unsafe {
            let low = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a));
            _mm_storeu_si128(bytes.as_mut_ptr().cast(), low);
        }
        bytes
    }

    #[inline(always)]
    fn line(self, [a, b, c, d]: [__m512; GROUP]) -> Line {
        let mut line = Line::ZERO;
        // SAFETY: `self` proves the features, and a line is a register.
        unsafe {
            let low = |a| _mm512_and_si512(_mm512_cvtps_epi32(a), _mm512_set1_epi32(0xff));
            let ab = _mm512_or_si512(low(a), _mm512_slli_epi32::<8>(low(b)));
            let cd = _mm512_or_si512(low(c), _mm512_slli_epi32::<8>(low(d)));
            let all = _mm512_or_si512(ab, _mm512_slli_epi32::<16>(cd));
            _mm512_store_si512((&raw mut line).cast(), all);
        }
        line
    }

    #[inline(always)]
    fn sums<'a>(self, lines: impl Iterator<Item = &'a Line>) -> [i32; LANES] {
        let mut sums = [0; LANES];
        // SAFETY: `self` proves the features, a line is a register, and aligned as one, and the place is
        // one too.
        unsafe {
            let ones = _mm512_set1_epi8(1);
            let mut totals = _mm512_setzero_si512();
            for line in lines {
                let weights = _mm512_load_si512((&raw const line.0).cast());
                totals = _mm512_dpbusd_epi32(totals, ones, weights);
            }
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), totals);
        }
        sums
    }

    #[inline(always)]
    fn sum(self, a: __m512) -> f32 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_reduce_add_ps(a) }
    }

    #[inline(always)]
    fn largest(self, a: __m512) -> f32 {
        // SAFETY: `self` proves the features.
        unsafe { _mm512_reduce_max_ps(a) }
    }

    #[inline]
    fn dot<const R: usize, const V: usize>(
        self,
        rows: [&[u8]; R],
        panel: Panel<V>,
        sums: &mut [[[i32; LANES]; V]; R],
    ) {
        check(&rows, panel.width());
        // SAFETY: `self` proves the features, and each row has a group for every line, as checked.
        unsafe { dot(rows, panel, sums) }
    }

    fn run<T: Task>(self, task: T) -> T::Output {
        // SAFETY: `self` proves the features.
        unsafe { run(self, task) }
    }
}

#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
fn run<T: Task>(isa: Avx512, task: T) -> T::Output {
    task.run(isa)
}

/// # Safety
///
/// Each row must have [`GROUP`] bytes for every group of the panel.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn dot<const R: usize, const V: usize>(
    rows: [&[u8]; R],
    panel: Panel<V>,
    sums: &mut [[[i32; LANES]; V]; R],
) {
    let below = _mm512_set1_epi32(-i32::from(panel.zero));
    let start: [__m512i; V] = std::array::from_fn(|vector| {
        // SAFETY: a line has a register of sums.
        let sums = unsafe { _mm512_loadu_si512(panel.sums[vector].as_ptr().cast()) };
        _mm512_mullo_epi32(sums, below)
    });
    let mut totals = [start; R];
    let starts = rows.map(<[u8]>::as_ptr);
    for (group, lines) in panel.lines.iter().enumerate() {
        let weights: [__m512i; V] = std::array::from_fn(|vector| {
            // SAFETY: a line is a register, and aligned as one.
            unsafe { _mm512_load_si512((&raw const lines[vector].0).cast()) }
        });
        for (start, totals) in starts.iter().zip(&mut totals) {
            // SAFETY: the caller promises a group of the row for each of the panel.
            let values = unsafe { start.add(group * GROUP).cast::<i32>().read_unaligned() };
            let values = _mm512_set1_epi32(values);
            for (total, weights) in totals.iter_mut().zip(weights) {
                *total = _mm512_dpbusd_epi32(*total, values, weights);
            }
        }
    }
    for (totals, sums) in totals.iter().zip(sums) {
        for (&total, sums) in totals.iter().zip(sums) {
            // SAFETY: a line has a register of sums.
            unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), total) };
        }
    }
}
