//! How the sentences of texts compare with gold.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::gold::objects;
use crate::error::Result;
use crate::text::split;

/// A text with its sentences.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GoldSentences {
    /// Name of the text.
    pub doc: String,
    /// Its kind, as in `news`.
    #[serde(default)]
    pub genre: String,
    /// The text.
    pub text: String,
    /// Its sentences, in order.
    pub sentences: Vec<SentenceSpan>,
}

/// Half-open range of code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct SentenceSpan {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Reads texts with their sentences, one JSON object a line.
///
/// # Errors
///
/// [`ErrorKind::Gold`](crate::ErrorKind::Gold) where a line is none.
pub fn read_gold_sentences(path: &Path) -> Result<Vec<GoldSentences>> {
    let remedy = "each line needs doc, text and sentences, each with start and end";
    let texts = objects(path, remedy)?;
    Ok(texts.into_iter().map(|(text, _)| text).collect())
}

/// Ends of sentences: those of gold, those of ours, those of both. The end of a text is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Boundaries {
    /// In gold.
    pub gold: u64,
    /// Ours.
    pub found: u64,
    /// In both.
    pub right: u64,
}

impl Boundaries {
    /// The share of ours that gold has.
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// The share of gold's that are found.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.gold.max(1) as f64
    }

    /// Their harmonic mean.
    pub fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.gold + self.found).max(1) as f64
    }
}

/// A boundary that only one of the two has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentenceMistake {
    /// Name of the text.
    pub doc: String,
    /// `missed` or `false`.
    pub mistake: &'static str,
    /// The words before it.
    pub before: String,
    /// The words behind it.
    pub after: String,
}

/// Characters of the words around a mistake.
const AROUND: usize = 40;

/// The boundaries of each genre, and the mistakes.
pub fn measure_sentences(
    gold: &[GoldSentences],
) -> (BTreeMap<String, Boundaries>, Vec<SentenceMistake>) {
    let mut figures: BTreeMap<String, Boundaries> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for text in gold {
        let chars: Vec<char> = text.text.chars().collect();
        let last = chars
            .iter()
            .rposition(|char| !char.is_whitespace())
            .map_or(0, |at| at + 1);
        // White space belongs to no sentence, wherever it is cut.
        let trimmed = |end: usize| {
            let end = end.min(chars.len());
            chars[..end]
                .iter()
                .rposition(|char| !char.is_whitespace())
                .map_or(0, |at| at + 1)
        };
        let ends = |ends: &mut dyn Iterator<Item = usize>| -> HashSet<usize> {
            ends.map(trimmed)
                .filter(|&end| end < last && end > 0)
                .collect()
        };
        let wanted = ends(&mut text.sentences.iter().map(|it| it.end));
        let found = ends(&mut split(&text.text).iter().map(|it| it.chars.end));
        let of_genre = figures.entry(text.genre.clone()).or_default();
        of_genre.gold += wanted.len() as u64;
        of_genre.found += found.len() as u64;
        of_genre.right += wanted.intersection(&found).count() as u64;
        let mut differ: Vec<usize> = wanted.symmetric_difference(&found).copied().collect();
        differ.sort_unstable();
        mistakes.extend(differ.into_iter().map(|end| SentenceMistake {
            doc: text.doc.clone(),
            mistake: if wanted.contains(&end) {
                "missed"
            } else {
                "false"
            },
            before: chars[end.saturating_sub(AROUND)..end].iter().collect(),
            after: chars[end..chars.len().min(end + AROUND)].iter().collect(),
        }));
    }
    (figures, mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_counted_without_the_last() {
        let text = "He won. She left early! Mr. Bow stayed.";
        let span = |start, end| SentenceSpan { start, end };
        let gold = GoldSentences {
            doc: "a".to_owned(),
            genre: "news".to_owned(),
            text: text.to_owned(),
            sentences: vec![span(0, 7), span(8, 16), span(17, 23), span(24, 39)],
        };
        let (figures, mistakes) = measure_sentences(&[gold]);
        let expected = Boundaries {
            gold: 3,
            found: 2,
            right: 2,
        };
        assert_eq!(figures["news"], expected);
        assert_eq!(
            (mistakes.len(), mistakes[0].mistake, &*mistakes[0].after),
            (1, "missed", " early! Mr. Bow stayed.")
        );
    }
}
