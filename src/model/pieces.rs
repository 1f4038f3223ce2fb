//! Token ids of pieces of text, with a memory for words: news repeats its own.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;
use tokenizers::{NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

/// Words that are remembered, some 5 MB of them. Later ones are asked for each time.
const MOST_WORDS: usize = 1 << 16;
/// Bytes of a word that may come again.
const LONGEST_WORD: usize = 40;

/// A tokenizer, asked for one piece of a text at a time.
pub(super) struct Pieces {
    tokenizer: Tokenizer,
    /// Token ids of words between spaces, if no word of a text changes those of another.
    words: Option<RwLock<HashMap<Box<str>, Box<[u32]>>>>,
}

impl Pieces {
    pub fn new(tokenizer: Tokenizer) -> Self {
        Self {
            words: words_stand_alone(&tokenizer).then(RwLock::default),
            tokenizer,
        }
    }

    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The token ids of a piece, without special tokens around it.
    pub fn ids(&self, text: &str) -> Vec<u32> {
        let Some(words) = &self.words else {
            return self.ask(text);
        };
        let mut ids = Vec::with_capacity(text.len() / 3);
        let mut fresh = Vec::new();
        // Every entry is whole, whatever panicked beside it.
        let known = words.read().unwrap_or_else(PoisonError::into_inner);
        let may_grow = known.len() < MOST_WORDS;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if let Some(known) = known.get(word) {
                ids.extend_from_slice(known);
                continue;
            }
            let asked = self.ask(word);
            ids.extend_from_slice(&asked);
            if may_grow && word.len() <= LONGEST_WORD {
                fresh.push((word, asked));
            }
        }
        drop(known);
        if !fresh.is_empty() {
            let mut words = words.write().unwrap_or_else(PoisonError::into_inner);
            let fresh = fresh.into_iter();
            words.extend(fresh.map(|(word, ids)| (word.into(), ids.into())));
        }
        ids
    }

    fn ask(&self, text: &str) -> Vec<u32> {
        match self.tokenizer.encode_fast(text, false) {
            Ok(encoding) => encoding.get_ids().to_vec(),
            // Without a token for the unknown, a tokenizer can fail; the text then has no tokens.
            Err(_) => Vec::new(),
        }
    }
}

/// Whether a text has the tokens of its words, one after another: BERT's tokenizer parts words at white space before all
/// else, and its normalizer looks at one character at a time. Others take the space into the word, or look for tokens
/// that go over words.
fn words_stand_alone(tokenizer: &Tokenizer) -> bool {
    let normalizer = tokenizer.get_normalizer();
    let normalizer = normalizer.is_none_or(|it| matches!(it, NormalizerWrapper::BertNormalizer(_)));
    let words = tokenizer.get_pre_tokenizer();
    let words = words.is_some_and(|it| matches!(it, PreTokenizerWrapper::BertPreTokenizer(_)));
    let mut added = tokenizer.get_added_tokens_decoder().into_values();
    normalizer && words && added.all(|token| token.special)
}

#[cfg(all(test, feature = "fast"))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ModelDirectory;

    fn fast() -> Tokenizer {
        Tokenizer::from_bytes(ModelDirectory::fast().unwrap().tokenizer().1).unwrap()
    }

    #[test]
    fn only_tokens_that_are_never_found_in_texts_may_be_added() {
        assert!(words_stand_alone(&fast()));
        let mut tokenizer = fast();
        tokenizer.add_tokens(&[tokenizers::AddedToken::from("of the", false)]);
        assert!(!words_stand_alone(&tokenizer));
        let mut tokenizer = fast();
        tokenizer.with_pre_tokenizer(Some(
            tokenizers::pre_tokenizers::metaspace::Metaspace::default(),
        ));
        assert!(!words_stand_alone(&tokenizer));
    }

    proptest! {
        #[test]
        fn remembered_words_have_the_tokens_of_the_whole(
            texts in prop::collection::vec("([a-zA-Z'’.,“”-]{1,9}|[ \u{a0}\n\t]{1,2}|\\PC{1,3}|[Σσ\u{301}\u{e9}東]){1,12}", 1..6)
        ) {
            let mut tokenizer = fast();
            tokenizer.set_encode_special_tokens(true);
            let pieces = Pieces::new(tokenizer);
            for text in texts.iter().chain(&texts) {
                prop_assert_eq!(pieces.ids(text), pieces.ask(text), "{:?}", text);
            }
        }
    }
}
