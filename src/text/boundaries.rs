//! Which stops of a block end a sentence.

use std::ops::Range;

use super::abbreviations::{Abbreviation, is_exclaiming_name};
use super::chars::{
    CharText, is_bullet, is_closer, is_closing_quote, is_dash, is_opener, is_opening_quote,
    is_terminator,
};
use super::lists::item_starts;
use super::words::{follows_time, is_speech_verb, is_starter};
use super::{Classes, vocabulary};

/// Words that may stand between a question in quotes and its verb of saying.
const LONGEST_SPEAKER: usize = 4;
/// No rule looks further than this from a stop, in characters, so that a text without white space
/// takes no longer than another.
const LONGEST_LOOK: usize = 256;
/// A sentence that ends in "a.m." has more words than this ("At 5 a.m. Mr. Smith ...").
const SHORTEST_CLAUSE: usize = 3;

/// Ends of all sentences of a block but the last, ascending.
pub(super) fn boundaries(text: &CharText, block: Range<usize>) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut items = item_starts(text, block.clone()).into_iter().peekable();
    let mut start = block.start;
    let mut behind = block.start;
    for &at in text.terminators(block.clone()) {
        if at < behind {
            continue;
        }
        while let Some(item) = items.next_if(|&item| item <= at) {
            ends.push(item);
            start = item;
        }
        let stop = Stop::at(text, start, at, block.end);
        behind = stop.run.end;
        if let Some(end) = stop.sentence_end()
            && end < block.end
        {
            ends.push(end);
            start = end;
            behind = end;
        }
    }
    ends.extend(items);
    ends
}

/// A run of terminators and what surrounds it.
struct Stop<'a> {
    text: &'a CharText,
    /// Where the current sentence started.
    start: usize,
    /// The terminators, spaced ellipses (". . .") included.
    run: Range<usize>,
    /// After quotes and brackets that close directly behind the run.
    closed: usize,
    limit: usize,
}

impl<'a> Stop<'a> {
    fn at(text: &'a CharText, start: usize, at: usize, limit: usize) -> Self {
        let mut end = at;
        loop {
            while text.within(end, limit).is_some_and(is_terminator) {
                end += 1;
            }
            let spaced_dot = text.within(end, limit) == Some(' ')
                && text.within(end + 1, limit) == Some('.')
                && !text
                    .within(end + 2, limit)
                    .is_some_and(char::is_alphanumeric);
            if !spaced_dot {
                break;
            }
            end += 1;
        }
        let mut closed = end;
        while text.within(closed, limit).is_some_and(is_closer) {
            closed += 1;
        }
        // French sets its quotation marks with spaces: "« Why ! » he asked".
        let spaced = text.within(closed, limit).is_some_and(char::is_whitespace)
            && text.within(closed + 1, limit) == Some('»')
            && !text
                .within(closed + 2, limit)
                .is_some_and(char::is_alphanumeric);
        if spaced {
            closed += 2;
        }
        Self {
            text,
            start,
            run: at..end,
            closed,
            limit,
        }
    }

    /// Where the sentence ends, if this stop ends it.
    fn sentence_end(&self) -> Option<usize> {
        if self.closed >= self.limit {
            return None;
        }
        if !self.text.get(self.closed)?.is_whitespace() {
            return self.is_unspaced_boundary().then_some(self.run.end);
        }
        let next = Next::after(self.text, self.closed, self.limit)?;
        if next.bullet {
            return Some(self.closed);
        }
        let dots = self.count('.');
        if self.count('!') + self.count('?') > 0 || (dots == 0 && self.count('…') == 0) {
            return self.exclamation_ends(&next).then_some(self.closed);
        }
        if dots > 1 || self.count('…') > 0 {
            return self.ellipsis_end(&next, dots);
        }
        self.full_stop_ends(&next).then_some(self.closed)
    }

    fn count(&self, terminator: char) -> usize {
        let run = self.text.slice(self.run.clone());
        run.iter().filter(|&&char| char == terminator).count()
    }

