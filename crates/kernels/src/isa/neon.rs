//! NEON with dot products: Apple since M1, AWS Graviton since 2, ARM Cortex since A75. With products of matrices of bytes, one
//! instruction does what two do: Apple since M2, AWS Graviton since 3.

use std::arch::aarch64::{
    float32x4_t, int8x16_t, int32x4_t, uint8x16_t, vabsq_f32, vadd_f32, vaddq_f32, vaddq_s32,
    vandq_s32, vcombine_s32, vcombine_u16, vcombine_u64, vcreate_u64, vcvtnq_s32_f32,
    vcvtq_f32_s32, vdupq_n_f32, vdupq_n_s8, vdupq_n_s32, veorq_s32, vfmaq_f32, vget_high_f32,
    vget_high_s32, vget_lane_f32, vget_low_f32, vget_low_s32, vld1_s32, vld1q_f32, vld1q_s8,
    vld1q_s32, vmaxq_f32, vmaxvq_f32, vminq_f32, vmovn_u16, vmovn_u32, vmulq_f32, vmulq_s32,
    vorrq_s32, vreinterpretq_f32_s32, vreinterpretq_s8_s32, vreinterpretq_s32_s8,
    vreinterpretq_u8_u64, vreinterpretq_u32_s32, vrndnq_f32, vshlq_n_s32, vst1_s32, vst1_u8,
    vst1q_f32, vst1q_s8, vst1q_s32, vsubq_f32, vzip1q_s32, vzip2q_s32,
};
use std::arch::{asm, is_aarch64_feature_detected};
use std::array::from_fn;

use super::{GROUP, Isa, LANES, Line, Panel, Task, check};

/// Values of a register.
const WIDTH: usize = 4;
/// Registers of a line.
const QUARTERS: usize = LANES / WIDTH;

type Quad = [float32x4_t; QUARTERS];

/// Proof that the processor has NEON and its dot products, and what `P` needs.
#[derive(Debug, Clone, Copy)]
pub struct Neon<P = Dot>(P);

/// How products of bytes are summed.
pub trait Products: Copy + Send + Sync {
    /// Sums of some rows for one of the lines of each group.
    ///
    /// # Safety
    ///
    /// The processor must have the instructions, each row [`GROUP`] bytes for every group of the panel, and the
    /// panel such a line.
    unsafe fn dot_line<const R: usize, const V: usize>(
        rows: [&[u8]; R],
        panel: Panel<V>,
        line: usize,
    ) -> [[i32; LANES]; R];

    /// Runs a task compiled for NEON and these instructions.
    ///
    /// # Safety
    ///
    /// The processor must have them.
    unsafe fn run<T: Task>(isa: Neon<Self>, task: T) -> T::Output;
}

/// [`Products`] by the function that sums a line, and [`Products::run`] compiled for these features.
macro_rules! compiled {
    ($features:literal, $sums:ident) => {
        #[inline]
        unsafe fn dot_line<const R: usize, const V: usize>(
            rows: [&[u8]; R],
            panel: Panel<V>,
            line: usize,
        ) -> [[i32; LANES]; R] {
            // SAFETY: the caller promises what is asked for.
            unsafe { $sums(rows, panel, line) }
        }

        #[inline(never)]
        #[target_feature(enable = $features)]
        unsafe fn run<T: Task>(isa: Neon<Self>, task: T) -> T::Output {
            task.run(isa)
        }
    };
}

/// A row at a time.
#[derive(Debug, Clone, Copy)]
pub struct Dot(());

impl Products for Dot {
    compiled!("neon,dotprod", dot_line);
}

/// Two rows by two outputs at a time.
#[derive(Debug, Clone, Copy)]
pub struct Matrices(());

impl Products for Matrices {
    compiled!("neon,dotprod,i8mm", multiply_line);
}

impl Neon {
    /// The instruction set, if the processor has it.
    pub fn new() -> Option<Self> {
        has_dot().then_some(Self(Dot(())))
    }
}

impl Neon<Matrices> {
    /// The instruction set, if the processor has it.
    pub fn new() -> Option<Self> {
        (has_dot() && is_aarch64_feature_detected!("i8mm")).then_some(Self(Matrices(())))
    }
}

fn has_dot() -> bool {
    is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("dotprod")
}

/// Applies an instruction to each register.
macro_rules! each {
    ($instruction:ident, $($operand:expr),+) => {
        // SAFETY: every value of this instruction set proves the features.
        from_fn(|at| unsafe { $instruction($($operand[at]),+) })
    };
}

