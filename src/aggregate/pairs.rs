//! How each holder speaks of each actor.

use std::collections::HashMap;

use rayon::prelude::*;

use super::article::{LabelCounts, PairStance};
use super::bootstrap::{Bootstrap, CLUSTERS_FOR_INTERVAL, ClusterWeights};
use super::corpus::Estimate;
use crate::decimal::Millionths;

/// How one holder speaks of one actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairSummary {
    /// Whose words they are.
    pub holder: String,
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// Articles in which the holder speaks of the actor.
    pub articles: u64,
    /// Mentions by label.
    pub labels: LabelCounts,
    /// The mean over these articles.
    pub stance: Estimate,
}

/// Running totals of pairs. Memory grows by 16 bytes for each pair of an article: intervals need all of them, and a
/// resample of each of thousands of holders would need more.
#[derive(Debug, Clone, Default)]
pub struct PairAggregate {
    pairs: HashMap<(usize, String), PairTotals>,
}

#[derive(Debug, Clone, Default)]
struct PairTotals {
    labels: LabelCounts,
    /// For each article its cluster's key and its stance.
    articles: Vec<(u64, Millionths)>,
}

impl PairAggregate {
    /// Adds an article. Articles of the same cluster are resampled together.
    pub fn add(&mut self, cluster: &str, pairs: &[PairStance]) {
        if pairs.is_empty() {
            return;
        }
        let key = ClusterWeights::key_of(cluster);
        for pair in pairs {
            let totals = self
                .pairs
                .entry((pair.actor, pair.holder.to_owned()))
                .or_default();
            totals.labels.merge(&pair.labels);
            totals.articles.push((key, pair.stance));
        }
    }

    /// All pairs: by actor in catalogue order, of each those of most articles first.
    pub fn summaries(self) -> Vec<PairSummary> {
        let pairs = self.pairs.into_par_iter();

        let mut summaries: Vec<PairSummary> = pairs
            .map(|((actor, holder), totals)| PairSummary {
                holder,
                actor,
                articles: totals.articles.len() as u64,
                labels: totals.labels,
                stance: estimate(&totals.articles),
            })
            .collect();
        summaries.sort_by(|a, b| {
            let rank = |it: &PairSummary| {
                let reverse = std::cmp::Reverse((it.articles, it.labels.total()));
                (it.actor, reverse)
            };
            rank(a).cmp(&rank(b)).then_with(|| a.holder.cmp(&b.holder))
        });
        summaries
    }
}

fn estimate(articles: &[(u64, Millionths)]) -> Estimate {
    let sum = articles
        .iter()
        .fold(Millionths::default(), |sum, (_, stance)| sum + *stance);
    let mut bootstrap = Bootstrap::default();
    if articles.len() >= CLUSTERS_FOR_INTERVAL {
        for (key, stance) in articles {
            bootstrap.add(*stance, &ClusterWeights::of_key(*key));
        }
    }
    Estimate {
        stance: Millionths::mean(sum, articles.len() as u64),
        interval: bootstrap.interval(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(holder: &str, actor: usize, stance: i64) -> PairStance<'_> {
        PairStance {
            holder,
            actor,
            labels: LabelCounts {
                neutral: 1,
                ..LabelCounts::default()
            },
            stance: Millionths(stance),
        }
    }

    #[test]
    fn pairs_are_ranked_by_articles_and_have_intervals_from_five_on() {
        let mut pairs = PairAggregate::default();
        for article in 0..5 {
            let stance = 100_000 * article;
            pairs.add(&article.to_string(), &[pair("Merz", 1, stance)]);
        }
        pairs.add("x", &[pair("Bow", 1, 1_000_000), pair("Bow", 0, 0)]);
        let found = pairs.summaries();
        let order: Vec<(usize, &str, u64)> = found
            .iter()
            .map(|it| (it.actor, &*it.holder, it.articles))
            .collect();
        assert_eq!(order, [(0, "Bow", 1), (1, "Merz", 5), (1, "Bow", 1)]);
        assert_eq!(found[1].stance.stance, Millionths(200_000));
        let (low, high) = found[1].stance.interval.unwrap();
        assert!(low.0 < 200_000 && 200_000 < high.0);
        assert_eq!(found[2].stance.interval, None);
    }
}
