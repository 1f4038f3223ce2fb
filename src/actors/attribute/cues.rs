//! Verbs of saying with their subjects, and what they say.

use std::iter;
use std::ops::Range;

use super::SentenceView;
use super::words::Word;
use crate::text::{Words, is_speech_verb, is_starter, vocabulary};

/// Who a cue says speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    Actor(usize),
    Name(String),
    /// One person spoken of before.
    HeOrShe,
    /// A group, or a body by its people ("European officials ... they").
    They,
}

/// A verb of saying (or "according to") with a subject that has a name.
#[derive(Debug)]
pub(super) struct Cue {
    pub subject: Subject,
    /// Byte offset of the verb in the sentence.
    pub verb: usize,
    /// Byte offset where the words of the cue before end: the subject if it starts a clause of its
    /// own ("Biden denied it, though Trump said ..."), else the verb ("Biden said Trump claimed ...").
    pub clause: usize,
    /// What is said, as byte ranges in the sentence.
    pub content: Vec<Range<usize>>,
}

/// Longest insertion between commas: "Dmitry Peskov, the Kremlin spokesman, said".
const LONGEST_INSERTION: usize = 12;
/// A reported clause stands before its verb if no more than this follows the verb.
const LONGEST_TAIL: usize = 8;
/// An actor that is first named behind so many bytes is no longer the subject of the sentence.
const LATEST_SUBJECT: usize = 40;

/// A subject with the tokens that it takes up.
struct Found {
    subject: Subject,
    tokens: Range<usize>,
}