    fn before(&self) -> Option<char> {
        (self.run.start > self.start).then(|| self.text.get(self.run.start - 1))?
    }

    /// The word that the run follows, stops inside it included.
    fn word(&self) -> Range<usize> {
        let mut start = self.run.start;
        let earliest = self.start.max(self.run.start.saturating_sub(LONGEST_LOOK));
        while start > earliest {
            let Some(char) = self.text.get(start - 1) else {
                break;
            };
            if char.is_whitespace() || is_opener(char) && char != '\'' || is_bullet(char) {
                break;
            }
            start -= 1;
        }
        start..self.run.start
    }

    /// "world.Today": a stop with no space behind it.
    fn is_unspaced_boundary(&self) -> bool {
        if self.run.len() != 1 || self.closed != self.run.end {
            return false;
        }
        let word = self.word();
        let token = self.text.string(word.clone());
        let (Some(last), Some(first)) = (self.before(), self.text.get(self.run.end)) else {
            return false;
        };
        let second = self.text.within(self.run.end + 1, self.limit);
        let plain = token
            .chars()
            .all(|char| char.is_alphanumeric() || matches!(char, ',' | '\'' | '’' | '-'));
        plain
            && word.len() >= 3
            && (last.is_lowercase() || last.is_ascii_digit())
            && first.is_uppercase()
            && second.is_some_and(char::is_lowercase)
            && !self.is_address_ahead()
    }

    /// Whether the unbroken text behind the stop is the rest of an e-mail or web address.
    fn is_address_ahead(&self) -> bool {
        let token: Vec<char> = (self.run.end..self.limit.min(self.run.end + LONGEST_LOOK))
            .map_while(|at| self.text.get(at).filter(|char| !char.is_whitespace()))
            .collect();
        token.contains(&'@')
            || token.contains(&'/')
            || token
                .windows(2)
                .any(|pair| pair[0] == '.' && pair[1].is_lowercase())
    }

    fn exclamation_ends(&self, next: &Next) -> bool {
        if next.lower && !next.quoted {
            return false;
        }
        let word = self.text.string(self.word());
        if is_exclaiming_name(&word) && !is_starter(&next.word) {
            return false;
        }
        let in_quotes = self
            .text
            .slice(self.run.end..self.closed)
            .iter()
            .any(|&char| is_closing_quote(char));
        !(in_quotes && !next.quoted && self.is_said_after())
    }

    /// "“Why?” Trump asked": a verb of saying within a few words, the first of them a name.
    fn is_said_after(&self) -> bool {
        let after = self
            .text
            .string(self.closed..self.limit.min(self.closed + LONGEST_LOOK));
        after
            .split_whitespace()
            .take(LONGEST_SPEAKER + 1)
            .take_while(|word| !word.contains(['.', '?', '!', '“', '"']) || is_speech_token(word))
            .any(is_speech_token)
    }

    fn ellipsis_end(&self, next: &Next, dots: usize) -> Option<usize> {
        let bracketed =
            self.before() == Some('[') && self.text.within(self.run.end, self.limit) == Some(']');
        if bracketed || next.lower && !next.quoted {
            return None;
        }
        let attached = self.before().is_some_and(|char| !char.is_whitespace());
        let spaced = self
            .text
            .slice(self.run.clone())
            .iter()
            .any(|char| char.is_whitespace());
        if attached && spaced && dots > 3 {
            return Some(self.run.start + 1);
        }
        if !attached && dots <= 3 {
            return None;
        }
        Some(self.closed)
    }

    fn full_stop_ends(&self, next: &Next) -> bool {
        if next.lower && !next.quoted || !next.starts_sentence {
            return false;
        }
        let range = self.word();
        let word = self.text.string(range.clone());
        if self.is_list_marker(&range, &word) {
            return false;
        }
        if self.closed > self.run.end {
            return true;
        }
        let mut letters = word.chars();
        if let (Some(letter), None) = (letters.next(), letters.next())
            && letter.is_uppercase()
        {
            return is_starter(&next.word) && !(self.is_after_capital(&range) && letter != 'I');
        }
        match Abbreviation::of(&word) {
            None => true,
            Some(Abbreviation::BeforeName) => false,
            Some(Abbreviation::BeforeNumber) => !next.digit,
            Some(Abbreviation::TimeOfDay) => {
                !next.dash && !follows_time(&next.word) && self.words_before() > SHORTEST_CLAUSE
            }
            Some(Abbreviation::Anywhere) => {
                !next.dash
                    && (next.quoted || is_starter(&next.word) || self.starts_clause_after(&word))
            }
        }
    }

