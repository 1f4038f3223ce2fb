//! Whom and what a sentence speaks of, in order.

use std::ops::Range;

use super::pronouns::{Case, Pronoun};
use crate::actors::MentionKind;
use crate::actors::persons::is_title;
use crate::actors::syntax::{self, Sentence, Word, is_finite};
use crate::text::{Classes, vocabulary};

/// What words are to their clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Subject,
    Object,
    /// Behind a preposition.
    Oblique,
    /// Whose something is.
    Possessor,
}

/// What words are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Actor {
        actor: usize,
        kind: MentionKind,
    },
    /// Somebody outside of the catalogue, as the sentence has it, titles and all.
    Named(String),
    Pronoun(Pronoun),
    Described(Described),
}

/// A noun phrase without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    /// Its words in lower case, without a possessive 's, the determiner first.
    pub words: Vec<String>,
    /// The item that it belongs to: "his" of "his counterpart".
    pub owner: Option<usize>,
    /// Whether its last word is a plural.
    pub plural: bool,
    /// Whether it is said behind it which one is meant: "the leader of the opposition", "the president, Ann Bow".
    pub goes_on: bool,
}

impl Described {
    /// The noun.
    pub fn head(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    pub fn determiner(&self) -> &str {
        &self.words[0]
    }

    /// What stands between determiner and noun.
    pub fn modifiers(&self) -> &[String] {
        let end = self.words.len().saturating_sub(1);
        self.words.get(1..end).unwrap_or_default()
    }
}

/// Words that speak of somebody or something.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    pub item: Item,
    pub role: Role,
    pub words: Range<usize>,
    /// Byte range in the sentence.
    pub bytes: Range<usize>,
}

/// Longest noun phrase, in words.
const LONGEST: usize = 6;

/// Words that no noun phrase goes on over.
const BORDER: Classes = syntax::BORDER
    .or(Classes::PREPOSITION)
    .or(Classes::DAY_OR_MONTH);

/// Reads a sentence.
pub(super) fn scan(sentence: &Sentence) -> Vec<Spoken> {
    let mut found: Vec<Spoken> = Vec::new();
    let words = &sentence.words;
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        let next = words.get(at + 1).filter(|it| it.follows_directly());
        let before_noun =
            next.is_some_and(|it| !it.is(BORDER | Classes::DETERMINER | Classes::ADVERB));
        let item = if let Some(mention) = word.mention {
            let end = run(words, at, |it| it.mention == Some(mention));
            let mention = &sentence.mentions[mention];
            Some((
                Item::Actor {
                    actor: mention.actor,
                    kind: mention.kind,
                },
                at..end,
            ))
        } else if let Some(pronoun) = Pronoun::of(&word.lower, before_noun) {
            Some((Item::Pronoun(pronoun), at..at + 1))
        } else if sentence.is_name(at) {
            let end = name_end(sentence, at);
            Some((Item::Named(named(sentence, at..end)), at..end))
        } else if word.is(Classes::DETERMINER) {
            noun_phrase(sentence, at, None).map(|(item, end)| (item, at..end))
        } else if word.ends_in_s() && is_person(singular(&word.lower))
            || word.is(Classes::PEOPLE)
            || is_bare_subject(sentence, at)
        {
            let described = Described {
                words: vec![String::new(), word.lower.to_string()],
                owner: None,
                plural: true,
                goes_on: false,
            };
            Some((Item::Described(described), at..at + 1))
        } else {
            None
        };
        let Some((item, span)) = item else {
            at += 1;
            continue;
        };
        at = span.end;
        let owns = matches!(item, Item::Pronoun(it) if it.case == Case::Possessive)
            || !matches!(item, Item::Pronoun(_)) && words[at - 1].is_possessive();
        let start = span.start;
        found.push(spoken(sentence, item, span));
        // "his counterpart", "Finland's president".
        if owns && let Some((item, end)) = noun_phrase(sentence, at - 1, Some(found.len() - 1)) {
            found.push(spoken(sentence, item, start..end));
            at = end;
        }
    }
    found
}

fn spoken(sentence: &Sentence, item: Item, words: Range<usize>) -> Spoken {
    let (first, last) = (&sentence.words[words.start], &sentence.words[words.end - 1]);
    Spoken {
        role: role(sentence, &item, &words),
        bytes: first.bytes.start..last.bytes.end,
        item,
        words,
    }
}

