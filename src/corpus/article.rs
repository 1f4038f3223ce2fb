//! An article as it is scored: its headline, its body, and where both stand in what was read.

use std::io::{BufReader, Read};
use std::ops::Range;

use super::Published;
use super::encoding::read_whole;

use super::plain::{Origin, plain, plain_text};
use crate::error::{Error, ErrorKind, Result};

/// One article as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Unique within a run: the id field, else the url, else the file name (and line).
    pub id: String,
    /// Outlet: the source field, else the url's host, else a text file's folder; may be empty.
    pub source: String,
    /// When it was published, if the record says so.
    pub published: Option<Published>,
    /// Headline; may be empty.
    pub title: String,
    /// What is scored, as a reader would read it: without HTML, markdown and page furniture. The headline comes first,
    /// be it the text's own or from a field of its own.
    pub text: String,
    /// Where the text has the headline, in bytes.
    pub headline: Range<usize>,
    /// Web address; may be empty.
    pub url: String,
    /// Values of the fields that documents keep.
    pub kept: Vec<String>,
    /// The first article of the run that this one is a copy of.
    pub copy_of: Option<String>,
    /// Its number among the articles of the corpus, from 1; 0 outside of a corpus.
    pub number: u64,
    pub(super) offsets: Offsets,
}

/// Where the text's characters come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offsets {
    /// Characters before the body, if the title has a field of its own; its text and the break behind it.
    before_body: usize,
    body: Origin,
}

impl Article {
    /// Bytes of all its texts.
    pub fn size(&self) -> usize {
        let kept: usize = self.kept.iter().map(String::len).sum();
        [&self.id, &self.source, &self.title, &self.text, &self.url]
            .iter()
            .map(|text| text.len())
            .sum::<usize>()
            + kept
    }

    /// A text without anything that is known about it.
    pub fn of_text(text: impl Into<String>) -> Self {
        Parts::of("", text.into()).into_article()
    }

    /// The text of a stream, in whatever encoding files may be.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`] if it cannot be read, or is no text.
    pub fn read_text(stream: impl Read) -> Result<String> {
        let place = "standard input";
        let mut bytes = Vec::new();
        let mut stream = BufReader::new(stream);
        stream
            .read_to_end(&mut bytes)
            .map_err(Error::io(place.as_ref()))?;
        read_whole(&bytes).map_err(|fault| {
            Error::new(
                ErrorKind::Input,
                place,
                fault.reason,
                "give a text in UTF-8",
            )
        })
    }

    /// The headline as the text has it.
    pub fn headline(&self) -> &str {
        &self.text[self.headline.clone()]
    }

    /// Where a range of code points of the text stands in what was read: in the text, or in the title if it has a field of
    /// its own.
    pub fn read_at(&self, chars: Range<usize>) -> Range<usize> {
        let before = self.offsets.before_body;
        if chars.start < before {
            return chars;
        }
        self.offsets
            .body
            .range(chars.start - before..chars.end - before)
    }
}

/// A title and a text, made ready.
pub(super) struct Parts {
    pub title: String,
    pub text: String,
    headline: Range<usize>,
    offsets: Offsets,
}

/// Between a headline and a body.
const BREAK: &str = "\n\n";

impl Parts {
    /// Those of a title field and a text field.
    pub fn of(title: &str, text: String) -> Self {
        let title = plain_text(title)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let (text, body) = plain(text);
        if title.is_empty() {
            return Self::without_title(text, body);
        }
        if let Some(headline) = opens_with(&text, &title) {
            return Self {
                title,
                headline,
                text,
                offsets: Offsets {
                    before_body: 0,
                    body,
                },
            };
        }
        let before_body = title.chars().count() + BREAK.len();
        Self {
            headline: 0..title.len(),
            text: format!("{title}{BREAK}{text}"),
            title,
            offsets: Offsets { before_body, body },
        }
    }

    /// Those of a text that may open with its title.
    pub fn of_text(text: String, title_of: impl Fn(&str) -> &str) -> Self {
        let (text, body) = plain(text);
        let title = title_of(&text).to_owned();
        let start = text.find(&title).unwrap_or_default();
        Self {
            headline: start..start + title.len(),
            ..Self {
                title,
                ..Self::without_title(text, body)
            }
        }
    }

