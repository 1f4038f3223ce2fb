//! Actor catalogues: TOML files of actors and the words that refer to them.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::checker::check;
use super::{Actor, Alias, MentionKind};
use crate::error::{Error, Result};
use crate::regular;
use crate::text::{Classes, is_day_or_month};

const DEFAULT: &str = include_str!("../../actors/default.toml");
const DEFAULT_NAME: &str = "actors/default.toml";

/// The actors of a run, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    actors: Vec<Actor>,
    text: String,
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

/// Bytes of a catalogue: some hundred thousand names.
const MOST_BYTES: u64 = 64 << 20;

impl Catalogue {
    /// Reads a catalogue file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be read, and
    /// [`ErrorKind::Catalogue`](crate::ErrorKind::Catalogue) with line and remedy if it holds a mistake.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = regular::read(path, MOST_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            let cause = io::Error::from(io::ErrorKind::InvalidData);
            Error::io(path)(cause)
        })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads a catalogue from its text; `file` is for messages.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalogue`](crate::ErrorKind::Catalogue), see [`Catalogue::read`].
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let actors = check(text, file)?;
        let digest = Sha256::digest(text.as_bytes());
        Ok(Self {
            actors,
            sha256: format!("{digest:x}"),
            text: text.to_owned(),
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

    /// Names that may be taken for something else, or somebody else for them, each with what is done about it.
    pub fn doubtful_names(&self) -> Vec<(&Actor, &str, &'static str)> {
        let names = self.actors.iter().flat_map(|actor| {
            let names = actor.aliases.iter().map(move |alias| (actor, alias));
            names.filter(|(_, alias)| alias.kind == MentionKind::Name)
        });
        names
            .filter_map(|(actor, alias)| Some((actor, &*alias.text, doubt(alias)?)))
            .collect()
    }

    /// The text that it was read from, in TOML.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

fn doubt(alias: &Alias) -> Option<&'static str> {
    let acronym = alias.text.len() > 1 && alias.text.chars().all(char::is_uppercase);
    let word = Classes::of_any_case(&alias.text).is(Classes::CLOSED | Classes::VERB);
    if is_day_or_month(&alias.text) {
        Some(
            "is a month or a day too: it doesn't count behind \"in\", \"last\" and the like, and before a number",
        )
    } else if acronym {
        Some("may be a word in a line of capitals: it doesn't count there")
    } else if word {
        Some(
            "is a common word too, which counts wherever it has a capital: give longer names, or exceptions",
        )
    } else if alias.needs_full_name {
        Some(
            "counts only in articles that name the person in full; list it in alone = [...] if it is enough",
        )
    } else {
        None
    }
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
