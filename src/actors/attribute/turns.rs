//! Transcripts and interviews: turns that open with the speaker's name, or with Q and A.

use hashbrown::HashMap;

use crate::actors::persons::{Gender, gender};
use crate::actors::syntax::{Sentence, Who};
use crate::text::vocabulary;

/// Longest name of a speaker, in words.
const LONGEST: usize = 5;
/// How many turns make a text a transcript, where their labels are in capitals and where they are not.
const TURNS: usize = 2;
const TURNS_IN_SMALL: usize = 3;
/// How many questions make a text an interview.
const QUESTIONS: usize = 3;
/// A paragraph is a question, and the next its answer, if it ends with this.
const ASKS: char = '?';

/// A sentence of a turn.
#[derive(Clone)]
pub(super) struct Turn {
    pub who: Who,
    /// Byte offset in the sentence behind the speaker's name.
    pub start: usize,
}

/// What a paragraph opens with.
#[derive(Clone)]
enum Label {
    /// An actor's name.
    Actor(usize),
    /// Somebody's name, not in capitals.
    Named(String),
    /// "REPORTER".
    Asking,
    /// "Q": the article's own question.
    Own,
    /// "A".
    Answering,
}

/// The turn of each sentence, if the text is a transcript.
pub(super) fn turns(sentences: &[Sentence]) -> Vec<Option<Turn>> {
    let none = vec![None; sentences.len()];
    let mut found: Vec<Option<(Label, bool, usize)>> = sentences
        .iter()
        .enumerate()
        .map(|(index, sentence)| opens(sentences, index).then(|| label(sentence)).flatten())
        .collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (label, ..) in found.iter().flatten() {
        if let Label::Named(name) = label {
            *counts.entry(last_word(name).to_owned()).or_default() += 1;
        }
    }
    for entry in &mut found {
        let certain = entry.as_ref().is_some_and(|(label, ..)| match label {
            Label::Named(name) => {
                let person = matches!(gender(name), Gender::Male | Gender::Female);
                let known = || {
                    name.split(' ')
                        .all(|word| sentences[0].names.contains(word))
                };
                counts[last_word(name)] > 1 || person || known()
            }
            _ => true,
        });
        if !certain {
            *entry = None;
        }
    }
    if found.iter().flatten().count() == 0 {
        return interview(sentences);
    }
    let labels = || found.iter().flatten();
    let capitals = labels().filter(|(_, capitals, _)| *capitals).count();
    if capitals < TURNS && labels().count() < TURNS_IN_SMALL {
        return none;
    }
    let full: Vec<String> = labels()
        .filter_map(|(label, ..)| match label {
            Label::Named(name) if name.contains(' ') => Some(name.clone()),
            _ => None,
        })
        .collect();
    let interviewee = interviewee(sentences);
    let who = |label: Label| {
        Some(match label {
            Label::Own => return None,
            Label::Actor(actor) => Who::Actor(actor),
            Label::Asking => Who::Unnamed,
            Label::Answering => interviewee.clone().unwrap_or(Who::Unnamed),
            Label::Named(name) => {
                let in_full = full.iter().find(|it| last_word(it) == name);
                Who::Named(in_full.cloned().unwrap_or(name))
            }
        })
    };
    let mut speaker = None;
    let mut paragraph = usize::MAX;
    found
        .into_iter()
        .zip(sentences)
        .map(|(label, sentence)| {
            let mut start = 0;
            match label {
                Some((label, _, behind)) => (speaker, start) = (who(label), behind),
                None if sentence.paragraph != paragraph && !goes_on(sentence) => speaker = None,
                None => {}
            }
            paragraph = sentence.paragraph;
            speaker.clone().map(|who| Turn { who, start })
        })
        .collect()
}

fn last_word(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}

/// The turns of an interview without labels: paragraphs that ask, and those behind them, which answer.
fn interview(sentences: &[Sentence]) -> Vec<Option<Turn>> {
    let mut paragraphs: Vec<(usize, bool)> = Vec::new();
    let (mut questions, mut answered) = (0, 0);
    for paragraph in sentences.chunk_by(|a, b| a.paragraph == b.paragraph) {
        let quotes = paragraph.iter().any(|it| !it.quotations.is_empty());
        let asks = paragraph.last().is_some_and(|it| it.text.ends_with(ASKS)) && !quotes;
        let after_question = paragraphs.last().is_some_and(|(_, asks)| *asks);
        questions += usize::from(asks);
        answered += usize::from(after_question && !asks && paragraph.iter().any(speaks_itself));
        paragraphs.push((paragraph[0].paragraph, asks));
    }
    // Columns ask, too, but nobody answers them.
    let enough = questions >= QUESTIONS && 2 * answered >= questions;
    let Some(who) = interviewee(sentences).filter(|_| enough) else {
        return vec![None; sentences.len()];
    };
    let asks = |paragraph: usize| {
        paragraphs
            .iter()
            .any(|(at, asks)| *at == paragraph && *asks)
    };
    let mut begun = false;
    sentences
        .iter()
        .map(|sentence| {
            let asks = asks(sentence.paragraph);
            begun |= asks;
            // The questions are the article's own.
            (begun && !asks).then(|| Turn {
                who: who.clone(),
                start: 0,
            })
        })
        .collect()
}

