//! Whom and what an article has spoken of, and how salient each is.

use super::pronouns::{Case, Pronoun};
use super::scan::{Described, Role, is_person, singular};
use crate::actors::persons::{Gender, Persons, gender, gender_of};
use crate::actors::{Actor, ActorKind, MentionKind, Speaker};
use crate::text::vocabulary;

/// How many an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    One,
    Many,
    /// A body or bloc, which is "it" or "they".
    Either,
}

/// What an entity is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// By its place in the catalogue.
    Actor(usize),
    /// By the name that the article first gives in full.
    Named(String),
    /// By its noun: "minister".
    Nameless(String),
    /// Two that stand together, by their places among the entities.
    Both(usize, usize),
}

/// Somebody or something that the article has spoken of.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    pub who: Who,
    pub gender: Gender,
    pub number: Number,
    /// Salience by the sentences before, and by this one.
    before: u32,
    now: u32,
    role: Role,
    /// When it was last spoken of; the greatest was last.
    place: usize,
    /// The paragraph that last spoke of it.
    paragraph: usize,
    /// How often it was spoken of.
    times: u32,
    /// In years, if the article told it.
    pub age: Option<u32>,
}

impl Entity {
    pub fn salience(&self) -> u32 {
        self.before + self.now
    }

    /// Salience with what an article is about.
    pub fn weighed(&self) -> u32 {
        self.salience() + TOPIC * self.times.min(MOST_TIMES)
    }

    /// When it was last spoken of.
    pub fn last(&self) -> usize {
        self.place
    }

    pub fn is_person(&self) -> bool {
        self.gender != Gender::None && self.number == Number::One
    }
}

/// Salience of a sentence's words by their role: that of the newest sentence, of the role, and of what stands in no other
/// phrase, as Lappin and Leass weigh them.
fn weight(role: Role) -> u32 {
    match role {
        Role::Subject => 100 + 80 + 80,
        Role::Object => 100 + 50 + 80,
        Role::Oblique => 100 + 40,
        Role::Possessor => 100 + 35,
    }
}
/// Salience for a subject that a pronoun in the same role may mean.
const PARALLEL: u32 = 35;
/// Salience for each time that something was spoken of, up to so many.
const TOPIC: u32 = 3;
const MOST_TIMES: u32 = 10;
/// As how many times one in the headline counts.
const TIMES_OF_HEADLINE: u32 = 3;
/// Salience of the subject of the sentence before.
const FRESH: u32 = 130;
/// How much more salient than all others is what is meant, in quarters.
const CLEAR: u32 = 5;
/// Least salience of what a pronoun means.
const FAINT: u32 = 15;

/// All that an article has spoken of.
pub(super) struct Entities<'a> {
    persons: &'a Persons<'a>,
    kinds: Vec<(ActorKind, Gender)>,
    all: Vec<Entity>,
    spoken: usize,
    paragraph: usize,
}

impl<'a> Entities<'a> {
    pub fn new(actors: &[Actor], persons: &'a Persons<'a>) -> Self {
        Self {
            persons,
            kinds: actors.iter().map(|it| (it.kind, gender_of(it))).collect(),
            all: Vec::new(),
            spoken: 0,
            paragraph: 0,
        }
    }

    /// Begins a sentence: what was spoken of before is half as salient.
    pub fn begin(&mut self, paragraph: usize) {
        self.paragraph = paragraph;
        for entity in &mut self.all {
            entity.before = entity.salience() / 2;
            entity.now = 0;
        }
    }

    pub fn get(&self, entity: usize) -> &Entity {
        &self.all[entity]
    }

