//! From sentences to mentions: who is spoken of, where, and by whom.
//!
//! ```
//! use newstance::actors::{Catalogue, Matcher};
//!
//! let text = "Putin praised Trump, who mocked European leaders outside Trump Tower.";
//! let catalogue = Catalogue::default();
//! let sentences = newstance::text::split(text);
//! let mentions = Matcher::new(&catalogue).find(text, &sentences, None);
//! let found: Vec<_> = mentions.iter().map(|mention| &text[mention.bytes.clone()]).collect();
//! assert_eq!(found, ["Putin", "Trump", "European leaders"]);
//! ```

mod attribution;
mod catalogue;
mod context;
mod matcher;
mod normalize;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use catalogue::{Actor, ActorKind, Alias, Catalogue, Term};
pub use matcher::Matcher;

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
}

impl fmt::Display for MentionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name",
            Self::Role => "role",
            Self::Metonym => "metonym",
            Self::Demonym => "demonym",
        })
    }
}

/// Who voices the words around a mention.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The article's own voice, unnamed sources included.
    Author,
    /// An actor, by its place in the catalogue.
    Actor(usize),
    /// Somebody else, by the name that the sentence gives.
    Other(String),
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
    /// Who voices it.
    pub speaker: Speaker,
}
