//! Whether two corpora portray an actor differently.
//!
//! What is resampled and what changes places is a cluster: an article with its copies. A cluster that both corpora have, as when the
//! same articles were scored twice, counts as a pair.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::bootstrap::{Bootstrap, ClusterWeights, SplitMix64};
use crate::decimal::Millionths;

/// Permutations behind each p-value.
pub const PERMUTATIONS: usize = 4999;
/// Changing it changes every p-value.
const SEED: u64 = 0x6e65_7773_7461_6e63;
/// Permutations of one stream of random numbers.
const CHUNK: usize = 250;
/// Standard errors that a difference is away from 0 if four of five tests at 5 % are to show it: the normal distribution's 0.975 and
/// 0.8 quantiles together (Bloom, Evaluation Review 1995).
const DETECTABLE_ERRORS: f64 = 1.959_964 + 0.841_621;
/// A statistic this close to the observed one is the same but for rounding.
const SAME: f64 = 1.0 - 1e-9;

/// Articles' stances towards one actor in one corpus.
#[derive(Debug, Clone, Default)]
pub struct StanceSample {
    /// Cluster and stance in millionths of each article.
    articles: Vec<(u64, i32)>,
}

impl StanceSample {
    /// Adds an article's stance, in [-1, 1]. Articles of the same cluster belong together.
    pub fn add(&mut self, cluster: &str, stance: Millionths) {
        let stance = i32::try_from(stance.0).expect("a stance is in [-1, 1]");
        self.articles
            .push((ClusterWeights::key_of(cluster), stance));
    }

    /// Articles.
    pub fn len(&self) -> u64 {
        self.articles.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    /// The mean over articles; `None` without any.
    pub fn mean(&self) -> Option<Millionths> {
        let sum = self
            .articles
            .iter()
            .map(|&(_, stance)| i64::from(stance))
            .sum();
        (!self.is_empty()).then(|| Millionths::mean(Millionths(sum), self.len()))
    }

    fn bootstrap(&self) -> Bootstrap {
        let mut bootstrap = Bootstrap::default();
        for &(cluster, stance) in &self.articles {
            bootstrap.add(Millionths(stance.into()), &ClusterWeights::of_key(cluster));
        }
        bootstrap
    }
}

/// A difference of two means, the later minus the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The difference, in [-2, 2].
    pub difference: Millionths,
    /// What the number of articles allows to say of it; `None` if a side has fewer than
    /// [`CLUSTERS_FOR_INTERVAL`](super::CLUSTERS_FOR_INTERVAL) clusters.
    pub test: Option<DifferenceTest>,
}

/// How sure a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DifferenceTest {
    /// The 95 % percentile interval of 1,000 resamples of clusters.
    pub interval: (Millionths, Millionths),
    /// The probability of a difference at least as large, in standard errors, if it did not matter which corpus an article is
    /// in: of [`PERMUTATIONS`] permutations of clusters, a studentized statistic (Chung & Romano, Annals of Statistics 2013).
    pub p: Millionths,
    /// The smallest difference that four of five such tests at 5 % would show.
    pub detectable: Millionths,
}

impl Difference {
    /// Of two samples; `None` if one is empty.
    pub fn between(before: &StanceSample, after: &StanceSample) -> Option<Self> {
        Some(Self {
            difference: after.mean()? - before.mean()?,
            test: DifferenceTest::of(before, after),
        })
    }
}

impl DifferenceTest {
    fn of(before: &StanceSample, after: &StanceSample) -> Option<Self> {
        let interval = Bootstrap::interval_of_difference(&before.bootstrap(), &after.bootstrap())?;
        let clusters = Clusters::of(before, after);
        let observed = clusters.observed();
        let detectable = DETECTABLE_ERRORS * observed.error();
        Some(Self {
            interval,
            p: clusters.p_value(observed.statistic()),
            detectable: Millionths::from_f64(detectable),
        })
    }
}

/// A cluster's articles in one corpus.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    articles: f64,
    /// Of their stances, in [-1, 1] each.
    sum: f64,
}

/// The clusters of both corpora.
struct Clusters {
    /// Those in one corpus alone, of the first corpus first.
    single: Vec<Side>,
    /// How many of them are the first corpus's.
    first: usize,
    /// Those in both.
    paired: Vec<[Side; 2]>,
}

/// What the statistic needs of clusters in their places.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    sides: [SideSums; 2],
    /// Over clusters in both: products of sums, of sums and articles, and of articles.
    cross: [f64; 4],
}

#[derive(Debug, Clone, Copy, Default)]
struct SideSums {
    articles: f64,
    sum: f64,
    articles_squared: f64,
    articles_by_sum: f64,
    sum_squared: f64,
}

impl SideSums {
    fn add(&mut self, side: Side) {
        self.articles += side.articles;
        self.sum += side.sum;
        self.articles_squared += side.articles * side.articles;
        self.articles_by_sum += side.articles * side.sum;
        self.sum_squared += side.sum * side.sum;
    }