    /// All entities, by place.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Entity)> {
        self.all.iter().enumerate()
    }

    /// The actors that an entity is.
    pub fn actors_of(&self, entity: usize) -> Vec<usize> {
        match &self.all[entity].who {
            Who::Actor(actor) => vec![*actor],
            Who::Both(first, second) => {
                let mut both = self.actors_of(*first);
                both.extend(self.actors_of(*second));
                both
            }
            Who::Named(_) | Who::Nameless(_) => Vec::new(),
        }
    }

    pub fn of_actor(&mut self, actor: usize, kind: MentionKind) -> usize {
        let (of, gender) = self.kinds[actor];
        let number = match of {
            ActorKind::Person => Number::One,
            ActorKind::Group => Number::Many,
            _ if kind == MentionKind::Demonym => Number::Many,
            ActorKind::Body | ActorKind::Bloc | ActorKind::Country => Number::Either,
        };
        let entity = self.entity(Who::Actor(actor), gender, number);
        self.all[entity].number = number;
        entity
    }

    /// An actor that was spoken of.
    pub fn known(&self, actor: usize) -> Option<usize> {
        self.all.iter().position(|it| it.who == Who::Actor(actor))
    }

    /// Somebody by name; `None` if the words name nobody.
    pub fn of_name(&mut self, name: &str) -> Option<usize> {
        let gender = gender(name);
        let full = self.persons.full_name(name)?;
        let gender = match gender {
            Gender::Unknown => crate::actors::persons::gender(&full),
            known => known,
        };
        let is_one_word = !full.contains(' ');
        let (gender, number) = match gender {
            Gender::None => (Gender::None, Number::Either),
            Gender::Unknown if is_one_word && self.persons.is_place(&full) => {
                (Gender::None, Number::One)
            }
            Gender::Unknown if is_one_word && is_of_people(&full) => (Gender::None, Number::Many),
            known => (known, Number::One),
        };
        let entity = self.entity(Who::Named(full), gender, number);
        self.tell_gender(entity, gender);
        Some(entity)
    }

    /// Somebody or something that has no name here.
    pub fn of_described(&mut self, phrase: &Described) -> usize {
        let head = phrase.head();
        let noun = if phrase.plural { singular(head) } else { head };
        let words = &vocabulary().references;
        let person = is_person(noun)
            || is_person(head)
            || phrase.plural && crate::text::Classes::of(head).is(crate::text::Classes::PEOPLE);
        let gender = if !person {
            Gender::None
        } else if words.male.contains(noun) || noun.ends_with("man") && !noun.ends_with("woman") {
            Gender::Male
        } else if words.female.contains(noun) || noun.ends_with("woman") {
            Gender::Female
        } else {
            Gender::Unknown
        };
        let number = if phrase.plural {
            Number::Many
        } else {
            Number::One
        };
        if matches!(phrase.determiner(), "a" | "an" | "another") {
            // Somebody new.
            return self.add(Who::Nameless(noun.to_owned()), gender, number);
        }
        self.entity(Who::Nameless(noun.to_owned()), gender, number)
    }

    /// Two entities as one.
    pub fn of_both(&mut self, first: usize, second: usize) -> usize {
        self.entity(
            Who::Both(first.min(second), first.max(second)),
            Gender::Unknown,
            Number::Many,
        )
    }

    /// The place of whoever speaks.
    pub fn of_speaker(&self, speaker: &Speaker) -> Option<usize> {
        self.all.iter().position(|it| match (&it.who, speaker) {
            (Who::Actor(actor), Speaker::Actor(speaker)) => actor == speaker,
            // Transcripts set their speakers in capitals.
            (Who::Named(name), Speaker::Other(speaker)) => {
                let lower = speaker.chars().flat_map(char::to_lowercase);
                name.chars().flat_map(char::to_lowercase).eq(lower)
            }
            _ => false,
        })
    }

    /// Who an entity is as a speaker.
    pub fn speaker(&self, entity: usize) -> Option<Speaker> {
        match &self.all[entity].who {
            Who::Actor(actor) => Some(Speaker::Actor(*actor)),
            Who::Named(name) => Some(Speaker::Other(name.clone())),
            Who::Nameless(_) => Some(Speaker::Unnamed),
            Who::Both(..) => None,
        }
    }

    fn entity(&mut self, who: Who, gender: Gender, number: Number) -> usize {
        let known = self
            .all
            .iter()
            .rposition(|it| it.who == who && (it.number == number || matches!(who, Who::Actor(_))));
        known.unwrap_or_else(|| self.add(who, gender, number))
    }

    fn add(&mut self, who: Who, gender: Gender, number: Number) -> usize {
        self.all.push(Entity {
            who,
            gender,
            number,
            before: 0,
            now: 0,
            role: Role::Object,
            place: 0,
            paragraph: 0,
            times: 0,
            age: None,
        });
        self.all.len() - 1
    }

    /// An entity was spoken of in a role; a `share` of its weight counts, in quarters.
    pub fn speak(&mut self, entity: usize, role: Role, share: u32, headline: bool) {
        self.spoken += 1;
        let it = &mut self.all[entity];
        it.now = it.now.max(weight(role) * share / 4);
        it.role = role;
        it.times += if headline { TIMES_OF_HEADLINE } else { 1 };
        it.place = self.spoken;
        it.paragraph = self.paragraph;
    }

    /// A pronoun or title told the gender of a person.
    pub fn tell_gender(&mut self, entity: usize, gender: Gender) {
        let known = &mut self.all[entity].gender;
        if *known == Gender::Unknown && gender != Gender::None {
            *known = gender;
        }
    }

    /// The article told the age of a person.
    pub fn tell_age(&mut self, entity: usize, years: u32) {
        self.all[entity].age = Some(years);
    }

    /// Whether a pronoun may mean an entity.
    pub fn fits(&self, pronoun: Pronoun, entity: usize) -> bool {
        fit(pronoun, &self.all[entity]).is_some()
    }

    /// Whether the article says of somebody that they hold an office.
    pub fn holds(&self, name: &str, office: &str) -> bool {
        self.persons.holds(name, office)
    }

    /// The most salient that a pronoun fits; `opens` if nobody is spoken of before it in its sentence.
    pub fn meant(
        &self,
        pronoun: Pronoun,
        role: Role,
        opens: bool,
        excluded: &[usize],
    ) -> Option<usize> {
        // "It" is rather a thing if it is an object, and if it doesn't take up what the sentence before was about.
        let object = matches!(role, Role::Object | Role::Oblique);
        let body = |it: &Entity| {
            let far = it.now == 0 && !opens && pronoun.case != Case::Possessive;
            pronoun.number == Number::One && it.number == Number::Either && (object || far)
        };
        let candidates = self
            .iter()
            .filter(|(at, it)| !excluded.contains(at) && !body(it));
        let mut fitting: Vec<(u32, usize, usize)> = candidates
            .filter_map(|(at, entity)| {
                // Whom the paragraph speaks of is meant before others.
                let share = if entity.paragraph == self.paragraph {
                    1
                } else {
                    2
                };
                Some((fit(pronoun, entity)? / share, entity.place, at))
            })
            .collect();
        fitting.sort_unstable_by(|a, b| b.cmp(a));
        let best = fitting.first()?;
        let clear = fitting
            .get(1)
            .is_none_or(|second| is_clear(best.0, second.0));
        (best.0 >= FAINT && clear).then_some(best.2)
    }
}

