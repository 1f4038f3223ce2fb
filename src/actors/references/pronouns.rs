//! Pronouns of the third person.

use super::entities::Number;
use crate::actors::persons::Gender;

/// What a pronoun is to its clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// "he".
    Subject,
    /// "him".
    Object,
    /// "his".
    Possessive,
    /// "himself".
    Reflexive,
}

/// A pronoun of the third person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pronoun {
    /// [`Gender::None`] for "it" and "they".
    pub gender: Gender,
    pub number: Number,
    pub case: Case,
}

impl Pronoun {
    /// A word in lower case as a pronoun: "he", "he's", "his". "Her" is a possessive before a noun only; `before_noun` says so.
    pub fn of(word: &str, before_noun: bool) -> Option<Self> {
        let word = word.split_once('\'').map_or(word, |(pronoun, _)| pronoun);
        let (gender, number, case) = match word {
            "he" => (Gender::Male, Number::One, Case::Subject),
            "him" => (Gender::Male, Number::One, Case::Object),
            "his" => (Gender::Male, Number::One, Case::Possessive),
            "himself" => (Gender::Male, Number::One, Case::Reflexive),
            "she" => (Gender::Female, Number::One, Case::Subject),
            "her" if before_noun => (Gender::Female, Number::One, Case::Possessive),
            "her" => (Gender::Female, Number::One, Case::Object),
            "hers" => (Gender::Female, Number::One, Case::Possessive),
            "herself" => (Gender::Female, Number::One, Case::Reflexive),
            "it" => (Gender::None, Number::One, Case::Subject),
            "its" => (Gender::None, Number::One, Case::Possessive),
            "itself" => (Gender::None, Number::One, Case::Reflexive),
            "they" => (Gender::None, Number::Many, Case::Subject),
            "them" => (Gender::None, Number::Many, Case::Object),
            "their" | "theirs" => (Gender::None, Number::Many, Case::Possessive),
            "themselves" => (Gender::None, Number::Many, Case::Reflexive),
            _ => return None,
        };
        Some(Self {
            gender,
            number,
            case,
        })
    }
}
