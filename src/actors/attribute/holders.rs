//! Whose attitude: who praises, mocks or condemns whom.
//!
//! "Putin praised Trump" is the author's sentence and Putin's attitude. A verb of judging names the holder by its subject and
//! the target by its object, as in directed sentiment (Deng & Wiebe, "MPQA 3.0", NAACL 2015). Where no such verb stands
//! before a mention, whoever speaks holds the attitude.

use std::iter::once;

use super::cues::{Cue, participle_subject, subject_before};
use super::frames::objects_end;
use crate::actors::syntax::{Sentence, phrase_from};
use crate::text::Classes;

/// Verbs of judging with who judges; what is "said" is the target alone.
pub(super) fn attitudes(sentence: &Sentence) -> Vec<Cue> {
    let mut found: Vec<Cue> = Vec::new();
    for (at, word) in sentence.words.iter().enumerate() {
        let judges = word.is(Classes::ATTITUDE | Classes::JUDGE | Classes::NAME);
        if !judges || word.quoted || sentence.is_name(at) {
            continue;
        }
        let cue = passive(sentence, at).or_else(|| active(sentence, at, found.last()));
        found.extend(cue);
    }
    found
}

/// "Putin praised Trump", "a speech praising Trump".
fn active(sentence: &Sentence, at: usize, before: Option<&Cue>) -> Option<Cue> {
    let words = &sentence.words;
    let verb = &words[at];
    let who = if verb.is(Classes::ING) {
        participle_subject(sentence, at, before)?
    } else if verb.is(Classes::FINITE) {
        subject_before(sentence, at)?.who
    } else {
        return None;
    };
    let object = words.get(at + 1).filter(|next| next.follows_directly())?;
    let is_pronoun = matches!(
        &*object.lower,
        "him" | "his" | "her" | "them" | "their" | "it" | "its"
    );
    // "praised Merkel's “courage”": the name before a quotation.
    let named = (at + 1..words.len())
        .take_while(|&index| sentence.is_name(index) && words[index].follows_directly())
        .count();
    let end = match objects_end(sentence, at + 1) {
        Some(end) => end,
        None if named > 0 => at + 1 + named,
        None if is_pronoun => at + 2,
        None => return None,
    };
    Some(Cue {
        who,
        at: verb.bytes.start,
        clause: verb.bytes.start,
        content: once(object.bytes.start..words[end - 1].bytes.end).collect(),
    })
}

/// "Trump was mocked by critics". Where nobody is said to do it ("was accused of fraud"), whoever speaks says it.
fn passive(sentence: &Sentence, at: usize) -> Option<Cue> {
    let words = &sentence.words;
    let verb = &words[at];
    if !verb.is(Classes::PARTICIPLE | Classes::PAST) {
        return None;
    }
    let adverbs = words[..at]
        .iter()
        .rev()
        .take_while(|word| word.is(Classes::ADVERB));
    let be = (at - adverbs.count()).checked_sub(1)?;
    if !words[be].is(Classes::BE) || words[be].quoted {
        return None;
    }
    let target = subject_before(sentence, be)?.words;
    words.get(at + 1).filter(|next| next.lower == "by")?;
    let judge = phrase_from(sentence, at + 2)?;
    Some(Cue {
        who: judge.who,
        at: verb.bytes.start,
        clause: verb.bytes.start,
        content: once(words[target.start].bytes.start..words[target.end - 1].bytes.end).collect(),
    })
}
