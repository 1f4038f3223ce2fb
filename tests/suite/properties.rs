//! Properties that hold for any text.

use newstance::actors::{Catalogue, Recognizer};
use newstance::text::{Document, split};
use proptest::prelude::*;

/// Words that the rules look at, so that random texts meet them often.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Trump"),
        Just("Putin"),
        Just("Russian president"),
        Just("European leaders"),
        Just("the Kremlin"),
        Just("in Brussels"),
        Just("EU"),
        Just("He"),
        Just("he"),
        Just("said"),
        Just("told"),
        Just("States"),
        Just("warning"),
        Just("while saying"),
        Just("according to"),
        Just("Mr."),
        Just("U.S."),
        Just("p.m."),
        Just("“"),
        Just("”"),
        Just("\""),
        Just("'s"),
        Just(","),
        Just("."),
        Just("..."),
        Just(". . ."),
        Just("?"),
        Just("\n"),
        Just("\n\n"),
        Just("1."),
        Just("2."),
        Just("•"),
        Just("É́"),
        Just("\u{a0}"),
        Just("—"),
        Just("was"),
    ]
    .prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    let spaced = (prop::collection::vec(word(), 0..40), prop::bool::ANY)
        .prop_map(|(words, spaced)| words.join(if spaced { " " } else { "" }));
    prop_oneof![4 => spaced, 1 => ".{0,200}"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn sentences_cover_the_text_once_and_in_order(text in text()) {
        let chars: Vec<char> = text.chars().collect();
        let mut covered = 0;
        for sentence in split(&text) {
            prop_assert!(sentence.chars.start >= covered);
            prop_assert!(chars[covered..sentence.chars.start].iter().all(|c| c.is_whitespace()));
            let by_chars: String = chars[sentence.chars.clone()].iter().collect();
            prop_assert_eq!(&by_chars, &text[sentence.bytes.clone()]);
            prop_assert_eq!(by_chars.trim(), &by_chars);
            prop_assert!(!by_chars.is_empty());
            covered = sentence.chars.end;
        }
        prop_assert!(chars[covered..].iter().all(|c| c.is_whitespace()));
    }

    #[test]
    fn mentions_slice_back_to_their_surface(text in text()) {
        let recognizer = Recognizer::new(Catalogue::default());
        let document = Document::new(&text, "");
        let mut last = 0..0;
        for mention in recognizer.mentions(&text, &document, None) {
            // "Both leaders" are two mentions.
            let apart = mention.bytes.start >= last.end || mention.bytes == last;
            prop_assert!(apart, "mentions overlap");
            last = mention.bytes.clone();
            let sentence = &document.sentences()[mention.sentence];
            prop_assert!(sentence.bytes.start <= mention.bytes.start);
            prop_assert!(mention.bytes.end <= sentence.bytes.end);
            let by_chars: String =
                text.chars().skip(mention.chars.start).take(mention.chars.len()).collect();
            prop_assert_eq!(&by_chars, &text[mention.bytes.clone()]);
        }
    }
}
