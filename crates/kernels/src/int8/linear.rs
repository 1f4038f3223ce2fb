//! Linear layers on 8-bit rows.

use std::ops::Range;

use ndarray::Array1;

use super::lanes::{quantize, quantize_activated, quantize_balanced};
use crate::isa::{GROUP, Isa, Kernel, LANES, Line, Panel, ROWS, Runs, Task, VECTORS};
use crate::layers::{Linear, Quantized};

/// Outputs that are computed together.
pub(super) const PANEL: usize = VECTORS * LANES;

/// A value for each of them.
type Outputs = [[f32; LANES]; VECTORS];

/// SmoothQuant's α: the share of the difficulty that moves from inputs to weights.
const SMOOTHING_ALPHA: f32 = 0.55;
/// A column is an outlier if its largest weight is so many times the median column's.
const OUTLIER_RATIO: f32 = 8.0;
/// Outlier columns of a layer, at most.
const MAX_OUTLIER_COLUMNS: usize = 8;

/// What a layer's inputs are like, and so how they are quantized.
pub(super) enum Inputs {
    /// Of either sign.
    Plain,
    /// Of either sign; multiplied by a factor each, by which the weights are divided.
    Balanced(Vec<f32>),
    /// Values of GELU, never far below 0.
    Activated,
}

impl Inputs {
    /// What stored factors of the weights ask for.
    pub fn of_factors(factors: Option<Vec<f32>>) -> Self {
        factors.map_or(Self::Plain, Self::Balanced)
    }

    /// The zero point.
    fn zero(&self) -> u8 {
        match self {
            Self::Plain | Self::Balanced(_) => 128,
            // GELU outputs reach down to -0.17 only.
            Self::Activated => 22,
        }
    }
}

/// Rows of quantized values.
#[derive(Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    scales: Vec<f32>,
    /// Values of a layer's outlier columns, row by row, in `f32`.
    exact: Vec<f32>,
    width: usize,
    columns: usize,
}

impl Rows {
    /// Makes room for so many rows of a layer's inputs; what was there is gone.
    pub fn reset(&mut self, rows: usize, layer: &PackedLinear) {
        self.width = layer.groups * GROUP;
        self.columns = layer.columns.len();
        self.scales.resize(rows, 0.0);
        self.bytes.resize(rows * self.width, 0);
        self.exact.resize(rows * self.columns, 0.0);
    }

    /// Quantizes a row as the input of a layer. Values of the layer's outlier columns are moved out of
    /// `values`.
    #[inline(always)]
    pub fn set<I: Isa>(&mut self, isa: I, row: usize, values: &mut [f32], layer: &PackedLinear) {
        for (at, &column) in layer.columns.iter().enumerate() {
            self.exact[row * self.columns + at] = std::mem::take(&mut values[column]);
        }
        self.set_all(isa, row, values, layer);
    }

    /// The same for a layer without outlier columns.
    #[inline(always)]
    pub fn set_all<I: Isa>(&mut self, isa: I, row: usize, values: &[f32], layer: &PackedLinear) {
        let bytes = &mut self.bytes[row * self.width..(row + 1) * self.width];
        let zero = layer.inputs.zero();
        self.scales[row] = match &layer.inputs {
            Inputs::Plain => quantize(isa, values, zero, bytes),
            Inputs::Balanced(factors) => quantize_balanced(isa, values, factors, zero, bytes),
            Inputs::Activated => quantize_activated(isa, values, zero, bytes),
        };
    }

    /// Copies some rows of others.
    pub fn select(&mut self, others: &Self, rows: &[usize], layer: &PackedLinear) {
        self.reset(rows.len(), layer);
        for (to, &from) in rows.iter().enumerate() {
            let start = to * self.width;
            self.bytes[start..start + self.width].copy_from_slice(others.row(from));
            self.scales[to] = others.scales[from];
        }
    }

    #[inline(always)]
    fn row(&self, row: usize) -> &[u8] {
        &self.bytes[row * self.width..(row + 1) * self.width]
    }
}

/// What becomes of a layer's outputs.
///
/// A trait and not a closure: see [`Task`](crate::isa::Task).
pub(super) trait Sink {
    /// Takes a panel of a row's outputs.
    fn take<I: Isa>(&mut self, isa: I, row: usize, panel: usize, values: [I::Floats; VECTORS]);
}

