//! The stance of a corpus towards each actor.

use super::article::{ArticleSummary, LabelCounts};
use super::bootstrap::{ArticleWeights, Bootstrap};

/// How a corpus portrays one actor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActorSummary {
    /// Articles with a mention.
    pub articles: u64,
    /// Sentences with a mention.
    pub sentences: u64,
    /// Mentions by label.
    pub labels: LabelCounts,
    /// This actor's part of the mentions of all actors, in [0, 1].
    pub share_of_voice: f64,
    /// Mean of the article stances, in [-1, 1]; `None` without mentions.
    pub stance: Option<f64>,
    /// 95 % bootstrap interval of the stance; `None` without mentions.
    pub interval: Option<(f64, f64)>,
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
    stance: f64,
    bootstrap: Bootstrap,
}

impl CorpusAggregate {
    /// Totals of nothing, for a catalogue of so many actors.
    pub fn new(actors: usize) -> Self {
        Self {
            actors: vec![ActorTotals::default(); actors],
        }
    }

    /// Adds an article.
    pub fn add(&mut self, article_id: &str, summaries: &[ArticleSummary]) {
        if summaries.is_empty() {
            return;
        }
        let weights = ArticleWeights::new(article_id);
        for summary in summaries {
            let totals = &mut self.actors[summary.actor];
            totals.articles += 1;
            totals.sentences += summary.sentences;
            totals.labels.merge(&summary.labels);
            totals.stance += summary.stance;
            totals.bootstrap.add(summary.stance, &weights);
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
                share_of_voice: totals.labels.total() as f64 / mentions.max(1) as f64,
                stance: (totals.articles > 0).then(|| totals.stance / totals.articles as f64),
                interval: totals.bootstrap.interval(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn article(stance: f64, mentions: u64) -> ArticleSummary {
        ArticleSummary {
            actor: 1,
            labels: LabelCounts {
                neutral: mentions,
                ..LabelCounts::default()
            },
            sentences: 1,
            stance,
        }
    }

    #[test]
    fn every_article_counts_once() {
        let mut corpus = CorpusAggregate::new(2);
        corpus.add("a", &[article(1.0, 30)]);
        corpus.add("b", &[article(0.0, 1)]);
        corpus.add("c", &[]);
        let summaries = corpus.summaries();
        assert_eq!((summaries[0].stance, summaries[0].interval), (None, None));
        assert_eq!(summaries[1].stance, Some(0.5));
        assert_eq!(
            (summaries[1].articles, summaries[1].labels.total()),
            (2, 31)
        );
        assert_eq!(summaries[1].share_of_voice, 1.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn order_of_articles_does_not_matter(
            stances in prop::collection::vec(-64i32..=64, 1..20),
        ) {
            let rows: Vec<_> = stances
                .iter()
                .enumerate()
                .map(|(id, &stance)| (id.to_string(), article(f64::from(stance) / 64.0, 1)))
                .collect();
            let total = |rows: &mut dyn Iterator<Item = &(String, ArticleSummary)>| {
                let mut corpus = CorpusAggregate::new(2);
                rows.for_each(|(id, summary)| corpus.add(id, &[*summary]));
                corpus.summaries()[1]
            };
            let forward = total(&mut rows.iter());
            prop_assert_eq!(forward, total(&mut rows.iter().rev()));
            let (low, high) = forward.interval.unwrap();
            let stance = forward.stance.unwrap();
            prop_assert!(low <= high && (-1.0..=1.0).contains(&low) && high <= 1.0);
            prop_assert!(stance.abs() <= 1.0);
        }
    }
}
