//! Words by which speech is given that are no verbs: "according to", nouns, adverbs.

use std::iter;
use std::ops::Range;

use super::cues::Cue;
use super::frames::content_end;
use crate::actors::syntax::{Sentence, Who, phrase_from};
use crate::text::Classes;

/// "According to Trump, ...".
pub(super) fn according_to(sentence: &Sentence, at: usize, from: usize) -> Option<Cue> {
    let words = &sentence.words;
    words.get(at + 1).filter(|to| to.lower == "to")?;
    let phrase = phrase_from(sentence, at + 2)?;
    let end = words[phrase.words.end - 1].bytes.end;
    let start = words[at].bytes.start;
    // Before it, its clause; behind it, what a comma parts from it.
    let own = sentence.text[from..start].rfind([';', '—']);
    let opens = at == 0
        || words[at].gap.contains([':', '“', '"'])
        || words[at].follows_comma() && words[at - 1].is(Classes::COORDINATOR);
    let own = own.map_or(from, |border| from + border);
    let mut content: Vec<Range<usize>> = iter::once(own..start).collect();
    if opens
        || words
            .get(phrase.words.end)
            .is_some_and(|next| next.follows_comma())
    {
        content.push(end..content_end(sentence, end));
    }
    Some(Cue {
        who: phrase.who,
        at: start,
        clause: start,
        content,
    })
}

/// "Trump allegedly lied": somebody says so.
pub(super) fn hearsay(sentence: &Sentence, at: usize, from: usize) -> Option<Cue> {
    let start = sentence.words[at].bytes.start;
    Some(Cue {
        who: Who::Unnamed,
        at: start,
        clause: start,
        content: vec![from..start, start..content_end(sentence, start)],
    })
}

/// "his claim that", "Putin's criticism of": a noun of saying with its owner.
pub(super) fn noun(sentence: &Sentence, at: usize) -> Option<Cue> {
    let words = &sentence.words;
    let word = words[at].is(Classes::NOUN_OF_SAYING).then(|| &words[at])?;
    let next = words.get(at + 1)?;
    let says = matches!(&*next.lower, "that" | "of" | "about" | "against" | "on")
        && next.follows_directly();
    if !says || next.quoted {
        return None;
    }
    let owner = (at.saturating_sub(3)..at).rev().find(|&index| {
        words[index].is_possessive() || matches!(&*words[index].lower, "his" | "her" | "their")
    });
    let who = match owner {
        Some(index) => match &*words[index].lower {
            "his" => Who::He,
            "her" => Who::She,
            "their" => Who::They,
            _ => possessor(sentence, index)?,
        },
        None if next.lower == "that" => Who::Unnamed,
        None => return None,
    };
    let start = next.bytes.end;
    let comma = words[at + 2..].iter().find(|it| it.follows_comma());
    let end = comma.map_or(sentence.text.len(), |it| it.bytes.start - it.gap.len());
    Some(Cue {
        who,
        at: word.bytes.start,
        clause: word.bytes.start,
        content: iter::once(start..end.min(content_end(sentence, start))).collect(),
    })
}

/// "Asked whether Trump lied, ...": what somebody was asked.
pub(super) fn asked(sentence: &Sentence, at: usize) -> Option<Cue> {
    let words = &sentence.words;
    let next = words.get(at + 1)?;
    let comma = words[at + 1..].iter().find(|it| it.follows_comma())?;
    let asks = next.is(Classes::QUESTION) || next.lower == "about";
    asks.then(|| Cue {
        who: Who::Unnamed,
        at: words[at].bytes.start,
        clause: words[at].bytes.start,
        content: iter::once(next.bytes.start..comma.bytes.start - comma.gap.len()).collect(),
    })
}

/// Whose a possessive says it is.
fn possessor(sentence: &Sentence, at: usize) -> Option<Who> {
    if let Some(actor) = sentence.actor_of(at) {
        return Some(Who::Actor(actor));
    }
    let start = (0..=at)
        .rev()
        .take_while(|&index| {
            sentence.is_name(index) && (index == at || !sentence.words[index].is_possessive())
        })
        .last();
    match start {
        Some(start) => {
            let bytes = sentence.words[start].bytes.start..sentence.words[at].bytes.start;
            let name = format!("{}{}", &sentence.text[bytes], sentence.words[at].stem());
            Some(Who::Named(name))
        }
        None => Some(Who::Unnamed),
    }
}
