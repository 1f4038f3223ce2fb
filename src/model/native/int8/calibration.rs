//! Sentences that show what a model's states are like, before its weights are quantized.

use crate::model::{Batch, InputBuilder, Target};

/// A target between what is before and behind it. News prose of several kinds, written for this.
const SENTENCES: [[&str; 3]; 6] = [
    [
        "At a news conference in Brussels on Tuesday, ",
        "the commission's president",
        " praised the agreement as \"a good day for workers\", but refused to say who would pay for it.",
    ],
    [
        "Prosecutors accused ",
        "the former mayor",
        " of having taken $1.2 million in bribes, a charge that his lawyers called absurd.",
    ],
    ["", "She", " won."],
    [
        "The storm, which killed at least 14 people and left 200,000 homes without power, moved north, ",
        "the weather service",
        " said in its 6 p.m. update; schools will stay closed until Friday.",
    ],
    [
        "\u{201c}Nobody trusts ",
        "the minister",
        " any more,\u{201d} said one aide \u{2014} \u{201c}not after that disastrous interview.\u{201d}",
    ],
    [
        "Analysts expect ",
        "the central bank",
        " to leave rates unchanged (between 4.25% and 4.5%) when it meets next week.",
    ],
];

/// The sentences as a model is asked about them.
pub(super) fn batch(inputs: &InputBuilder) -> Batch {
    let build = |[before, target, behind]: [&str; 3]| {
        let bytes = before.len()..before.len() + target.len();
        inputs.build(&Target {
            sentence: &[before, target, behind].concat(),
            bytes,
        })
    };
    let inputs: Vec<_> = SENTENCES.into_iter().flat_map(build).collect();
    Batch::new(&inputs)
}
