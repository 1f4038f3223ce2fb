//! A sentence as attribution looks at it.

use std::borrow::Cow;
use std::ops::Range;

use hashbrown::HashSet;

use super::Who;
use crate::actors::persons::stem;
use crate::actors::{Mention, MentionKind};
use crate::text::{Classes, Document, Token};

/// Marks that a quotation may end with.
pub(in crate::actors) const MARKS: [char; 7] = ['”', '"', '»', '’', '\'', '“', '«'];

/// A word.
#[derive(Debug, Clone)]
pub(in crate::actors) struct Word<'a> {
    pub text: &'a str,
    /// In lower case, with straight apostrophes.
    pub lower: Cow<'a, str>,
    pub classes: Classes,
    /// Byte range in the sentence.
    pub bytes: Range<usize>,
    /// The characters between the word before and this one.
    pub gap: &'a str,
    /// The mention that it is part of, by its place in the sentence.
    pub mention: Option<usize>,
    /// Whether it stands inside quotation marks.
    pub quoted: bool,
}

impl<'a> Word<'a> {
    fn new(text: &'a str, sentence_start: usize, token: &Token) -> Self {
        let bytes = &token.bytes;
        let word = &text[bytes.clone()];
        let is_lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let lower = match word.bytes().all(is_lower) {
            true => Cow::Borrowed(word),
            false => Cow::Owned(word.to_lowercase().replace('’', "'")),
        };
        let classes = match lower.split_once('\'') {
            // "they're", "he'd".
            Some((pronoun, _)) if Classes::of(pronoun).is(Classes::PRONOUN) => {
                Classes::PRONOUN | Classes::AUXILIARY
            }
            _ => Classes::of(&lower),
        };
        Self {
            text: word,
            classes,
            lower,
            bytes: bytes.start - sentence_start..bytes.end - sentence_start,
            gap: &text[token.gap.clone()],
            mention: None,
            quoted: false,
        }
    }

    pub fn is(&self, any: Classes) -> bool {
        self.classes.is(any)
    }

    pub fn is_capitalized(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// Whether it is "I", "we" or another form of theirs, and not "US".
    pub fn is_first_person(&self) -> bool {
        let pronoun = self.lower.split_once('\'').map_or(&*self.lower, |it| it.0);
        matches!(
            pronoun,
            "i" | "me" | "my" | "mine" | "myself" | "we" | "us" | "our" | "ours" | "ourselves"
        ) && self.text != "US"
    }

    /// Whether it ends in a possessive 's, or is a plural with its apostrophe behind it.
    pub fn is_possessive(&self) -> bool {
        self.lower.ends_with("'s")
    }

    /// The word without a possessive 's.
    pub fn stem(&self) -> &'a str {
        stem(self.text)
    }

    /// Whether it ends as plurals and third persons do.
    pub fn ends_in_s(&self) -> bool {
        self.lower.ends_with('s') && !self.lower.ends_with("ss")
    }

    /// Whether only white space, or the stop of a title ("Sen. Graham"), parts it from the word
    /// before.
    pub fn follows_directly(&self) -> bool {
        matches!(self.gap.trim(), "" | "." | "-")
    }

    pub fn follows_comma(&self) -> bool {
        self.gap.starts_with(',')
    }

    /// Whether a quotation mark has closed between the word before and this one.
    pub fn follows_quotation(&self) -> bool {
        self.gap.contains(MARKS)
    }
}

/// A mention as attribution looks at it.
#[derive(Debug, Clone)]
pub(in crate::actors) struct Mentioned {
    pub actor: usize,
    /// Byte range in the sentence.
    pub bytes: Range<usize>,
    pub kind: MentionKind,
}

/// The part of a quotation in a sentence.
#[derive(Debug, Clone)]
pub(in crate::actors) struct Quoted {
    /// Byte range in the sentence.
    pub bytes: Range<usize>,
    /// Which quotation of the document it is part of.
    pub whole: usize,
}

/// A sentence with what attribution needs to know of it.
pub(in crate::actors) struct Sentence<'a> {
    pub text: &'a str,
    pub paragraph: usize,
    pub words: Vec<Word<'a>>,
    pub quotations: Vec<Quoted>,
    pub mentions: Vec<Mentioned>,
    /// Whether it is set as headlines are, with Capitals Nearly Everywhere, so that a capital makes no name.
    pub title_case: bool,
    /// Words that are known to be names.
    pub names: &'a HashSet<&'a str>,
}

