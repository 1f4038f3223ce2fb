//! Who voices what: quotations and reported speech are given to their speakers.
//!
//! Rules over cues, in the tradition of quotation attribution by verbs of saying (Pareti et al., EMNLP 2013;
//! Muzny et al., EACL 2017): a subject before or behind such a verb ("Putin said ...", "..., said Putin"),
//! "according to Putin", participles ("..., warning Europe not to ..."), nouns ("his claim that ..."), and for quotations
//! what stands beside them, before them and in the paragraphs around them. Sources without a name are
//! [`Speaker::Unnamed`].

mod cues;
mod discourse;
mod frames;
mod headlines;
mod holders;
mod nominal;
mod quoted;
mod turns;

use std::iter::once;
use std::ops::Range;

use hashbrown::HashMap;

use super::persons::{Persons, stem};
use super::references::{Descriptions, Reference, References};
use super::syntax::{Sentence, Who, covers};
use super::{Actor, Mention, MentionKind, Speaker, Voice};
use crate::text::{Document, Part};
use cues::{Cue, cues};
use discourse::Discourse;
use holders::attitudes;
use quoted::Quotations;

/// Whom the words of an article may mean.
pub(super) struct Sources<'a> {
    pub actors: &'a [Actor],
    pub descriptions: &'a Descriptions,
    pub persons: &'a Persons<'a>,
    /// Whether "I" and "we" are looked for.
    pub first_person: bool,
}

/// The third pass: finds the references beyond names, and sets voice, speaker and holder of every mention.
pub(super) fn attribute(
    text: &str,
    document: &Document,
    sources: &Sources,
    mut mentions: Vec<Mention>,
) -> Vec<Mention> {
    let Sources {
        actors,
        descriptions,
        persons,
        first_person,
    } = *sources;
    if mentions.is_empty() {
        return mentions;
    }
    let sentences = sentences(text, document, &mentions, persons);
    let turns = turns::turns(&sentences);
    let mut discourse = Discourse::new(persons, actors);
    let mut quotations = Quotations::new(&sentences);
    let names = shortest_names(text, &mentions);
    let name_of = |actor: usize| {
        let name = names.get(&actor).copied();
        name.unwrap_or(&actors[actor].name).to_owned()
    };
    let mut references = References::new(actors, descriptions, persons);
    let mut further = Vec::new();
    // In a transcript, who spoke last and who before.
    let (mut last_turn, mut addressee) = (None, None);
    let mut named = mentions.iter_mut();
    for (index, sentence) in sentences.iter().enumerate() {
        let headline = document.part(index) == Part::Headline || index == 0 && alone(&sentences, 0);
        let said = headlines::said(sentence, headline)
            .filter(|_| turns[index].is_none() && (headline || alone(&sentences, index)));
        let mut cues = said.map_or_else(|| cues(sentence), |cue| vec![cue]);
        let turn = turns[index].as_ref();
        let turn = turn.map(|turn| (turn.start, discourse.named(&turn.who)));
        if let Some((_, speaker)) = &turn
            && last_turn.as_ref() != Some(speaker)
        {
            addressee = last_turn.replace(speaker.clone());
        }
        let parties: Vec<Speaker> = match &turn {
            Some((_, speaker)) => once(speaker).chain(&addressee).cloned().collect(),
            None => Vec::new(),
        };
        let reading = references.outside(sentence, headline, &parties);
        // "He said that Trump would win": of cues within others the last is the innermost.
        cues.sort_by_key(|cue| cue.at);
        let subjects = |cues: Vec<Cue>| {
            let mut known: Vec<(Cue, Speaker)> = Vec::new();
            for cue in cues {
                let meant = phrase_of(&cue.who)
                    .and_then(|phrase| references.meant(sentence, &reading, &phrase, cue.at))
                    .filter(|speaker| *speaker != Speaker::Unnamed);
                let speaker = meant.unwrap_or_else(|| discourse.speaker(sentence, &cue, &known));
                known.push((cue, speaker));
            }
            known
        };
        let voiced = subjects(cues);
        let judged = subjects(attitudes(sentence));
        quotations.give(&sentences, index, &voiced, &discourse);
        let voice = |bytes: &Range<usize>| {
            quotations
                .over(sentence, bytes, &voiced)
                .or_else(|| reported(&voiced, bytes))
                .or_else(|| {
                    let (start, speaker) = turn.as_ref()?;
                    (bytes.start >= *start).then(|| (Voice::Direct, speaker.clone()))
                })
                .unwrap_or((Voice::Author, Speaker::Author))
        };
        for place in &sentence.mentions {
            let mention = named
                .next()
                .expect("a mention for each that the sentence has");
            (mention.voice, mention.speaker) = voice(&place.bytes);
            mention.holder = holder(&judged, place.actor, &place.bytes, &mention.speaker);
        }
        let speaker = |byte: usize| match voice(&(byte..byte + 1)) {
            (Voice::Author, _) => None,
            (_, speaker) => Some(speaker),
        };
        let place = &document.sentences()[index];
        let mut found = references.inside(sentence, reading, speaker);
        if first_person {
            found.extend(own_words(sentence, voice));
        }
        for reference in found {
            let (voice, speaker) = voice(&reference.bytes);
            let holder = holder(&judged, reference.actor, &reference.bytes, &speaker);
            let chars = |byte: usize| place.chars.start + sentence.text[..byte].chars().count();
            further.push(Mention {
                sentence: index,
                bytes: place.bytes.start + reference.bytes.start
                    ..place.bytes.start + reference.bytes.end,
                chars: chars(reference.bytes.start)..chars(reference.bytes.end),
                actor: reference.actor,
                kind: reference.kind,
                antecedent: Some(name_of(reference.actor)),
                voice,
                speaker,
                holder,
            });
        }
        discourse.leave(sentence, &voiced, quotations.last_speaker(sentence));
    }
    mentions.append(&mut further);
    mentions.sort_by_key(|mention| (mention.bytes.start, mention.bytes.end, mention.actor));
    mentions
}