/// A linear layer whose weights have 8 bits, with a scale for each output, packed in panels.
///
/// Outlier columns are multiplied in `f32` (Dettmers et al., "LLM.int8()", NeurIPS 2022, do so for
/// inputs).
pub(super) struct PackedLinear {
    weights: Packed,
    sums: Vec<[[i32; LANES]; VECTORS]>,
    scales: Vec<Outputs>,
    biases: Vec<Outputs>,
    inputs: Inputs,
    /// Outlier columns, whose packed weights are 0, and for each panel their weights in `f32`.
    columns: Vec<usize>,
    exact: Vec<Outputs>,
    /// Groups of inputs, of which the last may be more than there are.
    groups: usize,
}

/// The weights, in the form that is fastest for the instruction set.
enum Packed {
    Lines(Vec<[Line; VECTORS]>),
    Runs(Vec<Runs>),
}

impl PackedLinear {
    /// Quantizes and packs a layer.
    pub fn new(kernel: Kernel, linear: &Linear, inputs: Inputs) -> Self {
        let columns = match inputs {
            Inputs::Plain | Inputs::Balanced(_) => Vec::new(),
            Inputs::Activated => outlier_columns(linear),
        };
        let (outputs, width) = linear.weight.dim();
        let mut exact = vec![[[0.0; LANES]; VECTORS]; outputs.div_ceil(PANEL) * columns.len()];
        for (output, weights) in linear.weight.rows().into_iter().enumerate() {
            for (at, &input) in columns.iter().enumerate() {
                let exact = &mut exact[output / PANEL * columns.len() + at];
                exact.as_flattened_mut()[output % PANEL] = weights[input];
            }
        }
        let factors = match &inputs {
            Inputs::Balanced(factors) => Some(&factors[..]),
            Inputs::Plain | Inputs::Activated => None,
        };
        let (steps, scales) = kernel.run(QuantizeWeights {
            linear,
            factors,
            columns: &columns,
        });
        let rows: Vec<&[u8]> = steps.chunks(width.next_multiple_of(LANES)).collect();
        let mut packed = Self::pack(kernel, &rows, &scales, &linear.bias, inputs);
        (packed.columns, packed.exact) = (columns, exact);
        packed
    }

    /// Packs a layer that is stored in 8 bits. `inputs` says how inputs with its factors, if there are any, are quantized.
    pub fn stored(
        kernel: Kernel,
        linear: Linear<Quantized>,
        inputs: impl Fn(Option<Vec<f32>>) -> Inputs,
    ) -> Self {
        let Quantized {
            values,
            scales,
            factors,
        } = linear.weight;
        Self::pack(kernel, &values, &scales, &linear.bias, inputs(factors))
    }

    /// Packs weights: for each output, the bits of those of all inputs.
    fn pack(
        kernel: Kernel,
        rows: &[&[u8]],
        scales: &[f32],
        biases: &Array1<f32>,
        inputs: Inputs,
    ) -> Self {
        let width = rows.first().map_or(0, |row| row.len());
        let groups = width.next_multiple_of(PANEL) / GROUP;
        let of_weights = |weights: &&[u8]| -> i32 {
            let weights = weights.iter();
            weights.map(|weight| i32::from(weight.cast_signed())).sum()
        };
        let panels = rows.chunks(PANEL);
        Self {
            weights: match kernel.takes_runs() {
                true => Packed::Runs(kernel.run(PackRuns { rows, groups })),
                false => Packed::Lines(panels.flat_map(|rows| lines(rows, groups)).collect()),
            },
            sums: in_panels(rows.iter().map(of_weights)),
            scales: in_panels(scales.iter().copied()),
            biases: in_panels(biases.iter().copied()),
            inputs,
            columns: Vec::new(),
            exact: Vec::new(),
            groups,
        }
    }

    /// Operations for so many rows: two for each weight.
    pub fn operations(&self, rows: usize) -> u64 {
        2 * (rows * self.sums.len() * PANEL * self.groups * GROUP) as u64
    }

    /// All panels.
    pub fn panels(&self) -> Range<usize> {
        0..self.sums.len()
    }

    /// The layer's outputs for some rows, panel by panel.
    #[inline(always)]
    pub fn apply<I: Isa>(
        &self,
        isa: I,
        rows: &Rows,
        range: Range<usize>,
        panels: Range<usize>,
        sink: impl Sink,
    ) {
        isa.run(Apply {
            layer: self,
            rows,
            range,
            panels,
            sink,
        });
    }