impl<P: Products> Isa for Neon<P> {
    type Floats = Quad;

    #[inline(always)]
    fn splat(self, value: f32) -> Quad {
        // SAFETY: `self` proves the features.
        unsafe { [vdupq_n_f32(value); QUARTERS] }
    }

    #[inline(always)]
    fn load(self, values: &[f32; LANES]) -> Quad {
        // SAFETY: `self` proves the features, and the values are four registers.
        from_fn(|at| unsafe { vld1q_f32(values.as_ptr().add(at * WIDTH)) })
    }

    #[inline(always)]
    fn store(self, values: Quad, to: &mut [f32; LANES]) {
        for (at, values) in values.into_iter().enumerate() {
            // SAFETY: `self` proves the features, and the place is four registers.
            unsafe { vst1q_f32(to.as_mut_ptr().add(at * WIDTH), values) };
        }
    }

    #[inline(always)]
    fn floats(self, values: &[i32; LANES]) -> Quad {
        // SAFETY: `self` proves the features, and the values are four registers.
        from_fn(|at| unsafe { vcvtq_f32_s32(vld1q_s32(values.as_ptr().add(at * WIDTH))) })
    }

    #[inline(always)]
    fn add(self, a: Quad, b: Quad) -> Quad {
        each!(vaddq_f32, a, b)
    }

    #[inline(always)]
    fn sub(self, a: Quad, b: Quad) -> Quad {
        each!(vsubq_f32, a, b)
    }

    #[inline(always)]
    fn mul(self, a: Quad, b: Quad) -> Quad {
        each!(vmulq_f32, a, b)
    }

    #[inline(always)]
    fn fma(self, a: Quad, b: Quad, c: Quad) -> Quad {
        each!(vfmaq_f32, c, a, b)
    }

    #[inline(always)]
    fn max(self, a: Quad, b: Quad) -> Quad {
        each!(vmaxq_f32, a, b)
    }

    #[inline(always)]
    fn min(self, a: Quad, b: Quad) -> Quad {
        each!(vminq_f32, a, b)
    }

    #[inline(always)]
    fn abs(self, a: Quad) -> Quad {
        each!(vabsq_f32, a)
    }

    #[inline(always)]
    fn times_power(self, a: Quad, n: Quad) -> Quad {
        let n = rounded(n);
        // SAFETY: `self` proves the features.
        from_fn(|at| unsafe {
            let exponent = vaddq_s32(n[at], vdupq_n_s32(127));
            vmulq_f32(a[at], vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent)))
        })
    }

    #[inline(always)]
    fn round(self, a: Quad) -> Quad {
        each!(vrndnq_f32, a)
    }

    #[inline(always)]
    fn ints(self, a: Quad) -> [i32; LANES] {
        let mut ints = [0; LANES];
        for (at, values) in rounded(a).into_iter().enumerate() {
            // SAFETY: `self` proves the features, and the place is four registers.
            unsafe { vst1q_s32(ints.as_mut_ptr().add(at * WIDTH), values) };
        }
        ints
    }

    #[inline(always)]
    fn bytes(self, a: Quad) -> [u8; LANES] {
        let mut bytes = [0; LANES];
        let ints = rounded(a);
        for half in 0..2 {
            // SAFETY: `self` proves the features, and the place is twice half a register.
            unsafe {
                let low = |at: usize| vmovn_u32(vreinterpretq_u32_s32(ints[2 * half + at]));
                let words = vcombine_u16(low(0), low(1));
                vst1_u8(bytes.as_mut_ptr().add(half * LANES / 2), vmovn_u16(words));
            }
        }
        bytes
    }

    #[inline(always)]
    fn line(self, rows: [Quad; GROUP]) -> Line {
        let [a, b, c, d] = rows.map(rounded);
        let mut line = Line::ZERO;
        for at in 0..QUARTERS {
            // SAFETY: `self` proves the features, and a line is four registers.
            unsafe {
                let low = |a| vandq_s32(a, vdupq_n_s32(0xff));
                let ab = vorrq_s32(low(a[at]), vshlq_n_s32::<8>(low(b[at])));
                let cd = vorrq_s32(low(c[at]), vshlq_n_s32::<8>(low(d[at])));
                let all = vorrq_s32(ab, vshlq_n_s32::<16>(cd));
                let to = line.0.as_mut_ptr().add(at * WIDTH * GROUP);
                vst1q_s8(to, vreinterpretq_s8_s32(all));
            }
        }
        line
    }

    #[inline(always)]
    fn sums<'a>(self, lines: impl Iterator<Item = &'a Line>) -> [i32; LANES] {
        // SAFETY: `self` proves the features.
        let (ones, zero) = unsafe { (vdupq_n_s8(1), vdupq_n_s32(0)) };
        let mut totals = [zero; QUARTERS];
        for line in lines {
            for (total, weights) in totals.iter_mut().zip(quarters(line)) {
                // SAFETY: `self` proves the features.
                *total = unsafe { sdot(*total, ones, weights) };
            }
        }
        let mut sums = [0; LANES];
        for (at, total) in totals.into_iter().enumerate() {
            // SAFETY: `self` proves the features, and the place is four registers.
            unsafe { vst1q_s32(sums.as_mut_ptr().add(at * WIDTH), total) };
        }
        sums
    }

    #[inline(always)]
    fn sum(self, [a, b, c, d]: Quad) -> f32 {
        // SAFETY: `self` proves the features.
        unsafe {
            let four = vaddq_f32(vaddq_f32(a, c), vaddq_f32(b, d));
            let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        }
    }

    #[inline(always)]
    fn largest(self, [a, b, c, d]: Quad) -> f32 {
        // SAFETY: `self` proves the features.
        unsafe { vmaxvq_f32(vmaxq_f32(vmaxq_f32(a, c), vmaxq_f32(b, d))) }
    }

    #[inline]
    fn dot<const R: usize, const V: usize>(
        self,
        rows: [&[u8]; R],
        panel: Panel<V>,
        sums: &mut [[[i32; LANES]; V]; R],
    ) {
        check(&rows, panel.width());
        for line in 0..V {
            // SAFETY: `self` proves the features, each row has a group for every line, as checked, and
            // the panel has this line.
            let found = unsafe { P::dot_line(rows, panel, line) };
            for (sums, found) in sums.iter_mut().zip(found) {
                sums[line] = found;
            }
        }
    }

    fn run<T: Task>(self, task: T) -> T::Output {
        // SAFETY: `self` proves the features.
        unsafe { P::run(self, task) }
    }
}

