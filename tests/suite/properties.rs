//! Properties that hold for any text.

use std::sync::LazyLock;

use newstance::actors::{Catalogue, Recognizer};
use newstance_testing::{mentions_slice_back, sentences_cover};
use proptest::prelude::*;

static RECOGNIZER: LazyLock<Recognizer> = LazyLock::new(|| Recognizer::new(Catalogue::default()));

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
        sentences_cover(&text);
    }

    #[test]
    fn mentions_slice_back_to_their_surface(text in text()) {
        mentions_slice_back(&RECOGNIZER, &text);
    }
}
