//! Transcripts: turns that open with the speaker's name and a colon.

use super::phrases::Who;
use super::sentence::Sentence;
use crate::actors::persons::{Gender, gender};

/// Longest name of a speaker, in words.
const LONGEST: usize = 6;
/// How many turns make a text a transcript.
const TURNS: usize = 2;

/// A sentence of a turn.
#[derive(Clone)]
pub(super) struct Turn {
    pub who: Who,
    /// Byte offset in the sentence behind the speaker's name.
    pub start: usize,
}

/// The turn of each sentence, if the text is a transcript.
pub(super) fn turns(sentences: &[Sentence]) -> Vec<Option<Turn>> {
    let labels: Vec<Option<Who>> = sentences
        .iter()
        .enumerate()
        .map(|(index, sentence)| {
            let opens = index == 0 || sentences[index - 1].paragraph != sentence.paragraph;
            opens.then(|| label(sentence)).flatten()
        })
        .collect();
    let known = |who: &Who| match who {
        Who::Named(name) => {
            let again = labels.iter().flatten().filter(|it| *it == who).count() > 1;
            let person = matches!(gender(name), Gender::Male | Gender::Female);
            again || person || name.split(' ').all(|word| is_known(sentences, word))
        }
        _ => true,
    };
    let labels: Vec<Option<Who>> = labels.iter().map(|it| it.clone().filter(known)).collect();
    if labels.iter().flatten().count() < TURNS {
        return vec![None; sentences.len()];
    }
    let mut speaker = None;
    let mut paragraph = 0;
    labels
        .into_iter()
        .zip(sentences)
        .map(|(label, sentence)| {
            let start = label.as_ref().and_then(|_| sentence.text.find(':'));
            match label {
                Some(who) => speaker = Some(who),
                None if sentence.paragraph != paragraph && !goes_on(sentence) => speaker = None,
                None => {}
            }
            paragraph = sentence.paragraph;
            speaker.clone().map(|who| Turn {
                who,
                start: start.unwrap_or(0),
            })
        })
        .collect()
}

/// Whether the text has a word in capitals elsewhere as a name.
fn is_known(sentences: &[Sentence], word: &str) -> bool {
    let Some(first) = word.chars().next() else {
        return false;
    };
    let rest = word[first.len_utf8()..].to_lowercase();
    let name = format!("{first}{rest}");
    sentences
        .first()
        .is_some_and(|it| it.names.contains(&*name))
}

/// Whether a paragraph without a label may belong to the turn before: it speaks itself.
fn goes_on(sentence: &Sentence) -> bool {
    let first = |word: &str| {
        matches!(
            word,
            "i" | "we" | "you" | "and" | "but" | "so" | "well" | "yes" | "no"
        )
    };
    sentence.text.starts_with(['"', '“', '‘'])
        || sentence
            .words
            .first()
            .is_some_and(|word| first(&word.lower))
        || sentence
            .words
            .iter()
            .any(|word| matches!(&*word.lower, "i" | "i'm" | "i've" | "we" | "we're"))
}

/// "TRUMP:", "Q:", "JAKE TAPPER, CNN ANCHOR:": who a line says speaks in it.
fn label(sentence: &Sentence) -> Option<Who> {
    let (before, said) = sentence.text.split_once(':')?;
    if !said.contains(char::is_alphabetic) {
        return None;
    }
    let name = before.trim_start_matches(['"', '“', '‘', '\'', '*', '[', '>', ' ']);
    let start = before.len() - name.len();
    let end = before.len();
    let words: Vec<usize> = (0..sentence.words.len())
        .filter(|&at| sentence.words[at].bytes.end <= end)
        .collect();
    if words.is_empty() || words.len() > LONGEST || name.is_empty() {
        return None;
    }
    let capitals = !name.chars().any(char::is_lowercase);
    let (name, _) = name.split_once([',', '(']).unwrap_or((name, ""));
    let name = name.trim();
    if let [only] = words[..]
        && let Some(actor) = sentence.actor_of(only)
    {
        return Some(Who::Actor(actor));
    }
    let actor = words.iter().rev().find_map(|&at| {
        let inside = sentence.words[at].bytes.start < start + name.len();
        sentence.actor_of(at).filter(|_| inside)
    });
    if !capitals {
        return actor
            .filter(|_| words.iter().all(|&at| sentence.is_name(at)))
            .map(Who::Actor);
    }
    if let Some(actor) = actor {
        return Some(Who::Actor(actor));
    }
    match name {
        "Q"
        | "A"
        | "QUESTION"
        | "REPORTER"
        | "MODERATOR"
        | "ANSWER"
        | "UNIDENTIFIED MALE"
        | "UNIDENTIFIED FEMALE" => Some(Who::Unnamed),
        _ if name.len() > 2 => Some(Who::Named(name.to_owned())),
        _ => None,
    }
}
