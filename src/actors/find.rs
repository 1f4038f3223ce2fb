//! The first pass: every place that an alias matches.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::MentionKind;
use super::catalogue::Catalogue;
use super::context::Context;
use super::normalize::Normalized;
use super::{Actor, ActorKind, Alias};
use crate::text::{Document, Part, Sentence};

/// What a pattern of the automaton means.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// An alias of an actor: places in the catalogue and among the actor's aliases.
    Alias { actor: usize, alias: usize },
    /// An exception, which takes its words from shorter aliases.
    Exception,
}

/// A place of the text that an alias matches.
pub(super) struct Candidate {
    /// Which sentence of the document.
    pub sentence: usize,
    /// Byte range in the text.
    pub bytes: Range<usize>,
    /// Range of code points in the text.
    pub chars: Range<usize>,
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// The alias's place among the actor's.
    pub alias: usize,
    /// Whether the words around it speak of a place.
    pub in_place: bool,
    /// Whether the words around it give a role to somebody else.
    pub of_other_holder: bool,
    /// Whether it only says whose somebody is.
    pub of_retinue: bool,
    /// Whether it is something else by its surroundings: part of a longer name, a date, a word in a line of capitals.
    pub of_else: bool,
}

/// Patterns up to which the automaton has a row for each state, which is faster and takes some kB a pattern.
const MOST_FOR_DFA: usize = 2000;

/// The first pass: an Aho-Corasick automaton over every alias, with or without its titles.
///
/// Of overlapping matches the leftmost wins, then the longest. A match must start and end at word
/// boundaries (a possessive 's may follow), and a capital of the alias must be one in the text.
pub(super) struct Finder {
    automaton: AhoCorasick,
    patterns: Vec<(String, Meaning)>,
    /// Which actors are persons.
    persons: Vec<bool>,
    /// Which aliases are acronyms, by actor.
    acronyms: Vec<Vec<bool>>,
}

impl Finder {
    /// Builds the automaton.
    ///
    /// # Panics
    ///
    /// Only if the catalogue has more patterns than an automaton can hold (2^31).
    pub fn new(catalogue: &Catalogue) -> Self {
        let mut patterns = Vec::new();
        for (index, actor) in catalogue.actors().iter().enumerate() {
            add_actor(index, actor, &mut patterns);
        }
        let kind = match patterns.len() <= MOST_FOR_DFA {
            true => AhoCorasickKind::DFA,
            false => AhoCorasickKind::ContiguousNFA,
        };
        let automaton = AhoCorasickBuilder::new()
            .kind(Some(kind))
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(patterns.iter().map(|(pattern, _)| pattern))
            .expect("the patterns of a catalogue fit into an automaton");
        let is_person = |actor: &Actor| actor.kind == ActorKind::Person;
        let acronyms = |actor: &Actor| {
            let aliases = actor.aliases.iter();
            aliases.map(|alias| is_acronym(&alias.text)).collect()
        };
        Self {
            automaton,
            patterns,
            persons: catalogue.actors().iter().map(is_person).collect(),
            acronyms: catalogue.actors().iter().map(acronyms).collect(),
        }
    }

    /// All candidates of a document, in order and without overlap.
    pub fn find(&self, text: &str, document: &Document) -> Vec<Candidate> {
        let mut found = Vec::new();
        // A headline from a field of its own may have kept its capitals.
        let body = document.sentences().iter().enumerate();
        let body = body.filter(|(index, _)| document.part(*index) == Part::Body);
        let uncased = is_uncased(body.map(|(_, sentence)| &text[sentence.bytes.clone()]));
        for (index, sentence) in document.sentences().iter().enumerate() {
            self.find_in(text, index, sentence, uncased, &mut found);
        }
        found
    }

    fn find_in(
        &self,
        text: &str,
        index: usize,
        sentence: &Sentence,
        uncased: bool,
        found: &mut Vec<Candidate>,
    ) {
        let original = &text[sentence.bytes.clone()];
        let normalized = Normalized::new(original);
        let plain: &str = &normalized.text;
        let mut char_at = CharCounter::new(original);
        for (range, meaning) in self.matches(plain, uncased) {
            let Meaning::Alias { actor, alias } = meaning else {
                continue;
            };
            let context = Context {
                before: &plain[..range.start],
                surface: &plain[range.clone()],
                after: &plain[range.end..],
            };
            let start = normalized.start(range.start);
            let end = normalized.end(range.end);
            let chars = char_at.count(start)..char_at.count(end);
            found.push(Candidate {
                sentence: index,
                bytes: sentence.bytes.start + start..sentence.bytes.start + end,
                chars: sentence.chars.start + chars.start..sentence.chars.start + chars.end,
                actor,
                alias,
                in_place: context.is_place(),
                of_other_holder: context.is_other_holder(),
                of_retinue: context.is_retinue(),
                of_else: context.is_in_longer_name(self.persons[actor])
                    || context.is_date()
                    || self.acronyms[actor][alias] && context.is_among_capitals(),
            });
        }
    }