    #[inline(always)]
    fn tile<I: Isa, const R: usize>(
        &self,
        isa: I,
        rows: &Rows,
        first: usize,
        panel: usize,
        sink: &mut impl Sink,
    ) {
        let mut sums = [[[0; LANES]; VECTORS]; R];
        let bytes = std::array::from_fn(|row| rows.row(first + row));
        let (of_weights, zero) = (&self.sums[panel], self.inputs.zero());
        match &self.weights {
            Packed::Lines(lines) => {
                let panel = Panel {
                    lines: &lines[panel * self.groups..(panel + 1) * self.groups],
                    sums: of_weights,
                    zero,
                };
                isa.dot(bytes, panel, &mut sums);
            }
            Packed::Runs(panels) => {
                isa.dot_runs(bytes, &panels[panel], of_weights, zero, &mut sums)
            }
        }
        let (scales, biases) = (&self.scales[panel], &self.biases[panel]);
        let columns = self.columns.len();
        for (row, sums) in sums.iter().enumerate() {
            let scale = isa.splat(rows.scales[first + row]);
            let mut values = [isa.splat(0.0); VECTORS];
            for (vector, value) in values.iter_mut().enumerate() {
                let scale = isa.mul(scale, isa.load(&scales[vector]));
                let sums = isa.floats(&sums[vector]);
                *value = isa.fma(sums, scale, isa.load(&biases[vector]));
            }
            for column in 0..columns {
                let input = isa.splat(rows.exact[(first + row) * columns + column]);
                let weights = &self.exact[panel * columns + column];
                for (value, weights) in values.iter_mut().zip(weights) {
                    *value = isa.fma(input, isa.load(weights), *value);
                }
            }
            sink.take(isa, first + row, panel, values);
        }
    }
}

/// [`PackedLinear::apply`]: compiled once for each sink, not once for each layer that it is called for.
struct Apply<'a, S> {
    layer: &'a PackedLinear,
    rows: &'a Rows,
    range: Range<usize>,
    panels: Range<usize>,
    sink: S,
}

impl<S: Sink> Task for Apply<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let Self {
            layer,
            rows,
            range,
            panels,
            mut sink,
        } = self;
        for panel in panels {
            let mut row = range.start;
            while row + ROWS <= range.end {
                layer.tile::<I, ROWS>(isa, rows, row, panel, &mut sink);
                row += ROWS;
            }
            match range.end - row {
                5 => layer.tile::<I, 5>(isa, rows, row, panel, &mut sink),
                4 => layer.tile::<I, 4>(isa, rows, row, panel, &mut sink),
                3 => layer.tile::<I, 3>(isa, rows, row, panel, &mut sink),
                2 => layer.tile::<I, 2>(isa, rows, row, panel, &mut sink),
                1 => layer.tile::<I, 1>(isa, rows, row, panel, &mut sink),
                _ => {}
            }
        }
    }
}

/// Values of outputs, panel by panel; those of no output are 0.
fn in_panels<T: Copy + Default>(
    values: impl ExactSizeIterator<Item = T>,
) -> Vec<[[T; LANES]; VECTORS]> {
    let mut panels = vec![[[T::default(); LANES]; VECTORS]; values.len().div_ceil(PANEL)];
    let places = panels.as_flattened_mut().as_flattened_mut().iter_mut();
    places.zip(values).for_each(|(place, value)| *place = value);
    panels
}

/// Weights, but for those of outlier columns, in 127 steps to either side, and the scale of each output, by which steps
/// are to be multiplied: `[outputs, inputs]`, inputs filled up to whole registers.
///
/// No two neighbours of one sign have more than 127 steps together, so that AVX2 can add up their products in 16 bits
/// ([`Runs`]). That makes steps a quarter wider in the mean, which no data set shows.
struct QuantizeWeights<'a> {
    linear: &'a Linear,
    /// What weights are divided by.
    factors: Option<&'a [f32]>,
    columns: &'a [usize],
}