/// The end of a run of words of which none is set off from the one before.
fn run(words: &[Word], start: usize, goes_on: impl Fn(&Word) -> bool) -> usize {
    let joined = |&at: &usize| goes_on(&words[at]);
    start + (start..words.len()).take_while(joined).count()
}

fn name_end(sentence: &Sentence, start: usize) -> usize {
    let words = &sentence.words;
    let mut end = start + 1;
    while end < words.len()
        && words[end].mention.is_none()
        && sentence.is_name(end)
        && words[end].follows_directly()
        && !words[end - 1].is_possessive()
        && words[end].quoted == words[start].quoted
    {
        end += 1;
    }
    end
}

fn named(sentence: &Sentence, words: Range<usize>) -> String {
    let last = &sentence.words[words.end - 1];
    let end = last.bytes.start + last.stem().len();
    sentence.text[sentence.words[words.start].bytes.start..end].to_owned()
}

/// The noun phrase that a determiner opens, and its end.
fn noun_phrase(sentence: &Sentence, start: usize, owner: Option<usize>) -> Option<(Item, usize)> {
    let words = &sentence.words;
    let mut end = start + 1;
    while end < words.len() && end - start < LONGEST {
        let word = &words[end];
        let first = end == start + 1;
        // "The Republican" and "the American" may go on: "the Republican primaries".
        let before = &words[end - 1];
        let noun = !first && is_person(&before.lower) && !before.is_capitalized();
        let verb = !first
            && (noun || !word.ends_in_s() || word.is(Classes::VERB) || has_object(sentence, end))
            && is_finite(sentence, end)
            && (!is_base(word) || words[end - 1].ends_in_s());
        let adverb = word.is(Classes::ADVERB) && !first;
        let next_name = words
            .get(end + 1)
            .is_some_and(|next| next.follows_directly() && next.is_capitalized());
        // "the American".
        let stem = word.lower.strip_suffix("'s").unwrap_or(&word.lower);
        let people = first && is_title(stem) && word.mention.is_none() && !next_name;
        // "the Union".
        let bloc = first
            && word.mention.is_none()
            && !next_name
            && vocabulary().references.blocs.contains(stem);
        let capital = sentence.is_name(end) && is_proper(sentence, end) && !people && !bloc;
        if !word.follows_directly()
            || word.quoted != words[start].quoted
            || word.is(BORDER)
            || verb
            || opens_another(&word.lower)
            || adverb
            || capital
            || word.lower.ends_with("ing") && !first
        {
            break;
        }
        end += 1;
        if words[end - 1].is_possessive() {
            break;
        }
    }
    let is_empty = words
        .get(end)
        .is_some_and(|next| next.follows_directly() && opens_another(&next.lower));
    if end == start + 1 && (owner.is_some() || is_empty) {
        return None;
    }
    let own = words[start..end].iter().map(|word| {
        let lower = word.lower.strip_suffix("'s").unwrap_or(&word.lower);
        lower.trim_end_matches('\'').to_owned()
    });
    let own: Vec<String> = own.collect();
    let head = own.last()?;
    let plural = words[end - 1].ends_in_s() && !words[end - 1].is_possessive()
        || words[end - 1].is(Classes::PEOPLE)
        || matches!(
            own[0].as_str(),
            "both" | "two" | "these" | "those" | "many" | "some" | "few"
        );
    // A name behind it is spoken of by the name: "the senator Ann Bow".
    let before_name = words.get(end).is_some_and(|next| {
        next.follows_directly() && sentence.is_name(end) && !words[end - 1].is_possessive()
    });
    if before_name && is_person(head) {
        return None;
    }
    let described = Described {
        words: own.clone(),
        owner,
        plural,
        goes_on: words.get(end).is_some_and(|next| {
            next.follows_directly() && next.lower == "of" && words[end - 1].lower != "two"
                || next.follows_comma() && sentence.is_name(end) && next.mention.is_none()
        }),
    };
    Some((Item::Described(described), end))
}

/// Whether a word opens a noun phrase wherever it stands: "said that the bloc", "owed his host an apology".
fn opens_another(word: &str) -> bool {
    matches!(
        word,
        "a" | "an"
            | "the"
            | "this"
            | "these"
            | "his"
            | "her"
            | "its"
            | "their"
            | "our"
            | "my"
            | "your"
    )
}

