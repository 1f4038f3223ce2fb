//! Linear layers on 8-bit rows.

use std::ops::Range;

use super::lanes::{ZERO, quantize};
use crate::model::native::kernels::int8::{GROUP, Isa, Line, PANEL, Panel, ROWS, fma};
use crate::model::native::weights::Linear;

/// A column of weights with one so many times greater than is usual is an outlier.
const ORDINARY: f32 = 4.0;
/// Most such columns.
const COLUMNS: usize = 8;

/// Rows of quantized values.
#[derive(Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    scales: Vec<f32>,
    /// What bytes lack of outliers, by row.
    outliers: Vec<Vec<Outlier>>,
    width: usize,
}

/// What the byte of one value lacks.
#[derive(Clone, Copy)]
struct Outlier {
    column: usize,
    lack: f32,
}

impl Rows {
    /// Makes room for rows of so many values; what was there is gone.
    pub fn reset(&mut self, rows: usize, values: usize) {
        self.width = values.next_multiple_of(GROUP);
        self.scales.resize(rows, 0.0);
        self.bytes.resize(rows * self.width, ZERO);
        if self.outliers.len() < rows {
            self.outliers.resize_with(rows, Vec::new);
        }
        // Where values do not fill their last group, what a wider row has left would be summed.
        if values < self.width {
            self.bytes.fill(ZERO);
        }
    }

    /// Quantizes a row as the input of a layer.
    #[inline(always)]
    pub fn set<I: Isa>(&mut self, row: usize, values: &[f32], layer: &PackedLinear) {
        let start = row * self.width;
        let bytes = &mut self.bytes[start..start + values.len()];
        let outliers = &mut self.outliers[row];
        outliers.clear();
        self.scales[row] = quantize::<I>(values, layer.ordinary, bytes, |column, lack| {
            if !layer.columns.contains(&column) {
                outliers.push(Outlier { column, lack });
            }
        });
        let of_weights = layer.columns.iter().map(|&column| Outlier {
            column,
            lack: values[column],
        });
        outliers.extend(of_weights);
    }

    /// Copies some rows of others.
    pub fn select(&mut self, others: &Self, rows: &[usize]) {
        self.reset(rows.len(), others.width);
        for (to, &from) in rows.iter().enumerate() {
            let start = to * self.width;
            self.bytes[start..start + self.width].copy_from_slice(others.row(from));
            self.scales[to] = others.scales[from];
            self.outliers[to].clone_from(&others.outliers[from]);
        }
    }

    #[inline(always)]
    fn row(&self, row: usize) -> &[u8] {
        &self.bytes[row * self.width..(row + 1) * self.width]
    }
}

/// A linear layer whose weights have 8 bits, with a scale for each output, packed in panels.
///
/// Outliers, of inputs as of weights, would make steps too wide for all the others. So a few columns of
/// weights are left out, and what an input is beyond the ordinary; both are multiplied in f32
/// (Dettmers et al., "LLM.int8()", NeurIPS 2022, has the idea for inputs).
pub(super) struct PackedLinear {
    lines: Vec<Line>,
    offsets: Vec<[i32; PANEL]>,
    scales: Vec<[f32; PANEL]>,
    biases: Vec<[f32; PANEL]>,
    /// Weights by input, `[inputs, panels · PANEL]`.
    exact: Vec<f32>,
    /// Inputs beyond so many times their root mean square are outliers.
    ordinary: f32,
    /// Inputs whose packed weights are 0.
    columns: Vec<usize>,
    groups: usize,
    /// Outputs, of which the last panel may have fewer than [`PANEL`].
    pub outputs: usize,
}

