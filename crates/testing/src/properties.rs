//! What holds for any text, for property tests and fuzzing.

use newstance::actors::Recognizer;
use newstance::text::{Document, split};

/// Sentences cover a text once and in order, but for white space.
///
/// # Panics
///
/// If they do not.
pub fn sentences_cover(text: &str) {
    let chars: Vec<char> = text.chars().collect();
    let mut covered = 0;
    for sentence in split(text) {
        assert!(sentence.chars.start >= covered, "sentences overlap");
        let between = &chars[covered..sentence.chars.start];
        assert!(between.iter().all(|c| c.is_whitespace()), "text is lost");
        let by_chars: String = chars[sentence.chars.clone()].iter().collect();
        assert_eq!(by_chars, text[sentence.bytes.clone()]);
        assert_eq!(by_chars.trim(), by_chars);
        assert!(!by_chars.is_empty(), "a sentence of nothing");
        covered = sentence.chars.end;
    }
    let rest = &chars[covered..];
    assert!(rest.iter().all(|c| c.is_whitespace()), "text is lost");
}

/// Mentions slice back to their surfaces, lie in their sentences and do not overlap.
///
/// # Panics
///
/// If they do not.
pub fn mentions_slice_back(recognizer: &Recognizer, text: &str) {
    let document = Document::new(text, "");
    let chars: Vec<char> = text.chars().collect();
    let mut last = 0..0;
    for mention in recognizer.mentions(text, &document, None) {
        // "Both leaders" are two mentions.
        let apart = mention.bytes.start >= last.end || mention.bytes == last;
        assert!(apart, "mentions overlap");
        last = mention.bytes.clone();
        let sentence = &document.sentences()[mention.sentence];
        assert!(sentence.bytes.start <= mention.bytes.start);
        assert!(mention.bytes.end <= sentence.bytes.end);
        let by_chars: String = chars[mention.chars.clone()].iter().collect();
        assert_eq!(by_chars, text[mention.bytes.clone()]);
    }
}
