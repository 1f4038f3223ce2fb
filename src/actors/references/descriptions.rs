//! Actors by what they are: "the president", "the bloc", "the Ukrainian", "his counterpart", "the 78-year-old".

use hashbrown::{HashMap, HashSet};

use super::entities::{Entities, Entity, Who, is_clear};
use super::scan::Described;
use crate::actors::persons::is_akin;
use crate::actors::{Actor, ActorKind, MentionKind};
use crate::text::vocabulary;

/// Salience of what the sentence before spoke of.
const JUST_NOW: u32 = 70;

/// What actors are called, by their aliases.
pub(in crate::actors) struct Descriptions {
    /// Actors by the nouns of their roles and bodies: "president", "administration", "union".
    by_noun: HashMap<String, Vec<usize>>,
    /// Actors by the adjectives of their roles: "Ukrainian".
    by_adjective: HashMap<String, HashSet<usize>>,
    /// Those of them that mean a person without a noun.
    of_people: HashSet<String>,
}

impl Descriptions {
    pub fn new(actors: &[Actor]) -> Self {
        let mut by_noun: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_adjective: HashMap<String, HashSet<usize>> = HashMap::new();
        let mut of_people = HashSet::new();
        let mut call = |noun: &str, actor: usize| {
            let known = by_noun.entry(noun.to_lowercase()).or_default();
            if !known.contains(&actor) {
                known.push(actor);
            }
        };
        for (index, actor) in actors.iter().enumerate() {
            let nouns = &vocabulary().references;
            let own = match actor.kind {
                ActorKind::Bloc => Some(&nouns.blocs),
                ActorKind::Country => Some(&nouns.countries),
                ActorKind::Person | ActorKind::Body | ActorKind::Group => None,
            };
            for noun in own.into_iter().flatten() {
                call(noun, index);
            }
            for alias in &actor.aliases {
                let words: Vec<&str> = alias.text.split(' ').collect();
                let [first, .., last] = words[..] else {
                    continue;
                };
                let person = actor.kind == ActorKind::Person;
                if person && alias.kind == MentionKind::Name {
                    continue;
                }
                // "The team", "the campaign" and "the states" are many other teams, campaigns and states.
                let alone = match alias.kind {
                    MentionKind::Demonym => false,
                    MentionKind::Metonym if person => nouns.offices.contains(last),
                    _ => !person || last.starts_with(char::is_lowercase),
                };
                if alone {
                    call(last, index);
                }
                if person
                    && alias.kind == MentionKind::Role
                    && words.len() == 2
                    && !first.ends_with("'s")
                {
                    if is_of_people(first) {
                        of_people.insert(first.to_lowercase());
                    }
                    by_adjective
                        .entry(first.to_lowercase())
                        .or_default()
                        .insert(index);
                }
            }
            for title in &actor.titles {
                let words: Vec<&str> = title.split(' ').collect();
                if words
                    .last()
                    .is_some_and(|last| last.len() > 3 && last.starts_with(char::is_lowercase))
                {
                    call(words[words.len() - 1], index);
                }
                if let [first, _] = words[..] {
                    if is_of_people(first) {
                        of_people.insert(first.to_lowercase());
                    }
                    by_adjective
                        .entry(first.to_lowercase())
                        .or_default()
                        .insert(index);
                }
            }
        }
        Self {
            by_noun,
            by_adjective,
            of_people,
        }
    }