/// The nearest whole numbers, the even one of two.
#[inline(always)]
fn rounded(a: Quad) -> [int32x4_t; QUARTERS] {
    each!(vcvtnq_s32_f32, a)
}

/// The registers of a line.
#[inline(always)]
fn quarters(line: &Line) -> [int8x16_t; QUARTERS] {
    // SAFETY: every processor of this architecture has NEON, and a line is four registers.
    from_fn(|at| unsafe { vld1q_s8(line.0.as_ptr().add(at * WIDTH * GROUP)) })
}

/// Adds sums of four products each; the intrinsic for this instruction is not stable yet.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn sdot(mut total: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes these registers only.
    unsafe {
        asm!(
            "sdot {total:v}.4s, {a:v}.16b, {b:v}.16b",
            total = inout(vreg) total,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    total
}

/// Sums of some rows for one of the lines of each group: with six rows, totals and weights fill the
/// registers.
///
/// The instruction takes signed bytes, so bytes are moved by 128 first.
///
/// # Safety
///
/// Each row must have [`GROUP`] bytes for every group of the panel, and the panel such a line.
#[target_feature(enable = "neon,dotprod")]
unsafe fn dot_line<const R: usize, const V: usize>(
    rows: [&[u8]; R],
    panel: Panel<V>,
    line: usize,
) -> [[i32; LANES]; R] {
    let moved = vdupq_n_s32(i32::from_ne_bytes([128; GROUP]));
    let back = vdupq_n_s32(128 - i32::from(panel.zero));
    let start: [int32x4_t; QUARTERS] = from_fn(|at| {
        // SAFETY: a line's sums are four registers.
        let sums = unsafe { vld1q_s32(panel.sums[line].as_ptr().add(at * WIDTH)) };
        vmulq_s32(sums, back)
    });
    let mut totals = [start; R];
    let starts = rows.map(<[u8]>::as_ptr);
    for (group, lines) in panel.lines.iter().enumerate() {
        let weights = quarters(&lines[line]);
        for (start, totals) in starts.iter().zip(&mut totals) {
            // SAFETY: the caller promises a group of the row for each of the panel.
            let values = unsafe { start.add(group * GROUP).cast::<i32>().read_unaligned() };
            let values = vreinterpretq_s8_s32(veorq_s32(vdupq_n_s32(values), moved));
            for (total, weights) in totals.iter_mut().zip(weights) {
                *total = sdot(*total, values, weights);
            }
        }
    }
    let mut sums = [[0; LANES]; R];
    for (totals, sums) in totals.iter().zip(&mut sums) {
        for (at, &total) in totals.iter().enumerate() {
            // SAFETY: a line's sums are four registers.
            unsafe { vst1q_s32(sums.as_mut_ptr().add(at * WIDTH), total) };
        }
    }
    sums
}

/// Adds the products of two rows of eight bytes and of two outputs' weights for them: the sums of the first row, then
/// those of the second. The intrinsic for this instruction is not stable yet.
#[inline]
#[target_feature(enable = "neon,i8mm")]
fn usmmla(mut totals: int32x4_t, rows: uint8x16_t, weights: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes these registers only.
    unsafe {
        asm!(
            "usmmla {totals:v}.4s, {rows:v}.16b, {weights:v}.16b",
            totals = inout(vreg) totals,
            rows = in(vreg) rows,
            weights = in(vreg) weights,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    totals
}

/// Pairs of outputs of a line.
const PAIRS: usize = LANES / 2;
/// Pairs of rows, at most.
const MOST_PAIRS: usize = super::ROWS.div_ceil(2);

/// Sums of some rows for one of the lines of each group, two rows by two outputs: with six rows, totals and the rest
/// fill the registers.
///
/// # Safety
///
/// Each row must have [`GROUP`] bytes for every group of the panel, and the panel such a line.
#[target_feature(enable = "neon,dotprod,i8mm")]
unsafe fn multiply_line<const R: usize, const V: usize>(
    rows: [&[u8]; R],
    panel: Panel<V>,
    line: usize,
) -> [[i32; LANES]; R] {
    let pairs = R.div_ceil(2);
    let below = vdupq_n_s32(-i32::from(panel.zero));
    let start: [int32x4_t; PAIRS] = from_fn(|at| {
        // SAFETY: a line's sums are eight halves of registers.
        let sums = unsafe { vld1_s32(panel.sums[line].as_ptr().add(2 * at)) };
        vmulq_s32(vcombine_s32(sums, sums), below)
    });
    let mut totals = [start; MOST_PAIRS];
    // Of an odd number of rows, the last is taken twice.
    let starts: [[*const u8; 2]; MOST_PAIRS] =
        from_fn(|pair| [2 * pair, 2 * pair + 1].map(|at| rows[at.min(R - 1)].as_ptr()));
    let (twos, last) = panel.lines.as_chunks::<2>();
    for (at, two) in twos.iter().enumerate() {
        let bytes = starts.map(|rows| {
            // SAFETY: the caller promises two groups of the row for each two of the panel.
            rows.map(|row| unsafe { row.add(2 * at * GROUP).cast::<u64>().read_unaligned() })
        });
        multiply(&mut totals[..pairs], bytes, [&two[0][line], &two[1][line]]);
    }
    if let [last] = last {
        let at = 2 * twos.len() * GROUP;
        let bytes = starts.map(|rows| {
            // SAFETY: the caller promises a group of the row for each of the panel.
            rows.map(|row| u64::from(unsafe { row.add(at).cast::<u32>().read_unaligned() }))
        });
        multiply(&mut totals[..pairs], bytes, [&last[line], &Line::ZERO]);
    }
    let mut sums = [[0; LANES]; R];
    for (at, sums) in sums.iter_mut().enumerate() {
        for (total, to) in totals[at / 2].iter().zip(sums.as_chunks_mut::<2>().0) {
            let half = if at % 2 == 0 {
                vget_low_s32(*total)
            } else {
                vget_high_s32(*total)
            };
            // SAFETY: the place is half a register.
            unsafe { vst1_s32(to.as_mut_ptr(), half) };
        }
    }
    sums
}

/// Adds the products of pairs of rows with two groups of a line: eight bytes of each row.
#[inline]
#[target_feature(enable = "neon,dotprod,i8mm")]
fn multiply(totals: &mut [[int32x4_t; PAIRS]], bytes: [[u64; 2]; MOST_PAIRS], groups: [&Line; 2]) {
    let bytes =
        bytes.map(|[a, b]| vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(a), vcreate_u64(b))));
    let [first, second] = groups.map(quarters);
    for quarter in 0..QUARTERS {
        let [a, b] = [first, second].map(|group| vreinterpretq_s32_s8(group[quarter]));
        let weights = [vzip1q_s32(a, b), vzip2q_s32(a, b)];
        for (totals, &bytes) in totals.iter_mut().zip(&bytes) {
            for (at, &weights) in weights.iter().enumerate() {
                let total = &mut totals[2 * quarter + at];
                *total = usmmla(*total, bytes, vreinterpretq_s8_s32(weights));
            }
        }
    }
}
