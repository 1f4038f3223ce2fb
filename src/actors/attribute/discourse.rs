//! What the text before says about who a subject is.

use super::cues::Cue;
use crate::actors::persons::{Gender, Persons, gender, gender_of};
use crate::actors::syntax::{Phrase, Sentence, Who, clause_subject, covers, phrase_from};
use crate::actors::{Actor, MentionKind, Speaker};

/// How many sentences ago somebody may have been named last whom a pronoun means.
const FURTHEST: usize = 4;
/// How many are kept in mind.
const KEPT: usize = 6;

/// Somebody whom a pronoun may mean.
struct Candidate {
    speaker: Speaker,
    /// The sentence that last spoke of them.
    sentence: usize,
}

/// Who has been spoken of.
pub(super) struct Discourse<'a> {
    persons: &'a Persons<'a>,
    genders: Vec<Gender>,
    /// Whom a pronoun may mean, the likeliest last.
    candidates: Vec<Candidate>,
    /// Number of the sentence that is read.
    sentence: usize,
    /// The last speaker, and the paragraph.
    last: Option<(Speaker, usize)>,
}

impl<'a> Discourse<'a> {
    pub fn new(persons: &'a Persons<'a>, actors: &[Actor]) -> Self {
        Self {
            persons,
            genders: actors.iter().map(gender_of).collect(),
            candidates: Vec::new(),
            sentence: 0,
            last: None,
        }
    }

    /// Who speaks by a cue; `before` are the cues before it in its sentence.
    pub fn speaker(&self, sentence: &Sentence, cue: &Cue, before: &[(Cue, Speaker)]) -> Speaker {
        let wanted = match &cue.who {
            Who::He => Gender::Male,
            Who::She => Gender::Female,
            Who::They => return self.they(sentence, cue, before),
            named => return self.named(named),
        };
        // In "he said that Trump won", he is not Trump (Chomsky 1981, principle C).
        let named_in_content = |speaker: &Speaker| {
            sentence.mentions.iter().any(|mention| {
                let inside = cue.content.iter().any(|part| covers(part, &mention.bytes));
                mention.kind == MentionKind::Name
                    && inside
                    && *speaker == Speaker::Actor(mention.actor)
            })
        };
        let fits =
            |speaker: &Speaker| self.gender(speaker).fits(wanted) && !named_in_content(speaker);
        let candidates: Vec<Speaker> = before
            .iter()
            .rev()
            .map(|(_, speaker)| speaker.clone())
            .chain(self.subject(sentence, cue.at))
            .chain(self.recent())
            .filter(fits)
            .collect();
        self.pick(&candidates, wanted)
    }

    /// "they": who spoke before, be it a body by its people.
    fn they(&self, sentence: &Sentence, cue: &Cue, before: &[(Cue, Speaker)]) -> Speaker {
        let in_sentence = before.iter().rev().map(|(_, speaker)| speaker.clone());
        let last = self.last.as_ref().map(|(speaker, _)| speaker.clone());
        in_sentence
            .chain(self.subject(sentence, cue.at))
            .chain(last)
            .find(|speaker| !matches!(self.gender(speaker), Gender::Male | Gender::Female))
            .unwrap_or(Speaker::Unnamed)
    }

    /// Who a phrase that is no pronoun speaks of.
    pub fn named(&self, who: &Who) -> Speaker {
        match who {
            Who::Actor(actor) => Speaker::Actor(*actor),
            Who::Named(name) => self
                .persons
                .full_name(name)
                .map_or(Speaker::Unnamed, Speaker::Other),
            Who::Described { words, by_name } => match self.persons.in_office(words) {
                Some(name) => Speaker::Other(name.to_owned()),
                None if *by_name => Speaker::Other(words.clone()),
                None => Speaker::Unnamed,
            },
            Who::Unnamed | Who::He | Who::She | Who::They => Speaker::Unnamed,
        }
    }

