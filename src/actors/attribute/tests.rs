//! Texts with the speaker of each mention.

use crate::actors::{Catalogue, MentionKind, Recognizer};
use crate::text::Document;

/// Each mention with its speaker, as "Putin<author".
fn voiced(text: &str) -> Vec<String> {
    let recognizer = Recognizer::new(Catalogue::default());
    let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
    let voiced = mentions.into_iter().map(|mention| {
        let speaker = mention.speaker.name(recognizer.catalogue());
        format!("{}<{speaker}", &text[mention.bytes.clone()])
    });
    voiced.collect()
}

#[test]
fn voices_tell_quotation_from_report() {
    let text = "Trump said Putin was “fair to Europe”. Zelenskyy left.";
    let recognizer = Recognizer::new(Catalogue::default());
    let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
    let voices: Vec<&str> = mentions
        .iter()
        .map(|mention| mention.voice.name())
        .collect();
    assert_eq!(voices, ["author", "indirect", "direct", "author"]);
}

/// Texts with each mention's speaker.
fn check(cases: &[(&str, &[&str])]) {
    let mut wrong = 0;
    for (text, expected) in cases {
        let found = voiced(text);
        if found != *expected {
            wrong += 1;
            println!("{text}\n  expected {expected:?}\n  found    {found:?}");
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn speakers() {
    let cases: &[(&str, &[&str])] = &[
        ("Putin met Trump.", &["Putin<author", "Trump<author"]),
        (
            "Trump said that Putin was weak.",
            &["Trump<author", "Putin<trump"],
        ),
        (
            "Trump later told Fox News that Zelenskyy must “make a deal”.",
            &["Trump<author", "Zelenskyy<trump"],
        ),
        (
            "Ann Bow, an outside adviser to the campaign on tax and budget issues and an associate professor at the University School of Law, said that Trump lied.",
            &["Trump<Ann Bow"],
        ),
        (
            "Christie, who has campaigned for Trump, said Putin was weak.",
            &["Trump<author", "Putin<Christie"],
        ),
        (
            "“Putin is weak,” said Trump.",
            &["Putin<trump", "Trump<author"],
        ),
        (
            "“Putin is weak,” Trump told reporters.",
            &["Putin<trump", "Trump<author"],
        ),
        (
            "Putin is weak, Trump said on Monday.",
            &["Putin<trump", "Trump<author"],
        ),
        (
            "Trump, meanwhile, declared Europe finished.",
            &["Trump<author", "Europe<trump"],
        ),
        (
            "Dmitry Peskov, a spokesman, said Trump was welcome.",
            &["Trump<Dmitry Peskov"],
        ),
        (
            "According to German Chancellor Friedrich Merz, Putin lied.",
            &["Putin<Friedrich Merz"],
        ),
        (
            "Critics say the summit handed Putin time.",
            &["Putin<unnamed"],
        ),
        (
            "Putin framed it as a win, warning Europe not to “torpedo” it.",
            &["Putin<author", "Europe<putin"],
        ),
        (
            "“Trump is fair,” Putin said. “Europe is not.”",
            &["Trump<putin", "Putin<author", "Europe<putin"],
        ),
        (
            "“Trump is fair. Europe is not,” Putin said.",
            &["Trump<putin", "Europe<putin", "Putin<author"],
        ),
        (
            "Putin smiled. He said Trump was fair.",
            &["Putin<author", "He<author", "Trump<putin"],
        ),
        (
            "As Trump left, Putin said Europe was weak.",
            &["Trump<author", "Putin<author", "Europe<putin"],
        ),
        (
            "Analysts in Moscow described the Kremlin and Putin as winners.",
            &["Kremlin<Analysts in Moscow", "Putin<Analysts in Moscow"],
        ),
        (
            "Trump told a radio that Putin was fair, and he complained that Europe was not.",
            &["Trump<author", "Putin<trump", "Europe<trump"],
        ),
        (
            "But The Irish Times reported Trump was ill.",
            &["Trump<Irish Times"],
        ),
        (
            "Meanwhile Nancy Pelosi said Trump was ill.",
            &["Trump<Nancy Pelosi"],
        ),
        (
            "A spokesman for Trump said Putin was fair.",
            &["Trump<author", "Putin<spokesman for Trump"],
        ),
        (
            "Putin was ill on Monday, the Kremlin said.",
            &["Putin<putin", "Kremlin<author"],
        ),
        (
            "An envoy of the Kremlin said Putin was fair.",
            &["Kremlin<author", "Putin<envoy of the Kremlin"],
        ),
        (
            "Joe Biden maintained his lead over Trump. Biden maintained that Putin lied.",
            &["Trump<author", "Putin<Joe Biden"],
        ),
        (
            "Biden denied it, though Trump said Putin had a tape.",
            &["Trump<author", "Putin<trump"],
        ),
        (
            "Joe Biden claimed Trump said that Putin had a tape.",
            &["Trump<Joe Biden", "Putin<trump"],
        ),
        (
            "Trump called it a hoax and the Kremlin claimed Putin knew nothing.",
            &["Trump<author", "Kremlin<author", "Putin<putin"],
        ),
        (
            "John Bolton claims Trump asked Xi for help, which Trump denied.",
            &["Trump<John Bolton", "Trump<author"],
        ),
        (
            "EU officials left, but they said Europe would return.",
            &["EU officials<author", "Europe<europe"],
        ),
        (
            "Trump left. He said that Trump would win.",
            &["Trump<author", "Trump<unnamed"],
        ),
        (
            "Zelenskyy welcomed it while stressing Europe must be heard.",
            &["Zelenskyy<author", "Europe<zelenskyy"],
        ),
        (
            "Putin’s claims angered Europe.",
            &["Putin<author", "Europe<author"],
        ),
        (
            "Trump was told that Putin had left.",
            &["Trump<author", "Putin<author"],
        ),
    ];
    check(cases);
}

#[test]
fn quotations_with_their_speaker_beside_them() {
    check(&[
        ("“Putin is a coward,” growled Macron.", &["Putin<Macron"]),
        (
            "“Is Putin mad?” Ann Bow wondered aloud.",
            &["Putin<Ann Bow"],
        ),
        ("Ann Bow shot back: “Putin lies.”", &["Putin<Ann Bow"]),
        (
            "Ann Bow, cheered by voters, “Stop Putin!”",
            &["Putin<Ann Bow"],
        ),
        ("“Stop Putin.” – Ann Bow", &["Putin<Ann Bow"]),
        ("A word from Ann Bow:\n\n“Stop Putin.”", &["Putin<Ann Bow"]),
        (
            "Ann Bow frowned.\n\n“Putin lies,” she said.",
            &["Putin<Ann Bow"],
        ),
        (
            "Ann Bow said it was over. “Putin lies.”",
            &["Putin<Ann Bow"],
        ),
        (
            "“Putin lies.\n\n“Europe does not,” Ann Bow said.",
            &["Putin<Ann Bow", "Europe<Ann Bow"],
        ),
        (
            "‘Putin lies,’ says Ann Bow of the leaders’ pact.",
            &["Putin<Ann Bow"],
        ),
        (
            "Ann Bow cried “Out!” as Putin walked in.",
            &["Putin<author"],
        ),
        ("The so-called “friends of Putin” met.", &["Putin<author"]),
    ]);
}

#[test]
fn reported_speech_by_many_words() {
    check(&[
        (
            "Ann Bow is demanding that Putin withdraw.",
            &["Putin<Ann Bow"],
        ),
        ("Ann Bow asked why Putin had come.", &["Putin<Ann Bow"]),
        (
            "Ann Bow told a crowd on Friday that Putin lied.",
            &["Putin<Ann Bow"],
        ),
        ("A Gallup poll shows Trump ahead.", &["Trump<Gallup poll"]),
        (
            "As the Guardian reported, Trump was late.",
            &["Trump<Guardian"],
        ),
        ("Trump reportedly left.", &["Trump<unnamed"]),
        (
            "Ann Bow was quoted as saying that Trump was late.",
            &["Trump<Ann Bow"],
        ),
        (
            "Ann Bow is said to have called Trump a fool.",
            &["Trump<Ann Bow"],
        ),
        (
            "Ann Bow rejected his claim that Trump had lied.",
            &["Trump<unnamed"],
        ),
        ("Ann Bow accused Trump of lying.", &["Trump<Ann Bow"]),
        ("Ann Bow (D-Ohio) warned of Putin.", &["Putin<Ann Bow"]),
        (
            "Her aide, Bob Ray, said Trump was late.",
            &["Trump<Bob Ray"],
        ),
        (
            "Secretary of State Ann Bow urged Trump to wait.",
            &["Trump<Ann Bow"],
        ),
        (
            "Ann Bow said it was late but insisted Trump would come.",
            &["Trump<Ann Bow"],
        ),
        (
            "Ann Bow left, warning Putin and his aides not to come.",
            &["Putin<Ann Bow", "his<Ann Bow"],
        ),
        (
            "Sources close to the talks say Putin will come.",
            &["Putin<unnamed"],
        ),
    ]);
}

#[test]
fn verbs_in_another_sense_say_nothing() {
    check(&[
        (
            "Bob Ray promised aid; Trump thanked Europe.",
            &["Trump<author", "Europe<author"],
        ),
        ("Bob Ray announced a visit by Putin.", &["Putin<author"]),
        (
            "Moscow claims the island, and Europe objects.",
            &["Europe<author"],
        ),
        (
            "The meeting centers on remarks Trump made.",
            &["Trump<author"],
        ),
        (
            "Western states, called allies of Trump, met.",
            &["Trump<author"],
        ),
    ]);
}

#[test]
fn transcripts_and_headlines() {
    check(&[
        ("Europe is weak – to Kyiv", &["Europe<author"]),
        (
            "Europe is weak – Daily Example\n\nThe paper Daily Example asked Trump.",
            &["Europe<author", "Trump<author"],
        ),
        (
            "BOB RAY: Is Putin coming?\n\nANN BOW: Putin won’t. Trump might.\n\nBOB RAY: Thank you.",
            &["Putin<Bob Ray", "Putin<Ann Bow", "Trump<Ann Bow"],
        ),
        ("Putin: 12\n\nTrump: 9", &["Putin<author", "Trump<author"]),
        ("Putin: Trump is fair", &["Putin<author", "Trump<putin"]),
        (
            "Trump Is Fair, Says Putin",
            &["Trump<putin", "Putin<author"],
        ),
        ("Trump is fair – Putin", &["Trump<putin", "Putin<author"]),
        ("Poll: Trump Is Ahead", &["Trump<unnamed"]),
    ]);
}

#[test]
fn pronouns_go_to_whom_they_fit() {
    check(&[
        (
            "Macron met Ann Bow. He said Europe was late.",
            &["Europe<Macron"],
        ),
        (
            "Macron met Ann Bow. She said Europe was late.",
            &["Europe<Ann Bow"],
        ),
        (
            "Trump met NATO envoys. He said Europe was late.",
            &["Trump<author", "He<author", "Europe<trump"],
        ),
    ]);
}

#[test]
fn holders_are_those_who_judge_else_those_who_speak() {
    let holders = |text: &str| -> Vec<String> {
        let recognizer = Recognizer::new(Catalogue::default());
        let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
        let held = mentions.into_iter().map(|mention| {
            let holder = mention.holder.name(recognizer.catalogue());
            format!("{}<{holder}", &text[mention.bytes.clone()])
        });
        held.collect()
    };
    for (text, expected) in [
        (
            "Putin praised Trump, who mocked Europe.",
            &["Putin<author", "Trump<putin", "Europe<trump"] as &[&str],
        ),
        (
            "Critics said Trump had openly mocked Europe and Zelenskyy.",
            &["Trump<unnamed", "Europe<trump", "Zelenskyy<trump"],
        ),
        (
            "Zelenskyy met Ann Bow, and she thanked Trump’s envoy.",
            &["Zelenskyy<author", "Trump<Ann Bow"],
        ),
        (
            "Trump was sharply criticized by Putin.",
            &["Trump<putin", "Putin<author"],
        ),
        ("Trump has been praised.", &["Trump<author"]),
        (
            "Putin praised himself. Trump left.",
            &["Putin<author", "himself<author", "Trump<author"],
        ),
        (
            "Putin praised a deal with Trump.",
            &["Putin<author", "Trump<author"],
        ),
    ] {
        assert_eq!(holders(text), *expected, "{text}");
    }
}

#[test]
fn own_words_are_the_speakers_if_they_are_asked_for() {
    let text = "“I like us, and my plan,” Trump told US allies. “We won,” said Ann Bow. I agree.";
    let found = |recognizer: &Recognizer| -> Vec<String> {
        let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
        let own = mentions
            .into_iter()
            .filter(|it| it.kind == MentionKind::FirstPerson);
        own.map(|it| format!("{}={}", &text[it.bytes], it.antecedent.unwrap()))
            .collect()
    };
    let recognizer = Recognizer::new(Catalogue::default());
    assert!(found(&recognizer).is_empty());
    assert_eq!(
        found(&recognizer.with_first_person()),
        ["I=Trump", "us=Trump", "my=Trump"]
    );
}
