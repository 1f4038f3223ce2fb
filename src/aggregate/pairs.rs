//! How each holder speaks of each actor.

use std::cmp::Reverse;
use std::collections::HashMap;

use rayon::prelude::*;

use super::article::ArticleSummary;
use super::bootstrap::ClusterWeights;
use super::groups::{GroupSummary, Totals};

/// How one holder speaks of one actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairSummary {
    /// Whose attitude it is.
    pub holder: String,
    /// Of the articles in which the holder has one; `articles_total` are those that mention the actor.
    pub of_actor: GroupSummary,
}

/// Running totals of pairs. Memory grows by 24 bytes for each pair of an article: intervals need all of them, and a
/// resample of each of thousands of holders would need more.
#[derive(Debug, Clone, Default)]
pub struct PairAggregate {
    pairs: HashMap<(usize, String), Totals>,
    /// Articles by the actor that they mention.
    articles: HashMap<usize, u64>,
}

impl PairAggregate {
    /// Adds an article: its pairs by actor. Articles of the same cluster are resampled together.
    pub fn add(&mut self, cluster: &str, pairs: &[(&str, ArticleSummary)]) {
        if pairs.is_empty() {
            return;
        }
        let cluster = ClusterWeights::key_of(cluster);
        for (holder, summary) in pairs {
            let pair = (summary.actor, (*holder).to_owned());
            self.pairs.entry(pair).or_default().add(cluster, summary);
        }
        for of_actor in pairs.chunk_by(|(_, a), (_, b)| a.actor == b.actor) {
            *self.articles.entry(of_actor[0].1.actor).or_default() += 1;
        }
    }

    /// All pairs: by actor in catalogue order, of each those of most articles first.
    pub fn summaries(self) -> Vec<PairSummary> {
        let pairs = self.pairs.into_par_iter();
        let mut summaries: Vec<PairSummary> = pairs
            .map(|((actor, holder), totals)| PairSummary {
                holder,
                of_actor: totals.summary(actor, self.articles[&actor]),
            })
            .collect();
        summaries.sort_by(|a, b| {
            let rank = |it: &PairSummary| {
                let of = &it.of_actor;
                (of.actor, Reverse((of.articles, of.labels.total())))
            };
            rank(a).cmp(&rank(b)).then_with(|| a.holder.cmp(&b.holder))
        });
        summaries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::LabelCounts;
    use crate::decimal::Millionths;

    fn pair(holder: &str, actor: usize, stance: i64) -> (&str, ArticleSummary) {
        let summary = ArticleSummary {
            actor,
            labels: LabelCounts {
                neutral: 1,
                ..LabelCounts::default()
            },
            sentences: 1,
            stance: Millionths(stance),
            author_stance: None,
            quoted_stance: Some(Millionths(stance)),
            headline_stance: None,
        };
        (holder, summary)
    }

    #[test]
    fn pairs_are_ranked_by_articles_and_have_intervals_from_five_on() {
        let mut pairs = PairAggregate::default();
        for article in 0..5 {
            let stance = 100_000 * article;
            pairs.add(&article.to_string(), &[pair("Merz", 1, stance)]);
        }
        pairs.add("x", &[pair("Bow", 0, 0), pair("Bow", 1, 1_000_000)]);
        let found = pairs.summaries();
        let order: Vec<(usize, &str, u64, u64)> = found
            .iter()
            .map(|it| {
                let of = &it.of_actor;
                (of.actor, &*it.holder, of.articles, of.articles_total)
            })
            .collect();
        assert_eq!(
            order,
            [(0, "Bow", 1, 1), (1, "Merz", 5, 6), (1, "Bow", 1, 6)]
        );
        let merz = found[1].of_actor.quoted_stance.unwrap();
        assert_eq!(merz.stance, Millionths(200_000));
        let (low, high) = merz.interval.unwrap();
        assert!(low.0 < 200_000 && 200_000 < high.0);
        assert_eq!(found[1].of_actor.author_stance, None);
        assert_eq!(found[2].of_actor.stance.unwrap().interval, None);
    }
}
