//! From the TOML of a catalogue to its actors, with every mistake named by its line.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::MentionKind;
use super::actor::{Actor, ActorKind, Alias, Term};
use super::normalize::Normalized;
use crate::error::{Error, ErrorKind, Result};

/// Speakers that are nobody in particular: the article's own voice and sources without a name. No actor may be called
/// so.
const NOBODY: [&str; 2] = ["author", "unnamed"];

/// Reads the text of a catalogue; `file` is its name for messages.
pub(super) fn check(text: &str, file: &str) -> Result<Vec<Actor>> {
    let checker = Checker { text, file };
    let parsed: CatalogueFile = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        checker.mistake(
            at,
            error.message().trim().replace('\n', "; "),
            "`newstance actors show` prints a catalogue that works",
        )
    })?;
    checker.actors(parsed)
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
    alone: Vec<Spanned<String>>,
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
        let place = format!("{}:{}", self.file, self.line(at));
        Error::new(ErrorKind::Catalogue, place, problem, remedy)
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
        if NOBODY.contains(&text.as_str()) {
            return Err(self.mistake(
                at,
                "the id \"author\" stands for the article's own voice",
                "choose another",
            ));
        }
        if let Some(before) = ids.insert(text.clone(), at) {
            let line = self.line(before);
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
        let mut names: HashSet<String> = HashSet::new();
        for (kind, phrases) in groups {
            for phrase in phrases {
                self.check_phrase(&phrase)?;
                self.claim(&id, &phrase, owners)?;
                let text = phrase.into_inner();
                let named = holds_one_of(&text, &names);
                if kind == MentionKind::Name {
                    names.insert(text.clone());
                }
                aliases.push(Alias {
                    kind,
                    is_place: kind == MentionKind::Metonym && !named,
                    by_office: matches!(kind, MentionKind::Role | MentionKind::Metonym) && !named,
                    needs_full_name: false,
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
        if entry.kind == ActorKind::Person {
            need_full_names(&mut aliases);
        }
        let known = aliases.iter().map(|alias| alias.text.clone());
        let known: HashMap<String, usize> = known.zip(0..).collect();
        for name in entry.alone {
            let alias = self.alias(&known, &name, "name that counts alone,")?;
            aliases[alias].needs_full_name = false;
        }
        for place in entry.places {
            let alias = self.alias(&known, &place, "place")?;
            aliases[alias].is_place = true;
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

    /// The place of the alias that another list of the actor's names again.
    fn alias(
        &self,
        known: &HashMap<String, usize>,
        name: &Spanned<String>,
        what: &str,
    ) -> Result<usize> {
        known.get(name.get_ref()).copied().ok_or_else(|| {
            self.mistake(
                name.span().start,
                format!(
                    "the {what} {:?} is none of this actor's names",
                    name.get_ref()
                ),
                "add it to names as well, or remove it",
            )
        })
    }

    fn claim(
        &self,
        id: &str,
        phrase: &Spanned<String>,
        owners: &mut HashMap<String, (String, usize)>,
    ) -> Result<()> {
        let at = phrase.span().start;
        let claim = (id.to_owned(), at);

        match owners.insert(phrase.get_ref().to_lowercase(), claim) {
            None => Ok(()),
            Some((owner, before)) => Err(self.mistake(
                at,
                format!(
                    "the phrase {:?} refers to {owner:?} already (line {})",
                    phrase.get_ref(),
                    self.line(before)
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

/// Marks surnames: names of one word with which another name of the same person ends.
fn need_full_names(aliases: &mut [Alias]) {
    let names = aliases
        .iter()
        .filter(|alias| alias.kind == MentionKind::Name);
    let last = |alias: &Alias| Some(alias.text.rsplit_once(' ')?.1.to_owned());
    let last_words: HashSet<String> = names.filter_map(last).collect();
    for alias in aliases {
        alias.needs_full_name = alias.kind == MentionKind::Name && last_words.contains(&alias.text);
    }
}

/// Whether a phrase holds one of some others as whole words.
fn holds_one_of(phrase: &str, others: &HashSet<String>) -> bool {
    let inside_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let places = || {
        let inner = phrase.char_indices().map(|(at, _)| at);
        inner.chain([phrase.len()])
    };
    // Where a word may begin, and where it may end.
    let starts = places().filter(|&at| !inside_word(phrase[..at].chars().next_back()));
    let ends: Vec<usize> = places()
        .filter(|&at| !inside_word(phrase[at..].chars().next()))
        .collect();
    starts.into_iter().any(|start| {
        let mut later = ends.iter().filter(|&&end| end > start);
        later.any(|&end| others.contains(&phrase[start..end]))
    })
}
