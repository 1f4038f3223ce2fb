//! Spans between quotation marks, over the borders of sentences.

use std::ops::Range;

/// Which mark opened a quotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenQuote {
    straight: bool,
    paragraph: usize,
}

/// The quotations of a sentence as byte ranges without their marks, and the one that it leaves
/// open.
///
/// A quotation left open by the sentence before goes on here, unless a new paragraph starts
/// without reopening it, as newspapers do.
pub(super) fn quotations(
    sentence: &str,
    paragraph: usize,
    open: Option<&OpenQuote>,
) -> (Vec<Range<usize>>, Option<OpenQuote>) {
    let mut quotes = Vec::new();
    let mut start: Option<(usize, bool)> = None;
    if let Some(open) = open {
        let reopened = sentence.starts_with(['“', '"']);
        if open.paragraph == paragraph && !reopened {
            start = Some((0, open.straight));
        }
    }
    for (at, char) in sentence.char_indices() {
        match (char, start) {
            ('“' | '„' | '«', _) => start = Some((at + char.len_utf8(), false)),
            ('"', None) => start = Some((at + 1, true)),
            ('"', Some((from, true))) | ('”' | '»', Some((from, false))) => {
                quotes.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    let left_open = start.map(|(from, straight)| {
        quotes.push(from..sentence.len());
        OpenQuote {
            straight,
            paragraph,
        }
    });
    (quotes, left_open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_run_on() {
        let first = "He said: “We won.";
        let (quotes, open) = quotations(first, 0, None);
        assert_eq!((quotes.len(), &first[quotes[0].clone()]), (1, "We won."));
        let second = "We did,” he said.";
        let (quotes, open) = quotations(second, 0, open.as_ref());
        assert_eq!((quotes.len(), &second[quotes[0].clone()]), (1, "We did,"));
        assert_eq!(open, None);
    }

    #[test]
    fn an_unclosed_quotation_ends_with_its_paragraph() {
        let (_, open) = quotations("\"We won.", 3, None);
        assert!(quotations("They left.", 4, open.as_ref()).0.is_empty());
    }
}