    fn minus(self, other: Self) -> Self {
        Self {
            articles: self.articles - other.articles,
            sum: self.sum - other.sum,
            articles_squared: self.articles_squared - other.articles_squared,
            articles_by_sum: self.articles_by_sum - other.articles_by_sum,
            sum_squared: self.sum_squared - other.sum_squared,
        }
    }

    fn plus(self, other: Self) -> Self {
        self.minus(Self::default().minus(other))
    }

    fn mean(&self) -> f64 {
        self.sum / self.articles
    }

    /// The variance of the mean over clusters, by its linear approximation (Cochran, Sampling Techniques, section 6.3).
    fn variance(&self) -> f64 {
        let mean = self.mean();
        let squared = self.sum_squared - 2.0 * mean * self.articles_by_sum
            + mean * mean * self.articles_squared;
        squared / (self.articles * self.articles)
    }
}

impl Sums {
    fn pair(&mut self, pair: [Side; 2]) {
        let [a, b] = pair;
        self.sides[0].add(a);
        self.sides[1].add(b);
        let products = [
            a.sum * b.sum,
            a.sum * b.articles,
            a.articles * b.sum,
            a.articles * b.articles,
        ];
        self.cross
            .iter_mut()
            .zip(products)
            .for_each(|(sum, it)| *sum += it);
    }

    fn difference(&self) -> f64 {
        self.sides[1].mean() - self.sides[0].mean()
    }

    /// The standard error of the difference.
    fn error(&self) -> f64 {
        let [a, b] = &self.sides;
        let [sums, sum_articles, articles_sum, articles] = self.cross;
        let covariance = sums - b.mean() * sum_articles - a.mean() * articles_sum
            + a.mean() * b.mean() * articles;
        let covariance = covariance / (a.articles * b.articles);
        // Rounding may leave a little less than nothing.
        (a.variance() + b.variance() - 2.0 * covariance)
            .max(0.0)
            .sqrt()
    }

    /// The difference in standard errors, without its sign.
    fn statistic(&self) -> f64 {
        /// A smaller difference or error is one of rounding.
        const NOTHING: f64 = 1e-9;
        let difference = self.difference().abs();
        match (difference < NOTHING, self.error()) {
            (true, _) => 0.0,
            (false, error) if error < NOTHING => f64::INFINITY,
            (false, error) => difference / error,
        }
    }
}

impl Clusters {
    fn of(before: &StanceSample, after: &StanceSample) -> Self {
        // In the order of keys, which is not that of the corpora.
        let mut clusters: BTreeMap<u64, [Side; 2]> = BTreeMap::new();
        for (place, sample) in [before, after].into_iter().enumerate() {
            for &(cluster, stance) in &sample.articles {
                let side = &mut clusters.entry(cluster).or_default()[place];
                side.articles += 1.0;
                side.sum += Millionths(stance.into()).as_f64();
            }
        }
        let in_both = |it: &[Side; 2]| it.iter().all(|side| side.articles > 0.0);
        let (paired, single): (Vec<_>, Vec<_>) = clusters.into_values().partition(in_both);
        let of_first = |it: &&[Side; 2]| it[0].articles > 0.0;
        let first: Vec<Side> = single.iter().filter(of_first).map(|it| it[0]).collect();
        let second = single.iter().filter(|it| !of_first(it)).map(|it| it[1]);
        Self {
            first: first.len(),
            single: first.iter().copied().chain(second).collect(),
            paired,
        }
    }

    /// All clusters, by corpus.
    fn all(&self) -> impl Iterator<Item = [Side; 2]> {
        let nothing = Side::default();
        let (first, second) = self.single.split_at(self.first);
        let first = first.iter().map(move |&it| [it, nothing]);
        let second = second.iter().map(move |&it| [nothing, it]);
        first.chain(second).chain(self.paired.iter().copied())
    }

    fn observed(&self) -> Sums {
        let mut sums = Sums::default();
        self.all().for_each(|it| sums.pair(it));
        sums
    }

    /// The share of permutations whose statistic is at least the observed one, which counts as one of them.
    fn p_value(&self, observed: f64) -> Millionths {
        let chunks = PERMUTATIONS.div_ceil(CHUNK);
        let reached: usize = (0..chunks)
            .into_par_iter()
            .map(|chunk| {
                let length = CHUNK.min(PERMUTATIONS - chunk * CHUNK);
                self.reached(chunk as u64, length, observed)
            })
            .sum();
        Millionths::ratio(1 + reached as i64, 1 + PERMUTATIONS as u64)
    }

