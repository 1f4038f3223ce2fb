//! Spans between quotation marks, over the borders of sentences and paragraphs.

use std::ops::Range;

use super::{ByteSet, Sentence, byte_set};

/// The part of a quotation that lies in one sentence, without the marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotation {
    /// Half-open byte range in the text.
    pub bytes: Range<usize>,
    /// Which quotation of the text it is part of, from 0. Parts of one stand in several sentences, and in several
    /// paragraphs where each opens it anew, as newspapers do.
    pub whole: usize,
}

/// What opened a quotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// `"`.
    Straight,
    /// `“`.
    Curly,
    /// `„`.
    Low,
    /// `«`.
    Guillemet,
    /// `»`, as German and Danish printers have it.
    Inward,
    /// `‘` or `'`.
    Single,
    /// Two characters: <code>``</code> or `''`, closed by `''`.
    Doubled,
}

impl Mark {
    fn is_closed_by(self, char: char) -> bool {
        match self {
            Self::Straight => char == '"',
            Self::Curly => char == '”',
            Self::Low => matches!(char, '“' | '”' | '"'),
            Self::Guillemet => char == '»',
            Self::Inward => char == '«',
            Self::Single => matches!(char, '’' | '\''),
            Self::Doubled => char == '\'',
        }
    }

    /// Whether a paragraph that starts with this character goes on with a quotation.
    fn is_reopened_by(self, char: char) -> bool {
        match self {
            Self::Straight => char == '"',
            Self::Curly | Self::Low => matches!(char, '“' | '„' | '"'),
            Self::Guillemet => matches!(char, '«' | '»'),
            Self::Inward => char == '»',
            Self::Single => matches!(char, '‘' | '\''),
            Self::Doubled => matches!(char, '\'' | '`'),
        }
    }
}

/// The quotations of a text, cut where its sentences end, in order.
pub(super) fn quotations(text: &str, sentences: &[Sentence]) -> Vec<Vec<Quotation>> {
    let mut parts = vec![Vec::new(); sentences.len()];
    let (mut wholes, mut open) = (0, None);
    for paragraph in sentences.chunk_by(|a, b| a.paragraph == b.paragraph) {
        let first = sentences.partition_point(|it| it.paragraph < paragraph[0].paragraph);
        let bytes = paragraph[0].bytes.start..paragraph[paragraph.len() - 1].bytes.end;
        let mut scan = Scan {
            text: &text[bytes.clone()],
            found: Vec::new(),
        };
        let goes_on =
            open.is_some_and(|mark: Mark| scan.text.starts_with(|it| mark.is_reopened_by(it)));
        open = scan.run(open.filter(|_| goes_on));
        for (number, span) in scan.found.into_iter().enumerate() {
            if number > 0 || !goes_on || wholes == 0 {
                wholes += 1;
            }
            let span = bytes.start + span.start..bytes.start + span.end;
            for (index, sentence) in paragraph.iter().enumerate() {
                let start = span.start.max(sentence.bytes.start);
                let end = span.end.min(sentence.bytes.end);
                if start < end {
                    parts[first + index].push(Quotation {
                        bytes: start..end,
                        whole: wholes - 1,
                    });
                }
            }
        }
    }
    parts
}

/// Bytes that a mark may start with.
const MARKS: ByteSet = byte_set!(b'"' | b'\'' | b'`' | 0xc0..);

/// The quotations of one paragraph.
struct Scan<'a> {
    text: &'a str,
    found: Vec<Range<usize>>,
}

