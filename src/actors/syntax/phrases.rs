//! Noun phrases: who a subject is.

use std::ops::Range;

use super::Sentence;
use crate::actors::persons::is_title;
use crate::text::Classes;

/// Who a phrase speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::actors) enum Who {
    /// An actor, by its place in the catalogue.
    Actor(usize),
    /// Somebody by name, as the sentence has it, titles and all.
    Named(String),
    /// Somebody without a name of their own, as the sentence has it without articles.
    Described {
        /// "Clinton supporters", "Polish president", "minister".
        words: String,
        /// Whether somebody's name is among the words.
        by_name: bool,
    },
    /// Somebody without any name: "officials".
    Unnamed,
    /// One person spoken of before.
    He,
    /// The same, a woman.
    She,
    /// Several, or a body by its people.
    They,
}

impl Who {
    /// Whether the words are somebody's own name.
    pub fn has_name(&self) -> bool {
        matches!(self, Self::Actor(_) | Self::Named(_))
    }
}

/// A phrase and the words that it takes up.
#[derive(Debug, Clone)]
pub(in crate::actors) struct Phrase {
    pub who: Who,
    pub words: Range<usize>,
}

/// Longest phrase, in words.
const LONGEST: usize = 14;

/// Words that end a noun phrase wherever they stand.
pub(in crate::actors) const BORDER: Classes = Classes::COORDINATOR
    .or(Classes::SUBORDINATOR)
    .or(Classes::RELATIVE)
    .or(Classes::QUESTION)
    .or(Classes::BE)
    .or(Classes::AUXILIARY)
    .or(Classes::PRONOUN);

/// The phrase that ends before a word: "officials in Kyiv" before "said".
pub(in crate::actors) fn phrase_before(sentence: &Sentence, end: usize) -> Option<Phrase> {
    let words = &sentence.words;
    let last = end.checked_sub(1)?;
    if let Some(who) = pronoun(&words[last].lower) {
        return Some(Phrase {
            who,
            words: last..end,
        });
    }
    if words[last].is(Classes::PREPOSITION | Classes::DETERMINER)
        && !words[last].is(Classes::PEOPLE)
    {
        return None;
    }
    let mut start = end;
    while start > 0 && end - start < LONGEST {
        let word = &words[start - 1];
        let joined = start == end || words[start].follows_directly();
        let verb = word.is(Classes::SAY)
            || word.is(Classes::VERB) && word.is(Classes::PAST)
            || matches!(
                &*word.lower,
                "that" | "after" | "before" | "since" | "until" | "now" | "not" | "never"
            );
        if !joined || word.quoted || (verb || word.is(BORDER)) && !sentence.is_name(start - 1) {
            break;
        }
        start -= 1;
    }
    let chunk = start..end;
    let is_preposition = |at: &usize| words[*at].is(Classes::PREPOSITION) && !sentence.is_name(*at);
    let mut from = start;
    if chunk
        .clone()
        .next()
        .is_some_and(|first| is_preposition(&first))
    {
        // "In a statement Trump said": the name behind is the subject, unless the preposition is its own.
        let run = name_before(sentence, end)?;
        let own = run.start.checked_sub(1).is_none_or(|before| {
            let article = words[before].is(Classes::DETERMINER);
            is_preposition(&before) || article && before > start && is_preposition(&(before - 1))
        });
        if own {
            return None;
        }
        from = run.start;
    }
    while from < end && words[from].is(Classes::ADVERB) && !sentence.is_name(from) {
        from += 1;
    }
    let head_end = (from..end).find(is_preposition).unwrap_or(end);
    // "Secretary of State Ann Bow": titles name nobody.
    let titles = (from..head_end).all(|at| is_title(words[at].text));
    if titles
        && head_end < end
        && let Some(run) = name_before(sentence, end)
        && run.len() > 1
    {
        return classify(sentence, run, end);
    }
    // "Saturday at a rally Ann Bow said": what opens is no subject.
    classify(sentence, from..head_end, end).or_else(|| {
        let run = name_before(sentence, end).filter(|_| head_end < end)?;
        let before = run.start.checked_sub(1)?;
        let free = !words[before].is(Classes::PREPOSITION | Classes::DETERMINER);
        free.then(|| classify(sentence, run, end)).flatten()
    })
}

