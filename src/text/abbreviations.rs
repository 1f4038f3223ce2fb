//! Abbreviations, by what may follow their stop.

use super::vocabulary::vocabulary;

/// What the stop after an abbreviation can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// A name follows ("Sen. Smith"): the stop never ends a sentence.
    BeforeName,
    /// A number follows ("No. 5"): ends a sentence unless it does.
    BeforeNumber,
    /// "a.m.", "p.m.": ends a sentence before a capital, time zones and days aside.
    TimeOfDay,
    /// May stand anywhere ("Inc.", "U.S."): ends a sentence only before a word that likes to
    /// start one.
    Anywhere,
}

impl Abbreviation {
    /// What kind of abbreviation a word before a stop is, if it is one.
    pub fn of(word: &str) -> Option<Self> {
        let words = &vocabulary().sentences;
        let lower = word.to_lowercase();
        if words.before_name.contains(word) || words.never.contains(&lower) {
            return Some(Self::BeforeName);
        }
        if matches!(lower.as_str(), "a.m" | "p.m" | "am" | "pm") && lower.contains('.') {
            return Some(Self::TimeOfDay);
        }
        if words.before_number.contains(&lower) || word.ends_with(['°', 'º']) {
            return Some(Self::BeforeNumber);
        }
        if words.anywhere.contains(&lower)
            || words.anywhere_capitalized.contains(word)
            || is_acronym(word)
        {
            return Some(Self::Anywhere);
        }
        None
    }
}

/// Letters with stops between them: "U.S", "D.C", "Ph.D".
fn is_acronym(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| {
            let mut chars = part.chars();
            matches!((chars.next(), chars.nth(1)), (Some(first), None) if first.is_alphabetic())
        })
}

/// Whether a word before an exclamation mark is a name that carries it.
pub(super) fn is_exclaiming_name(word: &str) -> bool {
    vocabulary().sentences.exclaiming.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let cases = [
            ("Sen", Some(Abbreviation::BeforeName)),
            ("sen", None),
            ("vs", Some(Abbreviation::BeforeName)),
            ("No", Some(Abbreviation::BeforeNumber)),
            ("p.m", Some(Abbreviation::TimeOfDay)),
            ("P.M", Some(Abbreviation::TimeOfDay)),
            ("am", None),
            ("Inc", Some(Abbreviation::Anywhere)),
            ("U.S", Some(Abbreviation::Anywhere)),
            ("Ill", Some(Abbreviation::Anywhere)),
            ("ill", None),
            ("example.com", None),
        ];
        for (word, kind) in cases {
            assert_eq!(Abbreviation::of(word), kind, "{word}");
        }
    }
}