impl Scan<'_> {
    /// Finds them, the first of which goes on from the paragraph before if that left one open, and gives what opened
    /// the one that the paragraph leaves open.
    fn run(&mut self, reopened: Option<Mark>) -> Option<Mark> {
        let mut open: Option<(Mark, usize)> = None;
        let mut go_on = 0;
        while let Some(at) = self.next_mark(go_on) {
            let mut chars = self.text[at..].chars();
            let Some(char) = chars.next() else {
                break;
            };
            let (previous, next) = (self.text[..at].chars().next_back(), chars.next());
            let behind = at + char.len_utf8();
            go_on = behind;
            if at == 0
                && let Some(mark) = reopened
            {
                go_on = behind + usize::from(mark == Mark::Doubled && next == Some(char));
                open = Some((mark, go_on));
                continue;
            }
            match open {
                Some((mark, from)) if mark.is_closed_by(char) => {
                    let closes = match mark {
                        Mark::Straight => !opens(previous, next),
                        Mark::Single => closes_single(previous, next) == Closes::Surely,
                        Mark::Doubled => next == Some('\''),
                        _ => true,
                    };
                    if closes {
                        self.found.push(from..at);
                        open = None;
                        go_on = behind + usize::from(mark == Mark::Doubled);
                    } else if mark == Mark::Straight {
                        self.give_up(mark, from, at);
                        open = Some((mark, behind));
                    }
                }
                Some((mark @ (Mark::Curly | Mark::Straight), from)) if char == '“' => {
                    self.give_up(mark, from, at);
                    open = Some((Mark::Curly, behind));
                }
                Some(_) => {}
                None => match self.opening(char, at, previous, next) {
                    Some(Mark::Single) => match self.end_of_single(char, behind) {
                        Some(end) => {
                            self.found.push(behind..end);
                            go_on = end + 1;
                        }
                        None if at == 0 && char == '‘' => open = Some((Mark::Single, behind)),
                        None => {}
                    },
                    Some(Mark::Doubled) => {
                        go_on = behind + 1;
                        open = Some((Mark::Doubled, go_on));
                    }
                    Some(mark) => open = Some((mark, behind)),
                    None => {}
                },
            }
        }
        let (mark, from) = open?;
        let found = self.found.len();
        self.give_up(mark, from, self.text.len());
        (self.found.len() > found).then_some(mark)
    }

    /// Where the first character from a byte on stands that may be a mark. A paragraph's first may be any: it may go on with a
    /// quotation.
    fn next_mark(&self, from: usize) -> Option<usize> {
        let rest = &self.text.as_bytes()[from..];
        let at = match from {
            0 => 0,
            _ => from + MARKS.before(rest),
        };
        (at < self.text.len()).then_some(at)
    }

    /// The mark that a character opens a quotation with where none is open.
    fn opening(
        &self,
        char: char,
        at: usize,
        previous: Option<char>,
        next: Option<char>,
    ) -> Option<Mark> {
        let starts = previous.is_none_or(|it| !it.is_alphanumeric());
        match char {
            '“' | '‟' => Some(Mark::Curly),
            // Set by a program that took the start of a line for the end of a word.
            '”' if previous.is_none_or(|it| it == '\n')
                && next.is_some_and(char::is_alphabetic) =>
            {
                self.text[at + char.len_utf8()..]
                    .contains('”')
                    .then_some(Mark::Curly)
            }
            '„' => Some(Mark::Low),
            '«' => Some(Mark::Guillemet),
            '»' if starts && next.is_some_and(char::is_alphanumeric) => {
                self.text[at..].contains('«').then_some(Mark::Inward)
            }
            // 12" and 5'11" are measures.
            '"' if previous.is_some_and(char::is_numeric)
                && !next.is_some_and(char::is_alphanumeric) =>
            {
                None
            }
            '"' if next.is_some_and(|it| !it.is_whitespace()) => Some(Mark::Straight),
            '"' if previous.is_none_or(char::is_whitespace)
                && self.text[at + 1..].contains('"') =>
            {
                Some(Mark::Straight)
            }
            '\'' | '`' if starts && next == Some(char) => {
                let behind = &self.text[at + 2..];
                let opens = behind.starts_with(char::is_alphanumeric);
                (opens && behind.contains("''")).then_some(Mark::Doubled)
            }
            '‘' if starts && next.is_some_and(|it| !it.is_whitespace()) => Some(Mark::Single),
            '\'' if starts && next.is_some_and(|it| it.is_alphabetic() || it == '"') => {
                Some(Mark::Single)
            }
            _ => None,
        }
    }

    /// Where a single quotation ends that starts here. The mark that closes it is an apostrophe, too: behind
    /// punctuation it closes, behind a letter unless it may be a plural's possessive and another mark follows.
    fn end_of_single(&self, opened: char, from: usize) -> Option<usize> {
        let mut perhaps = None;
        let mut previous = None;
        let mut chars = self.text[from..].char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            let before = previous.replace(char);
            let next = chars.peek().map(|&(_, next)| next);
            let closer = char == '’' || char == '\'' && opened == '\'';
            if closer && before.is_some() {
                match closes_single(before, next) {
                    Closes::Surely => return Some(from + at),
                    Closes::Perhaps => perhaps = perhaps.or(Some(from + at)),
                    Closes::No => {}
                }
            }
            if matches!(char, '‘' | '\'') && opens(before, next) && perhaps.is_some() {
                break;
            }
        }
        perhaps
    }

    /// What an unclosed mark opens: a quotation if it stands at the paragraph's start, is typographic or follows a
    /// lead-in, else nothing.
    fn give_up(&mut self, mark: Mark, from: usize, to: usize) {
        let before = self.text[..from]
            .trim_end_matches(['"', '“', '‘', '\''])
            .trim_end();
        let led_in = before.is_empty() || before.ends_with([':', ',']);
        if from < to && (led_in || !matches!(mark, Mark::Straight | Mark::Single)) {
            self.found.push(from..to);
        }
    }
}

