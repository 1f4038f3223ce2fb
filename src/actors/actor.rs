//! An actor and the phrases that refer to it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::MentionKind;

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
    /// A state.
    Country,
    /// Several people: a people, the voters of a party.
    Group,
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
    /// Whether it is a person's surname that counts only in articles that name the person in full.
    pub needs_full_name: bool,
}

/// A time in office, from a day until the day before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: Date,
    /// The day after the last; `None` if it has not ended.
    pub until: Option<Date>,
}

impl Term {
    fn contains(&self, date: Date) -> bool {
        self.from <= date && self.until.is_none_or(|until| date < until)
    }
}

/// A person, body, bloc, country or group to be scored.
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
    /// Whether roles and metonyms mean this actor on a day; `None` if the day is unknown and it
    /// matters.
    pub(super) fn holds_office(&self, date: Option<Date>) -> Option<bool> {
        if self.in_office.is_empty() {
            return Some(true);
        }
        date.map(|date| self.in_office.iter().any(|term| term.contains(date)))
    }
}
