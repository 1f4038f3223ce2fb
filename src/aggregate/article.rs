//! The stance of one article towards each actor.

use crate::actors::Mention;
use crate::model::{Label, StanceScore};

/// What aggregation needs to know of a mention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredMention {
    /// Which sentence of the article.
    pub sentence: usize,
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// The most probable label.
    pub label: Label,
    /// In [-1, 1].
    pub stance: f64,
}

impl ScoredMention {
    /// A mention with its score.
    pub fn new(mention: &Mention, score: &StanceScore) -> Self {
        Self {
            sentence: mention.sentence,
            actor: mention.actor,
            label: score.label(),
            stance: score.stance(),
        }
    }
}

/// Mentions by label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Negative mentions.
    pub negative: u64,
    /// Neutral mentions.
    pub neutral: u64,
    /// Positive mentions.
    pub positive: u64,
}

impl LabelCounts {
    /// Counts one mention.
    pub fn add(&mut self, label: Label) {
        match label {
            Label::Negative => self.negative += 1,
            Label::Neutral => self.neutral += 1,
            Label::Positive => self.positive += 1,
        }
    }

    /// Counts all mentions of another count.
    pub fn merge(&mut self, other: &Self) {
        self.negative += other.negative;
        self.neutral += other.neutral;
        self.positive += other.positive;
    }

    /// All mentions.
    pub fn total(&self) -> u64 {
        self.negative + self.neutral + self.positive
    }

    /// (positive - negative) / all, in [-1, 1]; `None` without mentions.
    pub fn net(&self) -> Option<f64> {
        let total = self.total();
        (total > 0).then(|| (self.positive as f64 - self.negative as f64) / total as f64)
    }
}

/// How an article portrays one actor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArticleSummary {
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// Mentions by label.
    pub labels: LabelCounts,
    /// Sentences with a mention.
    pub sentences: u64,
    /// Mean of the sentence stances, in [-1, 1].
    pub stance: f64,
}

/// Summaries of the actors that an article mentions, in catalogue order.
///
/// Mentions may come in any order; those of a sentence need not be neighbours.
pub fn summarize(mentions: &[ScoredMention]) -> Vec<ArticleSummary> {
    let mut sorted: Vec<&ScoredMention> = mentions.iter().collect();
    sorted.sort_by_key(|mention| (mention.actor, mention.sentence));
    sorted
        .chunk_by(|a, b| a.actor == b.actor)
        .map(|of_actor| {
            let mut labels = LabelCounts::default();
            let mut sentences = 0;
            let mut total = 0.0;
            for of_sentence in of_actor.chunk_by(|a, b| a.sentence == b.sentence) {
                of_sentence
                    .iter()
                    .for_each(|mention| labels.add(mention.label));
                let sum: f64 = of_sentence.iter().map(|mention| mention.stance).sum();
                total += sum / of_sentence.len() as f64;
                sentences += 1;
            }
            ArticleSummary {
                actor: of_actor[0].actor,
                labels,
                sentences,
                stance: total / sentences as f64,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mention(actor: usize, sentence: usize, stance: f64) -> ScoredMention {
        ScoredMention {
            sentence,
            actor,
            label: if stance < 0.0 {
                Label::Negative
            } else {
                Label::Positive
            },
            stance,
        }
    }

    #[test]
    fn sentences_count_once() {
        let mentions = [
            mention(1, 0, 1.0),
            mention(0, 0, -0.5),
            mention(1, 2, -0.5),
            mention(1, 0, 0.0),
        ];
        let summaries = summarize(&mentions);
        assert_eq!(summaries.len(), 2);
        assert_eq!(summaries[1].actor, 1);
        assert_eq!(summaries[1].labels.total(), 3);
        assert_eq!(summaries[1].sentences, 2);
        assert_eq!(summaries[1].stance, 0.0);
        assert_eq!(summaries[1].labels.net(), Some(1.0 / 3.0));
        assert_eq!(LabelCounts::default().net(), None);
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_stance_stays_in_range(
            rows in prop::collection::vec((0usize..3, 0usize..4, -64i32..=64), 0..24),
            turn in 0usize..24,
        ) {
            // Multiples of 1/64 add up without rounding, so that equality is exact.
            let mentions: Vec<_> = rows
                .iter()
                .map(|&(actor, sentence, stance)| mention(actor, sentence, f64::from(stance) / 64.0))
                .collect();
            let mut turned = mentions.clone();
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
            }
            let summaries = summarize(&mentions);
            prop_assert_eq!(&summaries, &summarize(&turned));
            let total: u64 = summaries.iter().map(|summary| summary.labels.total()).sum();
            prop_assert_eq!(total, mentions.len() as u64);
            for summary in summaries {
                prop_assert!(summary.stance.abs() <= 1.0);
                prop_assert!(summary.sentences <= summary.labels.total());
            }
        }
    }
}
