//! The words that the rules look at: data, one TOML file a language.

use std::sync::LazyLock;

use hashbrown::HashSet;
use serde::Deserialize;

/// A list of words.
pub(crate) type Words = HashSet<String>;

/// The words of a language; `en.toml` says what each list is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vocabulary {
    pub sentences: Sentences,
    pub speech: Speech,
    pub grammar: Grammar,
    pub persons: PersonWords,
    pub references: ReferenceWords,
    pub places: Places,
    pub offices: Offices,
    pub calendar: Calendar,
}

/// Words at the borders of sentences: `boundaries.rs`, `abbreviations.rs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sentences {
    pub starters: Words,
    pub after_time: Words,
    pub before_name: Words,
    pub never: Words,
    pub before_number: Words,
    pub anywhere: Words,
    pub anywhere_capitalized: Words,
    pub exclaiming: Words,
}

/// Words by which speech is given to its speaker: `classes.rs`, `actors/attribute/`. Verbs also decide where a sentence
/// ends behind a quotation (`boundaries.rs`), and whether a role is a speaker's (`actors/context.rs`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Speech {
    pub say: Words,
    pub report: Words,
    pub promise: Words,
    pub warn: Words,
    pub sources: Words,
    pub think: Words,
    pub show: Words,
    pub ask: Words,
    pub urge: Words,
    pub judge: Words,
    pub name: Words,
    pub attitude: Words,
    pub nouns: Words,
    pub askers: Words,
    pub hearsay: Words,
    pub after_verb: Words,
}

/// Words that show how a sentence is built: `classes.rs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grammar {
    pub determiners: Words,
    pub prepositions: Words,
    pub coordinators: Words,
    pub subordinators: Words,
    pub questions: Words,
    pub relatives: Words,
    pub subject_pronouns: Words,
    pub be: Words,
    pub auxiliaries: Words,
    pub adverbs: Words,
    pub people: Words,
    pub irregular_pasts: Words,
}

/// Words of names: `actors/persons.rs`; `retinue` for `actors/context.rs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonWords {
    pub titles: Words,
    pub retinue: Words,
    pub male_titles: Words,
    pub female_titles: Words,
    pub bodies: Words,
    pub male: Words,
    pub female: Words,
}

/// Words of references beyond names: `actors/references`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferenceWords {
    pub persons: Words,
    pub male: Words,
    pub female: Words,
    pub opposites: Words,
    pub groups: Words,
    pub offices: Words,
    pub blocs: Words,
    pub countries: Words,
}

/// Words before names that are places (`actors/context.rs`), and names that are (`actors/persons.rs`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Places {
    pub locative: Words,
    pub motion: Words,
    pub visiting: Words,
    pub skipped: Words,
    pub names: Words,
}

/// Words before roles: `actors/context.rs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Offices {
    pub not_incumbent: Words,
}

/// Days and months.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    pub days: Words,
    pub months: Words,
}

static ENGLISH: LazyLock<Vocabulary> = LazyLock::new(|| {
    toml::from_str(include_str!("en.toml"))
        .unwrap_or_else(|error| unreachable!("en.toml is checked by the tests: {error}"))
});

/// The words of English.
pub(crate) fn vocabulary() -> &'static Vocabulary {
    &ENGLISH
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no rule would ever match, or match twice.
    #[test]
    fn every_entry_is_one_word_and_stands_once() {
        let file: toml::Table = toml::from_str(include_str!("en.toml")).unwrap();
        for (table, lists) in &file {
            for (list, words) in lists.as_table().unwrap() {
                let words: Vec<&str> = words
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(|it| it.as_str())
                    .collect();
                for word in &words {
                    assert!(
                        !word.is_empty() && !word.contains(' '),
                        "{table}.{list}: {word:?}"
                    );
                    let lower = matches!(
                        &**table,
                        "speech" | "grammar" | "persons" | "places" | "offices"
                    );
                    assert!(
                        !lower || *word == word.to_lowercase(),
                        "{table}.{list}: {word:?}"
                    );
                    let times = words.iter().filter(|other| other == &word).count();
                    assert_eq!(times, 1, "{table}.{list}: {word:?}");
                }
            }
        }
    }

    #[test]
    fn english_is_read() {
        let words = vocabulary();
        assert!(words.speech.say.contains("say/said"));
        assert!(words.places.locative.contains("in"));
        assert_eq!(
            (words.calendar.days.len(), words.calendar.months.len()),
            (7, 12)
        );
    }
}
