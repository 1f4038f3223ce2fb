//! Words by which speech is given to a speaker, with what they say.

use std::iter;
use std::ops::Range;

use super::frames::{frame, goes_on, said_from};
use super::nominal::{according_to, asked, hearsay, noun};
use crate::actors::syntax::{
    MARKS, Phrase, Sentence, Who, clause_subject, is_finite, phrase_before, phrase_from,
};
use crate::text::Classes;

/// A word of saying with its subject.
#[derive(Debug)]
pub(super) struct Cue {
    pub who: Who,
    /// Byte offset of the word in the sentence.
    pub at: usize,
    /// Byte offset where the words of the cue before end: the subject if it starts a clause of its
    /// own ("Biden denied it, though Trump said ..."), else the verb ("Biden said Trump claimed ...").
    pub clause: usize,
    /// What is said, as byte ranges in the sentence.
    pub content: Vec<Range<usize>>,
}

/// Longest insertion between commas: "Dmitry Peskov, the Kremlin spokesman, said".
const LONGEST_INSERTION: usize = 16;
/// And of one about whom a sentence opens with.
const LONGEST_APPOSITION: usize = 32;
/// A reported clause stands before its verb if no more words than these follow the verb.
const LONGEST_TAIL: usize = 10;

/// The cues of a sentence, in order.
pub(super) fn cues(sentence: &Sentence) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    let mut from = 0;
    for at in 0..sentence.words.len() {
        let word = &sentence.words[at];
        if word.quoted || sentence.is_name(at) {
            continue;
        }
        let found = if word.lower == "according" {
            according_to(sentence, at, from)
        } else if word.is(Classes::HEARSAY) {
            hearsay(sentence, at, from)
        } else if word.is(Classes::ING) && word.is(Classes::VERB) {
            participle(sentence, at, cues.last())
        } else if word.is(Classes::VERB) && word.is(Classes::FINITE) {
            let asked = || {
                (at < 2 && word.lower == "asked")
                    .then(|| asked(sentence, at))
                    .flatten()
            };
            asked()
                .or_else(|| finite(sentence, at, from))
                .or_else(|| noun(sentence, at))
        } else if word.is(Classes::NOUN_OF_SAYING) {
            // In "said in a statement that" the verb says it.
            let said = |cue: &Cue| {
                cue.content
                    .first()
                    .is_some_and(|part| part.start > word.bytes.end)
            };
            noun(sentence, at).filter(|_| !cues.last().is_some_and(said))
        } else {
            None
        };
        if let Some(cue) = found {
            close_previous(&mut cues, &cue);
            from = word.bytes.end;
            cues.push(cue);
        }
    }
    cues
}

/// What the cue before said ends where the next one starts.
fn close_previous(cues: &mut [Cue], next: &Cue) {
    let content = next.content.first();
    let start = content.map_or(next.clause, |part| part.start.min(next.clause));
    for cue in cues {
        for part in &mut cue.content {
            part.end = part.end.min(start.max(part.start));
        }
    }
}

fn finite(sentence: &Sentence, at: usize, from: usize) -> Option<Cue> {
    let words = &sentence.words;
    let verb = &words[at];
    let subject = if verb.follows_quotation() {
        inverted_subject(sentence, at).or_else(|| subject_before(sentence, at))
    } else {
        subject_before(sentence, at).or_else(|| inverted_subject(sentence, at))
    }?;
    let behind = subject.words.end.max(at + 1);
    let start = words[subject.words.start.min(at)].bytes.start;
    // "Trump said it was over but insisted": the subject stands before the cue before.
    let start = if start < from {
        verb.bytes.start
    } else {
        start
    };
    // "As the Post reported, ...".
    let first = subject.words.start.min(at);
    let as_said = first > 0 && words[first - 1].lower == "as";
    if as_said && let Some(next) = words.get(behind).filter(|next| next.follows_comma()) {
        let start = next.bytes.start;
        return Some(Cue {
            who: subject.who,
            at: verb.bytes.start,
            clause: words[first - 1].bytes.start,
            content: said_from(sentence, start),
        });
    }
    let inverted = subject.words.start > at;
    let content = if inverted && start > from || said_before(sentence, start, at, behind, from) {
        let mut content: Vec<Range<usize>> =
            iter::once(from..start.min(verb.bytes.start)).collect();
        if !inverted {
            content.extend(carried_on(sentence, behind));
        }
        content
    } else {
        let source = subject
            .words
            .clone()
            .any(|index| words[index].is(Classes::SOURCE));
        let frame = frame(sentence, at, behind, source)?;
        let mut content = said_from(sentence, frame);
        if words[0].lower == "if" && from == 0 {
            content.insert(0, from..start);
        }
        content
    };
    Some(Cue {
        who: subject.who,
        at: verb.bytes.start,
        clause: if starts_clause(sentence, subject.words.start.min(at)) {
            start
        } else {
            verb.bytes.start
        },
        content,
    })
}