    fn without_title(text: String, body: Origin) -> Self {
        Self {
            title: String::new(),
            text,
            headline: 0..0,
            offsets: Offsets {
                before_body: 0,
                body,
            },
        }
    }

    pub fn into_article(self) -> Article {
        Article {
            id: String::new(),
            source: String::new(),
            published: None,
            title: self.title,
            text: self.text,
            headline: self.headline,
            url: String::new(),
            kept: Vec::new(),
            copy_of: None,
            number: 0,
            offsets: self.offsets,
        }
    }
}

/// Where a text has its title, if it opens with it, punctuation and letter case aside, and the title is not the start of
/// a longer sentence. A name of the outlet behind the title doesn't count.
fn opens_with(text: &str, title: &str) -> Option<Range<usize>> {
    let without_outlet = [" | ", " – ", " — ", " - "]
        .iter()
        .find_map(|mark| title.rsplit_once(mark));
    [Some(title), without_outlet.map(|(title, _)| title)]
        .into_iter()
        .flatten()
        .find_map(|title| opening(text, title))
}

fn opening(text: &str, title: &str) -> Option<Range<usize>> {
    let mut wanted = title
        .chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase);
    let mut next = wanted.next()?;
    let start = text.len() - text.trim_start().len();
    let mut chars = text[start..].char_indices();
    let end = loop {
        let (at, char) = chars.next()?;
        if !char.is_alphanumeric() {
            continue;
        }
        let mut done = false;
        for char in char.to_lowercase() {
            if char != next {
                return None;
            }
            match wanted.next() {
                Some(char) => next = char,
                None => done = true,
            }
        }
        if done {
            break start + at + char.len_utf8();
        }
    };
    let rest = &text[end..];
    let mark =
        rest.trim_start_matches(|char: char| !char.is_alphanumeric() && !char.is_whitespace());
    let marks = &rest[..rest.len() - mark.len()];
    let set_apart =
        mark.trim_start_matches([' ', '\t', '\r']).starts_with('\n') || mark.trim().is_empty();
    let ends = marks.ends_with(['.', '!', '?', ':', '”', '"']) && mark.starts_with(' ');
    (set_apart || ends).then(|| start..end + marks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(title: &str, text: &str) -> Article {
        Parts::of(title, text.to_owned()).into_article()
    }

    #[test]
    fn a_title_of_its_own_comes_before_the_body() {
        let article = article("Merz &amp; Tusk meet", "They **did** meet.");
        assert_eq!(article.text, "Merz & Tusk meet\n\nThey did meet.");
        assert_eq!(article.headline(), "Merz & Tusk meet");
        let did = article.text.find("did").unwrap();
        assert_eq!(article.read_at(did..did + 3), 7..10);
        assert_eq!(article.read_at(0..4), 0..4);
    }

    #[test]
    fn a_title_that_the_text_opens_with_is_there_once() {
        for (title, text, headline) in [
            (
                "Merz meets Tusk",
                "Merz meets Tusk\nThey met.",
                "Merz meets Tusk",
            ),
            (
                "Merz meets Tusk",
                "MERZ MEETS TUSK!\n\nThey met.",
                "MERZ MEETS TUSK!",
            ),
            (
                "Merz meets Tusk | Example News",
                "Merz meets Tusk\n\nThey met.",
                "Merz meets Tusk",
            ),
            (
                "Merz meets Tusk",
                "Merz meets Tusk. They met.",
                "Merz meets Tusk.",
            ),
        ] {
            let article = article(title, text);
            assert_eq!((&*article.text, article.headline()), (text, headline));
        }
    }

    #[test]
    fn a_text_that_goes_on_where_the_title_ends_has_it_not() {
        let article = article("Merz meets Tusk", "Merz meets Tusk on Friday.");
        assert_eq!(
            article.text,
            "Merz meets Tusk\n\nMerz meets Tusk on Friday."
        );
    }
}