impl Task for QuantizeWeights<'_> {
    type Output = (Vec<u8>, Vec<f32>);

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Self::Output {
        let (outputs, width) = self.linear.weight.dim();
        let filled = width.next_multiple_of(LANES);
        let mut steps = vec![0; outputs * filled];
        let mut scales = Vec::with_capacity(outputs);
        let mut row = vec![0.0; filled];
        let rows = self
            .linear
            .weight
            .rows()
            .into_iter()
            .zip(steps.chunks_mut(filled));
        for (weights, steps) in rows {
            for (value, weight) in row.iter_mut().zip(weights) {
                *value = *weight;
            }
            for &column in self.columns {
                row[column] = 0.0;
            }
            for (value, factor) in row.iter_mut().zip(self.factors.unwrap_or_default()) {
                *value /= factor;
            }
            let mut largest = 0f32;
            for [a, b] in row.as_chunks::<2>().0 {
                let above = a.max(0.0) + b.max(0.0);
                let below = a.min(0.0) + b.min(0.0);
                largest = largest.max(above).max(-below);
            }
            let (per_unit, scale) = match largest > 0.0 {
                true => (127.0 / largest, largest / 127.0),
                false => (0.0, 1.0),
            };
            let per_unit = isa.splat(per_unit);
            for (steps, values) in steps.as_chunks_mut().0.iter_mut().zip(row.as_chunks().0) {
                *steps = isa.bytes(isa.mul(isa.load(values), per_unit));
            }
            scales.push(scale);
        }
        (steps, scales)
    }
}

/// Runs of each panel's weights.
struct PackRuns<'a> {
    rows: &'a [&'a [u8]],
    groups: usize,
}

impl Task for PackRuns<'_> {
    type Output = Vec<Runs>;

    #[inline(always)]
    fn run<I: Isa>(self, _isa: I) -> Vec<Runs> {
        let mut packed = Vec::with_capacity(self.rows.len().div_ceil(PANEL));
        for rows in self.rows.chunks(PANEL) {
            packed.push(Runs::new(rows, self.groups));
        }
        packed
    }
}

/// Lines of a panel's weights, for each group of inputs.
fn lines(rows: &[&[u8]], groups: usize) -> Vec<[Line; VECTORS]> {
    let mut lines = vec![[Line::ZERO; VECTORS]; groups];
    for (output, weights) in rows.iter().enumerate() {
        let (vector, lane) = (output / LANES, output % LANES);
        for (lines, weights) in lines.iter_mut().zip(weights.chunks(GROUP)) {
            let to = &mut lines[vector].0[lane * GROUP..][..weights.len()];
            to.iter_mut()
                .zip(weights)
                .for_each(|(to, weight)| *to = weight.cast_signed());
        }
    }
    lines
}

/// Factors that make inputs of these magnitudes and their weights equally hard to quantize.
///
/// An outlier among the inputs would stretch its row's scale, an outlier among the weights its
/// output's. A factor divides the difficulty between the two (Xiao et al., "SmoothQuant", ICML 2023).
/// Factors are powers of two: they lose no digit, and do not depend on the last digits of the
/// magnitudes.
pub(super) fn balance(linear: &Linear, magnitudes: &[f32]) -> Vec<f32> {
    let factor = |(&input, weight): (&f32, f32)| match input > 0.0 && weight > 0.0 {
        true => (SMOOTHING_ALPHA * -input.log2() + (1.0 - SMOOTHING_ALPHA) * weight.log2())
            .round()
            .exp2(),
        false => 1.0,
    };
    magnitudes.iter().zip(largest(linear)).map(factor).collect()
}

/// The greatest magnitude of each input's weights.
fn largest(linear: &Linear) -> Vec<f32> {
    let mut largest = vec![0f32; linear.weight.ncols()];
    for weights in linear.weight.rows() {
        for (most, weight) in largest.iter_mut().zip(weights) {
            *most = most.max(weight.abs());
        }
    }
    largest
}

/// Outlier columns, the greatest first.
fn outlier_columns(linear: &Linear) -> Vec<usize> {
    let mut by_size: Vec<(f32, usize)> = largest(linear).into_iter().zip(0..).collect();
    by_size.sort_by(|a, b| b.0.total_cmp(&a.0));
    let median = by_size
        .get(by_size.len() / 2)
        .map_or(0.0, |middle| middle.0);
    let outlying = by_size
        .into_iter()
        .take_while(|(size, _)| *size > OUTLIER_RATIO * median);
    outlying
        .take(MAX_OUTLIER_COLUMNS)
        .map(|(_, input)| input)
        .collect()
}
