//! From an article's text to its structure, with exact offsets.
//!
//! No maintained crate was good enough for news: of the 48 English Golden Rules of the pragmatic
//! segmenter family, the Unicode sentence boundaries (UAX #29, `unicode-segmentation`) get 28, the
//! rules here 48 (`tests/golden_rules.rs` counts both).
//!
//! ```
//! let text = "WASHINGTON, D.C. – Mr. Trump met Gen. Smith. “Why not?” he asked.";
//! let sentences = newstance::text::split(text);
//! assert_eq!(sentences.len(), 2);
//! assert_eq!(&text[sentences[1].bytes.clone()], "“Why not?” he asked.");
//! ```

mod abbreviations;
mod blocks;
mod boundaries;
mod bytes;
mod chars;
mod classes;
mod document;
mod inflection;
mod language;
mod lists;
mod quotations;
mod tokens;
mod vocabulary;
mod words;

use std::ops::Range;

pub use document::{Document, Part};
pub use language::Language;
pub use quotations::Quotation;
pub use tokens::Token;

pub(crate) use bytes::{ByteSet, WORD_STARTS, byte_set, word};
pub(crate) use classes::Classes;
pub(crate) use vocabulary::vocabulary;
pub(crate) use words::{is_day_or_month, is_speech_verb};

use chars::CharText;

/// A sentence of an article: a span of its text, without white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Half-open byte range in the text.
    pub bytes: Range<usize>,
    /// Half-open range of Unicode code points in the text.
    pub chars: Range<usize>,
    /// Which paragraph it stands in, from 0.
    pub paragraph: usize,
}

/// Longest sentence, in characters. What is longer is a text without punctuation, such as a
/// transcript: whole, it would be repeated in the report with each of its mentions.
const LONGEST_SENTENCE: usize = 4096;

/// Splits a text into sentences, in order and without overlap.
///
/// Every character that is not white space is in exactly one sentence. A sentence has at most 4,096
/// characters; a longer one is cut at white space if it has any.
pub fn split(text: &str) -> Vec<Sentence> {
    let text = CharText::new(text);
    let mut sentences = Vec::new();
    for block in blocks::blocks(&text) {
        let mut start = block.range.start;
        for end in boundaries::boundaries(&text, block.range.clone()) {
            push(&text, start..end, block.paragraph, &mut sentences);
            start = end;
        }
        push(
            &text,
            start..block.range.end,
            block.paragraph,
            &mut sentences,
        );
    }
    sentences
}

fn push(text: &CharText, range: Range<usize>, paragraph: usize, sentences: &mut Vec<Sentence>) {
    let mut rest = text.trim(range);
    while !rest.is_empty() {
        let mut chars = rest.clone();
        if chars.len() > LONGEST_SENTENCE {
            let limit = chars.start + LONGEST_SENTENCE;
            let space =
                (chars.start..limit).rfind(|&at| text.get(at).is_some_and(char::is_whitespace));
            chars.end = space.unwrap_or(limit);
        }
        rest = text.trim(chars.end..rest.end);
        let chars = text.trim(chars);
        sentences.push(Sentence {
            bytes: text.byte(chars.start)..text.byte(chars.end),
            chars,
            paragraph,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        split(text)
            .into_iter()
            .map(|sentence| &text[sentence.bytes])
            .collect()
    }

    #[test]
    fn news_text() {
        let cases: &[(&str, &[&str])] = &[
            (
                "He flew to the U.S.A. Merz met him. The G.O.P. Senator said no to the U.S. Treasury.",
                &[
                    "He flew to the U.S.A.",
                    "Merz met him.",
                    "The G.O.P. Senator said no to the U.S. Treasury.",
                ],
            ),
            (
                "ANCHORAGE, ALASKA – A summit ended. Both left.",
                &["ANCHORAGE, ALASKA – A summit ended.", "Both left."],
            ),
            (
                "MOSCOW, Aug. 15 (Newswire) - Talks began at 5 p.m. Moscow time. They failed.",
                &[
                    "MOSCOW, Aug. 15 (Newswire) - Talks began at 5 p.m. Moscow time.",
                    "They failed.",
                ],
            ),
            (
                "WASHINGTON, D.C. — The U.S. President met Sen. J. D. Vance. He left.",
                &[
                    "WASHINGTON, D.C. — The U.S. President met Sen. J. D. Vance.",
                    "He left.",
                ],
            ),
            (
                "By Monitoring Desk\nANCHORAGE – A summit ended",
                &["By Monitoring Desk", "ANCHORAGE – A summit ended"],
            ),
            (
                "“We won.” Trump left. “Why?” Putin asked. “Next time, in Moscow!” He smiled.",
                &[
                    "“We won.”",
                    "Trump left.",
                    "“Why?” Putin asked.",
                    "“Next time, in Moscow!”",
                    "He smiled.",
                ],
            ),
            (
                "He cited Trump v. Hawaii. Calif. Gov. Newsom and Apple Inc. CEO Cook agreed.",
                &[
                    "He cited Trump v. Hawaii.",
                    "Calif. Gov. Newsom and Apple Inc. CEO Cook agreed.",
                ],
            ),
            (
                "Growth was 2.5 percent in the third quarter. \"It is good,\" he said. 15 people left.",
                &[
                    "Growth was 2.5 percent in the third quarter.",
                    "\"It is good,\" he said.",
                    "15 people left.",
                ],
            ),
            (
                "He paused… Then he spoke. He was … unsure.",
                &["He paused…", "Then he spoke.", "He was … unsure."],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(sentences(text), *expected);
        }
    }

    #[test]
    fn hard_wrapped_lines_are_joined() {
        let text = "The leaders met for three hours at an airbase in Alaska, and\n\
                    President Trump said that the talks had been very useful to\n\
                    both sides. Nothing was signed. He said that he would call\n\
                    European leaders on Monday.\n\nA new paragraph";
        let found = split(text);
        assert_eq!(found.len(), 4);
        assert!(text[found[0].bytes.clone()].ends_with("both sides."));
        assert_eq!(found[2].paragraph + 1, found[3].paragraph);
    }

    #[test]
    fn endless_sentences_are_cut_between_words() {
        let text = "Trump and Putin ".repeat(1000);
        let found = split(&text);
        assert_eq!(found.len(), 4);
        for sentence in &found {
            let sentence = &text[sentence.bytes.clone()];
            assert!(sentence.len() <= LONGEST_SENTENCE);
            assert!(
                sentence
                    .split(' ')
                    .all(|word| matches!(word, "Trump" | "and" | "Putin"))
            );
        }
        let lengths = |text: &str| -> Vec<usize> {
            split(text)
                .iter()
                .map(|sentence| sentence.chars.len())
                .collect()
        };
        assert_eq!(lengths(&"é".repeat(5000)), [4096, 904]);
        // Quadratic, this would take minutes.
        assert_eq!(
            lengths(&"Abc.Abc?”".repeat(200_000)).iter().sum::<usize>(),
            1_800_000
        );
    }

    #[test]
    fn offsets_count_code_points() {
        let text = "“É…” he said. Zelenskyy’s envoy left.";
        let found = split(text);
        let second: String = text.chars().skip(found[1].chars.start).collect();
        assert_eq!(second, "Zelenskyy’s envoy left.");
        assert_eq!(found[1].chars.end, text.chars().count());
    }

    #[test]
    fn blank_texts_have_no_sentences() {
        assert!(split("").is_empty());
        assert!(split(" \n\u{a0}\r\n").is_empty());
    }
}
