//! Answers to what was asked before: wire copy reaches a corpus through many papers.

use std::num::NonZeroUsize;

use lru::LruCache;
use sha2::{Digest, Sha256};

use super::{Answer, Question};

/// Answers that are remembered; some 8 MB of them.
const CACHED_ANSWERS: NonZeroUsize = NonZeroUsize::new(1 << 16).expect("not 0");

/// The last answers. A score is a function of its question alone, so an answer from here is the same
/// bits as the model's.
pub(super) struct Cache(LruCache<Key, Answer>);

impl Cache {
    pub fn get(&mut self, key: &Key) -> Option<Answer> {
        self.0.get(key).copied()
    }

    pub fn put(&mut self, key: Key, answer: Answer) {
        self.0.put(key, answer);
    }

    #[cfg(test)]
    pub fn with_capacity(answers: usize) -> Self {
        Self(LruCache::new(NonZeroUsize::new(answers).unwrap()))
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self(LruCache::new(CACHED_ANSWERS))
    }
}

/// What distinguishes a question from all others, half of a SHA-256: of a thousand billion questions, two have the same with a
/// probability of 10⁻¹⁵.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    /// Of a question's form, the target's place, and the sentence.
    pub fn of(question: &Question) -> Self {
        let (form, target) = match question.target() {
            Some(target) => (0, target),
            None => (1, 0..0),
        };
        let place = [target.start, target.end].map(usize::to_le_bytes);
        let hash = Sha256::new()
            .chain_update([form])
            .chain_update(place.as_flattened())
            .chain_update(question.sentence())
            .finalize();
        Self(std::array::from_fn(|at| hash[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_questions_have_different_keys() {
        let stance = |target| Question::Stance {
            sentence: "Putin left.",
            target,
        };
        let tone = |sentence| Question::Tone { sentence };
        let questions = [stance(0..5), stance(0..0), tone("Putin left."), tone("")];
        for (at, a) in questions.iter().enumerate() {
            for (other, b) in questions.iter().enumerate() {
                assert_eq!(Key::of(a) == Key::of(b), at == other, "{a:?} and {b:?}");
            }
        }
    }
}
