//! Weights in runs: groups of inputs whose products are summed in 16 bits before 32.
//!
//! AVX2 has no sum of four products of bytes in 32 bits, only of two in 16, which saturates, and then a
//! second multiplication to widen it. Widening is half of the work. So products of several groups are added
//! up first, where 16 bits hold the sum whatever the bytes are. Khudia et al., "FBGEMM" (arXiv:2101.05615),
//! do that with weights of 7 bits and less, and multiply greater ones apart. Here weights keep their 8 bits,
//! and each few outputs have an order of their own in which their groups are added, such that greater weights
//! meet smaller ones: sums are exact.

use std::collections::VecDeque;

use super::GROUP;

/// Outputs that share an order of groups.
pub const TILE: usize = 8;
/// Most groups of a run.
pub const LONGEST: usize = 4;

/// A sum of bytes times weights of one sign keeps within 16 bits if the weights do not exceed this together:
/// 255 · 128 < 2¹⁵.
const MOST: u8 = 128;
/// Runs that may be lengthened at a time. More would hardly make them fewer, and packing slower.
const OPEN: usize = 8;

/// Weights of a tile for a group of inputs, output by output.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub struct Weights(pub [i8; TILE * GROUP]);

/// Groups whose products are added up in 16 bits: weights, and where in a row their bytes are.
#[derive(Debug, Clone, Copy)]
pub struct Run<const N: usize> {
    /// None is -128.
    pub weights: [Weights; N],
    /// Where the bytes of each begin.
    pub places: [u32; N],
}

/// Runs of some outputs by their length.
#[derive(Debug, Clone, Copy)]
pub struct Tile<'a> {
    /// Of one group each.
    pub ones: &'a [Run<1>],
    /// Of two.
    pub twos: &'a [Run<2>],
    /// Of three.
    pub threes: &'a [Run<3>],
    /// Of four.
    pub fours: &'a [Run<4>],
}

/// Weights of outputs, in runs.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    ones: Vec<Run<1>>,
    twos: Vec<Run<2>>,
    threes: Vec<Run<3>>,
    fours: Vec<Run<4>>,
    /// Where the runs of each tile end, by length.
    ends: Vec<[usize; LONGEST]>,
    width: usize,
}

impl Runs {
    /// Packs the bits of outputs' weights, for rows of so many groups.
    ///
    /// # Panics
    ///
    /// If an output has more weights than there are inputs.
    #[inline(always)]
    pub fn new(outputs: &[&[u8]], groups: usize) -> Self {
        let mut runs = Self {
            width: groups * GROUP,
            ..Self::default()
        };
        for tile in outputs.chunks(TILE) {
            assert!(tile.iter().all(|weights| weights.len() <= runs.width));
            debug_assert!(
                tile.iter().all(|weights| !weights.contains(&128)),
                "a weight of -128"
            );
            runs.push(tile);
        }
        runs
    }

    /// Packs a tile.
    #[inline(always)]
    fn push(&mut self, outputs: &[&[u8]]) {
        let mut open = VecDeque::with_capacity(OPEN);
        for place in (0..self.width).step_by(GROUP) {
            let mut weights = [0; TILE * GROUP];
            for (to, from) in weights.as_chunks_mut::<GROUP>().0.iter_mut().zip(outputs) {
                let from = from.get(place..).unwrap_or_default();
                to.iter_mut()
                    .zip(from)
                    .for_each(|(to, from)| *to = from.cast_signed());
            }
            let place = place as u32;
            if weights == [0; TILE * GROUP] {
                // As behind the last input.
                continue;
            }
            if Load::of(&weights).fits() {
                self.add(&mut open, weights, place);
            } else {
                let half = weights.map(|weight| weight / 2);
                let rest = std::array::from_fn(|at| weights[at] - half[at]);
                self.add(&mut open, half, place);
                self.add(&mut open, rest, place);
            }
        }
        for run in open {
            self.close(&run);
        }
        let Self {
            ones,
            twos,
            threes,
            fours,
            ..
        } = self;
        let ends = [ones.len(), twos.len(), threes.len(), fours.len()];
        self.ends.push(ends);
    }

