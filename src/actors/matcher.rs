//! Finding the aliases of all actors in one pass.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use jiff::civil::Date;

use super::attribution::attribute;
use super::catalogue::{Actor, Alias, Catalogue};
use super::context::Context;
use super::normalize::Normalized;
use super::{Mention, MentionKind, Speaker};
use crate::text::Sentence;

/// What a pattern of the automaton means.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// An alias of an actor: places in the catalogue and among the actor's aliases.
    Alias { actor: usize, alias: usize },
    /// An exception, which takes its words from shorter aliases.
    Exception,
}

/// Finds mentions by an Aho-Corasick automaton over every alias, with or without its titles.
///
/// Of overlapping matches the leftmost wins, then the longest. A match must start and end at word
/// boundaries (a possessive 's may follow), and a capital of the alias must be one in the text.
pub struct Matcher<'a> {
    catalogue: &'a Catalogue,
    automaton: AhoCorasick,
    patterns: Vec<(String, Meaning)>,
}

impl<'a> Matcher<'a> {
    /// Builds the automaton.
    ///
    /// # Panics
    ///
    /// Only where the catalogue has more patterns than an automaton can hold (2^31).
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut patterns = Vec::new();
        for (index, actor) in catalogue.actors().iter().enumerate() {
            add_actor(index, actor, &mut patterns);
        }
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(patterns.iter().map(|(pattern, _)| pattern))
            .expect("the patterns of a catalogue fit into an automaton");
        Self {
            catalogue,
            automaton,
            patterns,
        }
    }

    /// All mentions in a text, in order, each with its speaker.
    ///
    /// `date` is the day of publication, by which roles and metonyms are given to who was in
    /// office. Where it is unknown, they count if the text names the actor.
    pub fn find(&self, text: &str, sentences: &[Sentence], date: Option<Date>) -> Vec<Mention> {
        let mut found = Vec::new();
        for (index, sentence) in sentences.iter().enumerate() {
            self.find_in(text, index, sentence, &mut found);
        }
        let actors = self.catalogue.actors();
        let named: Vec<bool> = (0..actors.len())
            .map(|actor| {
                let mut of_actor = found.iter().filter(|(mention, _)| mention.actor == actor);
                of_actor.any(|(mention, _)| mention.kind == MentionKind::Name)
            })
            .collect();
        let mut mentions: Vec<Mention> = found
            .into_iter()
            .filter(|(mention, alias)| {
                let holds = actors[mention.actor].holds_office(date);
                !alias.by_office || holds.unwrap_or(named[mention.actor])
            })
            .map(|(mention, _)| mention)
            .collect();
        attribute(text, sentences, &mut mentions);
        mentions
    }

    /// Adds the mentions of a sentence, each with the alias that it matched.
    fn find_in(
        &self,
        text: &str,
        index: usize,
        sentence: &Sentence,
        found: &mut Vec<(Mention, &'a Alias)>,
    ) {
        let original = &text[sentence.bytes.clone()];
        let normalized = Normalized::new(original);
        let plain: &str = &normalized.text;
        let mut char_at = CharCounter::new(original);
        for (range, meaning) in self.matches(plain) {
            let Meaning::Alias { actor, alias } = meaning else {
                continue;
            };
            let alias = &self.catalogue.actors()[actor].aliases[alias];
            let context = Context {
                before: &plain[..range.start],
                surface: &plain[range.clone()],
                after: &plain[range.end..],
            };
            if alias.is_place && context.is_place()
                || alias.kind == MentionKind::Role && context.is_other_holder()
            {
                continue;
            }
            let start = normalized.start(range.start);
            let end = normalized.end(original, range.end);
            let chars = char_at.count(start)..char_at.count(end);
            let mention = Mention {
                sentence: index,
                bytes: sentence.bytes.start + start..sentence.bytes.start + end,
                chars: sentence.chars.start + chars.start..sentence.chars.start + chars.end,
                actor,
                kind: alias.kind,
                speaker: Speaker::Author,
            };
            found.push((mention, alias));
        }
    }

    /// Matches that do not overlap, in order.
    fn matches(&self, plain: &str) -> Vec<(Range<usize>, Meaning)> {
        let mut found: Vec<_> = self
            .automaton
            .find_overlapping_iter(plain)
            .map(|found| (found.range(), &self.patterns[found.pattern()]))
            .filter(|(range, (pattern, _))| is_match(plain, range.clone(), pattern))
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

fn is_match(text: &str, range: Range<usize>, pattern: &str) -> bool {
    let starts_word = pattern.starts_with(char::is_alphanumeric);
    let ends_word = pattern.ends_with(char::is_alphanumeric);
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    let inside_word = |char: Option<char>| char.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if starts_word && inside_word(before) || ends_word && inside_word(after) {
        return false;
    }
    let capitals = pattern
        .chars()
        .zip(text[range.clone()].chars())
        .all(|(alias, text)| !alias.is_uppercase() || text.is_uppercase());
    capitals && !is_address(text, range)
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

    /// Surfaces with actor and kind, as "putin/name:Vladimir Putin".
    fn found(text: &str, date: Option<&str>) -> Vec<String> {
        let catalogue = Catalogue::default();
        let sentences = crate::text::split(text);
        let date = date.map(|date| date.parse().unwrap());
        Matcher::new(&catalogue)
            .find(text, &sentences, date)
            .into_iter()
            .map(|mention| {
                let id = &catalogue.actors()[mention.actor].id;
                format!("{id}/{}:{}", mention.kind, &text[mention.bytes])
            })
            .collect()
    }

    #[test]
    fn aliases_titles_and_possessives() {
        let cases: &[(&str, &[&str])] = &[
            (
                "Russian President Vladimir Putin met President Trump’s envoy.",
                &[
                    "putin/name:Russian President Vladimir Putin",
                    "trump/name:President Trump",
                ],
            ),
            (
                "Zelensky, Zelenskiy and Volodymyr Zelenskyy are one man.",
                &[
                    "zelenskyy/name:Zelensky",
                    "zelenskyy/name:Zelenskiy",
                    "zelenskyy/name:Volodymyr Zelenskyy",
                ],
            ),
            (
                "TRUMP MEETS PUTIN; the EU and EUROPEAN LEADERS wait.",
                &[
                    "trump/name:TRUMP",
                    "putin/name:PUTIN",
                    "europe/name:EU",
                    "europe/demonym:EUROPEAN LEADERS",
                ],
            ),
            (
                "The anti-Trump, pro-European Union and Trump-Putin camps.",
                &[
                    "trump/name:Trump",
                    "europe/name:European Union",
                    "trump/name:Trump",
                    "putin/name:Putin",
                ],
            ),
            (
                "Aides in the Trump administration met then Russian president Vladimir Putin.",
                &[
                    "trump/metonym:Trump administration",
                    "putin/name:Russian president Vladimir Putin",
                ],
            ),
            (
                "Trump\u{e2}\u{80}\u{99}s aides and Putinâ€™s aides, misread as Latin-1 and Windows-1252.",
                &["trump/name:Trump", "putin/name:Putin"],
            ),
            (
                "Vladimir  Putin and the\u{a0}Russian\u{a0}president’s men.",
                &[
                    "putin/name:Vladimir  Putin",
                    "putin/role:Russian\u{a0}president",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text, None), *expected, "{text}");
        }
    }

    #[test]
    fn exceptions_places_and_other_holders() {
        let none = [
            "Donald Trump Jr. spoke at Trump Tower beside Melania Trump.",
            "He played the trump card; Trumpism and Reputin are words.",
            "See www.Trump.com, https://example.org/Putin or Putin@example.org.",
            "Troops in Eastern Europe, in Europe and at the Council of Europe met in Brussels.",
            "The former Russian president and Russian President Dmitry Medvedev.",
        ];
        for text in none {
            assert_eq!(found(text, Some("2025-08-15")), [""; 0], "{text}");
        }
    }

    #[test]
    fn offices_have_terms() {
        let text = "The U.S. president called the Ukrainian president.";
        let roles = |date| found(text, Some(date));
        assert_eq!(roles("2010-01-01"), [""; 0]);
        assert_eq!(roles("2022-03-01"), ["zelenskyy/role:Ukrainian president"]);
        assert_eq!(roles("2025-03-01").len(), 2);
        assert_eq!(found(text, None), [""; 0]);
        assert_eq!(
            found("The Trump campaign won.", Some("2016-11-09")).len(),
            1
        );
        assert_eq!(found(&format!("{text} Zelensky agreed."), None).len(), 2);
    }

    #[test]
    fn offsets_slice_back_to_the_surface() {
        let text = "“Élysée…” — Europe’s leaders, said Zelenskyy.";
        let catalogue = Catalogue::default();
        let sentences = crate::text::split(text);
        for mention in Matcher::new(&catalogue).find(text, &sentences, None) {
            let by_chars: String = text
                .chars()
                .skip(mention.chars.start)
                .take(mention.chars.len())
                .collect();
            assert_eq!(by_chars, &text[mention.bytes]);
        }
    }
}
