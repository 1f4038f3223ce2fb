//! Attention of one sequence at a time, on 8 bits and in the cache.
//!
//! Queries and keys have a scale for each token and head, values one for each of their dimensions, and
//! the weights between them 255 steps up to the greatest of a query.

use std::ops::Range;

use super::lanes::{quantize, softmax};
use crate::isa::{GROUP, Isa, LANES, Line, Panel, ROWS, Task, VECTORS};
use crate::relative::RelativeBias;

/// The zero point of queries.
const ZERO: u8 = 128;

/// Smallest magnitude that a scale is made of: values that are all 0 have one, too.
const MIN_MAGNITUDE: f32 = 1e-30;

/// What attention needs beside its inputs, kept from one head to the next.
#[derive(Default)]
pub(super) struct Workspace {
    keys: Keys,
    values: Values,
    /// `[ROWS, size]`.
    queries: Vec<u8>,
    /// `[ROWS, tokens]`, tokens filled up to whole registers.
    scores: Vec<f32>,
    /// The same in bytes.
    weights: Vec<u8>,
}

/// Where queries, keys and values are.
#[derive(Clone, Copy)]
pub(super) struct Heads<'a> {
    /// `[tokens, 3 hidden]`.
    pub qkv: &'a [f32],
    pub hidden: usize,
    /// Values of a head, whole registers.
    pub size: usize,
    /// What scores are biased by.
    pub relative: Option<&'a RelativeBias>,
}

impl<'a> Heads<'a> {
    /// One head's part of a token: its query, key or value.
    #[inline(always)]
    fn part(&self, token: usize, part: usize, head: usize) -> &'a [f32] {
        let start = token * 3 * self.hidden + part * self.hidden + head * self.size;
        &self.qkv[start..start + self.size]
    }
}

/// Adds up each query's values by its attention to the sequence's tokens.
pub(super) struct Attend<'a> {
    pub heads: Heads<'a>,
    pub sequence: Range<usize>,
    pub queries: Range<usize>,
    pub workspace: &'a mut Workspace,
    /// `[queries, hidden]`.
    pub context: &'a mut [f32],
}

impl Task for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let Self {
            heads,
            sequence,
            queries,
            workspace,
            context,
        } = self;
        let start = sequence.start;
        let filled = sequence.len().next_multiple_of(LANES);
        workspace.queries.resize(ROWS * heads.size, 0);
        workspace.scores.resize(ROWS * filled, 0.0);
        workspace.weights.resize(ROWS * filled, 0);
        for head in 0..heads.hidden / heads.size {
            workspace.keys.set(isa, heads, sequence.clone(), head);
            workspace.values.set(isa, heads, sequence.clone(), head);
            let mut first = queries.start;
            while first < queries.end {
                let out =
                    &mut context[(first - queries.start) * heads.hidden + head * heads.size..];
                first += match queries.end - first {
                    ROWS.. => workspace.rows::<_, ROWS>(isa, heads, start, first, head, out),
                    4.. => workspace.rows::<_, 4>(isa, heads, start, first, head, out),
                    2.. => workspace.rows::<_, 2>(isa, heads, start, first, head, out),
                    _ => workspace.rows::<_, 1>(isa, heads, start, first, head, out),
                };
            }
        }
    }
}

impl Workspace {
    /// Contexts of `R` queries from `first` on in the sequence that begins at `start`, which are a row
    /// apart in `out`; gives `R` back.
    #[inline(always)]
    fn rows<I: Isa, const R: usize>(
        &mut self,
        isa: I,
        heads: Heads,
        start: usize,
        first: usize,
        head: usize,
        out: &mut [f32],
    ) -> usize {
        let Self {
            keys,
            values,
            queries,
            scores,
            weights,
        } = self;
        let size = heads.size;
        let mut scales = [0.0; R];
        for (row, scale) in scales.iter_mut().enumerate() {
            let bytes = &mut queries[row * size..(row + 1) * size];
            let of_query = quantize(isa, heads.part(first + row, 0, head), ZERO, bytes);
            *scale = of_query / (size as f32).sqrt();
        }
        let filled = keys.filled();
        let queries: [&[u8]; R] = std::array::from_fn(|row| &queries[row * size..(row + 1) * size]);
        keys.score(isa, queries, scales, scores);
        let mut shares = [0.0; R];
        for (row, share) in shares.iter_mut().enumerate() {
            let range = row * filled..(row + 1) * filled;
            let scores = &mut scores[range.clone()];
            if let Some(relative) = heads.relative {
                add(isa, relative.row(head, first + row - start, filled), scores);
            }
            scores[keys.tokens..].fill(f32::NEG_INFINITY);
            *share = 1.0 / softmax(isa, scores, &mut weights[range]);
        }
        let width = values.groups * GROUP;
        let weights: [&[u8]; R] =
            std::array::from_fn(|row| &weights[row * filled..row * filled + width]);
        values.sum(isa, weights, shares, out, heads.hidden);
        R
    }
}

