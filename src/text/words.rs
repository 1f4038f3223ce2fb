//! What words say about the stops and names beside them.

use super::classes::Classes;
use super::vocabulary::vocabulary;

/// Whether a capitalized word is likely to start a sentence after an abbreviation.
pub(crate) fn is_starter(word: &str) -> bool {
    let word = word.to_lowercase().replace('’', "'");
    vocabulary().sentences.starters.contains(&word)
}

/// Whether a word carries on after "p.m.": a day, a month, a time zone.
pub(super) fn follows_time(word: &str) -> bool {
    vocabulary().sentences.after_time.contains(word)
        || is_day_or_month(word)
        || (2..=4).contains(&word.len()) && is_upper(word)
}

fn is_upper(word: &str) -> bool {
    word.chars().all(char::is_uppercase)
}

/// Whether a word is a finite verb of saying ("said", "warns").
pub(crate) fn is_speech_verb(word: &str) -> bool {
    let classes = Classes::of_any_case(word);
    let says = classes.is(Classes::SAY | Classes::REPORT | Classes::ASK);
    says && (classes.is(Classes::THIRD | Classes::PAST) || word.eq_ignore_ascii_case("say"))
}

/// Whether a word is the name of a day or a month.
pub(crate) fn is_day_or_month(word: &str) -> bool {
    let calendar = &vocabulary().calendar;
    calendar.days.contains(word) || calendar.months.contains(word)
}
