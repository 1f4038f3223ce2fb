//! Headlines: "Trump: Europe is weak", "'Europe is weak': Trump", "Europe is weak – Trump".

use std::iter;
use std::ops::Range;

use super::cues::Cue;
use crate::actors::persons::{Gender, gender};
use crate::actors::syntax::{Sentence, Who};
use crate::text::Classes;

/// Longest name of a speaker, in words.
const LONGEST: usize = 4;
/// Marks of a quotation.
const QUOTES: [char; 7] = ['“', '"', '‘', '\'', '”', '’', '«'];
/// Marks between what is said and who says it.
const MARKS: [&str; 5] = [": ", " – ", " — ", " - ", " -- "];

/// What a headline, or a line that is set as one, says somebody says.
pub(super) fn said(sentence: &Sentence, headline: bool) -> Option<Cue> {
    if sentence.text.ends_with('.') && !sentence.title_case && !headline {
        return None;
    }
    let text = sentence.text.trim_end_matches('.');
    if let Some((before, behind)) = text.split_once(": ")
        && let Some(who) = name(sentence, 0, before.len(), behind.starts_with(QUOTES))
    {
        let start = text.len() - behind.len();
        let says = behind.split_whitespace().count() > 1 && behind.contains(char::is_alphabetic);
        return says.then(|| cue(who, 0, start..text.len()));
    }
    let (at, mark) = MARKS
        .iter()
        .filter_map(|mark| text.rfind(mark).map(|at| (at, mark)))
        .max()?;
    let quoted = text[..at].ends_with(QUOTES);
    let who = name(sentence, at + mark.len(), text.len(), quoted)?;
    // "Europe is weak – The Herald" ends in the outlet's name.
    let outlet = match &who {
        Who::Named(name) => !quoted && gender(name) == Gender::None && *mark != ": ",
        _ => false,
    };
    (!outlet).then(|| cue(who, at + mark.len(), 0..at))
}

fn cue(who: Who, at: usize, content: Range<usize>) -> Cue {
    Cue {
        who,
        at,
        clause: at,
        content: iter::once(content).collect(),
    }
}

/// The name that all words between two bytes are. Beside a quotation any capitalized words are one, else those that the
/// article has as a name elsewhere, or that begin with a first name.
fn name(sentence: &Sentence, start: usize, end: usize, quoted: bool) -> Option<Who> {
    let words: Vec<usize> = (0..sentence.words.len())
        .filter(|&at| {
            let bytes = &sentence.words[at].bytes;
            start <= bytes.start && bytes.end <= end
        })
        .collect();
    if words.is_empty() || words.len() > LONGEST {
        return None;
    }
    if let [only] = words[..]
        && sentence.words[only].is(Classes::SOURCE)
    {
        return Some(Who::Unnamed);
    }
    // "Clinton to Planned Parenthood: ...".
    let to = words
        .iter()
        .position(|&at| at > words[0] && sentence.words[at].lower == "to");
    let words = &words[..to.unwrap_or(words.len())];
    let (first, last) = (words[0], words[words.len() - 1]);
    if let Some(actor) = sentence.actor_of(last) {
        let all = words.iter().all(|&at| sentence.is_name(at));
        return all.then_some(Who::Actor(actor));
    }
    let known = |&at: &usize| sentence.names.contains(sentence.words[at].stem());
    let bytes = sentence.words[first].bytes.start..sentence.words[last].bytes.end;
    let name = &sentence.text[bytes];
    let person = words.len() > 1 && matches!(gender(name), Gender::Male | Gender::Female);
    let capitals = words.iter().all(|&at| sentence.words[at].is_capitalized());
    let sure = quoted && gender(name) != Gender::None || person;
    (words.iter().all(known) || capitals && sure).then(|| Who::Named(name.to_owned()))
}
