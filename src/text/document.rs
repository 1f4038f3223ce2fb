//! A text with its structure.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::quotations::{Quotation, quotations};
use super::tokens::{Token, tokenize};
use super::{Sentence, split};

/// A part of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The title, if the text opens with it.
    Headline,
    /// Everything else.
    Body,
}

impl Part {
    /// The part's name, as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The structure of a text: parts, sentences, tokens and quotations, each computed once, all of them
/// ranges of the text as read.
///
/// ```
/// use newstance::text::{Document, Part};
///
/// let text = "Leaders meet\n\n“We agree,” Macron said.";
/// let document = Document::new(text, "Leaders meet");
/// let parts: Vec<Part> = (0..2).map(|sentence| document.part(sentence)).collect();
/// assert_eq!(parts, [Part::Headline, Part::Body]);
/// assert_eq!(&text[document.quotations_of(1)[0].bytes.clone()], "We agree,");
/// assert_eq!(document.words(), 6);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    headline: Range<usize>,
    sentences: Vec<Sentence>,
    tokens: Vec<Token>,
    quotations: Vec<Quotation>,
    /// For each sentence, where its tokens and quotations end.
    ends: Vec<(usize, usize)>,
}

impl Document {
    /// Reads a text. `title` is its headline; an empty one is none.
    pub fn new(text: &str, title: &str) -> Self {
        let sentences = split(text);
        let mut tokens = Vec::with_capacity(text.len() / 6);
        let mut found = Vec::new();
        let parts = quotations(text, &sentences);
        let mut ends = Vec::with_capacity(sentences.len());
        for (sentence, parts) in sentences.iter().zip(parts) {
            tokenize(text, sentence.bytes.clone(), &mut tokens);
            found.extend(parts);
            ends.push((tokens.len(), found.len()));
        }
        Self {
            headline: headline(text, title),
            sentences,
            tokens,
            quotations: found,
            ends,
        }
    }

    /// The sentences, in order.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// The part that a sentence belongs to. One that only begins in the headline is of the body.
    pub fn part(&self, sentence: usize) -> Part {
        let bytes = &self.sentences[sentence].bytes;
        match self.headline.start <= bytes.start && bytes.end <= self.headline.end {
            true => Part::Headline,
            false => Part::Body,
        }
    }

    /// Number of words.
    pub fn words(&self) -> usize {
        self.tokens.len()
    }

    /// The words of a sentence.
    pub fn tokens_of(&self, sentence: usize) -> &[Token] {
        &self.tokens[self.start_of(sentence).0..self.ends[sentence].0]
    }

    /// All quotations, by sentence.
    pub fn quotations(&self) -> &[Quotation] {
        &self.quotations
    }

    /// The quotations of a sentence.
    pub fn quotations_of(&self, sentence: usize) -> &[Quotation] {
        &self.quotations[self.start_of(sentence).1..self.ends[sentence].1]
    }

    fn start_of(&self, sentence: usize) -> (usize, usize) {
        match sentence.checked_sub(1) {
            Some(before) => self.ends[before],
            None => (0, 0),
        }
    }
}

/// Where the text has its title, which it may open with; else an empty range.
fn headline(text: &str, title: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    match text[start..].starts_with(title) {
        true => start..start + title.len(),
        false => 0..0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_the_text_does_not_open_with_is_no_part_of_it() {
        let text = "\nLeaders meet\n\nLeaders meet again.";
        let parts = |title: &str| -> Vec<Part> {
            let document = Document::new(text, title);
            (0..2).map(|sentence| document.part(sentence)).collect()
        };
        assert_eq!(parts("Leaders meet"), [Part::Headline, Part::Body]);
        assert_eq!(parts("Leaders part"), [Part::Body; 2]);
        assert_eq!(parts(""), [Part::Body; 2]);
        assert_eq!(parts("Lead"), [Part::Body; 2]);
    }

    #[test]
    fn tokens_belong_to_their_sentence() {
        let text = "He won. She left early.";
        let document = Document::new(text, "");
        let counts: Vec<usize> = (0..2).map(|it| document.tokens_of(it).len()).collect();
        assert_eq!(counts, [2, 3]);
        assert_eq!(Document::new(" ", "").sentences(), []);
    }
}
