//! Spans between quotation marks, over the borders of sentences.

use std::ops::Range;

use super::Sentence;

/// The part of a quotation that lies in one sentence, without the marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotation {
    /// Half-open byte range in the text.
    pub bytes: Range<usize>,
    /// Whether it was opened in an earlier sentence.
    pub runs_on: bool,
    /// Whether the sentence leaves it open.
    pub left_open: bool,
}

/// A quotation that a sentence has left open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    straight: bool,
    paragraph: usize,
}

/// Adds the quotations of a sentence, and gives the one that it leaves open.
///
/// A quotation left open by the sentence before goes on here, unless a new paragraph starts
/// without reopening it, as newspapers do.
pub(super) fn quotations(
    text: &str,
    sentence: &Sentence,
    open: Option<Open>,
    found: &mut Vec<Quotation>,
) -> Option<Open> {
    let from = sentence.bytes.start;
    let words = &text[sentence.bytes.clone()];
    let continued =
        open.filter(|open| open.paragraph == sentence.paragraph && !words.starts_with(['“', '"']));
    let mut start: Option<(usize, bool)> = continued.map(|open| (from, open.straight));
    let push = |bytes: Range<usize>, left_open: bool, found: &mut Vec<Quotation>| {
        found.push(Quotation {
            runs_on: bytes.start == from && continued.is_some(),
            bytes,
            left_open,
        });
    };
    for (at, char) in words.char_indices() {
        let at = from + at;
        match (char, start) {
            ('“' | '„' | '«', _) => start = Some((at + char.len_utf8(), false)),
            ('"', None) => start = Some((at + 1, true)),
            ('"', Some((from, true))) | ('”' | '»', Some((from, false))) => {
                push(from..at, false, found);
                start = None;
            }
            _ => {}
        }
    }
    start.map(|(from, straight)| {
        push(from..sentence.bytes.end, true, found);
        Open {
            straight,
            paragraph: sentence.paragraph,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::text::Document;

    /// Each quotation, with < where it runs on and > where it is left open.
    fn found(text: &str) -> Vec<String> {
        let document = Document::new(text, "");
        let quotations = document.quotations().iter();
        quotations
            .map(|quotation| {
                let runs_on = if quotation.runs_on { "<" } else { "" };
                let open = if quotation.left_open { ">" } else { "" };
                format!("{runs_on}{}{open}", &text[quotation.bytes.clone()])
            })
            .collect()
    }

    #[test]
    fn quotations_run_on() {
        let text = "He said: “We won. We did,” and left.";
        assert_eq!(found(text), ["We won.>", "<We did,"]);
    }

    #[test]
    fn an_unclosed_quotation_ends_with_its_paragraph() {
        assert_eq!(found("\"We won.\n\nThey left."), ["We won.>"]);
        assert_eq!(
            found("“We won.\n\n“They left."),
            ["We won.>", "They left.>"]
        );
    }
}
