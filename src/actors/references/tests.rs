//! Texts with what their references mean.

use crate::actors::{Catalogue, MentionKind, Recognizer};
use crate::text::Document;

/// References beyond names, as "he=trump".
fn found(text: &str) -> Vec<String> {
    let recognizer = Recognizer::new(Catalogue::default());
    let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
    mentions
        .into_iter()
        .filter(|mention| {
            matches!(
                mention.kind,
                MentionKind::Pronoun | MentionKind::Description | MentionKind::Group
            )
        })
        .map(|mention| {
            let id = &recognizer.catalogue().actors()[mention.actor].id;
            format!("{}={id}", &text[mention.bytes])
        })
        .collect()
}

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(found(text), *expected, "{text}");
    }
}

#[test]
fn pronouns_mean_the_most_salient_whom_they_fit() {
    check(&[
        ("Trump met aides on Friday. He praised them.", &["He=trump"]),
        ("Trump met Putin. He smiled.", &["He=trump"]),
        ("Angela Merkel met Putin. She smiled.", &[]),
        ("Putin met Angela Merkel. Then he left.", &["he=putin"]),
        ("Putin left. A minister stayed, and he spoke.", &[]),
        // Places are no men, and who is described twice is one.
        (
            "Putin spoke. He was in Bucha, he said.",
            &["He=putin", "he=putin"],
        ),
        (
            "Putin met Bob Ray, a mayor. Putin was a host. He smiled.",
            &["He=putin"],
        ),
        ("Putin met Emmanuel Macron. Macron said he was tired.", &[]),
        ("Trump met Putin and congratulated him.", &["him=putin"]),
        ("Putin lost his temper.", &["his=putin"]),
        (
            "The EU met in Brussels. It will extend its sanctions.",
            &["It=europe", "its=europe"],
        ),
        ("The EU signed a pact. Aides say it is fragile.", &[]),
        ("European leaders met. They agreed.", &["They=europe"]),
        (
            "Trump and Putin met. They agreed.",
            &["They=trump", "They=putin"],
        ),
    ]);
}

#[test]
fn pronouns_before_their_name() {
    check(&[
        ("In his speech, Trump mocked Ann Bow.", &["his=trump"]),
        ("After he won, Trump flew to Oslo.", &["he=trump"]),
        ("He said that Trump would win.", &[]),
    ]);
}

#[test]
fn whoever_speaks_is_not_he() {
    check(&[
        (
            "Trump met Putin. “He is strong,” Trump said.",
            &["He=putin"],
        ),
        (
            "ANN BOW: Is Putin coming?\n\nBOB RAY: He will.\n\nANN BOW: Thank you.",
            &["He=putin"],
        ),
    ]);
}

#[test]
fn descriptions_by_roles_adjectives_and_bodies() {
    check(&[
        (
            "Zelenskyy arrived. The president smiled.",
            &["The president=zelenskyy"],
        ),
        (
            "Zelenskyy met Trump. The Ukrainian smiled.",
            &["The Ukrainian=zelenskyy"],
        ),
        // Of two persons, the one whose age it can be.
        (
            "Zelenskyy spoke. Ann Bow, 52, listened. The 44-year-old looked tired.",
            &["The 44-year-old=zelenskyy"],
        ),
        (
            "Officials said that the European Union met, and that the Union would act.",
            &["the Union=europe"],
        ),
        (
            "Trump met the European Council. A minister noted that the bloc had paid.",
            &["the bloc=europe"],
        ),
        (
            "Trump left. It was an answer to the American’s remark.",
            &["the American’s=trump"],
        ),
        (
            "The EU met. The 27-nation bloc agreed.",
            &["The 27-nation bloc=europe"],
        ),
        (
            "Zelenskyy arrived. Polish President Bob Ray followed, and the president smiled.",
            &[],
        ),
        (
            "Trump spoke to Putin. He thanked his Russian counterpart.",
            &["He=trump", "his Russian counterpart=putin"],
        ),
        ("Trump arrived. The president of the club smiled.", &[]),
        ("The Trump team left. The team and the campaign won.", &[]),
        (
            "The Trump administration left. The administration won.",
            &["The administration=trump"],
        ),
        // Adjectives of offices that mean no person by themselves.
        ("US President Donald Trump arrived. The US cheered.", &[]),
        (
            "Trump arrived. Ann Bow, the former Governor of Ohio, smiled.",
            &[],
        ),
    ]);
}

#[test]
fn groups_are_both() {
    check(&[
        (
            "Trump met Putin. Both leaders smiled.",
            &["Both leaders=trump", "Both leaders=putin"],
        ),
        (
            "Trump met Putin. Ann Bow greeted the two presidents.",
            &["the two presidents=trump", "the two presidents=putin"],
        ),
        ("Trump met Putin. Ann Bow met both Ann and Bob.", &[]),
    ]);
}

#[test]
fn an_adjective_of_a_party_or_people_is_nobody() {
    check(&[
        (
            "Donald Trump won. The Republican said so.",
            &["The Republican=trump"],
        ),
        ("Donald Trump won. The Republican delegates met.", &[]),
        ("Donald Trump won. The Republican primaries went on.", &[]),
        (
            "Donald Trump won. In the Republican party's view, it was over.",
            &[],
        ),
    ]);
}