/// Whether a name in the plural is that of a people or party: "Americans", "Democrats".
fn is_of_people(name: &str) -> bool {
    name.ends_with("ans") || name.ends_with("ats")
}

/// Whether one is so much more salient than another that a reader would not be in doubt.
pub(super) fn is_clear(best: u32, second: u32) -> bool {
    best * 4 >= second * CLEAR
}

/// How well an entity fits a pronoun; `None` if it does not.
fn fit(pronoun: Pronoun, entity: &Entity) -> Option<u32> {
    let eighths = match (pronoun.number, entity.number) {
        (Number::Many, Number::Many) => 8,
        (Number::Many, Number::Either) => 4,
        (Number::One, number)
            if pronoun.gender == Gender::None && entity.gender == Gender::None =>
        {
            as_thing(pronoun, entity, number)?
        }
        (Number::One, Number::One) if entity.gender == pronoun.gender => 8,
        // A surname that tells no gender is more often a man's in the news.
        (Number::One, Number::One) if entity.gender == Gender::Unknown => match pronoun.gender {
            Gender::Male => 7,
            _ => 5,
        },
        _ => return None,
    };
    let parallel = pronoun.case == Case::Subject && entity.role == Role::Subject;
    let parallel = if parallel { PARALLEL } else { 0 };
    Some((entity.weighed() + parallel) * eighths / 8)
}

/// How well "it" and "its" fit, in eighths: a body only if it is what the text is about at that place, for of the things
/// that "it" may mean not all are known here.
fn as_thing(pronoun: Pronoun, entity: &Entity, number: Number) -> Option<u32> {
    let subject = entity.role == Role::Subject && entity.salience() >= FRESH;
    match (number, pronoun.case == Case::Possessive) {
        (Number::Either, _) if !subject => None,
        (Number::Either, true) => Some(8),
        (Number::Either, false) => Some(7),
        (Number::One, true) => Some(5),
        (Number::One, false) => Some(6),
        (Number::Many, _) => None,
    }
}
