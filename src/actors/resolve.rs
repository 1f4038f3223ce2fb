//! The second pass: what candidates refer to.

use jiff::civil::Date;

use super::find::Candidate;
use super::persons::Persons;
use super::{Actor, Alias};
use super::{Mention, MentionKind, Speaker, Voice};

/// Keeps the candidates that refer to their actor.
///
/// Places, the roles of other holders, whose somebody is, parts of longer names, and offices out of their term are dropped.
/// Roles and metonyms mean the actor who held the office on `date`. If it is unknown, they count if the text names the
/// actor. A surname counts if the text names the actor in full, and named nobody else of that surname after it.
pub(super) fn resolve(
    text: &str,
    persons: &Persons,
    candidates: Vec<Candidate>,
    actors: &[Actor],
    date: Option<Date>,
) -> Vec<Mention> {
    let alias =
        |candidate: &Candidate| -> &Alias { &actors[candidate.actor].aliases[candidate.alias] };
    let candidates: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| {
            let alias = alias(candidate);
            !(alias.is_place && candidate.in_place
                || alias.kind == MentionKind::Role && candidate.of_other_holder
                || alias.kind == MentionKind::Name && candidate.of_else
                || candidate.of_retinue)
        })
        .collect();
    let mut in_full = vec![false; actors.len()];
    for candidate in &candidates {
        in_full[candidate.actor] |= alias(candidate).kind == MentionKind::Name
            && !is_bare_surname(text, candidate, alias(candidate));
    }
    let candidates: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| {
            let alias = alias(candidate);
            !is_bare_surname(text, candidate, alias)
                || match persons.last_bearer(&alias.text, candidate.bytes.start) {
                    Some(full) => is_name_of(&actors[candidate.actor], full),
                    None => in_full[candidate.actor],
                }
        })
        .collect();
    let mut named = vec![false; actors.len()];
    for candidate in &candidates {
        named[candidate.actor] |= alias(candidate).kind == MentionKind::Name;
    }
    candidates
        .into_iter()
        .filter(|candidate| {
            let holds = actors[candidate.actor].holds_office(date);
            !alias(candidate).by_office || holds.unwrap_or(named[candidate.actor])
        })
        .map(|candidate| Mention {
            sentence: candidate.sentence,
            kind: alias(&candidate).kind,
            antecedent: None,
            bytes: candidate.bytes,
            chars: candidate.chars,
            actor: candidate.actor,
            voice: Voice::Author,
            speaker: Speaker::Author,
            holder: Speaker::Author,
        })
        .collect()
}

/// Whether a candidate is a surname that needs a full name elsewhere, without a title of the actor's before it.
fn is_bare_surname(text: &str, candidate: &Candidate, alias: &Alias) -> bool {
    alias.needs_full_name && !text[candidate.bytes.clone()].contains(char::is_whitespace)
}

/// Whether a full name is the actor's: the first and the last word are those of one of its names.
fn is_name_of(actor: &Actor, full: &str) -> bool {
    fn ends(name: &str) -> Option<(&str, &str)> {
        let mut words = name.split_whitespace();
        Some((words.next()?, words.next_back()?))
    }
    let names = actor
        .aliases
        .iter()
        .filter(|it| it.kind == MentionKind::Name);
    let mut names = names.filter_map(|alias| ends(&alias.text));
    ends(full).is_some_and(|full| names.any(|name| name == full))
}

#[cfg(test)]
mod tests {
    use crate::actors::{Catalogue, Recognizer};
    use crate::text::Document;

    /// Surfaces with actor and kind, as "putin/name:Vladimir Putin".
    fn found(text: &str, date: Option<&str>) -> Vec<String> {
        let recognizer = Recognizer::new(Catalogue::default());
        let document = Document::new(text, "");
        let date = date.map(|date| date.parse().unwrap());
        recognizer
            .mentions(text, &document, date)
            .into_iter()
            .map(|mention| {
                let id = &recognizer.catalogue().actors()[mention.actor].id;
                format!("{id}/{}:{}", mention.kind, &text[mention.bytes])
            })
            .collect()
    }

    #[test]
    fn aliases_titles_and_possessives() {
        let cases: &[(&str, &[&str])] = &[
            (
                "Russian President Vladimir Putin met President Trump’s envoy.",
                &[
                    "putin/name:Russian President Vladimir Putin",
                    "trump/name:President Trump",
                ],
            ),
            (
                "Zelensky, Zelenskiy and Volodymyr Zelenskyy are one man.",
                &[
                    "zelenskyy/name:Zelensky",
                    "zelenskyy/name:Zelenskiy",
                    "zelenskyy/name:Volodymyr Zelenskyy",
                ],
            ),
            (
                "TRUMP MEETS PUTIN; the EU and EUROPEAN LEADERS wait.",
                &[
                    "trump/name:TRUMP",
                    "putin/name:PUTIN",
                    "europe/name:EU",
                    "europe/demonym:EUROPEAN LEADERS",
                ],
            ),
            (
                "The anti-Trump, pro-European Union and Trump-Putin camps.",
                &[
                    "trump/name:Trump",
                    "europe/name:European Union",
                    "trump/name:Trump",
                    "putin/name:Putin",
                ],
            ),
            (
                "Aides in the Trump administration met then Russian president Vladimir Putin.",
                &[
                    "trump/metonym:Trump administration",
                    "putin/name:Russian president Vladimir Putin",
                ],
            ),
            (
                "Trump\u{e2}\u{80}\u{99}s aides and Putinâ€™s aides, misread as Latin-1 and Windows-1252.",
                &["trump/name:Trump", "putin/name:Putin"],
            ),
            (
                "Vladimir  Putin and the\u{a0}Russian\u{a0}president’s men.",
                &[
                    "putin/name:Vladimir  Putin",
                    "putin/role:Russian\u{a0}president",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text, None), *expected, "{text}");
        }
    }

