//! Bootstrap intervals in one pass.
//!
//! Resampling n articles with replacement gives each a count that is close to Poisson(1), and
//! drawing the counts independently needs no second look at the corpus: the Poisson bootstrap
//! (Hanley & MacGibbon, Computer Methods and Programs in Biomedicine 2006; Chamandy et al.,
//! "Estimating Uncertainty for Massive Data Streams", Google 2012). An article's counts are drawn
//! from its id, so intervals depend neither on threads nor on the order of the corpus.

use sha2::{Digest, Sha256};

/// Resamples behind each interval.
pub const REPLICATES: usize = 1000;
/// Changing it changes every interval.
const SEED: &[u8] = b"newstance bootstrap 1";
/// The interval holds this share of the replicates.
const CONFIDENCE: f64 = 0.95;

/// How often one article is drawn in each resample.
pub struct ArticleWeights {
    weights: Vec<u8>,
}

impl ArticleWeights {
    /// Poisson(1) counts drawn from an article's id.
    pub fn new(article_id: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(SEED)
            .chain_update(article_id.as_bytes())
            .finalize();
        let mut seed = [0; 8];
        seed.copy_from_slice(&digest[..8]);
        let mut random = SplitMix64(u64::from_le_bytes(seed));
        let mut weights = Vec::with_capacity(REPLICATES + 1);
        while weights.len() < REPLICATES {
            let bits = random.next();
            weights.push(poisson(bits as u32));
            weights.push(poisson((bits >> 32) as u32));
        }
        weights.truncate(REPLICATES);
        Self { weights }
    }
}

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A Poisson(1) variate by inversion of 32 random bits.
fn poisson(bits: u32) -> u8 {
    let uniform = (f64::from(bits) + 0.5) / 4_294_967_296.0;
    let mut count = 0;
    let mut term = (-1.0f64).exp();
    let mut cumulative = term;
    while uniform > cumulative && count < 20 {
        count += 1;
        term /= f64::from(count);
        cumulative += term;
    }
    count
}

/// The resampled means of one actor's article stances.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    sums: Vec<f64>,
    weights: Vec<u64>,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            sums: vec![0.0; REPLICATES],
            weights: vec![0; REPLICATES],
        }
    }
}

impl Bootstrap {
    /// Adds an article's stance.
    pub fn add(&mut self, stance: f64, article: &ArticleWeights) {
        let replicates = self.sums.iter_mut().zip(&mut self.weights);
        for ((sum, total), &weight) in replicates.zip(&article.weights) {
            *sum += stance * f64::from(weight);
            *total += u64::from(weight);
        }
    }

    /// The percentile interval; `None` without articles.
    ///
    /// Resamples that drew no article, which happen below ten articles or so, are left out.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let mut means: Vec<f64> = self
            .sums
            .iter()
            .zip(&self.weights)
            .filter(|&(_, &weight)| weight > 0)
            .map(|(sum, &weight)| sum / weight as f64)
            .collect();
        if means.is_empty() {
            return None;
        }
        means.sort_by(f64::total_cmp);
        let tail = (1.0 - CONFIDENCE) / 2.0;
        Some((quantile(&means, tail), quantile(&means, 1.0 - tail)))
    }
}

/// A quantile of sorted values, interpolated linearly.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor();
    let (low, high) = (sorted[below as usize], sorted[place.ceil() as usize]);
    low + (high - low) * (place - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_poisson() {
        let all: Vec<u8> = (0..200)
            .flat_map(|article| ArticleWeights::new(&format!("article-{article}")).weights)
            .collect();
        let share =
            |count| all.iter().filter(|&&weight| weight == count).count() as f64 / all.len() as f64;
        assert!((share(0) - 0.3679).abs() < 0.005, "{}", share(0));
        assert!((share(1) - 0.3679).abs() < 0.005, "{}", share(1));
        assert!((share(2) - 0.1839).abs() < 0.005, "{}", share(2));
    }

    /// A standard normal sample of 400 has a mean with standard error 0.05.
    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        let mut random = SplitMix64(7);
        let mut uniform = || (random.next() >> 11) as f64 / (1u64 << 53) as f64;
        let mut bootstrap = Bootstrap::default();
        for article in 0..400 {
            let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            bootstrap.add(normal, &ArticleWeights::new(&article.to_string()));
        }
        let (low, high) = bootstrap.interval().unwrap();
        let expected = 2.0 * 1.96 * 0.05;
        assert!(
            (high - low - expected).abs() < 0.1 * expected,
            "{low} {high}"
        );
    }

    #[test]
    fn one_article_has_no_width_and_none_no_interval() {
        let mut bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.interval(), None);
        bootstrap.add(0.25, &ArticleWeights::new("a"));
        assert_eq!(bootstrap.interval(), Some((0.25, 0.25)));
    }
}