/// The cues of a sentence, in order.
pub(super) fn cues(sentence: &SentenceView, quotes: &[Range<usize>]) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut last_subject: Option<Subject> = None;
    let mut from = 0;
    let speech = &vocabulary().speech;
    for at in 0..sentence.tokens.len() {
        let token = &sentence.tokens[at];
        if quotes
            .iter()
            .any(|quote| super::covers(quote, &token.bytes))
        {
            continue;
        }
        let lower = token.lower();
        let carries_on =
            token.follows_comma() || at > 0 && sentence.tokens[at - 1].lower() == "while";
        let cue = if carries_on && speech.participles.contains(&lower) {
            let subject = last_subject.clone().or_else(|| first_subject(sentence, at));
            subject.map(|subject| Cue {
                subject,
                verb: token.bytes.start,
                clause: token.bytes.start,
                content: iter::once(token.bytes.end..sentence.text.len()).collect(),
            })
        } else if !token.is_capitalized()
            && is_speech_verb(&lower)
            && (!speech.often_otherwise.contains(&lower) || introduces_speech(sentence, at))
        {
            verb_cue(sentence, at, from, quotes)
        } else if lower == "according" {
            according_to(sentence, at, from)
        } else {
            None
        };
        if let Some(cue) = cue {
            close_previous(&mut cues, &cue);
            last_subject = Some(cue.subject.clone());
            from = token.bytes.end;
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

fn verb_cue(
    sentence: &SentenceView,
    at: usize,
    from: usize,
    quotes: &[Range<usize>],
) -> Option<Cue> {
    let verb = &sentence.tokens[at];
    let found = if verb.gap.contains(['”', '"', '»']) {
        inverted_subject(sentence, at).or_else(|| subject_before(sentence, at))?
    } else {
        subject_before(sentence, at).or_else(|| inverted_subject(sentence, at))?
    };
    let behind = found.tokens.end.max(at + 1);
    let end = sentence.text.len();
    let subject_start = sentence.tokens[found.tokens.start.min(at)].bytes.start;
    if subject_start < from {
        // The words between belong to the cue before: "Trump said on Friday he said".
        return None;
    }
    let content_start = match sentence.tokens.get(behind) {
        Some(next) => next.bytes.start,
        None => end,
    };
    let mut content = Vec::new();
    if said_before(sentence, subject_start, behind, from, quotes) {
        content.push(from..subject_start);
        content.extend(
            quotes
                .iter()
                .filter(|quote| quote.start >= content_start)
                .cloned(),
        );
    } else {
        content.push(content_start..end);
    }
    Some(Cue {
        subject: found.subject,
        verb: verb.bytes.start,
        clause: if starts_clause(&sentence.text[..subject_start]) {
            subject_start
        } else {
            verb.bytes.start
        },
        content,
    })
}

/// Whether a subject behind these words is that of a new clause.
fn starts_clause(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with([',', ';', '–', '—'])
        || before.rsplit(' ').next().is_some_and(|word| {
            vocabulary()
                .speech
                .conjunctions
                .contains(&word.to_lowercase())
        })
}

/// Whether a verb is followed as verbs of saying are: by "that", a colon, a comma, a quotation
/// mark or the end.
fn introduces_speech(sentence: &SentenceView, verb: usize) -> bool {
    sentence.tokens.get(verb + 1).is_none_or(|next| {
        next.lower() == "that" || next.gap.contains([':', ',', '“', '"', '„', '«'])
    })
}

/// Whether what is said stands before the subject: a quotation that ends there, or a clause with a
/// comma and little behind the verb.
fn said_before(
    sentence: &SentenceView,
    subject_start: usize,
    behind: usize,
    from: usize,
    quotes: &[Range<usize>],
) -> bool {
    let before = sentence.text[from..subject_start].trim_end();
    if before.is_empty() {
        return false;
    }
    if before.ends_with(['”', '"', '»']) {
        return true;
    }
    let tail = &sentence.tokens[behind.min(sentence.tokens.len())..];
    let quoted_behind = tail
        .first()
        .is_some_and(|token| quotes.iter().any(|quote| quote.end > token.bytes.start));
    before.ends_with(',')
        && before.split_whitespace().count() > 2
        && tail.len() <= LONGEST_TAIL
        && !quoted_behind
        && !tail.first().is_some_and(|token| is_complement(token))
}

/// Whether a word after a verb of saying starts what is said.
fn is_complement(token: &Word) -> bool {
    !vocabulary().speech.after_verb.contains(&token.lower()) && !token.text.ends_with("day")
}

/// "…, said Trump": the subject behind the verb.
fn inverted_subject(sentence: &SentenceView, at: usize) -> Option<Found> {
    let verb = &sentence.tokens[at];
    if !verb.gap.contains([',', '”', '"', '»']) {
        return None;
    }
    let next = sentence.tokens.get(at + 1)?;
    if !next.follows_directly() {
        return None;
    }
    name_from(sentence, past_article(sentence, at + 1))
}

/// "Trump later said", "Peskov, the spokesman, said": the subject before the verb.
fn subject_before(sentence: &SentenceView, at: usize) -> Option<Found> {
    let speech = &vocabulary().speech;
    let mut end = at;
    let mut comma = sentence.tokens[at].follows_comma();
    while end > 0 && !comma {
        let word = sentence.tokens[end - 1].lower();
        if speech.passive.contains(&word) {
            return None;
        }
        if !speech.before_verb.contains(&word) && !word.ends_with("ly") {
            break;
        }
        end -= 1;
        comma = sentence.tokens[end].follows_comma();
    }
    if comma {
        let earliest = end.saturating_sub(LONGEST_INSERTION);
        end = (earliest.max(1)..end)
            .rev()
            .find(|&token| sentence.tokens[token].follows_comma())?;
    }
    name_until(sentence, end)
}

/// "According to Trump, ...".
fn according_to(sentence: &SentenceView, at: usize, from: usize) -> Option<Cue> {
    let to = sentence.tokens.get(at + 1)?;
    if to.lower() != "to" {
        return None;
    }
    let found = name_from(sentence, past_article(sentence, at + 2))?;
    let end = sentence.tokens[found.tokens.end - 1].bytes.end;
    Some(Cue {
        subject: found.subject,
        verb: sentence.tokens[at].bytes.start,
        clause: sentence.tokens[at].bytes.start,
        content: vec![
            from..sentence.tokens[at].bytes.start,
            end..sentence.text.len(),
        ],
    })
}

/// The token, or the one behind it if it is an article.
fn past_article(sentence: &SentenceView, at: usize) -> usize {
    let token = sentence.tokens.get(at);
    let article = token.is_some_and(|token| vocabulary().speech.articles.contains(&token.lower()));
    at + usize::from(article)
}

/// The subject that starts at a token.
fn name_from(sentence: &SentenceView, first: usize) -> Option<Found> {
    let token = sentence.tokens.get(first)?;
    let mut end = first;
    while let Some(next) = sentence.tokens.get(end)
        && (end == first || next.follows_directly())
        && (next.is_capitalized() || mention_over(sentence, next).is_some())
        && !is_speech_verb(next.text)
    {
        end += 1;
    }
    if end == first {
        return pronoun(token).map(|subject| Found {
            subject,
            tokens: first..first + 1,
        });
    }
    subject_of(sentence, first..end)
}

/// The subject that ends before a token.
fn name_until(sentence: &SentenceView, end: usize) -> Option<Found> {
    let last = sentence.tokens.get(end.checked_sub(1)?)?;
    if let Some(subject) = pronoun(last) {
        return Some(Found {
            subject,
            tokens: end - 1..end,
        });
    }
    let mut first = end;
    while first > 0 {
        let token = &sentence.tokens[first - 1];
        let belongs = token.is_capitalized() || mention_over(sentence, token).is_some();
        let joined = first == end || sentence.tokens[first].follows_directly();
        let owner = token.is_possessive() && mention_over(sentence, last).is_none();
        if !belongs || !joined || owner {
            break;
        }
        first -= 1;
    }
    let speech = &vocabulary().speech;
    let directly_after = |token: usize, words: &Words| {
        token > 0
            && sentence.tokens[token].follows_directly()
            && words.contains(&sentence.tokens[token - 1].lower())
    };
    // "the Kremlin said": the article is no part of the name, but of the subject.
    let lead = if first < end && directly_after(first, &speech.articles) {
        first - 1
    } else {
        first
    };
    if first == end || directly_after(lead, &speech.prepositions) {
        return None;
    }
    subject_of(sentence, first..end).map(|found| Found {
        tokens: lead..end,
        ..found
    })
}

/// Who a run of tokens names: an actor if a mention ends it, else a name.
fn subject_of(sentence: &SentenceView, tokens: Range<usize>) -> Option<Found> {
    let last = &sentence.tokens[tokens.end - 1];
    if last.is_possessive() {
        return None;
    }
    let subject = match mention_over(sentence, last) {
        Some(actor) => Subject::Actor(actor),
        None => {
            // "Meanwhile Pelosi", "But The Irish Times": a first word is no part of the name.
            let is_filler = |at: &usize| {
                let word = sentence.tokens[*at].text;
                is_starter(word) && !word.eq_ignore_ascii_case("the")
            };
            let start = tokens.clone().find(|at| !is_filler(at))?;
            let first = &sentence.tokens[start];
            let only_a_first_word =
                start == 0 && tokens.end == 1 && !sentence.names.contains(first.stem());
            if only_a_first_word || tokens.end - start == 1 && is_starter(first.text) {
                return None;
            }
            Subject::Name(sentence.text[first.bytes.start..last.bytes.end].to_owned())
        }
    };
    Some(Found { subject, tokens })
}

/// The first actor or pronoun of a sentence, for a participle without a verb of saying before it.
fn first_subject(sentence: &SentenceView, before: usize) -> Option<Subject> {
    let limit = sentence.tokens[before].bytes.start;
    let opening = sentence.tokens.first().and_then(pronoun);
    opening.or_else(|| {
        let (actor, range) = sentence.mentions.first()?;
        (range.end <= limit && range.start < LATEST_SUBJECT).then_some(Subject::Actor(*actor))
    })
}

fn mention_over(sentence: &SentenceView, token: &Word) -> Option<usize> {
    sentence
        .mentions
        .iter()
        .find(|(_, range)| range.start < token.bytes.end && token.bytes.start < range.end)
        .map(|(actor, _)| *actor)
}

fn pronoun(token: &Word) -> Option<Subject> {
    match token.lower().as_str() {
        "he" | "she" => Some(Subject::HeOrShe),
        "they" => Some(Subject::They),
        _ => None,
    }
}
