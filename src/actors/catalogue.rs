//! Actor catalogues: TOML files of actors and the words that refer to them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::MentionKind;
use super::normalize::Normalized;
use crate::error::{Error, Result};

const DEFAULT: &str = include_str!("../../actors/default.toml");
const DEFAULT_NAME: &str = "actors/default.toml";
/// The speaker that stands for the article's own voice, so no actor may be called so.
const AUTHOR: &str = "author";

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// One human being.
    Person,
    /// An organisation, party or institution.
    Body,
    /// A group of states.
    Bloc,
}

/// A phrase that refers to an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The phrase.
    pub text: String,
    /// How it refers.
    pub kind: MentionKind,
    /// Whether it names a place as well, so that "in Europe" is no mention.
    pub is_place: bool,
    /// Whether it means the actor only in office: roles and metonyms, but for those that hold the
    /// actor's name ("Trump administration").
    pub by_office: bool,
}

/// A time in office, from a day until the day before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: Date,
    /// The day after the last; `None` where it has not ended.
    pub until: Option<Date>,
}

impl Term {
    fn contains(&self, date: Date) -> bool {
        self.from <= date && self.until.is_none_or(|until| date < until)
    }
}

/// A person, body or bloc to be scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// As reports name it.
    pub id: String,
    /// As a reader knows it.
    pub name: String,
    /// What it is.
    pub kind: ActorKind,
    /// The phrases that refer to it.
    pub aliases: Vec<Alias>,
    /// Words that may stand before a name and then belong to the mention.
    pub titles: Vec<String>,
    /// Phrases that hold an alias but mean something else.
    pub exceptions: Vec<String>,
    /// When roles and metonyms mean this actor; empty means always.
    pub in_office: Vec<Term>,
}

impl Actor {
    /// Whether roles and metonyms mean this actor on a day; `None` where the day is unknown and it
    /// matters.
    pub(super) fn holds_office(&self, date: Option<Date>) -> Option<bool> {
        if self.in_office.is_empty() {
            return Some(true);
        }
        date.map(|date| self.in_office.iter().any(|term| term.contains(date)))
    }
}

/// The actors of a run, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    actors: Vec<Actor>,
    sha256: String,
}

impl Default for Catalogue {
    /// Trump, Putin, Zelenskyy and Europe.
    fn default() -> Self {
        Self::parse(DEFAULT, DEFAULT_NAME).unwrap_or_else(|error| {
            unreachable!("the catalogue compiled in is checked by the tests: {error}")
        })
    }
}

impl Catalogue {
    /// Reads a catalogue file.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it cannot be read, [`Error::Catalogue`] with the line and the remedy
    /// where it holds a mistake.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::io(path))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads a catalogue from its text; `file` is for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Catalogue`], see [`Catalogue::read`].
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let checker = Checker { text, file };
        let parsed: CatalogueFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            checker.mistake(
                at,
                error.message().trim().replace('\n', "; "),
                "`newstance actors show` prints a catalogue that works",
            )
        })?;
        let actors = checker.actors(parsed)?;
        let digest = Sha256::digest(text.as_bytes());
        Ok(Self {
            actors,
            sha256: format!("{digest:x}"),
        })
    }

    /// The text of the default catalogue, as a start for one's own.
    pub fn default_text() -> &'static str {
        DEFAULT
    }

    /// The actors.
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// SHA-256 of the file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    #[serde(default)]
    actor: Vec<Spanned<ActorEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorEntry {
    id: Spanned<String>,
    name: Spanned<String>,
    kind: ActorKind,
    #[serde(default)]
    names: Vec<Spanned<String>>,
    #[serde(default)]
    titles: Vec<Spanned<String>>,
    #[serde(default)]
    roles: Vec<Spanned<String>>,
    #[serde(default)]
    metonyms: Vec<Spanned<String>>,
    #[serde(default)]
    demonyms: Vec<Spanned<String>>,
    #[serde(default)]
    places: Vec<Spanned<String>>,
    #[serde(default)]
    exceptions: Vec<Spanned<String>>,
    #[serde(default)]
    in_office: Vec<Spanned<TermEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermEntry {
    from: toml::value::Datetime,
    until: Option<toml::value::Datetime>,
}

/// Finds the mistakes that TOML itself does not know of.
struct Checker<'a> {
    text: &'a str,
    file: &'a str,
}

