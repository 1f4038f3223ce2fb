//! Sums of articles that can be added up: whoever adds the cells of any selection of articles gets its means.

use super::article::{ArticleSummary, LabelCounts, MentionFact};
use crate::actors::Voice;
use crate::decimal::Millionths;

/// Bars of a histogram of stances, each a tenth wide.
pub const BINS: usize = 20;

/// Whose words are meant, as places of arrays: all, the author's, quoted ones.
const VOICES: usize = 3;

/// Article stances towards one actor, of one article or of several together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Articles with a mention: in all words, in the author's, in quoted ones.
    pub articles: [u64; VOICES],
    /// Sums of their stances over these.
    pub sums: [Millionths; VOICES],
    /// Mentions by label, in the author's words and in quoted ones.
    pub labels: [LabelCounts; 2],
    /// Mentions by stance, those in the author's words before quoted ones: [`BINS`] each. Empty in cells of a holder.
    pub histogram: Vec<u64>,
}

impl Cell {
    fn of(summary: &ArticleSummary) -> Self {
        let stances = [
            Some(summary.stance),
            summary.author_stance,
            summary.quoted_stance,
        ];
        Self {
            articles: stances.map(|it| it.is_some().into()),
            sums: stances.map(Option::unwrap_or_default),
            labels: [LabelCounts::default(); 2],
            histogram: Vec::new(),
        }
    }

    fn count(&mut self, fact: &MentionFact) {
        self.labels[place(fact.voice)].add(fact.label);
    }

    fn count_stance(&mut self, fact: &MentionFact) {
        self.histogram.resize(2 * BINS, 0);
        self.histogram[place(fact.voice) * BINS + bin(fact.stance)] += 1;
    }

    /// Adds another cell to this one.
    pub fn merge(&mut self, other: &Self) {
        for place in 0..VOICES {
            self.articles[place] += other.articles[place];
            self.sums[place] += other.sums[place];
        }
        for (labels, more) in self.labels.iter_mut().zip(&other.labels) {
            labels.merge(more);
        }
        self.histogram
            .resize(self.histogram.len().max(other.histogram.len()), 0);
        for (bar, more) in self.histogram.iter_mut().zip(&other.histogram) {
            *bar += more;
        }
    }
}

fn place(voice: Voice) -> usize {
    usize::from(voice != Voice::Author)
}

/// The bar of a stance in [-1, 1]; a bar holds its lower end, the last one its upper as well.
fn bin(stance: Millionths) -> usize {
    const WIDTH: i64 = 2_000_000 / BINS as i64;
    let from_left = (stance.0 + 1_000_000) / WIDTH;
    usize::try_from(from_left).unwrap_or_default().min(BINS - 1)
}

/// The cells of an article: one for each actor that it mentions, in the order of its summaries.
pub fn article_cells(facts: &[MentionFact], summaries: &[ArticleSummary]) -> Vec<(usize, Cell)> {
    let of_actor = |summary: &ArticleSummary| {
        let mut cell = Cell::of(summary);
        for fact in facts.iter().filter(|fact| fact.actor == summary.actor) {
            cell.count(fact);
            cell.count_stance(fact);
        }
        (summary.actor, cell)
    };
    summaries.iter().map(of_actor).collect()
}

/// The cells of an article by holder and actor, in the order of its pairs.
pub fn holder_cells<'a>(
    facts: &[MentionFact],
    pairs: &[(&'a str, ArticleSummary)],
) -> Vec<(&'a str, usize, Cell)> {
    let of_pair = |(holder, summary): &(&'a str, ArticleSummary)| {
        let mut cell = Cell::of(summary);
        let is_of_pair =
            |fact: &&MentionFact| (fact.holder, fact.actor) == (*holder, summary.actor);
        facts
            .iter()
            .filter(is_of_pair)
            .for_each(|fact| cell.count(fact));
        (*holder, summary.actor, cell)
    };
    pairs.iter().map(of_pair).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{pairs, summarize};
    use super::*;
    use crate::model::Label;
    use crate::text::Part;

    fn fact(
        voice: Voice,
        holder: &'static str,
        sentence: usize,
        stance: i64,
    ) -> MentionFact<'static> {
        MentionFact {
            actor: 3,
            sentence,
            part: Part::Body,
            voice,
            holder,
            stance: Millionths(stance),
            label: Label::Negative,
        }
    }

    #[test]
    fn cells_have_the_stances_of_their_article() {
        let facts = [
            fact(Voice::Author, "author", 0, -1_000_000),
            fact(Voice::Direct, "Merz", 1, 1_000_000),
            fact(Voice::Author, "Merz", 1, 0),
        ];
        let [(3, cell)] = &article_cells(&facts, &summarize(&facts))[..] else {
            panic!("one actor");
        };
        assert_eq!(cell.articles, [1, 1, 1]);
        assert_eq!(cell.sums, [-250_000, -500_000, 1_000_000].map(Millionths));
        assert_eq!(cell.labels.map(|it| it.negative), [2, 1]);
        let bars: Vec<(usize, u64)> = (0..)
            .zip(cell.histogram.clone())
            .filter(|it| it.1 > 0)
            .collect();
        assert_eq!(bars, [(0, 1), (10, 1), (39, 1)]);

        let holders = holder_cells(&facts, &pairs(&facts));
        let found: Vec<_> = holders
            .iter()
            .map(|(name, _, it)| (*name, it.articles, it.sums))
            .collect();
        let zero = Millionths(0);
        assert_eq!(
            found,
            [
                (
                    "Merz",
                    [1, 1, 1],
                    [Millionths(500_000), zero, Millionths(1_000_000)]
                ),
                (
                    "author",
                    [1, 1, 0],
                    [Millionths(-1_000_000), Millionths(-1_000_000), zero]
                ),
            ]
        );
        let mut sum = cell.clone();
        sum.merge(cell);
        assert_eq!((sum.articles, sum.sums[0]), ([2; 3], Millionths(-500_000)));
        assert_eq!(sum.histogram[39], 2);
    }
}