impl<'a> Sentence<'a> {
    pub fn new(
        text: &'a str,
        document: &Document,
        index: usize,
        mentions: &[Mention],
        names: &'a HashSet<&'a str>,
    ) -> Self {
        let sentence = &document.sentences()[index];
        let start = sentence.bytes.start;
        let within = |bytes: &Range<usize>| bytes.start - start..bytes.end - start;
        let quotations: Vec<Quoted> = document
            .quotations_of(index)
            .iter()
            .map(|it| Quoted {
                bytes: within(&it.bytes),
                whole: it.whole,
            })
            .collect();
        let mentions: Vec<Mentioned> = mentions
            .iter()
            .map(|mention| Mentioned {
                actor: mention.actor,
                bytes: within(&mention.bytes),
                kind: mention.kind,
            })
            .collect();
        let mut words: Vec<Word> = document
            .tokens_of(index)
            .iter()
            .map(|token| Word::new(text, start, token))
            .collect();
        for word in &mut words {
            word.quoted = quotations.iter().any(|it| covers(&it.bytes, &word.bytes));
            word.mention = mentions
                .iter()
                .position(|it| it.bytes.start < word.bytes.end && word.bytes.start < it.bytes.end);
        }
        let text = &text[sentence.bytes.clone()];
        Self {
            title_case: is_title_case(text, &words),
            text,
            paragraph: sentence.paragraph,
            words,
            quotations,
            mentions,
            names,
        }
    }

    /// Whether a word, by its capital or as a mention, is or may be part of a name.
    pub fn is_name(&self, at: usize) -> bool {
        let word = &self.words[at];
        if word.mention.is_some() {
            return true;
        }
        let first = at == 0 || word.quoted != self.words[at - 1].quoted;
        word.is_capitalized()
            && !word.is(Classes::CLOSED)
            && (!first
                || self.names.contains(word.stem())
                || self.goes_on_as_name(at)
                || self.is_told_of(at)
                || self.acts(at))
            && !(self.title_case && word.is(Classes::VERB))
    }

    /// Whether a clause with "who" follows a capitalized first word, which is a name then: "Christie, who left, ...".
    pub fn is_told_of(&self, at: usize) -> bool {
        let next = self.words.get(at + 1);
        next.is_some_and(|next| next.follows_comma() && next.lower == "who")
    }

    /// Whether a capitalized first word acts: "Politico reports", but not "Critics say".
    pub fn acts(&self, at: usize) -> bool {
        let word = &self.words[at];
        let next = self.words.get(at + 1);
        let says = next.is_some_and(|next| {
            let acts = Classes::VERB.or(Classes::ATTITUDE);
            let verb = next.is(acts) && next.is(Classes::THIRD.or(Classes::PAST));
            next.follows_directly() && (verb || next.is(Classes::IRREGULAR_PAST))
        });
        says && !word.lower.ends_with('s') && !word.is(Classes::PEOPLE | Classes::VERB)
    }

    /// Whether a capitalized first word has a capitalized one behind it.
    fn goes_on_as_name(&self, at: usize) -> bool {
        let next = self.words.get(at + 1);
        next.is_some_and(|next| next.is_capitalized() && next.follows_directly())
    }

    /// Whom the sentence names, in order.
    pub fn named(&self) -> Vec<Who> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.words.len() {
            let start = at;
            let mention = self.words[at].mention;
            while at < self.words.len()
                && self.is_name(at)
                && self.words[at].mention == mention
                && (at == start
                    || self.words[at].follows_directly() && !self.words[at - 1].is_possessive())
            {
                at += 1;
            }
            if let Some(mention) = mention {
                found.push(Who::Actor(self.mentions[mention].actor));
            } else if at > start {
                let last = &self.words[at - 1];
                let end = last.bytes.start + last.stem().len();
                found.push(Who::Named(
                    self.text[self.words[start].bytes.start..end].to_owned(),
                ));
            }
            at = at.max(start + 1);
        }
        found
    }

    /// The actor whose mention a word is part of.
    pub fn actor_of(&self, at: usize) -> Option<usize> {
        let mention = self.words[at].mention?;
        Some(self.mentions[mention].actor)
    }
}

/// Whether nearly all longer words have a capital and no stop ends the sentence.
fn is_title_case(text: &str, words: &[Word]) -> bool {
    let longer = || words.iter().filter(|word| word.text.len() > 3);
    let small = longer().filter(|word| !word.is_capitalized()).count();
    longer().count() > 2 && 5 * small <= longer().count() && !text.ends_with(['”', '"'])
}

pub(in crate::actors) fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