    /// Adds a group to the first run that has room.
    #[inline(always)]
    fn add(&mut self, open: &mut VecDeque<Open>, weights: [i8; TILE * GROUP], place: u32) {
        let load = Load::of(&weights);
        let weights = Weights(weights);
        for (at, run) in open.iter_mut().enumerate() {
            let sum = run.load.plus(load);
            if sum.fits() {
                run.load = sum;
                run.weights[run.length] = weights;
                run.places[run.length] = place;
                run.length += 1;
                if run.length == LONGEST {
                    let full = open.swap_remove_front(at).expect("it was found there");
                    self.close(&full);
                }
                return;
            }
        }
        if open.len() == OPEN {
            let oldest = open.pop_front().expect("some are open");
            self.close(&oldest);
        }
        open.push_back(Open {
            weights: [weights; LONGEST],
            places: [place; LONGEST],
            length: 1,
            load,
        });
    }

    fn close(&mut self, run: &Open) {
        match run.length {
            1 => self.ones.push(run.first()),
            2 => self.twos.push(run.first()),
            3 => self.threes.push(run.first()),
            _ => self.fours.push(run.first()),
        }
    }

    /// Bytes of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Tiles of outputs, the last of which may have fewer.
    pub fn tiles(&self) -> impl Iterator<Item = Tile<'_>> {
        let mut starts = [0; LONGEST];
        self.ends.iter().map(move |&ends| {
            let [ones, twos, threes, fours] = std::array::from_fn(|at| starts[at]..ends[at]);
            starts = ends;
            Tile {
                ones: &self.ones[ones],
                twos: &self.twos[twos],
                threes: &self.threes[threes],
                fours: &self.fours[fours],
            }
        })
    }
}

impl Tile<'_> {
    /// All groups: their weights, and where in a row their bytes begin.
    pub fn groups(&self) -> impl Iterator<Item = (&Weights, usize)> {
        fn each<const N: usize>(runs: &[Run<N>]) -> impl Iterator<Item = (&Weights, usize)> {
            let places = runs.iter().flat_map(|run| run.places);
            let weights = runs.iter().flat_map(|run| &run.weights);
            weights.zip(places.map(|place| place as usize))
        }
        each(self.ones)
            .chain(each(self.twos))
            .chain(each(self.threes))
            .chain(each(self.fours))
    }
}

/// A run that may become longer.
struct Open {
    weights: [Weights; LONGEST],
    places: [u32; LONGEST],
    length: usize,
    load: Load,
}

impl Open {
    fn first<const N: usize>(&self) -> Run<N> {
        Run {
            weights: std::array::from_fn(|at| self.weights[at]),
            places: std::array::from_fn(|at| self.places[at]),
        }
    }
}

/// For each of the sums that are made in 16 bits, what its positive and its negative weights come to.
#[derive(Debug, Clone, Copy)]
struct Load([u8; 2 * PAIRS]);

/// Sums in 16 bits of a tile.
const PAIRS: usize = TILE * GROUP / 2;

impl Load {
    #[inline(always)]
    fn of(weights: &[i8; TILE * GROUP]) -> Self {
        let mut load = [0; 2 * PAIRS];
        for (at, pair) in weights.as_chunks::<2>().0.iter().enumerate() {
            let sum = |sign: i8| {
                pair.iter()
                    .map(|&weight| weight.saturating_mul(sign).max(0).cast_unsigned())
                    .sum()
            };
            load[at] = sum(1);
            load[PAIRS + at] = sum(-1);
        }
        Self(load)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| {
            self.0[at].saturating_add(other.0[at])
        }))
    }

    #[inline(always)]
    fn fits(self) -> bool {
        self.0.iter().fold(0, |most, &sum| most.max(sum)) <= MOST
    }
}
