//! The speakers of quotations.

use std::ops::Range;

use super::cues::Cue;
use super::discourse::Discourse;
use crate::actors::syntax::{
    Phrase, Quoted, Sentence, Who, clause_subject, covers, phrase_before, phrase_from,
};
use crate::actors::{Speaker, Voice};
use crate::text::Classes;

/// Who speaks each quotation of a document.
pub(super) struct Quotations {
    /// By number of the quotation; `None` as long as nobody is known.
    speakers: Vec<Option<Speaker>>,
    /// For each quotation, the last sentence that it has a part in.
    ends: Vec<usize>,
}

impl Quotations {
    pub fn new(sentences: &[Sentence]) -> Self {
        let mut ends = Vec::new();
        for (index, sentence) in sentences.iter().enumerate() {
            for quotation in &sentence.quotations {
                ends.resize(quotation.whole + 1, index);
                ends[quotation.whole] = index;
            }
        }
        Self {
            speakers: vec![None; ends.len()],
            ends,
        }
    }

    /// Gives the quotations of a sentence their speakers.
    pub fn give(
        &mut self,
        sentences: &[Sentence],
        index: usize,
        voiced: &[(Cue, Speaker)],
        discourse: &Discourse,
    ) {
        let sentence = &sentences[index];
        for (number, quotation) in sentence.quotations.iter().enumerate() {
            if self.speakers[quotation.whole].is_some() {
                continue;
            }
            let before = sentence.quotations[..number].last();
            let found = nearest(voiced, &quotation.bytes)
                .or_else(|| beside(sentence, quotation).map(|who| discourse.of_phrase(&who)))
                .or_else(|| self.later(sentences, index, quotation, discourse))
                .or_else(|| before.and_then(|before| self.speakers[before.whole].clone()))
                .or_else(|| {
                    signed(sentences, self.ends[quotation.whole])
                        .map(|who| discourse.of_phrase(&who))
                })
                .or_else(|| self.around(sentences, index, quotation, discourse));
            self.speakers[quotation.whole] = found;
        }
    }

    /// Who a later sentence of a quotation says speaks it: "“We won. We did,” Trump said."
    fn later(
        &self,
        sentences: &[Sentence],
        index: usize,
        quotation: &Quoted,
        discourse: &Discourse,
    ) -> Option<Speaker> {
        (index + 1..=self.ends[quotation.whole]).find_map(|at| {
            let sentence = &sentences[at];
            let part = sentence
                .quotations
                .iter()
                .find(|it| it.whole == quotation.whole)?;
            let cues = super::cues::cues(sentence);
            let voiced: Vec<(Cue, Speaker)> = cues
                .into_iter()
                .map(|cue| {
                    let speaker = discourse.speaker(sentence, &cue, &[]);
                    (cue, speaker)
                })
                .collect();
            nearest(&voiced, &part.bytes)
                .or_else(|| beside(sentence, part).map(|who| discourse.of_phrase(&who)))
        })
    }

    /// Whom the text around a quotation gives it to.
    fn around(
        &self,
        sentences: &[Sentence],
        index: usize,
        quotation: &Quoted,
        discourse: &Discourse,
    ) -> Option<Speaker> {
        let sentence = &sentences[index];
        if !is_whole(sentence, quotation) {
            if sentence.title_case {
                return None;
            }
            let at = first_word(sentence, quotation);
            let subject = clause_subject(sentence, at)?;
            let one = matches!(
                subject.who,
                Who::Actor(_) | Who::Named(_) | Who::He | Who::She
            );
            let verb = sentence.words[subject.words.end.min(at)..at]
                .iter()
                .any(|it| !it.is(Classes::PREPOSITION));
            return (one && verb).then(|| discourse.of_phrase(&subject.who));
        }
        let opens = index == 0 || sentences[index - 1].paragraph != sentence.paragraph;
        if let Some(before) = index.checked_sub(1).map(|before| &sentences[before])
            && before.text.trim_end().ends_with(':')
            && let Some(who) = leads_in(before)
        {
            return Some(discourse.of_phrase(&who));
        }
        let known = match opens {
            true => discourse.last_before(sentence.paragraph),
            false => discourse.last_in(sentence.paragraph),
        };
        Some(known.unwrap_or(Speaker::Unnamed))
    }

    /// Voice and speaker of a mention inside a quotation.
    pub fn over(
        &self,
        sentence: &Sentence,
        mention: &Range<usize>,
        voiced: &[(Cue, Speaker)],
    ) -> Option<(Voice, Speaker)> {
        let quotation = sentence
            .quotations
            .iter()
            .find(|it| covers(&it.bytes, mention))?;
        let speaker = match &self.speakers[quotation.whole] {
            Some(speaker) => speaker.clone(),
            None => super::reported(voiced, mention)?.1,
        };
        Some((Voice::Direct, speaker))
    }

    /// The speaker of a sentence's last quotation.
    pub fn last_speaker(&self, sentence: &Sentence) -> Option<Speaker> {
        let last = sentence.quotations.last()?;
        let speaker = self.speakers[last.whole].clone();
        speaker.filter(|speaker| *speaker != Speaker::Unnamed)
    }
}