/// Adds values to others.
#[inline(always)]
fn add<I: Isa>(isa: I, values: &[f32], to: &mut [f32]) {
    for (to, values) in to.as_chunks_mut().0.iter_mut().zip(values.as_chunks().0) {
        isa.store(isa.add(isa.load(to), isa.load(values)), to);
    }
}

/// Writes sums times the scale of their row and of their column, rows `apart` in `out`.
#[inline(always)]
fn put_scaled<I: Isa, const R: usize, const V: usize>(
    isa: I,
    sums: &[[[i32; LANES]; V]; R],
    of_rows: [f32; R],
    of_columns: &[[f32; LANES]],
    out: &mut [f32],
    apart: usize,
) {
    for ((row, sums), of_row) in sums.iter().enumerate().zip(of_rows) {
        let of_row = isa.splat(of_row);
        let out = out[row * apart..][..V * LANES].as_chunks_mut::<LANES>().0;
        for ((out, sums), of_column) in out.iter_mut().zip(sums).zip(of_columns) {
            let scale = isa.mul(of_row, isa.load(of_column));
            isa.store(isa.mul(isa.floats(sums), scale), out);
        }
    }
}

/// The keys of a head, on 8 bits.
#[derive(Default)]
struct Keys {
    /// Blocks of up to [`VECTORS`] times [`LANES`] tokens, each `[groups of size, lines]`.
    lines: Vec<Line>,
    /// For each token, the sum of its key.
    sums: Vec<[i32; LANES]>,
    scales: Vec<[f32; LANES]>,
    tokens: usize,
    groups: usize,
    bytes: Vec<u8>,
}

impl Keys {
    /// Tokens, filled up to whole registers.
    #[inline(always)]
    fn filled(&self) -> usize {
        self.sums.len() * LANES
    }

    #[inline(always)]
    fn set<I: Isa>(&mut self, isa: I, heads: Heads, sequence: Range<usize>, head: usize) {
        self.tokens = sequence.len();
        self.groups = heads.size / GROUP;
        let vectors = self.tokens.div_ceil(LANES);
        // What is left of an earlier head in lines beyond the last token is never looked at.
        self.lines.resize(vectors * self.groups, Line::ZERO);
        self.sums.resize(vectors, [0; LANES]);
        self.scales.resize(vectors, [0.0; LANES]);
        self.bytes.resize(heads.size, 0);
        let groups = self.groups;
        // Where the lines of sixteen tokens start, and how far they are apart.
        let place = |vector: usize| {
            let block = vector / VECTORS * VECTORS;
            let apart = (vectors - block).min(VECTORS);
            (block * groups + vector - block, apart)
        };
        for (at, token) in sequence.enumerate() {
            let key = heads.part(token, 1, head);
            let (vector, lane) = (at / LANES, at % LANES);
            self.scales[vector][lane] = quantize(isa, key, 0, &mut self.bytes);
            let (first, apart) = place(vector);
            let lines = self.lines[first..].iter_mut().step_by(apart);
            for (line, &bytes) in lines.zip(self.bytes.as_chunks::<GROUP>().0) {
                line.0.as_chunks_mut::<GROUP>().0[lane] = bytes.map(u8::cast_signed);
            }
        }
        for (vector, sums) in self.sums.iter_mut().enumerate() {
            let (first, apart) = place(vector);
            let lines = self.lines[first..].iter().step_by(apart);
            *sums = isa.sums(lines.take(self.groups));
        }
    }

    /// Scores of queries, `[R, filled]`; those of no token are no numbers to rely on.
    #[inline(always)]
    fn score<I: Isa, const R: usize>(
        &self,
        isa: I,
        queries: [&[u8]; R],
        scales: [f32; R],
        scores: &mut [f32],
    ) {
        for block in (0..self.sums.len()).step_by(VECTORS) {
            match self.sums.len() - block {
                4.. => self.block::<_, R, 4>(isa, block, queries, scales, scores),
                3 => self.block::<_, R, 3>(isa, block, queries, scales, scores),
                2 => self.block::<_, R, 2>(isa, block, queries, scales, scores),
                _ => self.block::<_, R, 1>(isa, block, queries, scales, scores),
            }
        }
    }

