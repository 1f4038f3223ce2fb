//! Bootstrap intervals in one pass.
//!
//! Resampling n clusters with replacement gives each a count that is close to Poisson(1), and drawing
//! the counts independently needs no second look at the corpus: the Poisson bootstrap (Hanley &
//! MacGibbon, Computer Methods and Programs in Biomedicine 2006; Chamandy et al., "Estimating
//! Uncertainty for Massive Data Streams", Google 2012). A cluster's counts are drawn from its id, so
//! intervals depend neither on threads nor on the order of the corpus. All arithmetic is on whole
//! numbers.

use sha2::{Digest, Sha256};

use crate::decimal::Millionths;

/// Resamples behind each interval.
pub const REPLICATES: usize = 1000;
/// Fewer clusters than this have no interval: resamples of so few say little of the spread.
pub const CLUSTERS_FOR_INTERVAL: usize = 5;
/// Changing it changes every interval.
const SEED: &[u8] = b"newstance bootstrap 1";
/// Thousandths of the resamples that lie below a 95 % interval, and above.
const TAIL_PER_MILLE: usize = 25;

/// How often a cluster is drawn in each resample.
pub(crate) struct ClusterWeights {
    /// What identifies the cluster among others.
    key: u64,
    weights: Vec<u8>,
}

impl ClusterWeights {
    /// Poisson(1) counts drawn from a cluster's id.
    pub fn new(cluster: &str) -> Self {
        Self::of_key(Self::key_of(cluster))
    }

    /// The number that a cluster's counts are drawn from.
    pub fn key_of(cluster: &str) -> u64 {
        let digest = Sha256::new()
            .chain_update(SEED)
            .chain_update(cluster.as_bytes())
            .finalize();
        let mut seed = [0; 8];
        seed.copy_from_slice(&digest[..8]);
        u64::from_le_bytes(seed)
    }

    /// The counts drawn from a key.
    pub fn of_key(key: u64) -> Self {
        let mut random = SplitMix64(key);
        let mut drawn = [0; REPLICATES];
        for pair in drawn.as_chunks_mut::<2>().0 {
            let bits = random.next();
            *pair = [bits as u32, (bits >> 32) as u32];
        }
        // A loop of its own, which the compiler turns into vectors.
        let weights = drawn.iter().map(|&bits| poisson(bits)).collect();
        Self { key, weights }
    }

    /// How often the cluster is drawn in a resample.
    pub fn times(&self, replicate: usize) -> u64 {
        self.weights[replicate].into()
    }
}

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
pub(super) struct SplitMix64(u64);

impl SplitMix64 {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A whole number below one that is far below 2⁶⁴ (Lemire, ACM TOMACS 2019, without his rejection).
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A Poisson(1) variate by inversion of 32 random bits.
fn poisson(bits: u32) -> u8 {
    /// P(count <= k) · 2³² for k from 0 on, to the nearest half.
    const CUMULATIVE: [u32; 12] = [
        1_580_030_169,
        3_160_060_337,
        3_950_075_422,
        4_213_413_783,
        4_279_248_374,
        4_292_415_292,
        4_294_609_778,
        4_294_923_276,
        4_294_962_463,
        4_294_966_817,
        4_294_967_253,
        4_294_967_292,
    ];
    // Without a branch, since half of them would be guessed wrong.
    let reached = |count, &below| count + u8::from(bits >= below);
    CUMULATIVE.iter().fold(0, reached)
}

/// The resampled means of article stances.
#[derive(Debug, Clone)]
pub(super) struct Bootstrap {
    sums: Vec<i64>,
    counts: Vec<u64>,
    /// The first few clusters, to know whether there are enough.
    clusters: Vec<u64>,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            sums: vec![0; REPLICATES],
            counts: vec![0; REPLICATES],
            clusters: Vec::with_capacity(CLUSTERS_FOR_INTERVAL),
        }
    }
}

impl Bootstrap {
    /// Adds an article's stance.
    pub fn add(&mut self, stance: Millionths, cluster: &ClusterWeights) {
        let replicates = self.sums.iter_mut().zip(&mut self.counts);
        // A stance is in [-1, 1], and a count at most 12: their product has 24 bits.
        let stance = stance.0 as i32;
        for ((sum, count), &weight) in replicates.zip(&cluster.weights) {
            *sum += i64::from(stance * i32::from(weight));
            *count += u64::from(weight);
        }
        if self.clusters.len() < CLUSTERS_FOR_INTERVAL && !self.clusters.contains(&cluster.key) {
            self.clusters.push(cluster.key);
        }
    }

    /// The 95 % percentile interval; `None` with fewer than [`CLUSTERS_FOR_INTERVAL`] clusters.
    ///
    /// Resamples that drew no article, which happens with ten clusters or fewer, are left out.
    pub fn interval(&self) -> Option<(Millionths, Millionths)> {
        percentiles(self.means()?.flatten())
    }

    /// The same of the difference between two means, the second minus the first. A cluster of both is drawn as often for either.
    pub fn interval_of_difference(first: &Self, second: &Self) -> Option<(Millionths, Millionths)> {
        let pairs = first.means()?.zip(second.means()?);
        percentiles(pairs.filter_map(|(first, second)| Some(second? - first?)))
    }

