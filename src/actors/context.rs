//! What the words around an alias say about it: is it this actor, or a place, or somebody else?

use super::persons::is_title;
use crate::text::{Classes, is_day_or_month, is_speech_verb, vocabulary};

/// Longest dateline, from the place to the dash.
const LONGEST_DATELINE: usize = 60;
/// Marks that a word may have before it.
const OPENING: [char; 5] = ['"', '“', '‘', '\'', '('];

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

    /// Whether the match is part of a longer name, which is somebody else's: "Magic Johnson", "Toyota Motor Europe",
    /// "Wisconsin Supreme Court", "Clinton Correctional Facility".
    pub fn is_in_longer_name(&self, person: bool) -> bool {
        let several = self.surface.contains(' ');
        let headline = self.is_title_case();
        person && self.is_behind_first_name()
            || !headline && self.is_behind_name(person, several)
            || !headline && (person || several) && self.is_before_name()
    }

    /// The word that stands directly before the match, and the one before it.
    fn two_words_before(&self) -> Option<(&'a str, &'a str)> {
        let mut words = self.before.strip_suffix(' ')?.rsplit(' ');
        Some((words.next()?, words.next().unwrap_or_default()))
    }

    /// "Bill Clinton" for Clinton.
    fn is_behind_first_name(&self) -> bool {
        self.two_words_before().is_some_and(|(word, _)| {
            let persons = &vocabulary().persons;
            let word = word.trim_start_matches(OPENING);
            let lower = word.to_lowercase();
            is_name_word(word) && (persons.male.contains(&lower) || persons.female.contains(&lower))
        })
    }

    /// Whether another name's word stands directly before the match.
    fn is_behind_name(&self, person: bool, several: bool) -> bool {
        let Some((word, before)) = self.two_words_before() else {
            return false;
        };
        // What opens a sentence has its capital from there; "In Moscow Putin said": what stands behind a preposition may be
        // no part of the name.
        let opens = !before.ends_with(char::is_alphanumeric);
        let preposition = Classes::of_any_case(before).is(Classes::PREPOSITION);
        let place = Classes::of_any_case(word).is(Classes::PLACE);
        is_name_word(word) && !opens && !preposition && (!place || several && !person)
    }

    /// Whether another name's word stands directly behind the match.
    fn is_before_name(&self) -> bool {
        let word = self.after.strip_prefix(' ').unwrap_or_default();
        let end = word.find(|char: char| !char.is_alphanumeric() && char != '-');
        is_name_word(&word[..end.unwrap_or(word.len())])
    }

    /// Whether nearly all longer words of the sentence have a capital, as headlines have them.
    fn is_title_case(&self) -> bool {
        let words = || {
            let all = self.before.split(' ').chain(self.after.split(' '));
            all.filter(|word| word.len() > 3)
        };
        let small = words()
            .filter(|word| word.starts_with(char::is_lowercase))
            .count();
        let stop = self.after.trim_end().ends_with(['.', '!', '”', '"']);
        !stop && 5 * small <= words().count()
    }

    /// Whether an acronym stands in a line of capitals, where it may be a word: "MAN WHO SHOT POLICE TELLS US".
    pub fn is_among_capitals(&self) -> bool {
        let capitals = |text: &str| !text.chars().any(char::is_lowercase);
        let words = self
            .before
            .split_whitespace()
            .chain(self.after.split_whitespace());
        capitals(self.before)
            && capitals(self.after)
            && words.filter(|word| word.len() > 1).count() > 1
    }

    /// Whether a word that is a month or a day is one: "in May", "May 5".
    pub fn is_date(&self) -> bool {
        if !is_day_or_month(self.surface) {
            return false;
        }
        let number = self
            .after
            .strip_prefix(' ')
            .is_some_and(|it| it.starts_with(|char: char| char.is_ascii_digit()));
        let before = self.words_before().next().map(str::to_lowercase);
        let dated = before.is_some_and(|word| {
            Classes::of(&word).is(Classes::PREPOSITION)
                || matches!(
                    word.as_str(),
                    "last" | "next" | "this" | "early" | "late" | "mid" | "since" | "until"
                )
        });
        number || dated
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

/// Whether a word is set as a name, and is no title, day or word of grammar.
fn is_name_word(word: &str) -> bool {
    let lower = word.to_lowercase();
    word.starts_with(char::is_uppercase)
        && word.ends_with(char::is_alphabetic)
        && word.chars().any(char::is_lowercase)
        && !lower.ends_with("'s")
        && !is_title(word)
        && !Classes::of(&lower).is(Classes::CLOSED | Classes::VERB)
        && !is_day_or_month(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_names() {
        let cases = [
            ("He met Magic ", "Johnson", " twice.", true, true),
            ("Then Ron ", "Johnson", " spoke of it.", true, true),
            ("Then Senator ", "Johnson", " spoke of it.", true, false),
            ("On Twitter ", "Johnson", " spoke of it.", true, false),
            (
                "Inmates left ",
                "Clinton",
                " Correctional Facility late.",
                true,
                true,
            ),
            ("Inmates told ", "Clinton", " on Monday that.", true, false),
            (
                "Toyota Motor ",
                "Europe",
                " fired many workers.",
                false,
                true,
            ),
            ("the leaders of ", "Europe", " met.", false, false),
            (
                "judges of the Wisconsin ",
                "Supreme Court",
                " ruled.",
                false,
                true,
            ),
            ("judges of the ", "Supreme Court", " ruled.", false, false),
            ("Trump Tells ", "Europe", " To Pay Its Bills", false, false),
        ];
        for (before, surface, after, person, longer) in cases {
            let context = Context {
                before,
                surface,
                after,
            };
            assert_eq!(
                context.is_in_longer_name(person),
                longer,
                "{before}_{after}"
            );
        }
    }

    #[test]
    fn dates_and_lines_of_capitals() {
        let context = |before, surface, after| Context {
            before,
            surface,
            after,
        };
        assert!(context("In ", "May", " he was arrested.").is_date());
        assert!(context("On ", "May", " 5 he left.").is_date());
        assert!(!context("Then ", "May", " resigned.").is_date());
        assert!(context("MAN ", "WHO", " SHOT POLICE TELLS US").is_among_capitals());
        assert!(!context("Officials of the ", "WHO", " left.").is_among_capitals());
    }

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