/// Whether a quotation is all that a sentence, or its part, says.
fn is_whole(sentence: &Sentence, quotation: &Quoted) -> bool {
    let before = sentence.text[..quotation.bytes.start]
        .chars()
        .any(char::is_alphanumeric);
    let closing = ['’', '\'', '”', '"', ' '];
    let text = sentence.text[quotation.bytes.clone()].trim_end_matches(closing);
    !before
        && (text.ends_with(['.', '!', '?', '…', ',']) || quotation.bytes.end == sentence.text.len())
}

fn first_word(sentence: &Sentence, quotation: &Quoted) -> usize {
    let start = quotation.bytes.start;
    sentence
        .words
        .partition_point(|word| word.bytes.start < start)
}

/// The speaker of the cue whose content holds a quotation, else of the cue nearest to it.
fn nearest(voiced: &[(Cue, Speaker)], quote: &Range<usize>) -> Option<Speaker> {
    let holding = voiced.iter().rev().find(|(cue, _)| {
        cue.content
            .iter()
            .any(|part| part.start <= quote.start + 1 && quote.start < part.end)
    });
    let distance = |cue: &Cue| match cue.at < quote.start {
        true => quote.start - cue.at,
        false => cue.at.saturating_sub(quote.end),
    };
    holding
        .or_else(|| voiced.iter().min_by_key(|(cue, _)| distance(cue)))
        .map(|(_, speaker)| speaker.clone())
}

/// Who stands beside a quotation: "“…,” fumed Zelenskyy", "“…,” Trump sneered", "Trump responded: “…”", "Trump, urging
/// viewers, “…”".
fn beside(sentence: &Sentence, quotation: &Quoted) -> Option<Who> {
    let words = &sentence.words;
    let first = first_word(sentence, quotation);
    let text = sentence.text[quotation.bytes.clone()].trim_end();
    let behind = words.partition_point(|word| word.bytes.start < quotation.bytes.end);
    if !sentence.title_case
        && text.ends_with([',', '!', '?', '—', '–', '-'])
        && let Some(next) = words.get(behind)
        && !next.quoted
    {
        let verb = !sentence.is_name(behind) && !next.is(NO_VERB);
        let inverted = verb.then(|| phrase_from(sentence, behind + 1)).flatten();
        let inverted = inverted.filter(is_somebody);
        let plain = phrase_from(sentence, behind).filter(|phrase| {
            is_somebody(phrase)
                && words
                    .get(phrase.words.end)
                    .is_some_and(|it| !it.is(NO_VERB))
        });
        if let Some(phrase) = inverted.or(plain) {
            return Some(phrase.who);
        }
    }
    let gap = words.get(first)?.gap;
    let before = gap.trim_end_matches(['“', '"', '‘', '\'', '„', '«', ' ']);
    if first > 0 && (before.ends_with(':') || before.ends_with(',')) {
        let subject = clause_subject(sentence, first).or_else(|| phrase_before(sentence, first));
        return subject.filter(is_somebody).map(|phrase| phrase.who);
    }
    None
}

/// What is no verb behind a quotation.
const NO_VERB: Classes = Classes::PREPOSITION
    .or(Classes::COORDINATOR)
    .or(Classes::SUBORDINATOR)
    .or(Classes::RELATIVE)
    .or(Classes::DETERMINER)
    .or(Classes::PRONOUN)
    .or(Classes::BE)
    .or(Classes::AUXILIARY);

fn is_somebody(phrase: &Phrase) -> bool {
    !matches!(phrase.who, Who::Unnamed | Who::Described { .. })
}

/// Who a lead-in that ends in a colon introduces: "And from President Trump:".
fn leads_in(sentence: &Sentence) -> Option<Who> {
    let words = &sentence.words;
    let subject = clause_subject(sentence, words.len()).filter(is_somebody);
    let named = || {
        let last = words.len().checked_sub(1)?;
        let at = (0..=last).rev().find(|&at| sentence.is_name(at))?;
        phrase_before(sentence, at + 1)
            .filter(is_somebody)
            .or_else(|| {
                let start = (0..=at)
                    .rev()
                    .take_while(|&index| sentence.is_name(index))
                    .last()?;
                phrase_from(sentence, start)
            })
    };
    subject.or_else(named).map(|phrase| phrase.who)
}

/// Who is named behind a quotation with a dash: "“…” – President Trump".
fn signed(sentences: &[Sentence], end: usize) -> Option<Who> {
    let dash = |text: &str| text.starts_with(['-', '–', '—', '―']);
    let own = &sentences[end];
    let last = own.quotations.last()?;
    let behind =
        own.text[last.bytes.end..].trim_start_matches(['”', '"', '»', '’', '\'', '“', ' ']);
    let (sentence, from) = match behind.is_empty() {
        true => {
            let next = sentences.get(end + 1)?;
            (next, 0)
        }
        false => (own, own.text.len() - behind.len()),
    };
    if !dash(sentence.text[from..].trim_start()) {
        return None;
    }
    let words = &sentence.words;
    let first = words.partition_point(|word| word.bytes.start < from);
    let phrase = phrase_from(sentence, first)?;
    (phrase.words.end + 4 >= words.len()).then_some(phrase.who)
}
