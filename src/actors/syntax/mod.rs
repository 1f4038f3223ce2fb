//! Sentences as attribution and references look at them: words with their classes, and noun phrases.

mod phrases;
mod sentence;

pub(super) use phrases::{
    BORDER, Phrase, Who, clause_subject, is_finite, is_subject_pronoun, phrase_before, phrase_from,
};
pub(super) use sentence::{MARKS, Quoted, Sentence, Word, covers};
