//! References beyond names: pronouns, descriptions and groups, each with whom it means.
//!
//! Every person, body and thing that an article speaks of has a salience, by how recently and in what role it was last spoken
//! of, and a pronoun means the most salient of those that it fits (Lappin & Leass, "An Algorithm for Pronominal Anaphora
//! Resolution", Computational Linguistics 1994). Those outside of the catalogue, named or not, take part: "he" behind a
//! minister is the minister, and no mention.

mod descriptions;
mod entities;
mod groups;
mod pronouns;
mod scan;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::persons::{Gender, Persons, gender};
use super::syntax::Sentence;
use super::{Actor, MentionKind, Speaker};
use crate::text::Classes;
pub(super) use descriptions::Descriptions;
use entities::Entities;
use pronouns::{Case, Pronoun};
use scan::{Item, Role, Spoken, scan};

/// A reference to an actor.
#[derive(Debug)]
pub(super) struct Reference {
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// How it refers.
    pub kind: MentionKind,
    /// Byte range in the sentence.
    pub bytes: Range<usize>,
}

/// Finds references, sentence by sentence.
pub(super) struct References<'a> {
    entities: Entities<'a>,
    descriptions: &'a Descriptions,
    /// Whether the sentence is a headline.
    headline: bool,
}

/// A sentence as it is read: first the author's words, by which the speakers of quotations are found, then those.
pub(super) struct Reading {
    spoken: Vec<Spoken>,
    /// The entity of each item, as far as it is known.
    meant: Vec<Option<usize>>,
    /// What was found so far.
    references: Vec<Reference>,
}

impl<'a> References<'a> {
    pub fn new(actors: &[Actor], descriptions: &'a Descriptions, persons: &'a Persons<'a>) -> Self {
        Self {
            entities: Entities::new(actors, persons),
            descriptions,
            headline: false,
        }
    }

    /// Reads what stands outside of the quotations of the next sentence. `parties` speak it and are spoken to, if it is not
    /// the author's.
    pub fn outside(&mut self, sentence: &Sentence, headline: bool, parties: &[Speaker]) -> Reading {
        self.headline = headline;
        self.entities.begin(sentence.paragraph);
        let spoken = scan(sentence);
        let mut reading = Reading {
            meant: vec![None; spoken.len()],
            spoken,
            references: Vec::new(),
        };
        for at in 0..reading.spoken.len() {
            if !sentence.words[reading.spoken[at].words.start].quoted {
                self.read(sentence, &mut reading, at, parties);
            }
        }
        reading
    }

    /// Whom the pronoun or description nearest to a byte of the sentence means that stands outside of quotations and is
    /// the same words as `phrase`, in lower case.
    pub fn meant(
        &self,
        sentence: &Sentence,
        reading: &Reading,
        phrase: &str,
        byte: usize,
    ) -> Option<Speaker> {
        let same = |it: &Spoken| match &it.item {
            Item::Pronoun(_) => sentence.words[it.words.start].lower == phrase,
            Item::Described(described) => {
                !described.words.is_empty() && described.words[1..].join(" ") == phrase
            }
            _ => false,
        };
        let distance = |it: &Spoken| it.bytes.start.abs_diff(byte);
        let (at, _) = reading
            .spoken
            .iter()
            .enumerate()
            .filter(|(at, it)| reading.meant[*at].is_some() && same(it))
            .min_by_key(|(_, it)| distance(it))?;
        self.entities.speaker(reading.meant[at]?)
    }

    /// Reads the quotations of a sentence; `speaker` gives who speaks the words at a byte. Gives all its references, in order.
    pub fn inside(
        &mut self,
        sentence: &Sentence,
        mut reading: Reading,
        speaker: impl Fn(usize) -> Option<Speaker>,
    ) -> Vec<Reference> {
        for at in 0..reading.spoken.len() {
            let it = &reading.spoken[at];
            if sentence.words[it.words.start].quoted {
                let speaker = speaker(it.bytes.start);
                self.read(sentence, &mut reading, at, speaker.as_slice());
            }
        }
        without_inner(reading.references)
    }

