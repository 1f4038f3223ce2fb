//! What the words around an alias say about it: is it this actor, or a place, or somebody else?

use crate::text::{is_day_or_month, is_speech_verb, vocabulary};

/// Longest dateline, from the place to the dash.
const LONGEST_DATELINE: usize = 60;

/// A match in a sentence and the text around it.
pub(super) struct Context<'a> {
    pub before: &'a str,
    pub surface: &'a str,
    pub after: &'a str,
}

impl<'a> Context<'a> {
    /// The words before the match, nearest first, up to the last punctuation.
    fn words_before(&self) -> impl Iterator<Item = &'a str> {
        let clause = match self.before.rfind([',', ';', ':', '(', '“', '"', '–', '—']) {
            Some(at) => &self.before[at..],
            None => self.before,
        };
        clause
            .split(|char: char| !char.is_alphanumeric() && char != '\'' && char != '-')
            .filter(|word| !word.is_empty())
            .rev()
    }

    /// "BRUSSELS, Aug. 20 (Wire) – ...": where an article was written.
    fn is_dateline(&self) -> bool {
        let capitals = |text: &str| !text.chars().any(char::is_lowercase);
        let ahead = self.after.char_indices().nth(LONGEST_DATELINE);
        let ahead = &self.after[..ahead.map_or(self.after.len(), |(at, _)| at)];
        capitals(self.before)
            && capitals(self.surface)
            && [" – ", " — ", " - ", " -- "]
                .iter()
                .any(|dash| ahead.contains(dash))
    }

    /// Whether a place is meant: "in Europe", "flew to Brussels", "left the Kremlin", a dateline.
    pub fn is_place(&self) -> bool {
        if self.is_dateline() {
            return true;
        }
        if self.after.starts_with("'s") || self.after.starts_with("-") {
            return false;
        }
        let places = &vocabulary().places;
        let mut words = self
            .words_before()
            .map(str::to_lowercase)
            .filter(|word| !places.skipped.contains(word));
        let Some(first) = words.next() else {
            return false;
        };
        if places.locative.contains(&first) || places.visiting.contains(&first) {
            return true;
        }
        matches!(first.as_str(), "to" | "from" | "back" | "for")
            && words.take(3).any(|word| places.motion.contains(&word))
    }

    /// Whether it only says whose somebody is: "a White House aide", "European Council President Bob Ray".
    pub fn is_retinue(&self) -> bool {
        let word = self.after.strip_prefix(' ').unwrap_or_default();
        let end = word.find(|char: char| !char.is_alphanumeric());
        let word = word[..end.unwrap_or(word.len())].to_lowercase();
        vocabulary().persons.retinue.contains(&word)
    }

    /// Whether a role is not its holder's: "the former Russian president", "Russian President
    /// Dmitry Medvedev".
    pub fn is_other_holder(&self) -> bool {
        let offices = &vocabulary().offices;
        let previous = self.words_before().next().map(str::to_lowercase);
        let other = |word: String| {
            let ordinal = word.starts_with(|char: char| char.is_ascii_digit());
            ordinal || offices.not_incumbent.contains(word.trim_end_matches('-'))
        };
        if previous.is_some_and(other) {
            return true;
        }
        let Some(rest) = self.after.strip_prefix([' ', '-']) else {
            return false;
        };
        let word: String = rest
            .chars()
            .take_while(|char| char.is_alphanumeric())
            .collect();
        if word == "elect" {
            return true;
        }
        self.after.starts_with(' ')
            && word.chars().next().is_some_and(char::is_uppercase)
            && !is_day_or_month(&word)
            && !is_speech_verb(&word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let cases = [
            ("They met in ", ".", true),
            ("He flew to ", " on Monday.", true),
            ("He left the ", ".", true),
            ("across much of ", "", true),
            ("a win for the ", ".", false),
            ("according to the ", ", he", false),
            ("in ", "'s interest", false),
            ("In the end, ", " agreed", false),
            ("", " agreed", false),
        ];
        for (before, after, place) in cases {
            let context = Context {
                before,
                surface: "Place",
                after,
            };
            assert_eq!(context.is_place(), place, "{before}_{after}");
        }
    }

    #[test]
    fn retinues() {
        let after = |after| {
            let (before, surface) = ("The ", "White House");
            Context {
                before,
                surface,
                after,
            }
            .is_retinue()
        };
        assert!(after(" aide left"));
        assert!(after(" press secretary, Ann Bow"));
        assert!(after(" Chief Bob Ray"));
        assert!(!after("'s aide left"));
        assert!(!after(" pressed on"));
        assert!(!after(", officials said"));
    }

    #[test]
    fn datelines() {
        let dateline = |surface, after| {
            let before = "";
            Context {
                before,
                surface,
                after,
            }
            .is_place()
        };
        assert!(dateline("BRUSSELS", " – Leaders met."));
        assert!(dateline("BRUSSELS", ", Aug. 20 (Wire) - Leaders met."));
        assert!(!dateline(
            "Brussels",
            " – or rather its bureaucrats – agreed."
        ));
        assert!(!dateline("BRUSSELS", " AGREES"));
    }

    #[test]
    fn holders() {
        let cases = [
            ("The ", " replied", false),
            ("The ", " Dmitry Medvedev replied", true),
            ("The ", " Tuesday replied", false),
            ("The former ", " replied", true),
            ("an ex-", " replied", true),
            ("The then-", ", Dmitry", true),
            ("She was endorsed as ", ".", true),
            ("the army whose ", " is another", true),
            ("became the 46th ", ".", true),
            ("the 46th ", " elect", true),
            ("The ", "-elect spoke", true),
            ("The ", " elected in May", false),
            ("the nominee for ", ".", true),
            ("The ", ", Dmitry", false),
        ];
        for (before, after, other) in cases {
            let context = Context {
                before,
                surface: "Role",
                after,
            };
            assert_eq!(context.is_other_holder(), other, "{before}_{after}");
        }
    }
}