/// Whether a subject behind these words is that of a new clause.
fn starts_clause(sentence: &Sentence, subject: usize) -> bool {
    let gap = sentence.words[subject].gap;
    let clause = Classes::COORDINATOR
        .or(Classes::SUBORDINATOR)
        .or(Classes::RELATIVE);
    gap.contains([',', ';', '–', '—']) || subject > 0 && sentence.words[subject - 1].is(clause)
}

/// Whether what is said stands before the subject: a quotation that ends there, or a clause with a
/// comma and little behind the verb.
fn said_before(
    sentence: &Sentence,
    subject: usize,
    verb: usize,
    behind: usize,
    from: usize,
) -> bool {
    let before = sentence.text[from.min(subject)..subject].trim_end();
    if before.is_empty() {
        return false;
    }
    if before.ends_with(MARKS) {
        return sentence
            .quotations
            .iter()
            .any(|it| it.bytes.end < subject && subject <= it.bytes.end + 8);
    }
    let Some(next) = sentence.words.get(behind) else {
        return before.ends_with([',', '–', '—']) && before.split_whitespace().count() > 1;
    };
    let first = sentence
        .words
        .partition_point(|word| word.bytes.start < from);
    let last = sentence
        .words
        .partition_point(|word| word.bytes.start < subject);
    let clause = (first + 1..last).any(|at| is_finite(sentence, at))
        && (sentence.words[first].lower == "if"
            || !sentence.words[first].is(Classes::SUBORDINATOR));
    let tail = sentence.words.len() - behind;
    let goes_on = || goes_on(sentence, verb, behind);
    before.ends_with(',')
        && clause
        && !next.quoted
        && !next.gap.contains(':')
        && (next.follows_comma()
            || next.gap.starts_with(';')
            || told(sentence, verb, behind)
            || next.is(Classes::AFTER_VERB | Classes::DAY_OR_MONTH | Classes::ADVERB)
                && (tail <= LONGEST_TAIL || !goes_on()))
}

/// Whether "told" has nothing behind it but whom it is told.
fn told(sentence: &Sentence, verb: usize, behind: usize) -> bool {
    let tells =
        sentence.words[verb].is(Classes::SAY) && sentence.words[verb].lower.starts_with('t');
    let end = phrase_from(sentence, behind).map(|phrase| phrase.words.end);
    let next = end.map(|end| sentence.words.get(end));
    tells && next.is_some_and(|next| next.is_none_or(|next| next.follows_comma()))
}

/// What goes on behind an inserted "Trump said": quotations, and all words if a comma follows.
fn carried_on(sentence: &Sentence, behind: usize) -> Vec<Range<usize>> {
    let Some(next) = sentence.words.get(behind) else {
        return Vec::new();
    };
    let start = next.bytes.start;
    let leaves = Classes::ING
        .or(Classes::SUBORDINATOR)
        .or(Classes::RELATIVE)
        .or(Classes::COORDINATOR)
        .or(Classes::PREPOSITION);
    if next.follows_comma() && !next.quoted && !next.is(leaves) && !next.lower.ends_with("ing") {
        return said_from(sentence, start);
    }
    let later = sentence.quotations.iter().map(|it| it.bytes.clone());
    later.filter(|it| it.start >= start).collect()
}

/// "…, said Trump": the subject behind the verb.
fn inverted_subject(sentence: &Sentence, at: usize) -> Option<Phrase> {
    let verb = &sentence.words[at];
    let speaks = Classes::SAY.or(Classes::REPORT).or(Classes::ASK);
    let said = verb.follows_quotation() || verb.follows_comma() && verb.is(speaks);
    let next = sentence.words.get(at + 1)?;
    let phrase = (said && next.follows_directly() && !next.quoted)
        .then(|| phrase_from(sentence, at + 1))
        .flatten()?;
    // "Bob, who left, said Putin was tired": whoever does something is spoken of.
    let acts = is_finite(sentence, phrase.words.end)
        && sentence.words[phrase.words.end].follows_directly();
    (verb.follows_quotation() || !acts).then_some(phrase)
}