    /// Reads one item.
    fn read(&mut self, sentence: &Sentence, reading: &mut Reading, at: usize, parties: &[Speaker]) {
        let Reading {
            spoken,
            meant,
            references,
        } = reading;
        let it = &spoken[at];
        let quoted = sentence.words[it.words.start].quoted;
        let parties: Vec<usize> = parties
            .iter()
            .filter_map(|it| self.entities.of_speaker(it))
            .collect();
        let mut share = if quoted { 3 } else { 4 };
        let mut refer = |kind, actors: Vec<usize>| {
            references.extend(actors.into_iter().map(|actor| Reference {
                actor,
                kind,
                bytes: it.bytes.clone(),
            }));
        };
        let entity = match &it.item {
            Item::Actor { actor, kind } => {
                if *kind == MentionKind::Metonym {
                    share /= 2;
                }
                Some(self.entities.of_actor(*actor, *kind))
            }
            Item::Named(name) => self.entities.of_name(name),
            Item::Pronoun(pronoun) => {
                let mut excluded = excluded(sentence, spoken, meant, at, *pronoun);
                excluded.extend(&parties);
                excluded.extend(
                    named_behind(spoken, at, *pronoun).filter_map(|it| self.entities.known(it)),
                );
                let entity = self
                    .ahead(sentence, spoken, at, *pronoun)
                    .or_else(|| self.entities.meant(*pronoun, it.role, at == 0, &excluded));
                if let Some(entity) = entity {
                    self.entities.tell_gender(entity, pronoun.gender);
                    refer(MentionKind::Pronoun, self.entities.actors_of(entity));
                }
                entity
            }
            Item::Described(phrase) => {
                let owner = phrase.owner.map(|owner| meant[owner]);
                // Whoever does something with the two is neither.
                let mut others = parties.clone();
                others.extend(subject_of(spoken, meant, at).filter(|_| it.role != Role::Subject));
                if let Some([first, second]) =
                    groups::meant(phrase, it.role, &self.entities, &others)
                {
                    refer(MentionKind::Group, self.entities.actors_of(first));
                    refer(MentionKind::Group, self.entities.actors_of(second));
                    Some(self.entities.of_both(first, second))
                } else if let Some(entity) =
                    self.descriptions
                        .meant(phrase, owner, &self.entities, &parties)
                {
                    refer(MentionKind::Description, self.entities.actors_of(entity));
                    Some(entity)
                } else if let Some(entity) = self.same(sentence, spoken, meant, at) {
                    Some(entity)
                } else {
                    Some(self.entities.of_described(phrase))
                }
            }
        };
        if let Some(entity) = entity {
            if let Some(years) = age_behind(sentence, it) {
                self.entities.tell_age(entity, years);
            }
            self.entities.speak(entity, it.role, share, self.headline);
            if let Some(first) = coordinated(sentence, spoken, at).and_then(|first| meant[first])
                && first != entity
            {
                let both = self.entities.of_both(first, entity);
                self.entities.speak(both, it.role, share, self.headline);
            }
        }
        meant[at] = entity;
    }

    /// Who is described by an apposition or a predicate: "Ann Bow, a student", "the mayor, Ann Bow", "Ann Bow was a student".
    fn same(
        &mut self,
        sentence: &Sentence,
        spoken: &[Spoken],
        meant: &[Option<usize>],
        at: usize,
    ) -> Option<usize> {
        let words = &sentence.words;
        let it = &spoken[at];
        let Item::Described(phrase) = &it.item else {
            return None;
        };
        if phrase.plural || !scan::is_person(phrase.head()) {
            return None;
        }
        let start = it.words.start;
        let is_set_off = words[start].follows_comma();
        let before = (0..at)
            .rev()
            .find(|&before| spoken[before].words.end <= start)?;
        let is_named = |it: &Spoken| matches!(it.item, Item::Actor { .. } | Item::Named(_));
        if is_set_off && spoken[before].words.end == start && is_named(&spoken[before]) {
            return meant[before];
        }
        let is_predicate = start > 0
            && words[start].follows_directly()
            && words[start - 1].is(Classes::BE)
            && spoken[before].words.end < start;
        if is_predicate && spoken[before].role == Role::Subject {
            return meant[before];
        }
        let behind = spoken.get(at + 1)?;
        let is_joined =
            behind.words.start == it.words.end && words[behind.words.start].follows_comma();
        match &behind.item {
            Item::Named(name) if is_joined => self.entities.of_name(name),
            _ => None,
        }
    }

