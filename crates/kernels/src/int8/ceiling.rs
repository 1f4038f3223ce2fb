//! What a kernel does at most.

use std::time::{Duration, Instant};

use super::linear::PANEL;
use crate::isa::{GROUP, Isa, Kernel, LANES, Line, Panel, ROWS, Runs, Task, VECTORS};

/// Inputs of the tile.
const INPUTS: usize = 384;

/// Operations on 8 bits that this thread does in a second with the kernel: two for each weight, of products of six rows with
/// 64 outputs that lie in the first-level cache, for some hundredths of a second.
pub fn ceiling(kernel: Kernel) -> f64 {
    // As weights are: few are great.
    let weight = |at: usize| (((at * 37) % 61) as i8 - 30).cast_unsigned();
    let outputs: Vec<Vec<u8>> = (0..PANEL)
        .map(|output| {
            (0..INPUTS)
                .map(|input| weight(output * 7 + input))
                .collect()
        })
        .collect();
    let outputs: Vec<&[u8]> = outputs.iter().map(|output| &output[..]).collect();
    kernel.run(Tile {
        rows: &[130; INPUTS],
        lines: &[[Line([3; LANES * GROUP]); VECTORS]; INPUTS / GROUP],
        runs: kernel
            .takes_runs()
            .then(|| Runs::new(&outputs, INPUTS / GROUP)),
    })
}

struct Tile<'a> {
    rows: &'a [u8],
    lines: &'a [[Line; VECTORS]],
    runs: Option<Runs>,
}

impl Task for Tile<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> f64 {
        const LONG: Duration = Duration::from_millis(60);
        const TURNS: u32 = 64;
        let zeros = [[0; LANES]; VECTORS];
        let mut sums = [zeros; ROWS];
        let (started, mut turns) = (Instant::now(), 0);
        while started.elapsed() < LONG {
            for _ in 0..TURNS {
                let rows = std::hint::black_box([self.rows; ROWS]);
                match &self.runs {
                    Some(runs) => isa.dot_runs(rows, runs, &zeros, 128, &mut sums),
                    None => {
                        let panel = Panel {
                            lines: self.lines,
                            sums: &zeros,
                            zero: 128,
                        };
                        isa.dot(rows, panel, &mut sums);
                    }
                }
                std::hint::black_box(&sums);
            }
            turns += TURNS;
        }
        let operations = 2 * ROWS * PANEL * INPUTS;
        f64::from(turns) * operations as f64 / started.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_has_a_ceiling() {
        for kernel in Kernel::available() {
            assert!(ceiling(kernel) > 1e6, "{}", kernel.name());
        }
    }
}