/// Whether a verb is in the form that only plurals go with: "a call" is no verb.
fn is_base(word: &Word) -> bool {
    word.is(Classes::BASE) && !word.is(Classes::PAST | Classes::THIRD)
}

/// Whether a plural without a determiner acts: "shipping companies praised".
fn is_bare_subject(sentence: &Sentence, at: usize) -> bool {
    let (word, next) = (&sentence.words[at], sentence.words.get(at + 1));
    word.ends_in_s()
        && word.text.len() > 3
        && !word.is(Classes::VERB)
        && next.is_some_and(|next| next.follows_directly() && !next.ends_in_s())
        && is_finite(sentence, at + 1)
}

/// Whether a capital makes a word a name of its own rather than an adjective: "the Russian leader".
fn is_proper(sentence: &Sentence, at: usize) -> bool {
    let words = &sentence.words;
    let next = words.get(at + 1).filter(|next| next.follows_directly());
    words[at].mention.is_some()
        || !next.is_some_and(|next| is_person(&next.lower) || is_person(singular(&next.lower)))
}

/// Whether a word in -s has an object behind it, as verbs have: "the president wants a deal".
fn has_object(sentence: &Sentence, at: usize) -> bool {
    let next = sentence
        .words
        .get(at + 1)
        .filter(|next| next.follows_directly());
    next.is_some_and(|next| {
        next.is(Classes::DETERMINER | Classes::PRONOUN)
            || matches!(&*next.lower, "to" | "him" | "them" | "her" | "that")
    })
}

/// A noun in -s as the dictionary has it.
pub(super) fn singular(plural: &str) -> &str {
    plural.strip_suffix('s').unwrap_or(plural)
}

/// Whether a noun in lower case is a person's.
pub(super) fn is_person(noun: &str) -> bool {
    let noun = noun.strip_suffix("'s").unwrap_or(noun);
    Classes::of(noun).is(Classes::PERSON)
        || ["man", "woman", "person", "-year-old"]
            .iter()
            .any(|end| noun.len() > end.len() && noun.ends_with(end))
}

fn role(sentence: &Sentence, item: &Item, span: &Range<usize>) -> Role {
    let words = &sentence.words;
    if let Item::Pronoun(pronoun) = item {
        match pronoun.case {
            Case::Possessive => return Role::Possessor,
            Case::Reflexive => return Role::Object,
            Case::Subject if matches!(&*words[span.start].lower, "it" | "it's") => {}
            Case::Subject => return Role::Subject,
            Case::Object => {}
        }
    }
    if words[span.end - 1].is_possessive() {
        return Role::Possessor;
    }
    let before = span.start.checked_sub(1).map(|before| &words[before]);
    let joined = words[span.start].follows_directly();
    // "…,” said Trump": a verb of saying behind a quotation or a comma.
    let inverted = before.is_some_and(|verb| {
        joined
            && verb.is(Classes::SAY | Classes::REPORT)
            && (verb.follows_quotation() || verb.follows_comma())
    });
    let acts = is_finite(sentence, span.end) && words[span.end].follows_directly()
        || behind_insertion(sentence, span.end).is_some_and(|verb| is_finite(sentence, verb));
    // "Does Trump know him?"
    let asked = before
        .is_some_and(|it| joined && it.is(Classes::AUXILIARY | Classes::BE) && span.start == 1)
        || span.start > 1
            && before.is_some_and(|it| it.is(Classes::AUXILIARY))
            && words[span.start - 2].is(Classes::QUESTION);
    let determiner = before.is_some_and(|it| joined && it.is(Classes::DETERMINER));
    let outer = match determiner {
        true => span.start.checked_sub(2).map(|at| &words[at]),
        false => before.filter(|_| joined),
    };
    if outer.is_some_and(|it| it.is(Classes::PREPOSITION) && !it.is(Classes::SUBORDINATOR))
        && !matches!(item, Item::Pronoun(_) if acts)
    {
        return Role::Oblique;
    }
    if inverted || acts || asked {
        Role::Subject
    } else {
        Role::Object
    }
}

/// The word behind what stands between commas: "Trump, who is 73, said".
fn behind_insertion(sentence: &Sentence, at: usize) -> Option<usize> {
    let words = &sentence.words;
    words
        .get(at)
        .filter(|it| it.follows_comma() && !it.is(Classes::COORDINATOR))?;
    let end = (at + 1..words.len().min(at + 14))
        .find(|&end| words[end].follows_comma() && !words[end].quoted)?;
    Some(end)
}