impl PackedLinear {
    /// Quantizes and packs a layer.
    pub fn new(linear: &Linear, ordinary: f32) -> Self {
        let (outputs, inputs) = linear.weight.dim();
        let (panels, groups) = (outputs.div_ceil(PANEL), inputs.div_ceil(GROUP));
        let columns = outlying(linear);
        let mut packed = Self {
            lines: vec![Line([0; PANEL * GROUP]); panels * groups],
            offsets: vec![[0; PANEL]; panels],
            scales: vec![[0.0; PANEL]; panels],
            biases: vec![[0.0; PANEL]; panels],
            exact: vec![0.0; inputs * panels * PANEL],
            ordinary,
            columns,
            groups,
            outputs,
        };
        for (output, weights) in linear.weight.rows().into_iter().enumerate() {
            let (panel, column) = (output / PANEL, output % PANEL);
            let ordinary = |input: &usize| !packed.columns.contains(input);
            let largest = (0..inputs)
                .filter(ordinary)
                .map(|input| weights[input].abs());
            let largest = largest.fold(0f32, f32::max);
            let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
            let mut sum = 0;
            for (input, &weight) in weights.iter().enumerate() {
                packed.exact[input * panels * PANEL + output] = weight;
                if packed.columns.contains(&input) {
                    continue;
                }
                let weight = (weight / scale).round() as i8;
                let line = &mut packed.lines[panel * groups + input / GROUP];
                line.0[column * GROUP + input % GROUP] = weight;
                sum += i32::from(weight);
            }
            packed.offsets[panel][column] = i32::from(ZERO) * sum;
            packed.scales[panel][column] = scale;
            packed.biases[panel][column] = linear.bias[output];
        }
        packed
    }

    fn panel(&self, panel: usize) -> Panel<'_> {
        Panel {
            lines: &self.lines[panel * self.groups..(panel + 1) * self.groups],
            offsets: &self.offsets[panel],
        }
    }

    /// All panels.
    pub fn panels(&self) -> Range<usize> {
        0..self.offsets.len()
    }

    /// The layer's outputs for some rows, panel by panel: `write` gets row, panel and values.
    #[inline(always)]
    pub fn apply<I: Isa>(
        &self,
        isa: I,
        rows: &Rows,
        range: Range<usize>,
        panels: Range<usize>,
        mut write: impl FnMut(usize, usize, &[f32; PANEL]),
    ) {
        for panel in panels {
            let mut row = range.start;
            while row + ROWS <= range.end {
                self.tile::<I, ROWS>(isa, rows, row, panel, &mut write);
                row += ROWS;
            }
            match range.end - row {
                5 => self.tile::<I, 5>(isa, rows, row, panel, &mut write),
                4 => self.tile::<I, 4>(isa, rows, row, panel, &mut write),
                3 => self.tile::<I, 3>(isa, rows, row, panel, &mut write),
                2 => self.tile::<I, 2>(isa, rows, row, panel, &mut write),
                1 => self.tile::<I, 1>(isa, rows, row, panel, &mut write),
                _ => {}
            }
        }
    }

    #[inline(always)]
    fn tile<I: Isa, const R: usize>(
        &self,
        isa: I,
        rows: &Rows,
        first: usize,
        panel: usize,
        write: &mut impl FnMut(usize, usize, &[f32; PANEL]),
    ) {
        let mut sums = [[0; PANEL]; R];
        isa.dot(
            std::array::from_fn(|row| rows.row(first + row)),
            self.panel(panel),
            &mut sums,
        );
        let (scales, biases) = (&self.scales[panel], &self.biases[panel]);
        for (row, sums) in sums.iter().enumerate() {
            let scale = rows.scales[first + row];
            let mut values = [0.0; PANEL];
            for (value, ((&sum, &of_output), &bias)) in
                values.iter_mut().zip(sums.iter().zip(scales).zip(biases))
            {
                *value = fma::<I>(sum as f32, scale * of_output, bias);
            }
            for outlier in &rows.outliers[first + row] {
                let start = outlier.column * self.offsets.len() * PANEL + panel * PANEL;
                let weights = &self.exact[start..start + PANEL];
                for (value, &weight) in values.iter_mut().zip(weights) {
                    *value = fma::<I>(outlier.lack, weight, *value);
                }
            }
            write(first + row, panel, &values);
        }
    }
}

/// The inputs with the greatest weights, where those are far beyond what most inputs have at most.
fn outlying(linear: &Linear) -> Vec<usize> {
    let mut by_size: Vec<(f32, usize)> = (0..linear.weight.ncols()).map(|at| (0.0, at)).collect();
    for weights in linear.weight.rows() {
        for ((most, _), weight) in by_size.iter_mut().zip(weights) {
            *most = most.max(weight.abs());
        }
    }
    by_size.sort_by(|a, b| b.0.total_cmp(&a.0));
    let usual = by_size
        .get(by_size.len() / 2)
        .map_or(0.0, |middle| middle.0);
    let outlying = by_size
        .into_iter()
        .take_while(|(size, _)| *size > ORDINARY * usual);
    outlying.take(COLUMNS).map(|(_, input)| input).collect()
}
