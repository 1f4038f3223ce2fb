//! How a table is written: what is between its fields, and what is before marks within them.

use std::collections::VecDeque;
use std::io::{self, Read};

/// Marks that have a backslash before them as doubled marks, which the csv crate reads without touching other backslashes.
pub(super) struct Doubled<R> {
    inner: R,
    /// A backslash whose next byte is still to come.
    open: bool,
    /// Bytes that wait to be taken.
    ready: VecDeque<u8>,
}

impl<R: Read> Doubled<R> {
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            open: false,
            ready: VecDeque::new(),
        }
    }

    fn take(&mut self, byte: u8) {
        match (std::mem::take(&mut self.open), byte) {
            (true, b'"') => self.ready.extend(*b"\"\""),
            (true, byte) => self.ready.extend([b'\\', byte]),
            (false, b'\\') => self.open = true,
            (false, byte) => self.ready.push_back(byte),
        }
    }
}

impl<R: Read> Read for Doubled<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut chunk = [0; 1 << 13];
        while self.ready.is_empty() {
            let read = self.inner.read(&mut chunk)?;
            if read == 0 {
                if std::mem::take(&mut self.open) {
                    self.ready.push_back(b'\\');
                }
                break;
            }
            chunk[..read].iter().for_each(|&byte| self.take(byte));
        }
        self.ready.read(buffer)
    }
}

/// The most frequent of comma, semicolon, tab and bar in the header line, outside of quotation marks.
pub(super) fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                if let Some((_, count)) =
                    counts.iter_mut().find(|(delimiter, _)| *delimiter == byte)
                {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    let (delimiter, _) = counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .unwrap_or_default();
    delimiter
}

/// Whether marks inside quotations have a backslash before them (as MySQL and Python's csv write them), and are not doubled.
pub(super) fn is_escaped(start: &[u8], delimiter: u8) -> bool {
    // A backslash may end a text, too: what follows the mark tells.
    let goes_on = |window: &&[u8]| {
        window.starts_with(b"\\\"") && ![delimiter, b'\n', b'\r', b'"'].contains(&window[2])
    };
    let escaped = start.windows(3).filter(goes_on).count();
    let doubled = start
        .windows(4)
        .filter(|window| {
            &window[1..3] == b"\"\""
                && window[0] != b'\\'
                && ![delimiter, b'\n'].contains(&window[0])
                && window[3] != delimiter
        })
        .count();
    escaped > doubled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_delimiter() {
        assert_eq!(delimiter(b"id,title,text\n;;;;;;;;"), b',');
        assert_eq!(delimiter(b"id;title;text\n"), b';');
        assert_eq!(delimiter(b"id\ttitle, short\ttext"), b'\t');
        assert_eq!(delimiter(b"text"), b',');
        assert_eq!(delimiter(b"id;\"text, cut, at 5,000\";url"), b';');
        assert_eq!(delimiter(b"id|date|text\n"), b'|');
    }

    #[test]
    fn escaped_marks_are_doubled_across_reads() {
        let text = b"a \\\"b\\\" \\n c:\\\\\" d\\";
        let mut doubled = Vec::new();
        for byte_by_byte in [false, true] {
            doubled.clear();
            let mut reader = Doubled::new(&text[..]);
            let mut one = [0];
            while byte_by_byte && reader.read(&mut one).unwrap() > 0 {
                doubled.push(one[0]);
            }
            reader.read_to_end(&mut doubled).unwrap();
            assert_eq!(doubled, b"a \"\"b\"\" \\n c:\\\\\" d\\");
        }
    }

    #[test]
    fn backslashes_escape_if_marks_are_not_doubled() {
        assert!(is_escaped(
            b"id,text\n1,\"He said \\\"no\\\", twice.\"\n",
            b','
        ));
        assert!(!is_escaped(
            b"id,text\n1,\"He said \"\"no\"\", twice.\"\n",
            b','
        ));
        assert!(!is_escaped(b"id,path,text\n1,\"C:\\\",\"x\"\n", b','));
    }
}
