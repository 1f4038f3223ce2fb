//! The stance of an article towards each actor.

use crate::actors::Voice;
use crate::decimal::Millionths;
use crate::model::Label;
use crate::text::Part;

/// What aggregation needs to know of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MentionFact<'a> {
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// The sentence of the article.
    pub sentence: usize,
    /// The part of the article.
    pub part: Part,
    /// Whose words they are.
    pub voice: Voice,
    /// Who holds the attitude.
    pub holder: &'a str,
    /// Stance of the mention, in [-1, 1].
    pub stance: Millionths,
    /// The most probable label.
    pub label: Label,
}

/// Mentions by label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Unfavourable mentions.
    pub negative: u64,
    /// Neutral mentions.
    pub neutral: u64,
    /// Favourable mentions.
    pub positive: u64,
}

impl LabelCounts {
    pub(super) fn add(&mut self, label: Label) {
        match label {
            Label::Negative => self.negative += 1,
            Label::Neutral => self.neutral += 1,
            Label::Positive => self.positive += 1,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.negative += other.negative;
        self.neutral += other.neutral;
        self.positive += other.positive;
    }

    /// All mentions.
    pub fn total(&self) -> u64 {
        self.negative + self.neutral + self.positive
    }

    /// (positive - negative) / all, in [-1, 1]; `None` without mentions.
    pub fn net(&self) -> Option<Millionths> {
        let total = self.total();
        let difference = self.positive.cast_signed() - self.negative.cast_signed();
        (total > 0).then(|| Millionths::ratio(difference, total))
    }
}

/// How an article portrays one actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticleSummary {
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// Mentions by label.
    pub labels: LabelCounts,
    /// Sentences with a mention.
    pub sentences: u64,
    /// Mean of the sentence stances, in [-1, 1].
    pub stance: Millionths,
    /// The same over mentions in the author's own words; `None` without such.
    pub author_stance: Option<Millionths>,
    /// The same over mentions in somebody else's words, quoted or reported; `None` without such.
    pub quoted_stance: Option<Millionths>,
    /// The same over mentions in the headline; `None` without such.
    pub headline_stance: Option<Millionths>,
}

/// Summaries of the actors that an article mentions, in catalogue order.
///
/// Mentions may come in any order; those of a sentence need not be neighbours.
pub fn summarize(mentions: &[MentionFact]) -> Vec<ArticleSummary> {
    let mut sorted: Vec<&MentionFact> = mentions.iter().collect();
    sorted.sort_by_key(|mention| (mention.actor, mention.sentence));
    let of_actors = sorted.chunk_by(|a, b| a.actor == b.actor);
    of_actors.map(ArticleSummary::of).collect()
}

/// How an article has each holder speak of each actor, by actor in catalogue order, then by holder: summaries of the
/// mentions that are the holder's.
pub fn pairs<'a>(mentions: &[MentionFact<'a>]) -> Vec<(&'a str, ArticleSummary)> {
    let mut sorted: Vec<&MentionFact> = mentions.iter().collect();
    sorted.sort_by_key(|mention| (mention.actor, mention.holder, mention.sentence));
    let of_pairs = sorted.chunk_by(|a, b| (a.actor, a.holder) == (b.actor, b.holder));
    of_pairs
        .map(|of_pair| (of_pair[0].holder, ArticleSummary::of(of_pair)))
        .collect()
}

impl ArticleSummary {
    /// Of an actor's mentions, at least one, which are sorted by sentence.
    fn of(mentions: &[&MentionFact]) -> Self {
        let mut labels = LabelCounts::default();
        mentions
            .iter()
            .for_each(|mention| labels.add(mention.label));
        let all = stance(mentions, |_| true);
        let (stance_of_all, sentences) = all.expect("there is a mention");
        let of = |keep: fn(&MentionFact) -> bool| stance(mentions, keep).map(|(mean, _)| mean);
        Self {
            actor: mentions[0].actor,
            labels,
            sentences,
            stance: stance_of_all,
            author_stance: of(|mention| mention.voice == Voice::Author),
            quoted_stance: of(|mention| mention.voice != Voice::Author),
            headline_stance: of(|mention| mention.part == Part::Headline),
        }
    }
}

