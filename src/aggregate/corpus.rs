//! The stance of a corpus towards each actor.

use super::article::{ArticleSummary, LabelCounts};
use super::bootstrap::{Bootstrap, ClusterWeights};
use crate::decimal::Millionths;

/// A mean of article stances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The mean, in [-1, 1].
    pub stance: Millionths,
    /// Its 95 % bootstrap interval; `None` with fewer than
    /// [`CLUSTERS_FOR_INTERVAL`](super::CLUSTERS_FOR_INTERVAL) clusters.
    pub interval: Option<(Millionths, Millionths)>,
}

/// How a corpus portrays one actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorSummary {
    /// Articles with a mention.
    pub articles: u64,
    /// Sentences with a mention.
    pub sentences: u64,
    /// Mentions by label.
    pub labels: LabelCounts,
    /// This actor's part of the mentions of all actors, in [0, 1].
    pub share_of_voice: Millionths,
    /// Over all mentions; `None` without mentions.
    pub stance: Option<Estimate>,
    /// Over mentions in the author's own words; `None` without such.
    pub author_stance: Option<Estimate>,
    /// Over mentions in somebody else's words; `None` without such.
    pub quoted_stance: Option<Estimate>,
}

impl ActorSummary {
    /// Over all mentions, the author's and quoted ones.
    pub fn stances(&self) -> [Option<Estimate>; 3] {
        [self.stance, self.author_stance, self.quoted_stance]
    }
}

/// Running totals of a corpus; memory does not grow with the number of articles.
#[derive(Debug, Clone)]
pub struct CorpusAggregate {
    actors: Vec<ActorTotals>,
}

#[derive(Debug, Clone, Default)]
struct ActorTotals {
    articles: u64,
    sentences: u64,
    labels: LabelCounts,
    stance: Series,
    author_stance: Series,
    quoted_stance: Series,
}

/// Article stances of one kind.
#[derive(Debug, Clone, Default)]
struct Series {
    sum: Millionths,
    articles: u64,
    /// `None` before the first article, so that actors without mentions take no memory.
    bootstrap: Option<Box<Bootstrap>>,
}

impl Series {
    fn add(&mut self, stance: Option<Millionths>, cluster: &ClusterWeights) {
        if let Some(stance) = stance {
            self.sum += stance;
            self.articles += 1;
            self.bootstrap.get_or_insert_default().add(stance, cluster);
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        let bootstrap = self.bootstrap.as_ref()?;
        Some(Estimate {
            stance: Millionths::mean(self.sum, self.articles),
            interval: bootstrap.interval(),
        })
    }
}

impl CorpusAggregate {
    /// Totals of nothing, for a catalogue of so many actors.
    pub fn new(actors: usize) -> Self {
        Self {
            actors: vec![ActorTotals::default(); actors],
        }
    }

    /// Adds an article. Articles of the same cluster are resampled together.
    pub fn add(&mut self, cluster: &str, summaries: &[ArticleSummary]) {
        if summaries.is_empty() {
            return;
        }
        let cluster = ClusterWeights::new(cluster);
        for summary in summaries {
            let totals = &mut self.actors[summary.actor];
            totals.articles += 1;
            totals.sentences += summary.sentences;
            totals.labels.merge(&summary.labels);
            totals.stance.add(Some(summary.stance), &cluster);
            totals.author_stance.add(summary.author_stance, &cluster);
            totals.quoted_stance.add(summary.quoted_stance, &cluster);
        }
    }

    /// A summary for each actor of the catalogue, mentioned or not.
    pub fn summaries(&self) -> Vec<ActorSummary> {
        let mentions: u64 = self.actors.iter().map(|totals| totals.labels.total()).sum();
        self.actors
            .iter()
            .map(|totals| ActorSummary {
                articles: totals.articles,
                sentences: totals.sentences,
                labels: totals.labels,
                share_of_voice: Millionths::ratio(
                    totals.labels.total().cast_signed(),
                    mentions.max(1),
                ),
                stance: totals.stance.estimate(),
                author_stance: totals.author_stance.estimate(),
                quoted_stance: totals.quoted_stance.estimate(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::article::tests::any_stance;
    use super::*;

    fn article(stance: i64, mentions: u64) -> ArticleSummary {
        ArticleSummary {
            actor: 1,
            labels: LabelCounts {
                neutral: mentions,
                ..LabelCounts::default()
            },
            sentences: 1,
            stance: Millionths(stance),
            author_stance: Some(Millionths(stance)),
            quoted_stance: None,
            headline_stance: None,
        }
    }

    #[test]
    fn every_article_counts_once() {
        let mut corpus = CorpusAggregate::new(2);
        corpus.add("a", &[article(1_000_000, 30)]);
        corpus.add("b", &[article(0, 1)]);
        corpus.add("c", &[]);
        let summaries = corpus.summaries();
        assert_eq!(summaries[0].stance, None);
        let estimate = Estimate {
            stance: Millionths(500_000),
            interval: None,
        };
        assert_eq!(summaries[1].stance, Some(estimate));
        assert_eq!(summaries[1].author_stance, Some(estimate));
        assert_eq!(summaries[1].quoted_stance, None);
        assert_eq!(
            (summaries[1].articles, summaries[1].labels.total()),
            (2, 31)
        );
        assert_eq!(summaries[1].share_of_voice, Millionths(1_000_000));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn order_of_articles_does_not_matter(
            stances in prop::collection::vec(any_stance(), 5..20), seed: u64,
        ) {
            let rows: Vec<_> = stances
                .iter()
                .enumerate()
                .map(|(id, &stance)| (id.to_string(), article(stance, 1)))
                .collect();
            let mut mixed = rows.clone();
            mixed.sort_by_key(|(_, row)| row.stance.0.wrapping_mul(seed.cast_signed() | 1));
            let total = |rows: &[(String, ArticleSummary)]| {
                let mut corpus = CorpusAggregate::new(2);
                rows.iter().for_each(|(id, summary)| corpus.add(id, &[*summary]));
                corpus.summaries()[1]
            };
            let forward = total(&rows);
            prop_assert_eq!(forward, total(&mixed));
            let estimate = forward.stance.unwrap();
            let (low, high) = estimate.interval.unwrap();
            prop_assert!(low <= high && low.0 >= -1_000_000 && high.0 <= 1_000_000);
            prop_assert!(estimate.stance.0.abs() <= 1_000_000);
        }
    }
}