    #[test]
    fn exceptions_places_and_other_holders() {
        let none = [
            "Donald Trump Jr. spoke at Trump Tower beside Melania Trump.",
            "He played the trump card; Trumpism and Reputin are words.",
            "Toyota Motor Europe fired 300 workers. The US Army Europe commander was disgraced.",
            "See www.Trump.com, https://example.org/Putin or Putin@example.org.",
            "Troops in Eastern Europe, in Europe and at the Council of Europe met in Brussels.",
            "The former Russian president and Russian President Dmitry Medvedev.",
            "One White House official, a Kremlin aide and Trump supporters met EU minister Ann Bow.",
        ];
        for text in none {
            assert_eq!(found(text, Some("2025-08-15")), [""; 0], "{text}");
        }
    }

    const NAMESAKES: &str = r#"
        [[actor]]
        id = "johnson"
        name = "Boris Johnson"
        kind = "person"
        names = ["Boris Johnson", "Johnson"]
        titles = ["prime minister"]

        [[actor]]
        id = "clinton"
        name = "Hillary Clinton"
        kind = "person"
        names = ["Hillary Clinton", "Clinton"]
        alone = ["Clinton"]

        [[actor]]
        id = "may"
        name = "Theresa May"
        kind = "person"
        names = ["Theresa May", "May"]

        [[actor]]
        id = "court"
        name = "Supreme Court"
        kind = "body"
        names = ["Supreme Court"]

        [[actor]]
        id = "who"
        name = "WHO"
        kind = "body"
        names = ["WHO"]
    "#;

    #[test]
    fn namesakes_are_somebody_else() {
        let recognizer = Recognizer::new(Catalogue::parse(NAMESAKES, "namesakes.toml").unwrap());
        let found = |text: &str| -> Vec<String> {
            let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
            let surfaces = mentions
                .into_iter()
                .map(|mention| text[mention.bytes].to_owned());
            surfaces.collect()
        };
        for text in [
            "Johnson scored twice for the visitors.",
            "On Friday Sen. Ron Johnson spoke of Magic Johnson in Ohio.",
            "Boris Becker and Ben Johnson met. Later Johnson left.",
            "Inmates of the Clinton Correctional Facility met Bill Clinton there.",
            "Judges of the Wisconsin Supreme Court ruled on Friday.",
            "MAN WHO SHOT POLICE TELLS ALL",
            "In May he was arrested, and on May 5 released.",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        for (text, expected) in [
            (
                "Boris Johnson left. Later Johnson returned.",
                &["Boris Johnson", "Johnson"][..],
            ),
            (
                "Then Prime Minister Johnson left.",
                &["Prime Minister Johnson"],
            ),
            (
                "Boris Johnson met Ron Johnson. Then Johnson left. Boris Johnson stayed, said Johnson.",
                &["Boris Johnson", "Boris Johnson", "Johnson"],
            ),
            ("Clinton spoke in Ohio.", &["Clinton"]),
            (
                "Theresa May resigned in May, and May 7 was May’s last day.",
                &["Theresa May", "May"],
            ),
            (
                "The Supreme Court and the U.S. Supreme Court agree.",
                &["Supreme Court", "Supreme Court"],
            ),
            ("Officials of the WHO left.", &["WHO"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn offices_have_terms() {
        let text = "The U.S. president called the Ukrainian president.";
        let roles = |date| found(text, Some(date));
        assert_eq!(roles("2010-01-01"), [""; 0]);
        assert_eq!(roles("2022-03-01"), ["zelenskyy/role:Ukrainian president"]);
        assert_eq!(roles("2025-03-01").len(), 2);
        assert_eq!(found(text, None), [""; 0]);
        assert_eq!(
            found("The Trump campaign won.", Some("2016-11-09")).len(),
            1
        );
        assert_eq!(found(&format!("{text} Zelensky agreed."), None).len(), 2);
    }

    #[test]
    fn offsets_slice_back_to_the_surface() {
        let text = "“Élysée…” — Europe’s leaders, said Zelenskyy.";
        let recognizer = Recognizer::new(Catalogue::default());
        let document = Document::new(text, "");
        for mention in recognizer.mentions(text, &document, None) {
            let by_chars: String = text
                .chars()
                .skip(mention.chars.start)
                .take(mention.chars.len())
                .collect();
            assert_eq!(by_chars, &text[mention.bytes]);
        }
    }
}