/// The shortest name that the article gives each actor.
fn shortest_names<'a>(text: &'a str, mentions: &[Mention]) -> HashMap<usize, &'a str> {
    let mut names: HashMap<usize, &str> = HashMap::new();
    for mention in mentions {
        if mention.kind == MentionKind::Name {
            let name = stem(&text[mention.bytes.clone()]);
            let known = names.entry(mention.actor).or_insert(name);
            if name.len() < known.len() {
                *known = name;
            }
        }
    }
    names
}

/// The words of a subject that has no name of its own, in lower case.
fn phrase_of(who: &Who) -> Option<String> {
    match who {
        Who::He => Some("he".to_owned()),
        Who::She => Some("she".to_owned()),
        Who::Described {
            words,
            by_name: false,
        } => Some(words.to_lowercase()),
        _ => None,
    }
}

/// Whether a sentence is a paragraph of its own.
fn alone(sentences: &[Sentence], index: usize) -> bool {
    let paragraph = |at: usize| sentences.get(at).map(|it| it.paragraph);
    let own = paragraph(index);
    paragraph(index + 1) != own
        && index
            .checked_sub(1)
            .is_none_or(|before| paragraph(before) != own)
}

fn sentences<'a>(
    text: &'a str,
    document: &Document,
    mentions: &[Mention],
    persons: &'a Persons,
) -> Vec<Sentence<'a>> {
    let mut first = 0;
    (0..document.sentences().len())
        .map(|index| {
            let end = mentions.partition_point(|mention| mention.sentence <= index);
            let sentence = Sentence::new(
                text,
                document,
                index,
                &mentions[first..end],
                persons.names(),
            );
            first = end;
            sentence
        })
        .collect()
}

/// The innermost cue whose content holds a mention.
fn reported(voiced: &[(Cue, Speaker)], mention: &Range<usize>) -> Option<(Voice, Speaker)> {
    let holds = |cue: &Cue| cue.content.iter().any(|part| covers(part, mention));
    let cue = voiced.iter().rev().find(|(cue, _)| holds(cue));
    cue.map(|(_, speaker)| (Voice::Indirect, speaker.clone()))
}

/// "I" and "we" in the quotations of actors.
fn own_words(
    sentence: &Sentence,
    voice: impl Fn(&Range<usize>) -> (Voice, Speaker),
) -> Vec<Reference> {
    let first_person = sentence.words.iter().filter(|word| word.is_first_person());
    let own = first_person.filter_map(|word| match voice(&word.bytes) {
        (Voice::Direct, Speaker::Actor(actor)) => Some(Reference {
            actor,
            kind: MentionKind::FirstPerson,
            bytes: word.bytes.clone(),
        }),
        _ => None,
    });
    own.collect()
}

/// Who holds the attitude to a mention: who judges it nearest to it, else who speaks. Nobody is judged by himself.
fn holder(
    judged: &[(Cue, Speaker)],
    actor: usize,
    mention: &Range<usize>,
    speaker: &Speaker,
) -> Speaker {
    let holds = |(cue, holder): &&(Cue, Speaker)| {
        *holder != Speaker::Actor(actor) && cue.content.iter().any(|part| covers(part, mention))
    };
    let nearest = judged
        .iter()
        .filter(holds)
        .min_by_key(|(cue, _)| cue.at.abs_diff(mention.start));
    nearest.map_or(speaker, |(_, holder)| holder).clone()
}

#[cfg(test)]
mod tests;