fn opens(sentences: &[Sentence], index: usize) -> bool {
    index == 0 || sentences[index - 1].paragraph != sentences[index].paragraph
}

/// Whom an interview is with: who is named first.
fn interviewee(sentences: &[Sentence]) -> Option<Who> {
    let headline = sentences.first()?;
    let before = headline.text.split(':').next().unwrap_or_default();
    let words = before.split_whitespace();
    if before.len() < headline.text.len()
        && words.clone().count() <= 2
        && words.clone().all(is_capitalized)
    {
        return Some(Who::Named(before.trim().to_owned()));
    }
    sentences.iter().flat_map(Sentence::named).next()
}

fn is_capitalized(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// Whether a paragraph without a label may belong to the turn before: it speaks itself.
fn goes_on(sentence: &Sentence) -> bool {
    sentence.text.starts_with(['"', '“', '‘'])
        || sentence.text.ends_with(ASKS)
        || speaks_itself(sentence)
}

/// Whether a sentence says "I" or "we" outside of quotation marks.
fn speaks_itself(sentence: &Sentence) -> bool {
    let first_person = [
        "i", "i'm", "i've", "i'd", "i'll", "we", "we're", "my", "our",
    ];
    let mut words = sentence.words.iter();
    words.any(|word| !word.quoted && first_person.contains(&&*word.lower))
}

/// "TRUMP:", "Q.", "JAKE TAPPER (CNN):": who a line says speaks in it, whether that is in capitals, and the byte
/// behind it.
fn label(sentence: &Sentence) -> Option<(Label, bool, usize)> {
    let speech = &vocabulary().speech;
    let first = sentence.words.first()?;
    let opening = &sentence.text[..first.bytes.start];
    let alone = opening
        .trim_start_matches(['"', '“', '‘', '*', '[', '>'])
        .is_empty();
    if alone && first.text.len() == 1 && sentence.text[first.bytes.end..].starts_with(['.', ':']) {
        let label = match first.text {
            "Q" => Label::Own,
            "A" => Label::Answering,
            _ => return None,
        };
        return Some((label, true, first.bytes.end + 1));
    }
    let (before, said) = sentence.text.split_once(':')?;
    if !said.contains(char::is_alphabetic) || !said.starts_with([' ', '\u{a0}']) {
        return None;
    }
    let end = before
        .find([',', '(', '['])
        .filter(|&at| at > 0)
        .unwrap_or(before.len());
    let words: Vec<usize> = (0..sentence.words.len())
        .filter(|&at| sentence.words[at].bytes.end <= end)
        .collect();
    let (&first, &last) = (words.first()?, words.last()?);
    if words.len() > LONGEST
        || before[..sentence.words[first].bytes.start].contains(char::is_alphanumeric)
    {
        return None;
    }
    let name = &sentence.text[sentence.words[first].bytes.start..sentence.words[last].bytes.end];
    let capitals = !name.contains(char::is_lowercase);
    let lower = name.to_lowercase();
    let asks = lower.split(' ').all(|word| speech.askers.contains(word));
    let all_capitalized = words
        .iter()
        .all(|&at| is_capitalized(sentence.words[at].text));
    let label = match sentence.actor_of(last) {
        _ if asks => Label::Asking,
        _ if !all_capitalized => return None,
        Some(actor) => Label::Actor(actor),
        None if name.len() > 2 => Label::Named(if capitals {
            in_small(name)
        } else {
            name.to_owned()
        }),
        None => return None,
    };
    Some((label, capitals, before.len() + 1))
}

/// A name in capitals as names are written: "Ann Bow" for "ANN BOW".
fn in_small(name: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(String::from).unwrap_or_default();
        first + &chars.as_str().to_lowercase()
    };
    let words: Vec<String> = name.split(' ').map(word).collect();
    words.join(" ")
}
