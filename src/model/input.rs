//! The token ids by which a model is asked about one target.

use std::ops::Range;

use tokenizers::Tokenizer;

use super::directory::{ModelDirectory, TargetStyle};
use crate::error::{Error, Result};

/// A target: a byte range of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// The sentence.
    pub sentence: &'a str,
    /// Where the target stands in it, in bytes, on character boundaries.
    pub bytes: Range<usize>,
}

/// Token ids and segments of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedInput {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Segment of each token, 0 or 1.
    pub segments: Vec<u8>,
}

/// Marker tokens and the longest target.
#[derive(Debug, Clone)]
struct Markers {
    open: u32,
    close: u32,
    max_target: usize,
}

/// Builds inputs as the model was trained on them (`training/stance_data.py` does the same):
///
/// ```text
/// [CLS] left OPEN target CLOSE right [SEP] target [SEP]
/// ```
///
/// The three pieces of the sentence are tokenized apart, and nothing in an article's text is ever
/// taken for a special token.
pub struct InputBuilder {
    tokenizer: Tokenizer,
    markers: Option<Markers>,
    cls: u32,
    sep: u32,
    max_length: usize,
}

impl InputBuilder {
    /// Reads the tokenizer of a model directory.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] where the tokenizer cannot be read, lacks a token that the model needs, or
    /// has more tokens than the model.
    pub fn new(directory: &ModelDirectory) -> Result<Self> {
        let (file, bytes) = directory.tokenizer();
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| {
            Error::model(
                file.as_str(),
                format!("cannot be understood: {error}"),
                "save it with `tokenizer.save_pretrained` of a fast tokenizer",
            )
        })?;
        tokenizer.with_padding(None);
        let untruncated = tokenizer.with_truncation(None).is_ok();
        debug_assert!(untruncated, "no truncation is always possible");
        tokenizer.set_encode_special_tokens(true);
        let vocabulary = tokenizer.get_vocab_size(true);
        if vocabulary > directory.config().vocab_size {
            return Err(Error::model(
                file,
                format!(
                    "{vocabulary} tokens, but the model has {}",
                    directory.config().vocab_size
                ),
                "take the tokenizer that the model was trained with",
            ));
        }
        let id = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| {
                Error::model(
                    file.as_str(),
                    format!("has no token {token:?}"),
                    "take the tokenizer that the model was trained with",
                )
            })
        };
        let markers = match directory.target_style() {
            TargetStyle::Sentence => None,
            TargetStyle::MarkedPair {
                open,
                close,
                max_target,
            } => Some(Markers {
                open: id(open)?,
                close: id(close)?,
                max_target: *max_target,
            }),
        };
        Ok(Self {
            cls: id("[CLS]")?,
            sep: id("[SEP]")?,
            markers,
            max_length: directory.max_length(),
            tokenizer,
        })
    }

    /// The input of one target.
    ///
    /// A sentence too long for the model is cut to a window around the target, half on each side
    /// where both sides are long.
    pub fn build(&self, target: &Target) -> EncodedInput {
        let sentence = target.sentence;
        let Some(markers) = &self.markers else {
            let mut pieces = self.pieces(sentence);
            pieces.truncate(self.max_length - 2);
            let ids = [&[self.cls], pieces.as_slice(), &[self.sep]].concat();
            let segments = vec![0; ids.len()];
            return EncodedInput { ids, segments };
        };
        let left = self.pieces(&sentence[..target.bytes.start]);
        let mut middle = self.pieces(&sentence[target.bytes.clone()]);
        let right = self.pieces(&sentence[target.bytes.end..]);
        middle.truncate(markers.max_target);
        let room = self.max_length - 5 - 2 * middle.len();
        let (left, right) = window(&left, &right, room);
        let ids = [
            &[self.cls],
            left,
            &[markers.open],
            &middle,
            &[markers.close],
            right,
            &[self.sep],
            &middle,
            &[self.sep],
        ]
        .concat();
        let mut segments = vec![0; ids.len()];
        let second = ids.len() - middle.len() - 1;
        segments[second..].fill(1);
        EncodedInput { ids, segments }
    }

    fn pieces(&self, text: &str) -> Vec<u32> {
        match self.tokenizer.encode_fast(text, false) {
            Ok(encoding) => encoding.get_ids().to_vec(),
            // WordPiece maps what it does not know to [UNK] and has no other way to fail.
            Err(_) => Vec::new(),
        }
    }
}

/// At most `room` tokens around the target.
fn window<'a>(left: &'a [u32], right: &'a [u32], room: usize) -> (&'a [u32], &'a [u32]) {
    if left.len() + right.len() <= room {
        return (left, right);
    }
    let half = room / 2;
    let (keep_left, keep_right) = if left.len() <= half {
        (left.len(), room - left.len())
    } else if right.len() <= room - half {
        (room - right.len(), right.len())
    } else {
        (half, room - half)
    };
    (&left[left.len() - keep_left..], &right[..keep_right])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_keep_the_words_around_the_target() {
        let tokens: Vec<u32> = (0..20).collect();
        assert_eq!(
            window(&tokens[..4], &tokens[..4], 8),
            (&tokens[..4], &tokens[..4])
        );
        assert_eq!(window(&tokens, &tokens, 9), (&tokens[16..], &tokens[..5]));
        assert_eq!(
            window(&tokens[..2], &tokens, 9),
            (&tokens[..2], &tokens[..7])
        );
        assert_eq!(
            window(&tokens, &tokens[..2], 9),
            (&tokens[13..], &tokens[..2])
        );
        assert_eq!(window(&tokens, &tokens, 0), (&tokens[20..], &tokens[..0]));
    }

    #[test]
    fn special_tokens_in_a_text_are_only_text() {
        let inputs = InputBuilder::new(&ModelDirectory::fast().unwrap()).unwrap();
        let sentence = "[SEP] Putin [unused0] [CLS] left.";
        let input = inputs.build(&Target {
            sentence,
            bytes: 6..11,
        });
        let count = |id| input.ids.iter().filter(|&&found| found == id).count();
        assert_eq!((count(inputs.cls), count(inputs.sep)), (1, 2));
        assert_eq!(
            input
                .segments
                .iter()
                .filter(|&&segment| segment == 1)
                .count(),
            2
        );
    }
}