/// The mean of sentence means over some of an actor's mentions, which are sorted by sentence, and the
/// number of sentences; `None` without such mentions.
fn stance(
    mentions: &[&MentionFact],
    keep: impl Fn(&MentionFact) -> bool,
) -> Option<(Millionths, u64)> {
    let mut total = Millionths::default();
    let mut sentences = 0;
    for of_sentence in mentions.chunk_by(|a, b| a.sentence == b.sentence) {
        let kept = of_sentence.iter().filter(|mention| keep(mention));
        let (sum, count) = kept.fold((Millionths::default(), 0), |(sum, count), mention| {
            (sum + mention.stance, count + 1)
        });
        if count > 0 {
            total += Millionths::mean(sum, count);
            sentences += 1;
        }
    }
    (sentences > 0).then(|| (Millionths::mean(total, sentences), sentences))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mention(actor: usize, sentence: usize, stance: i64) -> MentionFact<'static> {
        MentionFact {
            actor,
            sentence,
            part: Part::Body,
            voice: Voice::Author,
            holder: "author",
            stance: Millionths(stance),
            label: match stance < 0 {
                true => Label::Negative,
                false => Label::Positive,
            },
        }
    }

    #[test]
    fn sentences_count_once() {
        let mentions = [
            mention(1, 0, 1_000_000),
            mention(0, 0, -500_000),
            mention(1, 2, -500_000),
            mention(1, 0, 0),
        ];
        let summaries = summarize(&mentions);
        assert_eq!(summaries.len(), 2);
        assert_eq!(summaries[1].actor, 1);
        assert_eq!(summaries[1].labels.total(), 3);
        assert_eq!(summaries[1].sentences, 2);
        assert_eq!(summaries[1].stance, Millionths(0));
        assert_eq!(summaries[1].labels.net(), Some(Millionths(333_333)));
        assert_eq!(LabelCounts::default().net(), None);
    }

    #[test]
    fn every_level_is_rounded_before_the_next() {
        // The sentence's mean is 0.3333335, rounded to 0.333334; the article's 0.166667.
        let mentions = [
            mention(0, 0, 333_333),
            mention(0, 0, 333_334),
            mention(0, 1, 0),
        ];
        assert_eq!(summarize(&mentions)[0].stance, Millionths(166_667));
    }

    #[test]
    fn voices_and_headlines_are_apart() {
        let quoted = MentionFact {
            voice: Voice::Direct,
            ..mention(0, 0, -1_000_000)
        };
        let headline = MentionFact {
            part: Part::Headline,
            voice: Voice::Indirect,
            ..mention(0, 1, 400_000)
        };
        let summary = summarize(&[mention(0, 0, 500_000), quoted, headline])[0];
        assert_eq!(summary.stance, Millionths(75_000));
        assert_eq!(summary.author_stance, Some(Millionths(500_000)));
        assert_eq!(summary.quoted_stance, Some(Millionths(-300_000)));
        assert_eq!(summary.headline_stance, Some(Millionths(400_000)));
        assert_eq!(summarize(&[mention(0, 0, 1)])[0].quoted_stance, None);
    }

    #[test]
    fn holders_are_apart() {
        let said = |holder, sentence, stance| MentionFact {
            holder,
            ..mention(0, sentence, stance)
        };
        let facts = [
            said("putin", 0, 500_000),
            said("author", 0, 0),
            said("putin", 1, -100_000),
            said("putin", 1, -300_000),
        ];
        let found: Vec<(&str, u64, i64)> = pairs(&facts)
            .iter()
            .map(|(holder, it)| (*holder, it.labels.total(), it.stance.0))
            .collect();
        assert_eq!(found, [("author", 1, 0), ("putin", 3, 150_000)]);
    }

    /// Any stance that six digits can have.
    pub fn any_stance() -> impl Strategy<Value = i64> {
        -1_000_000i64..=1_000_000
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_stance_stays_in_range(
            rows in prop::collection::vec((0usize..3, 0usize..4, any_stance()), 0..24),
            seed: u64,
        ) {
            let mentions: Vec<_> = rows
                .iter()
                .map(|&(actor, sentence, stance)| mention(actor, sentence, stance))
                .collect();
            let mut mixed = mentions.clone();
            mixed.sort_by_key(|fact| fact.stance.0.wrapping_mul(seed.cast_signed() | 1));
            let summaries = summarize(&mentions);
            prop_assert_eq!(&summaries, &summarize(&mixed));
            let total: u64 = summaries.iter().map(|summary| summary.labels.total()).sum();
            prop_assert_eq!(total, mentions.len() as u64);
            for summary in summaries {
                prop_assert!(summary.stance.0.abs() <= 1_000_000);
                prop_assert!(summary.sentences <= summary.labels.total());
            }
        }
    }
}
