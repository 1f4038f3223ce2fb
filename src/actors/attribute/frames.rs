//! What is said: where it starts behind a word of saying, and where it ends.

use std::iter;
use std::ops::Range;

use crate::actors::syntax::{Sentence, is_finite, is_subject_pronoun, phrase_from};
use crate::text::Classes;

/// How far behind a verb its "that" may stand ("said in a statement on Tuesday that").
const LONGEST_WAY_TO_THAT: usize = 9;
/// Longest subject of a clause, in words.
const LONGEST_SUBJECT: usize = 14;
/// How far behind a verb of judging the reason may stand ("accused the leaders of Europe of lying").
const LONGEST_OBJECT: usize = 12;

/// Where what is said starts, as a byte of the sentence, behind a verb and, if it stands there, its subject; `None` if the
/// verb says nothing here. What a poll or a paper (`source`) shows, it says, be it a thing.
pub(super) fn frame(
    sentence: &Sentence,
    verb: usize,
    behind: usize,
    source: bool,
) -> Option<usize> {
    let words = &sentence.words;
    let word = &words[verb];
    let next = words.get(behind)?;
    let start = next.bytes.start;
    let quotes = next.quoted || next.gap.contains(':');
    if quotes {
        return Some(start);
    }
    if let Some(that) = that_behind(sentence, behind) {
        return Some(words[that].bytes.end);
    }
    if word.is(Classes::SAY) {
        return match word.lower.starts_with("t") {
            true => after_addressee(sentence, behind),
            false => Some(start),
        };
    }
    if next.follows_comma() {
        return None;
    }
    let behind = past_time(sentence, behind);
    let next = words.get(behind)?;
    let start = next.bytes.start;
    let asks = next.is(Classes::QUESTION);
    let to = next.lower == "to"
        || next.lower == "not" && words.get(behind + 1).is_some_and(|it| it.lower == "to");
    if word.is(Classes::REPORT | Classes::THINK) && (asks || is_clause(sentence, behind)) {
        return Some(start);
    }
    if word.is(Classes::PROMISE | Classes::THINK | Classes::URGE) && to
        || word.is(Classes::WARN) && next.lower == "of"
    {
        return Some(start);
    }
    if word.is(Classes::SHOW) && (source || is_clause(sentence, behind)) {
        return Some(start);
    }
    if word.is(Classes::ASK) && (asks || next.lower == "about") {
        return Some(start);
    }
    if word.is(Classes::ASK)
        && let Some(object) = phrase_from(sentence, behind)
        && words
            .get(object.words.end)
            .is_some_and(|it| it.lower == "for")
    {
        return Some(start);
    }
    if word.is(Classes::ASK | Classes::URGE | Classes::REPORT)
        && objects_end(sentence, behind).is_some_and(|end| is_to_do(sentence, end))
    {
        return Some(start);
    }
    if word.is(Classes::NAME) && matches!(&*next.lower, "on" | "for") {
        return Some(next.bytes.end);
    }
    if word.is(Classes::NAME) && words.len() > behind + 1 && !next.is(Classes::PREPOSITION) {
        // "called him a liar", but not "called the winner".
        let object = phrase_from(sentence, behind).map(|object| words.get(object.words.end));
        let stops = Classes::PREPOSITION | Classes::COORDINATOR | Classes::SUBORDINATOR;
        let named = object.is_none_or(|next| {
            next.is_some_and(|next| (next.follows_directly() || next.quoted) && !next.is(stops))
        });
        return named.then_some(start);
    }
    if word.is(Classes::JUDGE) && says_why(sentence, verb, behind) {
        return Some(start);
    }
    None
}

/// Whether what is said goes on behind a verb: a quotation, "that" or a clause.
pub(super) fn goes_on(sentence: &Sentence, verb: usize, behind: usize) -> bool {
    let behind = past_time(sentence, behind);
    let quotes = sentence.words.get(behind).is_some_and(|next| next.quoted);
    let says =
        !sentence.words[verb].is(Classes::SAY) && frame(sentence, verb, behind, false).is_some();
    quotes
        || says
        || behind < sentence.words.len()
            && (that_behind(sentence, behind).is_some() || is_clause(sentence, behind))
}

/// Behind a time: "on Wednesday", "Wednesday", "last week".
fn past_time(sentence: &Sentence, behind: usize) -> usize {
    let words = &sentence.words;
    let is_day = |at: usize| {
        words
            .get(at)
            .is_some_and(|word| word.is(Classes::DAY_OR_MONTH))
    };
    match &*words[behind].lower {
        "on" if is_day(behind + 1) => behind + 2,
        "last" | "this" | "earlier" if words.len() > behind + 2 => behind + 2,
        _ if is_day(behind) => behind + 1,
        _ => behind,
    }
}

/// The "that" which a verb leads to, over a time, a place or whom it is said to.
fn that_behind(sentence: &Sentence, behind: usize) -> Option<usize> {
    let words = &sentence.words;
    let limit = words.len().min(behind + LONGEST_WAY_TO_THAT);
    let leads = |at: usize| {
        words[at].is(Classes::PREPOSITION | Classes::DAY_OR_MONTH | Classes::ADVERB)
            || words[at].lower == "that"
    };
    let told = phrase_from(sentence, behind).map(|phrase| phrase.words.end);
    if !leads(behind) && !told.is_some_and(|end| end < limit && leads(end)) {
        return None;
    }
    let mut at = behind;
    while at < limit {
        let word = &words[at];
        let parted = at > behind && !word.follows_directly();
        if parted || word.quoted {
            return None;
        }
        let demonstrative = words
            .get(at + 1)
            .is_none_or(|next| !next.follows_directly());
        if word.lower == "that" && !demonstrative {
            return Some(at);
        }
        if word.is(Classes::QUESTION | Classes::BE | Classes::AUXILIARY) && word.lower != "that" {
            return None;
        }
        at += 1;
    }
    None
}