/// "Trump later said", "Peskov, the spokesman, said", "Trump left and said": the subject before the verb.
pub(super) fn subject_before(sentence: &Sentence, at: usize) -> Option<Phrase> {
    let words = &sentence.words;
    let verb = &words[at];
    let mut end = at;
    let mut auxiliary = false;
    let mut infinitive = false;
    loop {
        let comma = words[end].follows_comma();
        if comma || end == 0 {
            break;
        }
        let word = &words[end - 1];
        if word.quoted {
            return None;
        }
        // "Sen. Ann Bow (D-Mass.) said".
        if words[end].gap.starts_with(')')
            && let Some(open) = (0..end).rev().find(|&index| words[index].gap.contains('('))
        {
            end = open;
            continue;
        }
        let day = word.is(Classes::DAY_OR_MONTH);
        if word.is(Classes::BE) && !verb.is(Classes::ING) {
            return None;
        }
        auxiliary |= word.is(Classes::AUXILIARY);
        // "is reported to have called": the reporters' subject is the caller.
        let reported = word.is(Classes::PARTICIPLE)
            && end > 1
            && words[end - 2].is(Classes::BE)
            && words[end].lower == "to";
        if reported {
            end -= 2;
            infinitive = false;
            continue;
        }
        let passes = word.is(Classes::AUXILIARY.or(Classes::ADVERB).or(Classes::BE))
            || word.lower == "to" && end > 1 && verb.is(Classes::BASE.or(Classes::PAST))
            || day;
        if !passes || sentence.is_name(end - 1) {
            break;
        }
        infinitive |= word.lower == "to";
        end -= 1;
        if day && end > 0 && words[end - 1].lower == "on" {
            end -= 1;
        }
    }
    // Only a plural or a modal verb goes with a base form: "critics say", "he did not say".
    let base = verb.is(Classes::BASE) && !verb.is(Classes::PAST);
    let agrees = |phrase: &Phrase| !base || auxiliary || is_plural(sentence, phrase);
    if words[end].follows_comma() && end > 0 {
        // ", called superdelegates," is no verb of the sentence.
        let participle = verb.is(Classes::NAME | Classes::JUDGE) && end == at;
        if participle {
            return None;
        }
        return inserted(sentence, end).filter(agrees);
    }
    let before = end.checked_sub(1).map(|last| &words[last]);
    let coordinated = before.is_some_and(|word| word.is(Classes::COORDINATOR));
    if coordinated || infinitive {
        return clause_subject(sentence, end.saturating_sub(1))
            .filter(|_| !base || infinitive || auxiliary);
    }
    let relative = before.is_some_and(|word| word.is(Classes::RELATIVE));
    if relative {
        let phrase = phrase_before(sentence, end - 1)?;
        // "Ann Bow, the minister, who said": the name stands before.
        let named = words[phrase.words.start]
            .follows_comma()
            .then(|| phrase_before(sentence, phrase.words.start))
            .flatten()
            .filter(|it| it.who.has_name());
        return Some(named.filter(|_| !phrase.who.has_name()).unwrap_or(phrase)).filter(agrees);
    }
    phrase_before(sentence, end).filter(agrees)
}

/// Whether a subject goes with "say" rather than "says".
fn is_plural(sentence: &Sentence, phrase: &Phrase) -> bool {
    match phrase.who {
        Who::They => true,
        Who::He | Who::She | Who::Named(_) => false,
        Who::Actor(_) | Who::Described { .. } | Who::Unnamed => {
            let head = phrase
                .words
                .clone()
                .find(|&at| sentence.words[at].is(Classes::PREPOSITION))
                .unwrap_or(phrase.words.end);
            let mut words = sentence.words[phrase.words.start..head].iter();
            words.any(|word| word.lower.ends_with('s') || word.is(Classes::PEOPLE))
        }
    }
}