impl Checker<'_> {
    fn line(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        1 + before.iter().filter(|&&byte| byte == b'\n').count()
    }

    fn mistake(&self, at: usize, problem: impl Into<String>, remedy: impl Into<String>) -> Error {
        Error::Catalogue {
            file: self.file.to_owned(),
            line: self.line(at),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    fn actors(&self, parsed: CatalogueFile) -> Result<Vec<Actor>> {
        if parsed.actor.is_empty() {
            return Err(self.mistake(
                0,
                "the catalogue has no actors",
                "add one: [[actor]] with id, name, kind and names",
            ));
        }
        let mut ids: HashMap<String, usize> = HashMap::new();
        let mut owners: HashMap<String, (String, usize)> = HashMap::new();
        let mut actors = Vec::new();
        for entry in parsed.actor {
            let at = entry.span().start;
            let entry = entry.into_inner();
            self.check_id(&entry.id, &mut ids)?;
            self.check_phrase(&entry.name)?;
            let actor = self.actor(at, entry, &mut owners)?;
            actors.push(actor);
        }
        Ok(actors)
    }

    fn check_id(&self, id: &Spanned<String>, ids: &mut HashMap<String, usize>) -> Result<()> {
        let at = id.span().start;
        let valid = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
        let text = id.get_ref();
        if text.is_empty() || !text.chars().all(valid) {
            return Err(self.mistake(
                at,
                format!("the id {text:?} is not a word of a-z, 0-9 and _"),
                "write it like \"european_union\"",
            ));
        }
        if text == AUTHOR {
            return Err(self.mistake(
                at,
                "the id \"author\" stands for the article's own voice",
                "choose another",
            ));
        }
        if let Some(line) = ids.insert(text.clone(), self.line(at)) {
            return Err(self.mistake(
                at,
                format!("the id {text:?} is taken by the actor of line {line}"),
                "give each actor an id of its own",
            ));
        }
        Ok(())
    }

    fn check_phrase(&self, phrase: &Spanned<String>) -> Result<()> {
        let at = phrase.span().start;
        let text = phrase.get_ref();
        if text.chars().filter(|char| char.is_alphanumeric()).count() < 2 {
            return Err(self.mistake(
                at,
                format!("the phrase {text:?} has fewer than two letters"),
                "write it out, or remove it",
            ));
        }
        if text.trim() != text || Normalized::new(text).text.len() != text.replace('’', "'").len()
        {
            return Err(self.mistake(
                at,
                format!("the phrase {text:?} has white space at an end or twice in a row"),
                "write one plain space between words",
            ));
        }
        Ok(())
    }

    fn actor(
        &self,
        at: usize,
        entry: ActorEntry,
        owners: &mut HashMap<String, (String, usize)>,
    ) -> Result<Actor> {
        let id = entry.id.into_inner();
        // Names first: the other aliases are compared with them.
        let groups = [
            (MentionKind::Name, entry.names),
            (MentionKind::Role, entry.roles),
            (MentionKind::Metonym, entry.metonyms),
            (MentionKind::Demonym, entry.demonyms),
        ];
        let mut aliases: Vec<Alias> = Vec::new();
        for (kind, phrases) in groups {
            for phrase in phrases {
                self.check_phrase(&phrase)?;
                self.claim(&id, &phrase, owners)?;
                let text = phrase.into_inner();
                let mut names = aliases
                    .iter()
                    .filter(|alias| alias.kind == MentionKind::Name);
                let named = names.any(|name| holds_words(&text, &name.text));
                aliases.push(Alias {
                    kind,
                    is_place: kind == MentionKind::Metonym && !named,
                    by_office: matches!(kind, MentionKind::Role | MentionKind::Metonym) && !named,
                    text,
                });
            }
        }
        if aliases.is_empty() {
            return Err(self.mistake(
                at,
                format!("the actor {id:?} has no names, roles, metonyms or demonyms"),
                "add names = [\"...\"]",
            ));
        }
        for place in entry.places {
            let alias = aliases
                .iter_mut()
                .find(|alias| alias.text == *place.get_ref());
            let Some(alias) = alias else {
                return Err(self.mistake(
                    place.span().start,
                    format!(
                        "the place {:?} is none of this actor's names",
                        place.get_ref()
                    ),
                    "add it to names as well, or remove it",
                ));
            };
            alias.is_place = true;
        }
        let plain = |phrases: Vec<Spanned<String>>| -> Result<Vec<String>> {
            phrases
                .into_iter()
                .map(|phrase| self.check_phrase(&phrase).map(|()| phrase.into_inner()))
                .collect()
        };
        Ok(Actor {
            id,
            name: entry.name.into_inner(),
            kind: entry.kind,
            aliases,
            titles: plain(entry.titles)?,
            exceptions: plain(entry.exceptions)?,
            in_office: entry
                .in_office
                .into_iter()
                .map(|term| self.term(&term))
                .collect::<Result<_>>()?,
        })
    }

    fn claim(
        &self,
        id: &str,
        phrase: &Spanned<String>,
        owners: &mut HashMap<String, (String, usize)>,
    ) -> Result<()> {
        let at = phrase.span().start;
        let claim = (id.to_owned(), self.line(at));
        match owners.insert(phrase.get_ref().to_lowercase(), claim) {
            None => Ok(()),
            Some((owner, line)) => Err(self.mistake(
                at,
                format!(
                    "the phrase {:?} refers to {owner:?} already (line {line})",
                    phrase.get_ref()
                ),
                "a phrase can refer to one actor only: remove one of the two",
            )),
        }
    }

    fn term(&self, term: &Spanned<TermEntry>) -> Result<Term> {
        let at = term.span().start;
        let entry = term.get_ref();
        let from = self.date(at, &entry.from)?;
        let until = entry.until.map(|until| self.date(at, &until)).transpose()?;
        if until.is_some_and(|until| until <= from) {
            return Err(self.mistake(
                at,
                "the term ends before it starts",
                "write from = the first day, until = the day after the last",
            ));
        }
        Ok(Term { from, until })
    }

    fn date(&self, at: usize, date: &toml::value::Datetime) -> Result<Date> {
        date.date
            .and_then(|date| {
                let (month, day) = (date.month as i8, date.day as i8);
                Date::new(date.year as i16, month, day).ok()
            })
            .ok_or_else(|| {
                self.mistake(
                    at,
                    format!("{date} is not a day"),
                    "write it like 2025-01-20",
                )
            })
    }
}

/// Whether a phrase holds another as whole words.
fn holds_words(phrase: &str, words: &str) -> bool {
    let inside_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    phrase.match_indices(words).any(|(at, _)| {
        let (before, after) = (&phrase[..at], &phrase[at + words.len()..]);
        !inside_word(before.chars().next_back()) && !inside_word(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Catalogue::parse(text, "my.toml").unwrap_err().to_string()
    }

    #[test]
    fn the_default_has_four_actors() {
        let catalogue = Catalogue::parse(DEFAULT, DEFAULT_NAME).unwrap();
        let ids: Vec<_> = catalogue
            .actors()
            .iter()
            .map(|actor| actor.id.as_str())
            .collect();
        assert_eq!(ids, ["trump", "putin", "zelenskyy", "europe"]);
    }

    #[test]
    fn mistakes_are_refused_with_line_and_remedy() {
        let head = "[[actor]]\nid = \"nato\"\nname = \"NATO\"\nkind = \"bloc\"\n";
        let cases = [
            ("".to_owned(), "my.toml:1: the catalogue has no actors"),
            (
                head.to_owned(),
                "my.toml:1: the actor \"nato\" has no names",
            ),
            (
                format!("{head}names = [\"NATO\"]\ncolour = 1"),
                "my.toml:6: unknown field `colour`",
            ),
            (
                format!("{head}names = [\"NATO\", \n \"x\"]"),
                "my.toml:6: the phrase \"x\" has fewer",
            ),
            (
                format!("{head}names = [\" NATO\"]"),
                "my.toml:5: the phrase \" NATO\" has white",
            ),
            (format!("{head}names = [\"NATO\"\nroles = []"), "my.toml:"),
            (
                format!("{head}names = [\"NATO\", \"Nato\"]"),
                "refers to \"nato\" already (line 5)",
            ),
            (
                format!("{head}names = [\"NATO\"]\nplaces = [\"Mons\"]"),
                "my.toml:6: the place \"Mons\"",
            ),
            (
                head.replace("bloc", "pact"),
                "my.toml:4: unknown variant `pact`",
            ),
            (
                head.replace("\"nato\"", "\"N A\""),
                "my.toml:2: the id \"N A\"",
            ),
            (
                head.replace("\"nato\"", "\"author\""),
                "my.toml:2: the id \"author\"",
            ),
            (
                format!("{head}names = [\"NATO\"]\n{head}"),
                "my.toml:7: the id \"nato\" is taken",
            ),
            (
                format!(
                    "{head}names = [\"NATO\"]\nin_office = [{{from = 2020-01-01, until = 2019-01-01}}]"
                ),
                "my.toml:6: the term ends before it starts",
            ),
        ];
        for (text, expected) in cases {
            let message = refused(&text);
            assert!(
                message.contains(expected),
                "{message}\nexpected: {expected}"
            );
            assert!(message.contains("; "), "no remedy in: {message}");
        }
    }
}