/// Where what is said starts behind "told": after whom it is told, who is no part of it.
fn after_addressee(sentence: &Sentence, behind: usize) -> Option<usize> {
    let words = &sentence.words;
    let end = match phrase_from(sentence, behind) {
        Some(phrase) => phrase.words.end,
        None if matches!(
            &*words[behind].lower,
            "me" | "us" | "him" | "her" | "them" | "you"
        ) =>
        {
            behind + 1
        }
        None => return Some(words[behind].bytes.start),
    };
    let next = words.get(end)?;
    Some(next.bytes.start)
}

/// Whether a clause starts at a word: a subject with its verb.
fn is_clause(sentence: &Sentence, at: usize) -> bool {
    if is_subject_pronoun(sentence, at) {
        return true;
    }
    let words = &sentence.words;
    let direct = |at: usize| words.get(at).is_some_and(|word| word.follows_directly());
    let at_verb = |end: usize| direct(end) && is_finite(sentence, end);
    let Some(mut end) = phrase_from(sentence, at).map(|phrase| phrase.words.end) else {
        return false;
    };
    if at_verb(end) {
        return true;
    }
    // "Trump's refusal to step aside would ...", "Clinton and other Democrats do ...".
    let stops = Classes::RELATIVE
        .or(Classes::SUBORDINATOR)
        .or(Classes::QUESTION);
    let limit = words.len().min(at + LONGEST_SUBJECT);
    while end < limit && direct(end) && !words[end].is(stops) && words[end].lower != "that" {
        if words[end].is(Classes::BE.or(Classes::AUXILIARY)) {
            return true;
        }
        end += 1;
    }
    false
}

/// Whether a subject with a verb of saying starts at a word.
fn is_reported(sentence: &Sentence, at: usize) -> bool {
    let end = phrase_from(sentence, at).map(|phrase| phrase.words.end);
    let verb = end.and_then(|end| sentence.words.get(end));
    verb.is_some_and(|verb| verb.is(Classes::REPORT) && verb.is(Classes::FINITE))
}

/// Where one object ends, or several: "Europe and Kyiv".
pub(super) fn objects_end(sentence: &Sentence, at: usize) -> Option<usize> {
    let end = phrase_from(sentence, at)?.words.end;
    let joined = sentence
        .words
        .get(end)
        .is_some_and(|word| word.follows_directly() && matches!(&*word.lower, "and" | "or"));
    let last = joined.then(|| objects_end(sentence, end + 1)).flatten();
    Some(last.unwrap_or(end))
}

/// Whether what somebody is to do starts at a word: "to pay", "not to pay", "make a deal".
fn is_to_do(sentence: &Sentence, at: usize) -> bool {
    let words = &sentence.words;
    let Some(word) = words.get(at).filter(|word| word.follows_directly()) else {
        return false;
    };
    let not = word.lower == "not" && words.get(at + 1).is_some_and(|next| next.lower == "to");
    word.lower == "to" || not
}

/// Whether a judgement says why or as what, behind its object.
fn says_why(sentence: &Sentence, verb: usize, behind: usize) -> bool {
    let words = &sentence.words;
    let limit = words.len().min(behind + LONGEST_OBJECT);
    let reasons: &[&str] = match sentence.words[verb].lower.starts_with("accus") {
        true => &["of"],
        false => &["for", "as", "over"],
    };
    (behind + 1..limit)
        .take_while(|&at| words[at].follows_directly() || words[at].quoted)
        .any(|at| reasons.contains(&&*words[at].lower))
}

/// What starts at a byte, to its end.
pub(super) fn said_from(sentence: &Sentence, start: usize) -> Vec<Range<usize>> {
    iter::once(start..content_end(sentence, start)).collect()
}

/// Where what starts at a byte ends: with the sentence, at a semicolon, where a quotation that it consists of ends, or
/// at a clause with a subject of its own.
pub(super) fn content_end(sentence: &Sentence, start: usize) -> usize {
    let words = &sentence.words;
    let first = words.partition_point(|word| word.bytes.start < start);
    let whole = sentence
        .quotations
        .iter()
        .find(|it| it.bytes.start <= start + 4 && start < it.bytes.end);
    if let Some(quotation) = whole {
        let text = sentence.text[quotation.bytes.clone()].trim_end();
        let after = sentence.text[quotation.bytes.end..]
            .trim_start_matches(['”', '"', '»', '’', '\'', '“', '«', ' ']);
        if text.ends_with(['.', '!', '?', ',', '…']) || after.starts_with([',', ';', '.']) {
            return quotation.bytes.end;
        }
    }
    for (at, word) in words.iter().enumerate().skip(first + 1) {
        if word.quoted {
            continue;
        }
        let border = word.bytes.start - word.gap.len();
        if word.gap.contains(';') {
            return border;
        }
        let clause = Classes::COORDINATOR | Classes::SUBORDINATOR;
        let comma = word.gap.contains(',');
        if comma && word.is(clause) && is_clause(sentence, at + 1) {
            return border;
        }
        // ", which Trump denied" is the author's.
        if comma && word.lower == "which" && is_reported(sentence, at + 1) {
            return border;
        }
    }
    sentence.text.len()
}