/// The phrase that starts at a word: "White House spokesman Bob Ray" behind "said".
pub(in crate::actors) fn phrase_from(sentence: &Sentence, start: usize) -> Option<Phrase> {
    let words = &sentence.words;
    let first = words.get(start)?;
    if let Some(who) = pronoun(&first.lower) {
        return Some(Phrase {
            who,
            words: start..start + 1,
        });
    }
    let mut end = start;
    while let Some(word) = words.get(end)
        && end - start < LONGEST
    {
        let joined = end == start || word.follows_directly();
        let border = BORDER.or(Classes::PREPOSITION).or(Classes::DAY_OR_MONTH);
        let outside = word.quoted && !first.quoted;
        let is_verb = end > start
            && word.is(Classes::VERB)
            && !sentence.is_name(end)
            && !word.is(Classes::NOUN_OF_SAYING);
        let noun = is_plain_noun(sentence, end)
            || !word.lower.ends_with("ing") && !is_finite(sentence, end);
        let past_name = end > start
            && sentence.is_name(end - 1)
            && !sentence.is_name(end)
            && !(words[end - 1].is_possessive() || noun);
        if !joined
            || outside
            || is_verb
            || past_name
            || word.lower == "that"
            || word.is(border) && !sentence.is_name(end)
            || end > start && word.is(Classes::ADVERB) && !sentence.is_name(end)
        {
            break;
        }
        end += 1;
    }
    let head_end = end;
    // "a spokesman for the Kremlin" is described by the name.
    if end > start && !sentence.is_name(end - 1) {
        while let Some(word) = words.get(end)
            && matches!(&*word.lower, "of" | "for" | "at" | "from")
            && word.follows_directly()
            && let Some(rest) = phrase_from(sentence, end + 1)
            && end - start < LONGEST
        {
            end = rest.words.end;
        }
    }
    classify(sentence, start..head_end, end)
}

/// A noun behind a name that belongs to it: "Trump supporters".
fn is_plain_noun(sentence: &Sentence, at: usize) -> bool {
    let word = &sentence.words[at];
    let next = sentence.words.get(at + 1);
    let ends = next.is_none_or(|next| {
        !next.follows_directly()
            || is_finite(sentence, at + 1)
            || next.is(Classes::RELATIVE)
            || next.lower == "that"
            || next.lower.ends_with("ing")
    });
    word.ends_in_s() && !word.is(Classes::VERB) && ends
}

/// Whom a head names or describes; `end` is where the phrase ends with all that follows its head.
fn classify(sentence: &Sentence, head: Range<usize>, end: usize) -> Option<Phrase> {
    let words = &sentence.words;
    let last = head.end.checked_sub(1).filter(|&last| last >= head.start)?;
    let phrase = |who| {
        Some(Phrase {
            who,
            words: head.start..end,
        })
    };
    if words[last].is_possessive() {
        return None;
    }
    if let Some(run) = name_before(sentence, head.end)
        && run.start >= head.start
    {
        // "a claim Moscow denies": the name is a subject of its own.
        let before = run
            .start
            .checked_sub(1)
            .filter(|&before| before > head.start);
        let apart = words[head.start].is(Classes::DETERMINER)
            && before
                .is_some_and(|before| words[before].is(Classes::NOUN_OF_SAYING | Classes::VERB));
        let phrase = |who| {
            Some(Phrase {
                who,
                words: if apart {
                    run.start..end
                } else {
                    head.start..end
                },
            })
        };
        if let Some(actor) = sentence.actor_of(last) {
            return phrase(Who::Actor(actor));
        }
        if run.len() == 1 && !is_certain(sentence, run.start) {
            return None;
        }
        let bytes = words[run.start].bytes.start..words[last].bytes.end;
        return phrase(Who::Named(sentence.text[bytes].to_owned()));
    }
    let is_determiner = |at: usize| words[at].is(Classes::DETERMINER);
    let plural = |at: usize| words[at].ends_in_s() || words[at].is(Classes::PEOPLE);
    let nominal = is_determiner(head.start)
        || head.clone().any(plural)
        || words[last].is(Classes::PEOPLE)
        || head.clone().any(|at| words[at].is_possessive());
    let bare = head.len() == 1 && is_determiner(last) && !words[last].is(Classes::PEOPLE);
    if !nominal || bare || words[last].is(Classes::DAY_OR_MONTH) {
        return None;
    }
    let named = (head.start..end).any(|at| sentence.is_name(at));
    let from = head
        .clone()
        .find(|&at| !is_determiner(at) || words[at].is_possessive())
        .unwrap_or(head.start);
    let definite = words[head.start].lower == "the";
    if !named && !definite {
        return phrase(Who::Unnamed);
    }
    let bytes = words[from].bytes.start..words[end - 1].bytes.end;
    phrase(Who::Described {
        words: sentence.text[bytes].to_owned(),
        by_name: named,
    })
}