    /// Matches that do not overlap, in order.
    fn matches(&self, plain: &str, uncased: bool) -> Vec<(Range<usize>, Meaning)> {
        let mut found: Vec<_> = self
            .automaton
            .find_overlapping_iter(plain)
            .map(|found| (found.range(), &self.patterns[found.pattern()]))
            .filter(|(range, (pattern, _))| is_match(plain, range.clone(), pattern, uncased))
            .map(|(range, (_, meaning))| (range, *meaning))
            .collect();
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        found.retain(|(range, _)| {
            let free = range.start >= end;
            if free {
                end = range.end;
            }
            free
        });
        found
    }
}

fn add_actor(index: usize, actor: &Actor, patterns: &mut Vec<(String, Meaning)>) {
    for exception in &actor.exceptions {
        add(exception, Meaning::Exception, patterns);
    }
    for (place, alias) in actor.aliases.iter().enumerate() {
        let meaning = Meaning::Alias {
            actor: index,
            alias: place,
        };
        add(&alias.text, meaning, patterns);
        for title in titles_of(actor, alias) {
            add(&format!("{title} {}", alias.text), meaning, patterns);
        }
    }
}

fn titles_of<'a>(actor: &'a Actor, alias: &Alias) -> &'a [String] {
    match alias.kind {
        MentionKind::Name => &actor.titles,
        _ => &[],
    }
}

/// Adds a phrase; one with letters beyond ASCII in capitals as well, since the automaton folds
/// the case of ASCII letters alone.
fn add(phrase: &str, meaning: Meaning, patterns: &mut Vec<(String, Meaning)>) {
    let phrase = Normalized::new(phrase).text.into_owned();
    let upper = phrase.to_uppercase();
    if !phrase.is_ascii() && upper != phrase {
        patterns.push((upper, meaning));
    }
    patterns.push((phrase, meaning));
}

/// Letters from which on a text without any capital is known to have lost them.
const LETTERS_OF_UNCASED: usize = 40;
/// Shorter names are words, too, if their capitals are lost: "us", "who".
const SHORTEST_UNCASED: usize = 4;

/// Whether a text has lost its capitals, as in subtitles and in corpora made for counting words.
fn is_uncased<'a>(sentences: impl Iterator<Item = &'a str>) -> bool {
    let mut count = 0;
    for letter in sentences
        .flat_map(str::chars)
        .filter(|char| char.is_alphabetic())
    {
        if letter.is_uppercase() {
            return false;
        }
        count += 1;
    }
    count > LETTERS_OF_UNCASED
}

fn is_match(text: &str, range: Range<usize>, pattern: &str, uncased: bool) -> bool {
    let starts_word = pattern.starts_with(char::is_alphanumeric);
    let ends_word = pattern.ends_with(char::is_alphanumeric);
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    let inside_word = |char: Option<char>| char.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if starts_word && inside_word(before) || ends_word && inside_word(after) {
        return false;
    }
    let lost_capitals = uncased && pattern.len() >= SHORTEST_UNCASED;
    let capitals = lost_capitals
        || pattern
            .chars()
            .zip(text[range.clone()].chars())
            .all(|(alias, text)| !alias.is_uppercase() || text.is_uppercase());
    capitals && !is_address(text, range)
}

fn is_acronym(word: &str) -> bool {
    word.chars().all(char::is_uppercase)
}

/// Whether a match is part of an e-mail or web address.
fn is_address(text: &str, range: Range<usize>) -> bool {
    let start = text[..range.start].rfind(' ').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find(' ')
        .map_or(text.len(), |at| range.end + at);
    let token = &text[start..end];
    token.contains("://") || token.contains("www.") || token.contains('@') && token.contains('.')
}

/// Counts code points up to ascending byte offsets, each character once.
struct CharCounter<'a> {
    text: &'a str,
    byte: usize,
    chars: usize,
}

impl<'a> CharCounter<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            byte: 0,
            chars: 0,
        }
    }

    fn count(&mut self, byte: usize) -> usize {
        self.chars += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.chars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_capitals_and_in_capitals_have_their_names() {
        let finder = Finder::new(&Catalogue::default());
        let found = |text: &str| -> Vec<String> {
            let found = finder.find(text, &Document::new(text, ""));
            found
                .into_iter()
                .filter(|it| !it.of_else)
                .map(|it| text[it.bytes].to_owned())
                .collect()
        };
        for (text, expected) in [
            (
                "u.s. troops left, and president trump praised putin for what the eu told us.",
                &["president trump", "putin"] as &[&str],
            ),
            (
                "He played the trump card, and so did she, in the great hall of the palace.",
                &[],
            ),
            (
                "TRUMP TOLD THE EU TO PAY, AND PUTIN AGREED WITH HIM ON ALL OF IT.",
                &["TRUMP", "PUTIN"],
            ),
        ] {
            assert_eq!(found(text), *expected, "{text}");
        }
    }
}
