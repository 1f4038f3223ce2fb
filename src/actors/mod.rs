//! From documents to mentions: who is spoken of, where, and by whom.
//!
//! ```
//! use newstance::actors::{Catalogue, Recognizer};
//! use newstance::text::Document;
//!
//! let text = "Putin praised Trump, who mocked European leaders outside Trump Tower.";
//! let recognizer = Recognizer::new(Catalogue::default());
//! let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
//! let found: Vec<_> = mentions.iter().map(|mention| &text[mention.bytes.clone()]).collect();
//! assert_eq!(found, ["Putin", "Trump", "European leaders"]);
//! ```

mod actor;
mod attribute;
mod catalogue;
mod checker;
mod context;
mod find;
mod normalize;
mod persons;
mod references;
mod resolve;
mod syntax;

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use actor::{Actor, ActorKind, Alias, Term};
pub use catalogue::Catalogue;

use crate::text::Document;
use attribute::{Sources, attribute};
use find::Finder;
use persons::Persons;
use references::Descriptions;
use resolve::resolve;

/// How a mention refers to its actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MentionKind {
    /// "Vladimir Putin", "the EU".
    Name,
    /// "the Russian president".
    Role,
    /// "the Kremlin".
    Metonym,
    /// "European leaders".
    Demonym,
    /// "the president", where the article tells which.
    Description,
    /// "both leaders": a mention for each.
    Group,
    /// "he", "its".
    Pronoun,
    /// "I", "we" in the actor's own quotation, if they are asked for.
    #[serde(rename = "pronoun1")]
    FirstPerson,
}

impl MentionKind {
    /// The kind's name, as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Role => "role",
            Self::Metonym => "metonym",
            Self::Demonym => "demonym",
            Self::Description => "description",
            Self::Group => "group",
            Self::Pronoun => "pronoun",
            Self::FirstPerson => "pronoun1",
        }
    }
}

impl fmt::Display for MentionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose words stand around a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voice {
    /// The article's own.
    Author,
    /// A speaker's, inside quotation marks.
    Direct,
    /// A speaker's, reported by the author.
    Indirect,
}

impl Voice {
    /// The voice's name, as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Direct => "direct",
            Self::Indirect => "indirect",
        }
    }
}

impl fmt::Display for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who speaks the words around a mention.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The article's author.
    Author,
    /// An actor, by its place in the catalogue.
    Actor(usize),
    /// Somebody else, by the name that the article first gives in full.
    Other(String),
    /// A source without a name: "officials", "critics".
    Unnamed,
}

impl Speaker {
    /// The speaker's name as in reports: `author`, an actor's id, a name, or `unnamed`.
    pub fn name<'a>(&'a self, catalogue: &'a Catalogue) -> &'a str {
        match self {
            Self::Author => "author",
            Self::Actor(actor) => &catalogue.actors()[*actor].id,
            Self::Other(name) => name,
            Self::Unnamed => "unnamed",
        }
    }
}

/// A span of a sentence that refers to an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Which sentence of the article, from 0.
    pub sentence: usize,
    /// Half-open byte range in the article's text.
    pub bytes: Range<usize>,
    /// Half-open range of Unicode code points in the article's text.
    pub chars: Range<usize>,
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// How it refers to the actor.
    pub kind: MentionKind,
    /// What it stands for, if it is a description, group or pronoun of any person: the actor's shortest name in the article, else that of
    /// the catalogue.
    pub antecedent: Option<String>,
    /// Whose words stand around it.
    pub voice: Voice,
    /// Who speaks them.
    pub speaker: Speaker,
    /// Whose attitude to the actor they express: "Putin praised Trump" is Putin's, whoever speaks.
    pub holder: Speaker,
}

/// Finds the mentions of a catalogue's actors, in three passes: every place that an alias matches,
/// what it refers to, and who speaks.
pub struct Recognizer {
    catalogue: Catalogue,
    finder: Finder,
    descriptions: Descriptions,
    first_person: bool,
}

impl Recognizer {
    /// Prepares a catalogue.
    pub fn new(catalogue: Catalogue) -> Self {
        Self {
            finder: Finder::new(&catalogue),
            descriptions: Descriptions::new(catalogue.actors()),
            catalogue,
            first_person: false,
        }
    }

    /// Also takes "I" and "we" in the quotation of an actor as mentions of it ([`MentionKind::FirstPerson`]).
    pub fn with_first_person(self) -> Self {
        Self {
            first_person: true,
            ..self
        }
    }

    /// Whether it does.
    pub fn takes_first_person(&self) -> bool {
        self.first_person
    }

    /// The catalogue.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The mentions of a document, in order. They overlap only where words refer to two actors ("both leaders").
    ///
    /// Roles and metonyms such as "the Russian president" mean the actor who held the office on
    /// `date`. If it is unknown, they count if the text names the actor.
    pub fn mentions(&self, text: &str, document: &Document, date: Option<Date>) -> Vec<Mention> {
        let candidates = self.finder.find(text, document);
        if candidates.is_empty() {
            return Vec::new();
        }
        let actors = self.catalogue.actors();
        let persons = Persons::new(text, document);
        let mentions = resolve(text, &persons, candidates, actors, date);
        let sources = Sources {
            actors,
            descriptions: &self.descriptions,
            persons: &persons,
            first_person: self.first_person,
        };
        attribute(text, document, &sources, mentions)
    }
}