    /// Who a quotation's phrase speaks of, by the text before.
    pub fn of_phrase(&self, who: &Who) -> Speaker {
        let wanted = match who {
            Who::He => Gender::Male,
            Who::She => Gender::Female,
            named => return self.named(named),
        };
        let fits = |speaker: &Speaker| self.gender(speaker).fits(wanted);
        let candidates: Vec<Speaker> = self.recent().filter(fits).collect();
        self.pick(&candidates, wanted)
    }

    /// The likeliest of candidates that fit. A surname that tells no gender is more often a man's in the news, so "she"
    /// rather means a woman named before.
    fn pick(&self, candidates: &[Speaker], wanted: Gender) -> Speaker {
        let woman = candidates
            .iter()
            .find(|it| self.gender(it) == Gender::Female);
        let woman = woman.filter(|_| wanted == Gender::Female);
        woman
            .or(candidates.first())
            .cloned()
            .unwrap_or(Speaker::Unnamed)
    }

    fn gender(&self, speaker: &Speaker) -> Gender {
        match speaker {
            Speaker::Actor(actor) => self.genders[*actor],
            Speaker::Other(name) => gender(name),
            Speaker::Author | Speaker::Unnamed => Gender::None,
        }
    }

    /// Whom the sentence opens with.
    fn subject(&self, sentence: &Sentence, before: usize) -> Option<Speaker> {
        let at = sentence
            .words
            .partition_point(|word| word.bytes.start < before);
        let opening = || phrase_from(sentence, 0).filter(|phrase| phrase.words.end <= at);
        let named = |phrase: &Phrase| phrase.who.has_name();
        let subject = clause_subject(sentence, at).filter(named);
        let phrase = subject.or_else(|| opening().filter(named))?;
        Some(self.named(&phrase.who))
    }

    /// Whom the sentences before spoke of, the likeliest first.
    fn recent(&self) -> impl Iterator<Item = Speaker> {
        let near = |it: &&Candidate| self.sentence - it.sentence <= FURTHEST;
        let recent = self.candidates.iter().rev().filter(near);
        recent.map(|it| it.speaker.clone())
    }

    /// The last speaker, if it was in this paragraph.
    pub fn last_in(&self, paragraph: usize) -> Option<Speaker> {
        let (speaker, said) = self.last.as_ref()?;
        (*said == paragraph).then(|| speaker.clone())
    }

    /// The last speaker, if the paragraph before had it.
    pub fn last_before(&self, paragraph: usize) -> Option<Speaker> {
        let (speaker, said) = self.last.as_ref()?;
        (*said + 1 >= paragraph).then(|| speaker.clone())
    }

    /// Remembers who was spoken of in a sentence, and who spoke.
    pub fn leave(
        &mut self,
        sentence: &Sentence,
        voiced: &[(Cue, Speaker)],
        quoted: Option<Speaker>,
    ) {
        let subject = self.subject(sentence, sentence.text.len() + 1);
        for named in sentence.named().into_iter().rev() {
            self.remember(self.named(&named));
        }
        if let Some(subject) = &subject {
            self.remember(subject.clone());
        }
        let first = voiced
            .iter()
            .find(|(_, speaker)| *speaker != Speaker::Unnamed);
        let speaker = quoted.or_else(|| first.map(|(_, speaker)| speaker.clone()));
        if let Some(speaker) = &speaker {
            self.remember(speaker.clone());
        }
        if let Some(speaker) = speaker.or(subject) {
            self.last = Some((speaker, sentence.paragraph));
        }
        self.sentence += 1;
    }

    fn remember(&mut self, speaker: Speaker) {
        self.candidates.retain(|it| it.speaker != speaker);
        self.candidates.push(Candidate {
            speaker,
            sentence: self.sentence,
        });
        if self.candidates.len() > KEPT {
            self.candidates.remove(0);
        }
    }
}
