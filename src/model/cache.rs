//! Scores of what has been asked before: wire copy reaches a corpus through many papers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroUsize;

use lru::LruCache;

use super::{Scorer, StanceScore, Target};
use crate::error::Result;

/// The scores of the last so many sentences and targets; some 20 MB of them.
pub const CACHED_SCORES: NonZeroUsize = NonZeroUsize::new(1 << 16).expect("not 0");

/// A scorer that does not score the same sentence and target twice, as far back as it remembers.
///
/// What is asked of the scorer depends on the targets alone and not on threads, and so do the scores.
pub struct CachedScorer<'a> {
    scorer: &'a Scorer,
    scores: LruCache<Box<[u8]>, StanceScore>,
    repeated: u64,
}

impl<'a> CachedScorer<'a> {
    /// Remembers so many scores.
    pub fn new(scorer: &'a Scorer, capacity: NonZeroUsize) -> Self {
        Self {
            scorer,
            scores: LruCache::new(capacity),
            repeated: 0,
        }
    }

    /// How many mentions, which whole sentences are not, have been answered from what was scored before.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Scores of the targets, in their order, as [`Scorer::score`] gives them.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::score`].
    pub fn score(&mut self, targets: &[Target]) -> Result<Vec<StanceScore>> {
        let mut asked = Vec::new();
        let mut places: HashMap<Box<[u8]>, usize> = HashMap::new();
        let mut answers = Vec::with_capacity(targets.len());
        for target in targets {
            let key = key(target);
            let mention = u64::from(!target.is_whole());
            if let Some(&score) = self.scores.get(&key) {
                self.repeated += mention;
                answers.push(Answer::Known(score));
                continue;
            }
            let place = match places.entry(key) {
                Entry::Occupied(place) => {
                    self.repeated += mention;
                    *place.get()
                }
                Entry::Vacant(place) => {
                    asked.push(target.clone());
                    *place.insert(asked.len() - 1)
                }
            };
            answers.push(Answer::Asked(place));
        }
        let found = self.scorer.score(&asked)?;
        for (target, &score) in asked.iter().zip(&found) {
            self.scores.put(key(target), score);
        }
        let score = |answer| match answer {
            Answer::Known(score) => score,
            Answer::Asked(place) => found[place],
        };
        Ok(answers.into_iter().map(score).collect())
    }
}

enum Answer {
    Known(StanceScore),
    Asked(usize),
}

/// The target's place, and the sentence behind it.
fn key(target: &Target) -> Box<[u8]> {
    let place = [target.bytes.start, target.bytes.end].map(usize::to_le_bytes);
    [place.as_flattened(), target.sentence.as_bytes()]
        .concat()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ModelDirectory, NativeOptions, Precision};

    #[test]
    fn repeated_targets_have_the_scores_of_the_first() {
        let options = NativeOptions {
            precision: Some(Precision::F32),
            kernel: None,
        };
        let scorer = Scorer::native_with(&ModelDirectory::fast().unwrap(), options).unwrap();
        let praise = "Macron praised Zelenskyy, and Putin did not.";
        let target = |sentence, bytes| Target { sentence, bytes };
        let first = [
            target(praise, 0..6),
            target(praise, 15..24),
            target(praise, 0..6),
        ];
        let second = [target(praise, 30..35), target(praise, 15..24)];
        let mut cached = CachedScorer::new(&scorer, NonZeroUsize::new(2).unwrap());
        let alone = |target: &Target| scorer.score(std::slice::from_ref(target)).unwrap()[0];
        for targets in [&first[..], &second, &first] {
            let scores = cached.score(targets).unwrap();
            for (score, target) in scores.iter().zip(targets) {
                let alone = alone(target);
                assert_eq!(score.label(), alone.label());
                assert!((score.stance() - alone.stance()).abs() < 1e-5);
            }
        }
        // One within the first call, one in the second, and in the third only the one that is left of
        // two, and again the one within.
        assert_eq!(cached.repeated(), 4);
        let whole = Target::whole(praise);
        let tones = cached.score(&[whole.clone(), whole]).unwrap();
        assert_eq!((tones[0], cached.repeated()), (tones[1], 4));
        assert_eq!(cached.score(&[]).unwrap(), []);
    }
}