    /// The entity that a phrase means, if that is an actor. `owner` is whose it is, if it is somebody's.
    pub(super) fn meant(
        &self,
        phrase: &Described,
        owner: Option<Option<usize>>,
        entities: &Entities,
        excluded: &[usize],
    ) -> Option<usize> {
        let head = phrase.head();
        let opposite = vocabulary().references.opposites.contains(head);
        if let Some(owner) = owner {
            let owner = owner?;
            return match &entities.get(owner).who {
                Who::Named(name) if !entities.get(owner).is_person() => {
                    self.of_country(name, head, entities)
                }
                _ => opposite
                    .then(|| self.opposite(phrase, owner, entities))
                    .flatten(),
            };
        }
        if phrase.determiner() != "the" || phrase.goes_on {
            return None;
        }
        if let Some(years) = head.strip_suffix("-year-old")
            && phrase.modifiers().is_empty()
        {
            let years = years.parse().ok();
            return best(entities, excluded, |_, it| {
                let named = !matches!(it.who, Who::Nameless(_));
                named && it.is_person() && (it.age.is_none() || it.age == years)
            });
        }
        let modifiers = phrase.modifiers();
        if let Some(actors) = self.by_adjective.get(head)
            && self.of_people.contains(head)
            && modifiers.is_empty()
        {
            return best(entities, excluded, |actor, _| {
                actor.is_some_and(|it| actors.contains(&it))
            });
        }
        let actors = self.by_noun.get(head)?;
        // "The president" may be anyone's, and is whom the text has just spoken of.
        let shared = actors.len() > 1 && modifiers.is_empty();
        let fits = |actor: usize| {
            actors.contains(&actor)
                && modifiers.iter().all(|word| {
                    word.contains("-nation")
                        || word.contains("-member")
                        || word.contains("-country")
                        || self
                            .by_adjective
                            .get(word)
                            .is_some_and(|of| of.contains(&actor))
                })
        };
        let found = best(entities, excluded, |actor, it| match actor {
            Some(actor) => fits(actor),
            None => holds(&it.who, head, entities),
        })?;
        (!shared || entities.get(found).salience() >= JUST_NOW).then_some(found)
    }

    /// "Ukraine's new president": the noun of an actor whose adjective is of the country's root.
    fn of_country(&self, country: &str, noun: &str, entities: &Entities) -> Option<usize> {
        let country = country.to_lowercase();
        let actors = self.by_noun.get(noun)?;
        let of_country = |actor: &usize| {
            self.by_adjective
                .iter()
                .any(|(adjective, of)| of.contains(actor) && is_akin(adjective, &country))
        };
        best(entities, &[], |actor, _| {
            actor.is_some_and(|it| actors.contains(&it) && of_country(&it))
        })
    }

    /// Who stands opposite somebody: "his Ukrainian counterpart".
    fn opposite(&self, phrase: &Described, owner: usize, entities: &Entities) -> Option<usize> {
        let modifiers = phrase.modifiers();
        let fits = |actor: Option<usize>| {
            modifiers.iter().all(|word| {
                let of = self.by_adjective.get(word);
                actor.is_some_and(|actor| of.is_some_and(|of| of.contains(&actor)))
            })
        };
        best(entities, &[owner], |actor, it| {
            it.is_person() && fits(actor)
        })
    }
}

/// Whether an adjective means a person without a noun: "the Ukrainian" does, "the former" and "the US" do not.
fn is_of_people(adjective: &str) -> bool {
    adjective.starts_with(char::is_uppercase) && adjective.contains(char::is_lowercase)
}

/// Whether somebody outside of the catalogue holds an office that the article told of.
fn holds(who: &Who, office: &str, entities: &Entities) -> bool {
    matches!(who, Who::Named(name) if entities.holds(name, office))
}

/// The most salient entity of those that fit; `None` if that is no actor.
fn best(
    entities: &Entities,
    excluded: &[usize],
    fits: impl Fn(Option<usize>, &Entity) -> bool,
) -> Option<usize> {
    let actor = |who: &Who| match who {
        Who::Actor(actor) => Some(*actor),
        _ => None,
    };
    let mut fitting: Vec<(u32, usize, usize)> = entities
        .iter()
        .filter(|(at, it)| !excluded.contains(at) && fits(actor(&it.who), it))
        .map(|(at, it)| (it.weighed(), it.last(), at))
        .collect();
    fitting.sort_unstable_by(|a, b| b.cmp(a));
    let &(salience, _, found) = fitting.first()?;
    let clear = fitting
        .get(1)
        .is_none_or(|second| is_clear(salience, second.0));
    (clear && matches!(entities.get(found).who, Who::Actor(_))).then_some(found)
}
