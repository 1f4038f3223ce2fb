//! Lines and paragraphs: which line breaks end a sentence whatever stands before them.

use std::ops::Range;

use super::chars::{CharText, is_closer, is_terminator};

/// A stretch of text that no sentence crosses.
pub(super) struct Block {
    pub range: Range<usize>,
    pub paragraph: usize,
}

/// Widths at which text is broken into lines by hand or by a mail program.
const WRAP_WIDTHS: std::ops::RangeInclusive<usize> = 40..=120;
/// Fewer line breaks than this are no evidence of wrapping.
const FEWEST_WRAPS: usize = 3;

/// Splits a text into blocks at blank lines and at line breaks that are not mere wrapping.
pub(super) fn blocks(text: &CharText) -> Vec<Block> {
    let paragraphs = paragraphs(text);
    let width = wrap_width(text, &paragraphs);
    let mut blocks: Vec<Block> = Vec::new();
    let mut paragraph = 0;
    for lines in &paragraphs {
        let ends_with_stop = lines.last().is_some_and(|line| has_stop(text, line));
        for (index, line) in lines.iter().enumerate() {
            let joins = index > 0
                && (width.is_some_and(|width| is_wrap(text, &lines[index - 1], line, width))
                    || ends_with_stop && starts_lower(text, line));
            match blocks.last_mut() {
                Some(block) if joins => block.range.end = line.end,
                _ => {
                    blocks.push(Block {
                        range: line.clone(),
                        paragraph,
                    });
                    paragraph += 1;
                }
            }
        }
    }
    blocks
}

/// Non-blank lines, trimmed, grouped by the blank lines between them.
fn paragraphs(text: &CharText) -> Vec<Vec<Range<usize>>> {
    let mut paragraphs = vec![Vec::new()];
    let mut start = 0;
    let mut skip_line_feed = None;
    for at in text.line_breaks().iter().copied().chain([text.len()]) {
        let char = text.get(at);
        if skip_line_feed == Some(at) && char == Some('\n') {
            start = at + 1;
            continue;
        }
        skip_line_feed = (char == Some('\r')).then_some(at + 1);
        let line = text.trim(start..at);
        if !line.is_empty() {
            if let Some(lines) = paragraphs.last_mut() {
                lines.push(line);
            }
        } else if paragraphs.last().is_some_and(|lines| !lines.is_empty()) {
            paragraphs.push(Vec::new());
        }
        start = at + 1;
    }
    paragraphs
}

/// The line width of hard-wrapped text, if that is what this is.
fn wrap_width(text: &CharText, paragraphs: &[Vec<Range<usize>>]) -> Option<usize> {
    let width = paragraphs.iter().flatten().map(Range::len).max()?;
    if !WRAP_WIDTHS.contains(&width) {
        return None;
    }
    let breaks = paragraphs.iter().flat_map(|lines| lines.windows(2));
    let (mut all, mut wraps) = (0, 0);
    for pair in breaks {
        all += 1;
        wraps += usize::from(is_wrap(text, &pair[0], &pair[1], width));
    }
    (wraps >= FEWEST_WRAPS && wraps * 5 >= all * 4).then_some(width)
}

/// Whether the next line's first word would not have fitted on this line.
fn is_wrap(text: &CharText, line: &Range<usize>, next: &Range<usize>, width: usize) -> bool {
    let word = text
        .slice(next.clone())
        .iter()
        .take_while(|char| !char.is_whitespace())
        .count();
    line.len() + 1 + word > width
}

fn has_stop(text: &CharText, line: &Range<usize>) -> bool {
    text.slice(line.clone())
        .iter()
        .rev()
        .find(|&&char| !is_closer(char))
        .is_some_and(|&char| is_terminator(char))
}

fn starts_lower(text: &CharText, line: &Range<usize>) -> bool {
    text.get(line.start).is_some_and(char::is_lowercase)
}
