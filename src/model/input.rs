//! The token ids by which a model is asked a question.

use std::ops::Range;

use tokenizers::{Encoding, Tokenizer};

use super::Question;
use super::description::{ACTOR, TargetStyle};
use super::directory::ModelDirectory;
use super::pieces::Pieces;
use super::untrusted::{check_growth, guarded};
use crate::error::{Error, Result};

/// A tokenizer with less than this part of a model's vocabulary is that of another model. (Models
/// do have somewhat more rows than tokens, up to a round number.)
const LEAST_VOCABULARY: f64 = 0.95;

/// Token ids and segments of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedInput {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Segment of each token, 0 or 1.
    pub segments: Vec<u8>,
}

/// Builds inputs as the model was trained on them. A marked pair, for one (`training/stance_data.py`
/// does the same):
///
/// ```text
/// [CLS] left OPEN target CLOSE right [SEP] target [SEP]
/// ```
///
/// Which special tokens stand where is the tokenizer's own template. The pieces of a marked
/// sentence are tokenized apart, and nothing in an article's text is ever taken for a special
/// token.
pub struct InputBuilder {
    pieces: Pieces,
    form: Form,
    single: Frame,
    pair: Frame,
    max_length: usize,
}

/// A [`TargetStyle`] in terms of tokens.
enum Form {
    Sentence,
    Marked {
        open: u32,
        close: u32,
        max_target: usize,
        repeated: bool,
    },
    Pair {
        max_target: usize,
    },
    Entailment {
        hypotheses: Vec<String>,
    },
}

/// The special tokens around one text, or around and between two.
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    before: Vec<u32>,
    between: Vec<u32>,
    after: Vec<u32>,
    /// Segment of the second text and of what follows it.
    second: u8,
}

fn unreadable(file: &str, problem: String) -> Error {
    let remedy = "save it with `tokenizer.save_pretrained` of a fast tokenizer";
    Error::model(file, problem, remedy)
}

impl InputBuilder {
    /// Reads the tokenizer of a model directory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if the tokenizer cannot be read, lacks a token that the model needs, or
    /// is that of another model.
    pub fn new(directory: &ModelDirectory) -> Result<Self> {
        // The tokenizers crate panics on some odd files, when it reads them and when it is first asked.
        guarded(|| Ok(Self::read(directory)))
            .unwrap_or_else(|problem| Err(unreadable(&directory.tokenizer().0, problem)))
    }