    #[inline(always)]
    fn block<I: Isa, const R: usize, const V: usize>(
        &self,
        isa: I,
        block: usize,
        queries: [&[u8]; R],
        scales: [f32; R],
        scores: &mut [f32],
    ) {
        let lines = &self.lines[block * self.groups..(block + V) * self.groups];
        let panel = Panel {
            lines: lines.as_chunks::<V>().0,
            sums: self.sums[block..]
                .first_chunk()
                .expect("a block of V vectors"),
            zero: ZERO,
        };
        let mut sums = [[[0; LANES]; V]; R];
        isa.dot(queries, panel, &mut sums);
        let of_keys = &self.scales[block..block + V];
        let scores = &mut scores[block * LANES..];
        put_scaled(isa, &sums, scales, of_keys, scores, self.filled());
    }
}

/// The values of a head, on 8 bits.
#[derive(Default)]
struct Values {
    /// `[registers of size / vectors, groups of tokens, vectors]`.
    lines: Vec<Line>,
    /// For each dimension, the sum over the tokens.
    sums: Vec<[i32; LANES]>,
    scales: Vec<[f32; LANES]>,
    groups: usize,
}

impl Values {
    /// Registers that are multiplied together.
    #[inline(always)]
    fn vectors(size: usize) -> usize {
        match size / LANES {
            registers if registers % 4 == 0 => 4,
            registers if registers % 2 == 0 => 2,
            _ => 1,
        }
    }

    #[inline(always)]
    fn set<I: Isa>(&mut self, isa: I, heads: Heads, sequence: Range<usize>, head: usize) {
        let registers = heads.size / LANES;
        let vectors = Self::vectors(heads.size);
        self.groups = sequence.len().div_ceil(GROUP);
        self.lines.resize(registers * self.groups, Line::ZERO);
        self.sums.resize(registers, [0; LANES]);
        self.scales.resize(registers, [0.0; LANES]);
        let zero = isa.splat(0.0);
        for register in 0..registers {
            let value = |token: usize| {
                let part = &heads.part(token, 2, head)[register * LANES..];
                isa.load(part.first_chunk().expect("heads are whole registers"))
            };
            let mut largest = isa.splat(MIN_MAGNITUDE);
            for token in sequence.clone() {
                largest = isa.max(largest, isa.abs(value(token)));
            }
            let scales = &mut self.scales[register];
            isa.store(isa.mul(largest, isa.splat(1.0 / 127.0)), scales);
            let per_unit = isa.load(&scales.map(|scale| 1.0 / scale));
            let (panel, vector) = (register / vectors, register % vectors);
            let lines = &mut self.lines[panel * vectors * self.groups..];
            let lines = lines[vector..].iter_mut().step_by(vectors);
            let mut sums = zero;
            for (line, first) in lines.zip(sequence.clone().step_by(GROUP)) {
                let mut rows = [zero; GROUP];
                let tokens = first..sequence.end.min(first + GROUP);
                for (row, token) in rows.iter_mut().zip(tokens) {
                    *row = isa.round(isa.mul(value(token), per_unit));
                    sums = isa.add(sums, *row);
                }
                *line = isa.line(rows);
            }
            self.sums[register] = isa.ints(sums);
        }
    }

    /// Sums of values by weights and each query's share, `apart` in `out`.
    #[inline(always)]
    fn sum<I: Isa, const R: usize>(
        &self,
        isa: I,
        weights: [&[u8]; R],
        shares: [f32; R],
        out: &mut [f32],
        apart: usize,
    ) {
        match Self::vectors(self.sums.len() * LANES) {
            4 => self.panels::<_, R, 4>(isa, weights, shares, out, apart),
            2 => self.panels::<_, R, 2>(isa, weights, shares, out, apart),
            _ => self.panels::<_, R, 1>(isa, weights, shares, out, apart),
        }
    }

    #[inline(always)]
    fn panels<I: Isa, const R: usize, const V: usize>(
        &self,
        isa: I,
        weights: [&[u8]; R],
        shares: [f32; R],
        out: &mut [f32],
        apart: usize,
    ) {
        let (sums, scales) = (self.sums.as_chunks::<V>().0, self.scales.as_chunks::<V>().0);
        for (panel, (of_values, scales)) in sums.iter().zip(scales).enumerate() {
            let lines = &self.lines[panel * V * self.groups..(panel + 1) * V * self.groups];
            let panel_of = Panel {
                lines: lines.as_chunks::<V>().0,
                sums: of_values,
                zero: 0,
            };
            let mut sums = [[[0; LANES]; V]; R];
            isa.dot(weights, panel_of, &mut sums);
            let out = &mut out[panel * V * LANES..];
            put_scaled(isa, &sums, shares, scales, out, apart);
        }
    }
}