/// "Dmitry Peskov, the Kremlin spokesman, said", "Bob, who left, said": the subject before what stands between commas.
fn inserted(sentence: &Sentence, end: usize) -> Option<Phrase> {
    let words = &sentence.words;
    let sure = end.saturating_sub(LONGEST_INSERTION).max(1);
    let earliest = end.saturating_sub(LONGEST_APPOSITION).max(1);
    let mut found = None;
    for at in (earliest..end).rev() {
        if !words[at].follows_comma() || words[at].quoted {
            continue;
        }
        // What is longer is about whom the sentence opens with: "Ann Bow, a fellow at the Center for ..., said".
        if at < sure {
            let opens = words[at].is(Classes::DETERMINER) || words[at].lower == "who";
            let name = phrase_before(sentence, at)
                .filter(|it| found.is_none() && opens && it.words.start == 0 && it.who.has_name());
            match name {
                Some(name) => return Some(name),
                None => continue,
            }
        }
        let Some(phrase) = phrase_before(sentence, at) else {
            continue;
        };
        let is_list = phrase.words.start > 0 && words[phrase.words.start].follows_comma();
        let certain = matches!(
            phrase.who,
            Who::Named(_) | Who::Actor(_) | Who::He | Who::She | Who::They
        );
        // "her adviser, Ann Bow, said": the name is what is inserted.
        let between = phrase_from(sentence, at).filter(|it| it.words.end == end);
        if !certain
            && !sentence.is_name(at - 1)
            && let Some(name) = between.filter(|it| it.who.has_name())
        {
            return Some(name);
        }
        found = Some(phrase);
        if certain && !is_list {
            break;
        }
    }
    found
}

/// ", warning Europe not to ...", "while saying", "is demanding that", "a letter saying that".
fn participle(sentence: &Sentence, at: usize, before: Option<&Cue>) -> Option<Cue> {
    let word = &sentence.words[at];
    let who = participle_subject(sentence, at, before)?;
    let start = frame(sentence, at, at + 1, false)?;
    Some(Cue {
        who,
        at: word.bytes.start,
        clause: word.bytes.start,
        content: said_from(sentence, start),
    })
}

/// Who does what a participle says; `before` is the cue before it in its sentence.
pub(super) fn participle_subject(
    sentence: &Sentence,
    at: usize,
    before: Option<&Cue>,
) -> Option<Who> {
    let words = &sentence.words;
    let word = &words[at];
    let previous = at.checked_sub(1).map(|index| &words[index]);
    let adverbs = (0..at)
        .rev()
        .take_while(|&index| {
            words[index].is(Classes::ADVERB) && words[index + 1].follows_directly()
        })
        .count();
    let progressive = (at - adverbs)
        .checked_sub(1)
        .is_some_and(|index| words[index].is(Classes::BE) && !words[index].quoted);
    let quoted_as = word.is(Classes::SAY) && previous.is_some_and(|it| it.lower == "as");
    if quoted_as {
        quoted_subject(sentence, at - 1)
    } else if progressive {
        subject_before(sentence, at).map(|phrase| phrase.who)
    } else {
        let own_clause = word.follows_comma()
            || previous.is_some_and(|it| {
                it.is(Classes::SUBORDINATOR)
                    || matches!(&*it.lower, "by" | "in" | "before" | "after" | "and")
            });
        let said = before.filter(|_| own_clause).map(|cue| cue.who.clone());
        // "with Ann Bow calling it a win".
        let with = || {
            let phrase = phrase_before(sentence, at).filter(|_| !own_clause)?;
            let before = words[..phrase.words.start].last()?;
            (before.lower == "with").then_some(phrase)
        };
        let subject = || with().or_else(|| clause_subject(sentence, at));
        said.or_else(|| subject().map(|phrase| phrase.who))
    }
}

/// "Putin was quoted by TASS as saying", "The minister quoted Trump as saying": who speaks before this "as".
fn quoted_subject(sentence: &Sentence, at: usize) -> Option<Who> {
    let words = &sentence.words;
    let quoted = (at.saturating_sub(8)..at).rev().find(|&index| {
        matches!(
            &*words[index].lower,
            "quoted" | "cited" | "quotes" | "cites"
        )
    })?;
    let passive = quoted > 0 && words[quoted - 1].is(Classes::BE);
    let phrase = match passive {
        true => phrase_before(sentence, quoted - 1),
        false => phrase_from(sentence, quoted + 1),
    };
    phrase.map(|phrase| phrase.who)
}