    /// Whom a pronoun means that is named behind it: "In his speech, Trump ...", "When he left, Trump ...".
    fn ahead(
        &mut self,
        sentence: &Sentence,
        spoken: &[Spoken],
        at: usize,
        pronoun: Pronoun,
    ) -> Option<usize> {
        let words = &sentence.words;
        let place = spoken[at].words.start;
        let opening = Classes::SUBORDINATOR.or(Classes::PREPOSITION);
        let opens = words[..place].iter().any(|it| it.is(opening))
            || words[0].lower.ends_with("ing")
            || words[0].lower.ends_with("ed");
        let first = spoken[..at].iter().all(|it| match &it.item {
            Item::Actor { .. } => false,
            Item::Named(name) => gender(name) == Gender::None,
            _ => true,
        });
        // "In Moscow, at his annual talk, Putin": what opens may be two phrases.
        let apart =
            |index: usize| words[index].follows_comma() && !words[index].is(Classes::PREPOSITION);
        if !opens || !first || words[0].quoted || (1..=place).any(apart) {
            return None;
        }
        let subject = spoken[at + 1..].iter().find(|it| {
            words[it.words.start].follows_comma()
                || it.words.start > 0 && words[it.words.start - 1].follows_comma()
        })?;
        if subject.role != Role::Subject {
            return None;
        }
        let entity = match &subject.item {
            Item::Actor { actor, kind } if *kind != MentionKind::Metonym => {
                self.entities.of_actor(*actor, *kind)
            }
            Item::Named(name) => self.entities.of_name(name)?,
            _ => return None,
        };
        self.entities.fits(pronoun, entity).then_some(entity)
    }
}

/// The age that stands behind a name: "Ann Bow, 52, said".
fn age_behind(sentence: &Sentence, it: &Spoken) -> Option<u32> {
    let behind = sentence.words.get(it.words.end)?;
    let named = matches!(it.item, Item::Actor { .. } | Item::Named(_));
    let is_age = named && behind.follows_comma() && behind.text.len() == 2;
    is_age.then(|| behind.text.parse().ok()).flatten()
}

/// "His counterpart" is one reference, not two.
fn without_inner(mut references: Vec<Reference>) -> Vec<Reference> {
    let outer: Vec<Range<usize>> = references
        .iter()
        .filter(|it| it.kind == MentionKind::Description)
        .map(|it| it.bytes.clone())
        .collect();
    references.retain(|inner| {
        let within =
            |outer: &Range<usize>| outer.start <= inner.bytes.start && inner.bytes.end < outer.end;
        !outer.iter().any(within)
    });
    references.sort_by_key(|it| it.bytes.start);
    references
}

/// Whom a pronoun can't mean: the subject of its own clause (Chomsky 1981, principle B).
fn excluded(
    sentence: &Sentence,
    spoken: &[Spoken],
    meant: &[Option<usize>],
    at: usize,
    pronoun: Pronoun,
) -> Vec<usize> {
    let mut excluded = Vec::new();
    if pronoun.case == Case::Object
        || pronoun.case == Case::Subject && spoken[at].role != Role::Subject
    {
        excluded.extend(subject_of(spoken, meant, at));
    }
    // "Donald Tusk, his prime minister".
    if let Some(before) = at.checked_sub(1)
        && pronoun.case == Case::Possessive
        && sentence.words[spoken[at].words.start].follows_comma()
        && spoken[before].words.end == spoken[at].words.start
    {
        excluded.extend(meant[before]);
    }
    excluded
}

/// Actors whom a sentence names behind a pronoun that is a subject: in "he said that Trump won" he is not Trump (Chomsky
/// 1981, principle C).
fn named_behind(spoken: &[Spoken], at: usize, pronoun: Pronoun) -> impl Iterator<Item = usize> {
    let behind = if pronoun.case == Case::Subject {
        at + 1
    } else {
        spoken.len()
    };
    spoken[behind..].iter().filter_map(|it| match it.item {
        Item::Actor {
            actor,
            kind: MentionKind::Name,
        } => Some(actor),
        _ => None,
    })
}

/// The entity of the nearest subject before an item.
fn subject_of(spoken: &[Spoken], meant: &[Option<usize>], at: usize) -> Option<usize> {
    let subject = (0..at)
        .rev()
        .find(|&before| spoken[before].role == Role::Subject)?;
    meant[subject]
}

/// The item that "and" joins with another: "Trump" of "Trump and Putin".
fn coordinated(sentence: &Sentence, spoken: &[Spoken], at: usize) -> Option<usize> {
    let before = at.checked_sub(1)?;
    let start = spoken[at].words.start;
    let between = spoken[before].words.end;
    let joined = start == between + 1 && sentence.words[between].lower == "and";
    let named = |it: &Spoken| matches!(it.item, Item::Actor { .. } | Item::Named(_));
    (joined
        && named(&spoken[before])
        && named(&spoken[at])
        && spoken[before].role != Role::Possessor)
        .then_some(before)
}