/// Whether one capitalized word is surely a name.
fn is_certain(sentence: &Sentence, at: usize) -> bool {
    at > 0
        || sentence.names.contains(sentence.words[at].stem())
        || sentence.acts(at)
        || sentence.is_told_of(at)
}

/// The name that ends before a word.
fn name_before(sentence: &Sentence, end: usize) -> Option<Range<usize>> {
    let words = &sentence.words;
    let mut start = end;
    while start > 0 && sentence.is_name(start - 1) {
        let joined = start == end || words[start].follows_directly();
        let owner = start < end && words[start - 1].is_possessive();
        let other = start < end && words[start].mention.is_some() && {
            // "In Moscow Putin said": a mention is a name of its own.
            words[start - 1].mention != words[start].mention
        };
        if !joined || owner || other {
            break;
        }
        start -= 1;
    }
    (start < end).then_some(start..end)
}

fn pronoun(lower: &str) -> Option<Who> {
    match lower {
        "he" => Some(Who::He),
        "she" => Some(Who::She),
        "they" => Some(Who::They),
        _ => None,
    }
}

/// The subject of the clause that a word stands in: the phrase that the clause opens with, behind what is set off by a
/// comma ("In Iowa, Trump ...").
pub(in crate::actors) fn clause_subject(sentence: &Sentence, at: usize) -> Option<Phrase> {
    let words = &sentence.words;
    let starts_clause = |index: &usize| {
        let word = &words[*index];
        *index == 0
            || word.gap.contains([';', '—', '–'])
            || word.follows_comma()
                && word.is(Classes::COORDINATOR)
                && phrase_with_verb(sentence, index + 1, at)
    };
    let start = (0..at).rev().find(starts_clause)?;
    let mut from = start;
    while from < at && (words[from].is(Classes::COORDINATOR) || words[from].quoted) {
        from += 1;
    }
    let opening = Classes::PREPOSITION
        .or(Classes::SUBORDINATOR)
        .or(Classes::ADVERB)
        .or(Classes::ING);
    if from < at && words[from].is(opening) && !sentence.is_name(from) {
        let comma = (from + 1..at).find(|&index| words[index].follows_comma());
        from = comma.unwrap_or(from + 1);
    }
    phrase_from(sentence, from).filter(|phrase| phrase.words.end <= at)
}

/// Whether a phrase and a verb behind it start at a word.
fn phrase_with_verb(sentence: &Sentence, start: usize, limit: usize) -> bool {
    phrase_from(sentence, start)
        .is_some_and(|phrase| phrase.words.end < limit && is_finite(sentence, phrase.words.end))
        || is_subject_pronoun(sentence, start)
}

pub(in crate::actors) fn is_subject_pronoun(sentence: &Sentence, at: usize) -> bool {
    let word = sentence.words.get(at);
    word.is_some_and(|word| word.is(Classes::PRONOUN))
}

/// Whether a word looks like a finite verb.
pub(in crate::actors) fn is_finite(sentence: &Sentence, at: usize) -> bool {
    let Some(word) = sentence.words.get(at) else {
        return false;
    };
    let verb = Classes::BE.or(Classes::AUXILIARY);
    if word.is(verb) || word.is(Classes::VERB) && word.is(Classes::FINITE) {
        return true;
    }
    let open = !word.is(BORDER.or(Classes::PREPOSITION).or(Classes::DETERMINER));
    if word.is(Classes::ADVERB) {
        return is_finite(sentence, at + 1);
    }
    !word.is_capitalized()
        && open
        && (word.lower.ends_with("ed") || word.ends_in_s() || word.is(Classes::IRREGULAR_PAST))
}