    /// How many of some permutations have a statistic of at least the observed one.
    fn reached(&self, chunk: u64, permutations: usize, observed: f64) -> usize {
        let mut random = SplitMix64::new(SEED ^ chunk.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut places = self.single.clone();
        let mut total = SideSums::default();
        self.single.iter().for_each(|&it| total.add(it));
        // Drawing the smaller side draws the other, too.
        let smaller = self.first.min(self.single.len() - self.first);
        let side = usize::from(self.first != smaller);
        let mut reached = 0;
        for _ in 0..permutations {
            let mut sums = Sums::default();
            for pair in &self.paired {
                let [a, b] = *pair;
                sums.pair(if random.next() & 1 == 0 {
                    [a, b]
                } else {
                    [b, a]
                });
            }
            let mut drawn = SideSums::default();
            for place in 0..smaller {
                let left = (places.len() - place) as u64;
                places.swap(place, place + random.below(left) as usize);
                drawn.add(places[place]);
            }
            sums.sides[side] = sums.sides[side].plus(drawn);
            sums.sides[1 - side] = sums.sides[1 - side].plus(total.minus(drawn));
            reached += usize::from(sums.statistic() >= observed * SAME);
        }
        reached
    }
}

/// Holm's correction for several tests (Scandinavian Journal of Statistics 1979): the p-values under which at least one false
/// discovery among all of them is as rare as each promises.
pub fn holm(values: &[Millionths]) -> Vec<Millionths> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&at| values[at]);
    let mut corrected = values.to_vec();
    let mut least = Millionths(0);
    for (rank, at) in order.into_iter().enumerate() {
        let tests = (values.len() - rank) as i64;
        let raised = Millionths((values[at].0 * tests).min(1_000_000));
        least = least.max(raised);
        corrected[at] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(prefix: &str, stances: &[i64]) -> StanceSample {
        let mut sample = StanceSample::default();
        for (number, &stance) in stances.iter().enumerate() {
            sample.add(&format!("{prefix}{number}"), Millionths(stance));
        }
        sample
    }

    fn test(before: &StanceSample, after: &StanceSample) -> DifferenceTest {
        Difference::between(before, after).unwrap().test.unwrap()
    }

    #[test]
    fn equal_corpora_do_not_differ_and_far_ones_do() {
        let stances: Vec<i64> = (0..12).map(|it| 50_000 * (it % 5)).collect();
        let (a, b) = (sample("a", &stances), sample("b", &stances));
        let same = Difference::between(&a, &b).unwrap();
        assert_eq!(same.difference, Millionths(0));
        assert_eq!(same.test.unwrap().p, Millionths(1_000_000));
        let lower: Vec<i64> = stances.iter().map(|it| it - 900_000).collect();
        let far = test(&a, &sample("b", &lower));
        assert!(far.p < Millionths(1_000), "{far:?}");
        assert!(far.interval.1 < Millionths(-800_000), "{far:?}");
        assert!(far.detectable < Millionths(150_000), "{far:?}");
    }

    /// The same articles scored twice differ by what changed in each, however far apart the articles are.
    #[test]
    fn the_same_articles_are_pairs() {
        let stances: Vec<i64> = (0..20).map(|it| 90_000 * it - 900_000).collect();
        let raised: Vec<i64> = stances.iter().map(|it| it + 20_000 + it / 100).collect();
        let before = sample("a", &stances);
        let paired = test(&before, &sample("a", &raised));
        let apart = test(&before, &sample("b", &raised));
        assert!(paired.p < Millionths(1_000), "{paired:?}");
        assert!(apart.p > Millionths(500_000), "{apart:?}");
        assert!(paired.detectable.0 * 10 < apart.detectable.0);
    }

    /// Two corpora of one kind differ at 5 % in one of twenty cases, though one is smaller and they have copies.
    #[test]
    fn chance_is_taken_for_a_difference_in_one_of_twenty_cases() {
        let mut random = SplitMix64::new(5);
        let mut draw = |prefix: String, stories: usize| {
            let mut sample = StanceSample::default();
            for number in 0..stories {
                let stance = Millionths(random.below(1_000_001) as i64 - 500_000);
                for _ in 0..=random.below(3) {
                    sample.add(&format!("{prefix}{number}"), stance);
                }
            }
            sample
        };
        let pairs = 600;
        let mut taken = 0;
        for pair in 0..pairs {
            let (a, b) = (draw(format!("a{pair}-"), 12), draw(format!("b{pair}-"), 30));
            taken += u32::from(test(&a, &b).p < Millionths(50_000));
        }
        let rate = f64::from(taken) / f64::from(pairs);
        assert!((0.03..0.075).contains(&rate), "{rate}");
    }

    #[test]
    fn too_few_clusters_have_no_test() {
        let five = sample("a", &[1, 2, 3, 4, 5]);
        let mut copies = sample("b", &[1, 2, 3, 4]);
        (0..9).for_each(|_| copies.add("b0", Millionths(0)));
        assert_eq!(Difference::between(&five, &copies).unwrap().test, None);
        assert_eq!(Difference::between(&five, &StanceSample::default()), None);
        assert!(
            Difference::between(&five, &sample("b", &[1, 2, 3, 4, 5]))
                .unwrap()
                .test
                .is_some()
        );
    }

    #[test]
    fn holm_raises_each_value_by_its_rank() {
        let values = [10_000, 40_000, 30_000, 5_000].map(Millionths);
        let corrected: Vec<i64> = holm(&values).iter().map(|it| it.0).collect();
        assert_eq!(corrected, [30_000, 60_000, 60_000, 20_000]);
        assert_eq!(holm(&[Millionths(700_000); 2]), [Millionths(1_000_000); 2]);
    }
}