    /// The mean of each resample, `None` if it drew no article; `None` for all with too few clusters.
    fn means(&self) -> Option<impl Iterator<Item = Option<Millionths>>> {
        let of = |(&sum, &count): (&i64, &u64)| {
            (count > 0).then(|| Millionths::mean(Millionths(sum), count))
        };
        let enough = self.clusters.len() >= CLUSTERS_FOR_INTERVAL;
        enough.then(|| self.sums.iter().zip(&self.counts).map(of))
    }
}

/// Between which 95 % of the values lie.
fn percentiles(values: impl Iterator<Item = Millionths>) -> Option<(Millionths, Millionths)> {
    let mut values: Vec<Millionths> = values.collect();
    values.sort_unstable();
    let low = quantile(&values, TAIL_PER_MILLE)?;
    let high = quantile(&values, 1000 - TAIL_PER_MILLE)?;
    Some((low, high))
}

/// A quantile of sorted values, interpolated linearly between two of them; `None` without values.
fn quantile(sorted: &[Millionths], per_mille: usize) -> Option<Millionths> {
    let place = per_mille * sorted.len().checked_sub(1)?;
    let (below, rest) = (place / 1000, (place % 1000) as i64);
    let (low, high) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    let sum = Millionths(low.0 * (1000 - rest) + high.0 * rest);
    Some(Millionths::mean(sum, 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_poisson() {
        let all: Vec<u8> = (0..200)
            .flat_map(|article| ClusterWeights::new(&format!("article-{article}")).weights)
            .collect();
        let share =
            |count| all.iter().filter(|&&weight| weight == count).count() as f64 / all.len() as f64;
        assert!((share(0) - 0.3679).abs() < 0.005, "{}", share(0));
        assert!((share(1) - 0.3679).abs() < 0.005, "{}", share(1));
        assert!((share(2) - 0.1839).abs() < 0.005, "{}", share(2));
        assert_eq!((poisson(0), poisson(u32::MAX)), (0, 12));
    }

    /// A normal sample of 400 with a standard deviation of 0.1 has a mean with standard error 0.005.
    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        let mut random = SplitMix64(7);
        let mut uniform = || (random.next() >> 11) as f64 / (1u64 << 53) as f64;
        let mut bootstrap = Bootstrap::default();
        for article in 0..400 {
            let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            let stance = Millionths::from_f64(0.1 * normal);
            bootstrap.add(stance, &ClusterWeights::new(&article.to_string()));
        }
        let (low, high) = bootstrap.interval().unwrap();
        let expected = 2.0 * 1.96 * 0.005;
        let width = (high - low).as_f64();
        assert!((width - expected).abs() < 0.1 * expected, "{low} {high}");
    }

    /// Of 2,000 corpora of 80 stories, drawn as the news is: mostly neutral, sometimes harsh, seldom kind, some stories with copies.
    #[test]
    fn the_interval_holds_the_mean_in_95_of_100_corpora() {
        let mut random = SplitMix64(11);
        let mut story = || {
            let stance = match random.below(10) {
                0..2 => -900_000,
                2..9 => 0,
                _ => 900_000,
            };
            let noise = random.below(200_001) as i64 - 100_000;
            // Stories that are copied are harsher.
            let copies = 1 + u64::from(stance < 0) * random.below(3);
            (Millionths(stance + noise), copies)
        };
        let (mut sum, mut articles) = (0.0, 0.0);
        for _ in 0..400_000 {
            let (stance, copies) = story();
            sum += stance.as_f64() * copies as f64;
            articles += copies as f64;
        }
        let truth = Millionths::from_f64(sum / articles);
        let corpora = 2000;
        let mut held = 0;
        for corpus in 0..corpora {
            let mut bootstrap = Bootstrap::default();
            for number in 0..80 {
                let (stance, copies) = story();
                let weights = ClusterWeights::new(&format!("{corpus}-{number}"));
                (0..copies).for_each(|_| bootstrap.add(stance, &weights));
            }
            let (low, high) = bootstrap.interval().unwrap();
            held += usize::from((low..=high).contains(&truth));
        }
        let coverage = held as f64 / f64::from(corpora);
        assert!((0.93..=0.97).contains(&coverage), "{coverage}");
    }

    #[test]
    fn fewer_than_five_clusters_have_no_interval() {
        let mut bootstrap = Bootstrap::default();
        for article in ["a", "b", "b", "c", "a", "d"] {
            bootstrap.add(Millionths(250_000), &ClusterWeights::new(article));
            assert_eq!(bootstrap.interval(), None);
        }
        bootstrap.add(Millionths(250_000), &ClusterWeights::new("e"));
        let interval = bootstrap.interval();
        assert_eq!(interval, Some((Millionths(250_000), Millionths(250_000))));
    }

    #[test]
    fn quantiles_lie_between_values() {
        let values: Vec<Millionths> = (0..=4).map(|value| Millionths(10 * value)).collect();
        assert_eq!(quantile(&values, 500), Some(Millionths(20)));
        assert_eq!(quantile(&values, 25), Some(Millionths(1)));
        assert_eq!(quantile(&values, 1000), Some(Millionths(40)));
        assert_eq!(quantile(&[], 500), None);
    }
}