    fn read(directory: &ModelDirectory) -> Result<Self> {
        let (file, bytes) = directory.tokenizer();
        check_growth(bytes).map_err(|problem| unreadable(&file, problem))?;
        let mut tokenizer = Tokenizer::from_bytes(bytes)
            .map_err(|problem| unreadable(&file, format!("cannot be understood: {problem}")))?;
        tokenizer.with_padding(None);
        let untruncated = tokenizer.with_truncation(None).is_ok();
        debug_assert!(untruncated, "no truncation is always possible");
        tokenizer.set_encode_special_tokens(true);
        let (vocabulary, rows) = (
            tokenizer.get_vocab_size(true),
            directory.config().vocab_size,
        );
        if vocabulary > rows || (vocabulary as f64) < LEAST_VOCABULARY * rows as f64 {
            return Err(Error::model(
                file,
                format!("{vocabulary} tokens, but the model has {rows}"),
                "take the tokenizer that the model was trained with",
            ));
        }
        // Numbers may have gaps: what counts is the greatest.
        let ids = tokenizer.get_vocab(true).into_values();
        if let Some(beyond) = ids.max().filter(|&id| id as usize >= rows) {
            return Err(Error::model(
                file,
                format!("has a token {beyond}, but the model has {rows}"),
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
        let form = match directory.target_style() {
            TargetStyle::Sentence => Form::Sentence,
            TargetStyle::Pair { max_target } => Form::Pair {
                max_target: *max_target,
            },
            TargetStyle::Entailment { hypotheses } => Form::Entailment {
                hypotheses: hypotheses.values().cloned().collect(),
            },
            style @ (TargetStyle::Marked {
                open,
                close,
                max_target,
            }
            | TargetStyle::MarkedPair {
                open,
                close,
                max_target,
            }) => Form::Marked {
                open: id(open)?,
                close: id(close)?,
                max_target: *max_target,
                repeated: matches!(style, TargetStyle::MarkedPair { .. }),
            },
        };
        let frame = |texts: usize| {
            Frame::of(&tokenizer, texts, directory.config().segments).ok_or_else(|| {
                Error::model(
                    file.as_str(),
                    "puts no special tokens around a text, and the classifier reads the first one",
                    "save the tokenizer with its post-processor",
                )
            })
        };
        let builder = Self {
            single: frame(1)?,
            pair: frame(2)?,
            form,
            max_length: directory.max_length(),
            pieces: Pieces::new(tokenizer),
        };
        builder.try_out(rows).map_err(|problem| {
            Error::model(
                file,
                problem,
                "take the tokenizer that the model was trained with",
            )
        })?;
        Ok(builder)
    }

    /// Builds some inputs, to see what a tokenizer does before it is asked in earnest.
    fn try_out(&self, rows: usize) -> std::result::Result<(), String> {
        const TEXTS: [&str; 4] = [
            "Critics condemned Putin.",
            "Élan – “naïve” 東京 🙂 e\u{301}",
            "[SEP] </s> <mask> 12,345.67 \t a",
            "",
        ];
        for sentence in TEXTS {
            let end = sentence.chars().next().map_or(0, char::len_utf8);
            let questions = [
                Question::Stance {
                    sentence,
                    target: 0..end,
                },
                Question::Tone { sentence },
            ];
            for question in &questions {
                let inputs = guarded(|| Ok(self.build(question)))
                    .map_err(|panic| format!("cannot tokenize {sentence:?}: {panic}"))?;
                let ids = inputs.iter().flat_map(|input| &input.ids);
                if let Some(beyond) = ids.copied().find(|&id| id as usize >= rows) {
                    return Err(format!("gives a token {beyond}, but the model has {rows}"));
                }
            }
        }
        Ok(())
    }

    /// The inputs of one question: one, or one for each hypothesis in the order of their labels.
    ///
    /// A sentence too long for the model is cut to a window around the target, half on each side
    /// if both sides are long.
    ///
    /// A question of tone is one text without marks, but for hypotheses, which have to name something.
    pub fn build(&self, question: &Question) -> Vec<EncodedInput> {
        let sentence = question.sentence();
        // A sentence whose tone is asked is cut behind its start.
        let target = question.target().unwrap_or(0..0);
        let alone = || vec![self.one(&self.around(sentence, &target, self.room(&self.single, 0)))];
        match &self.form {
            Form::Marked { .. } | Form::Pair { .. } if question.target().is_none() => alone(),
            Form::Sentence => alone(),
            Form::Pair { max_target } => {
                let mut second = self.pieces.ids(&sentence[target.clone()]);
                second.truncate(*max_target);
                let room = self.room(&self.pair, second.len());
                vec![self.two(&self.around(sentence, &target, room), &second)]
            }
            Form::Entailment { hypotheses } => {
                let build = |hypothesis: &String| {
                    let text = hypothesis.replace(ACTOR, &sentence[target.clone()]);
                    let mut second = self.pieces.ids(&text);
                    second.truncate(self.max_length / 2);
                    let room = self.room(&self.pair, second.len());
                    self.two(&self.around(sentence, &target, room), &second)
                };
                hypotheses.iter().map(build).collect()
            }
            Form::Marked {
                open,
                close,
                max_target,
                repeated,
            } => {
                let left = self.pieces.ids(&sentence[..target.start]);
                let mut middle = self.pieces.ids(&sentence[target.clone()]);
                let right = self.pieces.ids(&sentence[target.end..]);
                middle.truncate(*max_target);
                let room = match repeated {
                    true => self.room(&self.pair, 2 * middle.len() + 2),
                    false => self.room(&self.single, middle.len() + 2),
                };
                let (left, right) = window(&left, &right, room);
                let first = [left, &[*open], &middle, &[*close], right].concat();
                vec![match repeated {
                    true => self.two(&first, &middle),
                    false => self.one(&first),
                }]
            }
        }
    }

    /// Tokens left for a sentence beside a frame and `taken` others.
    fn room(&self, frame: &Frame, taken: usize) -> usize {
        self.max_length.saturating_sub(frame.len() + taken)
    }

    fn one(&self, text: &[u32]) -> EncodedInput {
        let ids = [&self.single.before, text, &self.single.after].concat();
        let segments = vec![0; ids.len()];
        EncodedInput { ids, segments }
    }

    fn two(&self, first: &[u32], second: &[u32]) -> EncodedInput {
        let Frame {
            before,
            between,
            after,
            second: segment,
        } = &self.pair;
        let ids = [before, first, between, second, after].concat();
        let mut segments = vec![0; ids.len()];
        let start = before.len() + first.len() + between.len();
        segments[start..].fill(*segment);
        EncodedInput { ids, segments }
    }

    /// The tokens of a whole sentence, or as many around the target as there is room for.
    fn around(&self, sentence: &str, target: &Range<usize>, room: usize) -> Vec<u32> {
        let pieces = self.pieces.ids(sentence);
        if pieces.len() <= room {
            return pieces;
        }
        let Ok(encoding) = self.pieces.tokenizer().encode(sentence, false) else {
            return Vec::new();
        };
        let ids = encoding.get_ids();
        let offsets = encoding.get_offsets();
        let start = offsets.partition_point(|&(_, end)| end <= target.start);
        let end = offsets
            .partition_point(|&(start, _)| start < target.end)
            .clamp(start, start + room);
        let (left, right) = window(&ids[..start], &ids[end..], room - (end - start));
        [left, &ids[start..end], right].concat()
    }
}

impl Frame {
    /// Finds the special tokens by letting the tokenizer put them around one or two short texts.
    fn of(tokenizer: &Tokenizer, texts: usize, segments: usize) -> Option<Self> {
        let encoding: Encoding = match texts {
            1 => tokenizer.encode("a", true).ok()?,
            _ => tokenizer.encode(("a", "a"), true).ok()?,
        };
        let sequences = encoding.get_sequence_ids();
        let range = |text: usize| {
            let start = sequences.iter().position(|&found| found == Some(text))?;
            let end = sequences.iter().rposition(|&found| found == Some(text))? + 1;
            Some(start..end)
        };
        let (first, last) = (range(0)?, range(texts - 1)?);
        let ids = encoding.get_ids();
        let before = ids[..first.start].to_vec();
        let between = match texts {
            1 => Vec::new(),
            _ => ids.get(first.end..last.start)?.to_vec(),
        };
        let segment = *encoding.get_type_ids().get(last.start)?;
        (!before.is_empty()).then(|| Self {
            before,
            between,
            after: ids[last.end..].to_vec(),
            // Models of one segment or none are given no other.
            second: u8::from(segment > 0 && segments > 1),
        })
    }

    fn len(&self) -> usize {
        self.before.len() + self.between.len() + self.after.len()
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

    fn fast() -> InputBuilder {
        InputBuilder::new(&ModelDirectory::fast().unwrap()).unwrap()
    }

    #[test]
    fn special_tokens_in_a_text_are_only_text() {
        let inputs = fast();
        let sentence = "[SEP] Putin [unused0] [CLS] left.";
        let input = &inputs.build(&Question::Stance {
            sentence,
            target: 6..11,
        })[0];
        let count = |token: &str| {
            let id = inputs.pieces.tokenizer().token_to_id(token).unwrap();
            input.ids.iter().filter(|&&found| found == id).count()
        };
        assert_eq!(
            (count("[CLS]"), count("[SEP]"), count("[unused0]")),
            (1, 2, 1)
        );
        let second = input.segments.iter().filter(|&&segment| segment == 1);
        assert_eq!(second.count(), 2);
    }

    /// What a builder of this style asks, in words.
    fn asked(form: Form, max_length: usize, sentence: &str, target: Option<&str>) -> Vec<String> {
        let inputs = InputBuilder {
            form,
            max_length,
            ..fast()
        };
        let question = match target {
            None => Question::Tone { sentence },
            Some(target) => {
                let start = sentence.find(target).unwrap();
                let target = start..start + target.len();
                Question::Stance { sentence, target }
            }
        };
        let built = inputs.build(&question);
        assert!(built.iter().all(|input| input.ids.len() <= max_length));
        built
            .iter()
            .map(|input| {
                let words = |id: &u32| inputs.pieces.tokenizer().id_to_token(*id).unwrap();
                input.ids.iter().map(words).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    #[test]
    fn a_whole_sentence_is_asked_about_without_marks() {
        let sentence = "They met Putin here.";
        let ask = |form| asked(form, 64, sentence, None);
        let marked = Form::Marked {
            open: 1,
            close: 2,
            max_target: 8,
            repeated: true,
        };
        for form in [marked, Form::Pair { max_target: 8 }, Form::Sentence] {
            assert_eq!(ask(form), ["[CLS] they met putin here . [SEP]"]);
        }
    }

    #[test]
    fn each_style_asks_in_its_own_form() {
        let sentence = "They met Putin here.";
        let ask = |form| asked(form, 64, sentence, Some("Putin"));
        assert_eq!(ask(Form::Sentence), ["[CLS] they met putin here . [SEP]"]);
        assert_eq!(
            ask(Form::Pair { max_target: 8 }),
            ["[CLS] they met putin here . [SEP] putin [SEP]"]
        );
        let hypotheses = ["Bad {actor}.", "Good {actor}."].map(String::from).to_vec();
        assert_eq!(
            ask(Form::Entailment { hypotheses }),
            [
                "[CLS] they met putin here . [SEP] bad putin . [SEP]",
                "[CLS] they met putin here . [SEP] good putin . [SEP]"
            ]
        );
        let marked = Form::Marked {
            open: fast().pieces.tokenizer().token_to_id("[unused0]").unwrap(),
            close: fast().pieces.tokenizer().token_to_id("[unused1]").unwrap(),
            max_target: 8,
            repeated: false,
        };
        assert_eq!(
            ask(marked),
            ["[CLS] they met [unused0] putin [unused1] here . [SEP]"]
        );
    }

    #[test]
    fn whole_sentences_too_long_are_cut_around_the_target() {
        let sentence = format!("{}Putin{}", "left ".repeat(50), " right".repeat(50));
        assert_eq!(
            asked(Form::Sentence, 9, &sentence, Some("Putin")),
            ["[CLS] left left left putin right right right [SEP]"]
        );
        assert_eq!(
            asked(Form::Pair { max_target: 8 }, 9, &sentence, Some("Putin")),
            ["[CLS] left left putin right right [SEP] putin [SEP]"]
        );
    }
}
