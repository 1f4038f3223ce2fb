//! Token ids of pieces of text, with a memory for words: news repeats its own.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;
use tokenizers::{Model, NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

/// Words that are remembered, some 5 MB of them. Later ones are asked for each time.
const MOST_WORDS: usize = 1 << 16;
/// Bytes of a word that may come again.
const LONGEST_WORD: usize = 40;

/// A tokenizer, asked for one piece of a text at a time.
pub(super) struct Pieces {
    tokenizer: Tokenizer,
    /// The words asked for so far; `None` if the tokens of a word may depend on other words.
    words: Option<Words>,
}

/// Words between spaces that were asked for.
struct Words {
    known: RwLock<HashMap<Box<str>, Box<[u32]>>>,
    /// Whether the tokenizer takes capitals for small letters.
    lowercase: bool,
}

impl Pieces {
    pub fn new(tokenizer: Tokenizer) -> Self {
        Self {
            words: Words::of(&tokenizer),
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
        let known = words.known.read().unwrap_or_else(PoisonError::into_inner);
        let may_grow = known.len() < MOST_WORDS;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if let Some(known) = known.get(word) {
                ids.extend_from_slice(known);
                continue;
            }
            let asked = match word.bytes().all(|byte| byte.is_ascii_graphic()) {
                true => self.ask_ascii(word, words.lowercase),
                false => self.ask(word),
            };
            ids.extend_from_slice(&asked);
            if may_grow && word.len() <= LONGEST_WORD {
                fresh.push((word, asked));
            }
        }
        drop(known);
        if !fresh.is_empty() {
            let mut known = words.known.write().unwrap_or_else(PoisonError::into_inner);
            let fresh = fresh.into_iter();
            known.extend(fresh.map(|(word, ids)| (word.into(), ids.into())));
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

    /// The same for a word of visible ASCII characters. BERT's normalizer does no more to them than make them small, and they are
    /// parted at punctuation alone; the tokenizer, which keeps track of each character, takes several times as long for that.
    fn ask_ascii(&self, word: &str, lowercase: bool) -> Vec<u32> {
        let small = match lowercase {
            true => Cow::Owned(word.to_ascii_lowercase()),
            false => Cow::Borrowed(word),
        };
        let joined = |a: &u8, b: &u8| !a.is_ascii_punctuation() && !b.is_ascii_punctuation();
        let parts = small.as_bytes().chunk_by(joined);
        let model = self.tokenizer.get_model();
        let tokens = parts.map(|part| model.tokenize(str::from_utf8(part).unwrap_or_default()));
        match tokens.collect::<Result<Vec<_>, _>>() {
            Ok(tokens) => tokens.into_iter().flatten().map(|token| token.id).collect(),
            Err(_) => Vec::new(),
        }
    }
}

impl Words {
    /// An empty memory, if the tokens of a text are those of its words, one after another. BERT's are: its tokenizer parts words at
    /// white space before all else, and its normalizer looks at one character at a time. Others take the space into the word, or look
    /// for tokens that go over words.
    fn of(tokenizer: &Tokenizer) -> Option<Self> {
        let lowercase = match tokenizer.get_normalizer() {
            None => false,
            Some(NormalizerWrapper::BertNormalizer(bert)) => bert.lowercase,
            Some(_) => return None,
        };
        let parted = tokenizer.get_pre_tokenizer();
        let parted =
            parted.is_some_and(|it| matches!(it, PreTokenizerWrapper::BertPreTokenizer(_)));
        let mut added = tokenizer.get_added_tokens_decoder().into_values();
        let only_special =
            tokenizer.get_encode_special_tokens() && added.all(|token| token.special);
        (parted && only_special).then(|| Self {
            known: RwLock::default(),
            lowercase,
        })
    }
}

#[cfg(all(test, feature = "fast"))]
mod tests {
    use proptest::prelude::*;
    use tokenizers::AddedToken;
    use tokenizers::normalizers::unicode::NFC;
    use tokenizers::pre_tokenizers::metaspace::Metaspace;

    use super::*;
    use crate::model::ModelDirectory;

    fn fast() -> Tokenizer {
        let directory = ModelDirectory::fast().expect("the model that is compiled in");
        let mut tokenizer = Tokenizer::from_bytes(directory.tokenizer().1).expect("its tokenizer");
        tokenizer.set_encode_special_tokens(true);
        tokenizer
    }

    #[test]
    fn words_are_remembered_only_if_no_token_goes_over_them() {
        assert!(Words::of(&fast()).is_some());
        let changes: [fn(&mut Tokenizer); 4] = [
            |it| assert_eq!(it.add_tokens(&[AddedToken::from("of the", false)]), 1),
            |it| _ = it.with_pre_tokenizer(Some(Metaspace::default())),
            |it| _ = it.with_normalizer(Some(NFC)),
            |it| it.set_encode_special_tokens(false),
        ];
        for change in changes {
            let mut tokenizer = fast();
            change(&mut tokenizer);
            assert!(Words::of(&tokenizer).is_none());
        }
    }

    proptest! {
        #[test]
        fn remembered_words_have_the_tokens_of_the_whole(
            texts in prop::collection::vec("([a-zA-Z'’.,“”-]{1,9}|[!-~]{1,7}|[ \u{a0}\n\t]{1,2}|\\PC{1,3}|[Σσ\u{301}\u{e9}東]){1,12}", 1..6)
        ) {
            let pieces = Pieces::new(fast());
            for text in texts.iter().chain(&texts) {
                prop_assert_eq!(pieces.ids(text), pieces.ask(text), "{:?}", text);
            }
        }
    }
}