/// Whether a mark between two characters looks as if it opened a quotation.
fn opens(previous: Option<char>, next: Option<char>) -> bool {
    previous.is_none_or(|it| it.is_whitespace() || matches!(it, '(' | '[' | '—' | '–'))
        && next.is_some_and(|it| !it.is_whitespace() && !matches!(it, '.' | ',' | ';' | ')' | ']'))
}

#[derive(PartialEq, Eq)]
enum Closes {
    Surely,
    Perhaps,
    No,
}

fn closes_single(previous: Option<char>, next: Option<char>) -> Closes {
    match (previous, next) {
        (Some(previous), _) if previous.is_whitespace() => Closes::No,
        (_, Some(next)) if next.is_alphanumeric() => Closes::No,
        (Some('s'), Some(' ')) => Closes::Perhaps,
        _ => Closes::Surely,
    }
}

#[cfg(test)]
mod tests {
    use crate::text::Document;

    /// Each part of a quotation, with its number.
    fn found(text: &str) -> Vec<String> {
        let document = Document::new(text, "");
        let quotations = document.quotations().iter();
        quotations
            .map(|it| format!("{}:{}", it.whole, &text[it.bytes.clone()]))
            .collect()
    }

    #[test]
    fn quotations_run_on_over_sentences_and_paragraphs() {
        let text = "He said: “We won. We did,” and left.";
        assert_eq!(found(text), ["0:We won.", "0:We did,"]);
        assert_eq!(
            found("“We won.\n\n“They left,” he said. “All.”"),
            ["0:We won.", "0:They left,", "1:All."]
        );
        assert_eq!(
            found("‘We won.\n\n‘They left,’ he said."),
            ["0:We won.", "0:They left,"]
        );
        assert_eq!(found("\"We won.\n\nThey left."), ["0:We won."]);
        assert_eq!(found("“We won.\n\nThey left."), ["0:We won."]);
    }

    #[test]
    fn marks_of_many_presses() {
        for (text, expected) in [
            (
                "‘We won,’ said Bob. 'Did they?' he asked.",
                vec!["0:We won,", "1:Did they?"],
            ),
            ("The leaders’ ‘deal’ isn’t Bob’s.", vec!["0:deal"]),
            ("”We won.” — Bob Ray", vec!["0:We won."]),
            (
                "He said ''we won,'' and ``they lost.''",
                vec!["0:we won,", "1:they lost."],
            ),
            (
                "‘The leaders’ deal is dead,’ he said.",
                vec!["0:The leaders’ deal is dead,"],
            ),
            (
                "The ‘experts’ met the ‘friends’ of Bob.",
                vec!["0:experts", "1:friends"],
            ),
            ("In the '90s the boys' club won; 'tis so.", vec![]),
            (
                "„We won,“ said Bob. „Ja”, he added.",
                vec!["0:We won,", "1:Ja"],
            ),
            (
                "« We won », said Bob; »ja« he added.",
                vec!["0: We won ", "1:ja"],
            ),
            (
                "“He called it ‘a win’,” said Bob.",
                vec!["0:He called it ‘a win’,"],
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn stray_marks_open_nothing() {
        for text in [
            "A 12\" gun and a 5'11\" man. They left. He won.",
            "» Bob left.\n» Ann stayed.",
            "He won\" and left. They stayed.",
            "He is 6\" tall. They left.",
            "It is\"\n\n\"",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
