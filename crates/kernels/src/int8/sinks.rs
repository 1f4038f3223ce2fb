//! What becomes of a layer's outputs.

use super::lanes::gelu;
use super::linear::{PANEL, Sink};
use crate::isa::{Isa, LANES, VECTORS};

/// Rows that a layer's outputs go to, `width` apart.
pub(super) struct Place<'a> {
    pub values: &'a mut [f32],
    pub width: usize,
}

impl Place<'_> {
    #[inline(always)]
    fn panel(&mut self, row: usize, panel: usize) -> &mut [[f32; LANES]] {
        let start = row * self.width + panel * PANEL;
        self.values[start..start + PANEL].as_chunks_mut().0
    }
}

/// Writes outputs as they are, into these rows if they are not the first ones.
pub(super) struct Put<'a> {
    pub place: Place<'a>,
    pub rows: Option<&'a [usize]>,
}

impl Sink for Put<'_> {
    #[inline(always)]
    fn take<I: Isa>(&mut self, isa: I, row: usize, panel: usize, values: [I::Floats; VECTORS]) {
        let row = self.rows.map_or(row, |rows| rows[row]);
        for (to, values) in self.place.panel(row, panel).iter_mut().zip(values) {
            isa.store(values, to);
        }
    }
}

/// Adds outputs to what is there, from this row on.
pub(super) struct Add<'a> {
    pub place: Place<'a>,
    pub first: usize,
}

impl Sink for Add<'_> {
    #[inline(always)]
    fn take<I: Isa>(&mut self, isa: I, row: usize, panel: usize, values: [I::Floats; VECTORS]) {
        let to = self.place.panel(self.first + row, panel);
        for (to, values) in to.iter_mut().zip(values) {
            isa.store(isa.add(isa.load(to), values), to);
        }
    }
}

/// Writes GELU of outputs, the row of this number first.
pub(super) struct Activate<'a> {
    pub place: Place<'a>,
    pub first: usize,
}

impl Sink for Activate<'_> {
    #[inline(always)]
    fn take<I: Isa>(&mut self, isa: I, row: usize, panel: usize, values: [I::Floats; VECTORS]) {
        let to = self.place.panel(row - self.first, panel);
        for (to, values) in to.iter_mut().zip(values) {
            isa.store(gelu(isa, values), to);
        }
    }
}