    /// "… to the U.S.A. Trump met him there": a name with its verb behind an acronym of three letters or more. Those of two
    /// stand before nouns far more often ("the U.S. Treasury said").
    fn starts_clause_after(&self, acronym: &str) -> bool {
        let letters = acronym.chars().filter(|char| char.is_alphabetic());
        if letters.count() < 3 || !acronym.contains('.') {
            return false;
        }
        let end = self.limit.min(self.closed + LONGEST_LOOK);
        let after = self.text.string(self.closed..end).to_lowercase();
        let mut words = after.split_whitespace();
        let (Some(name), Some(verb)) = (words.next(), words.next()) else {
            return false;
        };
        let finite = Classes::BE
            .or(Classes::AUXILIARY)
            .or(Classes::IRREGULAR_PAST);
        let says = Classes::of(verb);
        let acts = says.is(finite) || says.is(Classes::VERB) && says.is(Classes::FINITE);
        acts && !vocabulary().persons.titles.contains(name)
    }

    /// "1. The first item": the number or letter that opens a sentence is no sentence.
    fn is_list_marker(&self, range: &Range<usize>, word: &str) -> bool {
        let opening = self
            .text
            .slice(self.start..range.start)
            .iter()
            .all(|&char| char.is_whitespace() || is_bullet(char));
        let number = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        let letter = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        opening && !word.is_empty() && (number || letter)
    }

    /// Whether the word before this one is capitalized, so that a letter is an initial.
    fn is_after_capital(&self, word: &Range<usize>) -> bool {
        let before = self.text.trim(self.start..word.start);
        let previous = self
            .text
            .slice(before)
            .rsplit(|char| char.is_whitespace())
            .next()
            .and_then(|word| word.iter().find(|char| char.is_alphanumeric()));
        previous.is_none_or(|char| char.is_uppercase())
    }

    fn words_before(&self) -> usize {
        self.text
            .string(self.start..self.run.start)
            .split_whitespace()
            .count()
    }
}

fn is_speech_token(word: &str) -> bool {
    is_speech_verb(word.trim_matches(|char: char| !char.is_alphanumeric()))
}

/// What stands behind a stop.
#[derive(Debug, Default)]
struct Next {
    /// The next word, without quotes and brackets before it.
    word: String,
    lower: bool,
    digit: bool,
    dash: bool,
    bullet: bool,
    /// A quotation mark opens it.
    quoted: bool,
    /// It is something that a sentence can start with, not a comma or the like.
    starts_sentence: bool,
}

impl Next {
    fn after(text: &CharText, at: usize, limit: usize) -> Option<Self> {
        let mut next = Self::default();
        let mut at = text.skip_space(at, limit);
        next.bullet = text.within(at, limit).is_some_and(is_bullet);
        while let Some(char) = text.within(at, limit) {
            if is_opening_quote(char) {
                next.quoted = true;
            } else if is_dash(char) {
                next.dash = true;
            } else if !is_opener(char) && !char.is_whitespace() {
                break;
            }
            at += 1;
        }
        let first = text.within(at, limit)?;
        next.lower = first.is_lowercase();
        next.digit = first.is_numeric();
        next.starts_sentence =
            first.is_alphanumeric() || matches!(first, '$' | '€' | '£' | '#' | '@' | '.' | '…');
        next.word = (at..limit)
            .map_while(|at| text.get(at))
            .take_while(|&char| char.is_alphanumeric() || matches!(char, '\'' | '’'))
            .collect();
        Some(next)
    }
}
