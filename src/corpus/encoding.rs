//! Bytes as text: UTF-8, and what older programs wrote instead.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader};
use std::sync::Mutex;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::RejectedKind;
use super::open::Bytes;
use super::rejected::Fault;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How many files or records are in which encoding other than UTF-8.
#[derive(Debug, Default)]
pub(super) struct Encodings {
    found: Mutex<Vec<(&'static str, u64)>>,
}

impl Encodings {
    fn count(&self, encoding: &'static Encoding) {
        let mut found = self
            .found
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match found.iter_mut().find(|(name, _)| *name == encoding.name()) {
            Some((_, count)) => *count += 1,
            None => found.push((encoding.name(), 1)),
        }
    }

    /// The encodings by name: of UTF-16 the files, of Windows-1252 the records.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let found = self
            .found
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut counts = found.clone();
        counts.sort_unstable();
        counts
    }
}

/// The bytes of a file in UTF-8, without a byte order mark, as far as the file is in one encoding.
pub(super) fn decoded(mut bytes: Bytes, encodings: &Encodings) -> io::Result<Bytes> {
    let start = bytes.fill_buf()?;
    if start.starts_with(BYTE_ORDER_MARK) {
        bytes.consume(BYTE_ORDER_MARK.len());
        return Ok(bytes);
    }
    let Some(encoding) = utf16(start) else {
        return Ok(bytes);
    };
    encodings.count(encoding);
    let decoder = DecodeReaderBytesBuilder::new()
        .encoding(Some(encoding))
        .bom_override(true)
        .build(bytes);
    Ok(Box::new(BufReader::new(decoder)))
}

/// A whole text, in any of these encodings.
pub(super) fn read_whole(bytes: &[u8]) -> Result<String, Fault> {
    if let Some(encoding) = utf16(bytes) {
        return Ok(encoding.decode_with_bom_removal(bytes).0.into_owned());
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    text_of(bytes, &Encodings::default()).map(Cow::into_owned)
}

/// The form of UTF-16 that a file is in, by its mark or by where its zeros are.
fn utf16(start: &[u8]) -> Option<&'static Encoding> {
    match start {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let pairs = start.len().min(4096) / 2;
    let zeros = |at: usize| {
        start[..pairs * 2]
            .chunks(2)
            .filter(|pair| pair[at] == 0)
            .count()
    };
    let (high, low) = (zeros(0), zeros(1));
    // Latin letters have one zero in each pair.
    let mostly =
        |zeros: usize, others: usize| pairs >= 4 && zeros * 10 > pairs * 7 && others * 20 < pairs;
    if mostly(low, high) {
        Some(UTF_16LE)
    } else if mostly(high, low) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The text of a record: UTF-8, else Windows-1252 (which Latin-1 is part of) if that makes words of it.
///
/// # Errors
///
/// Bytes that are neither, and zeros, which no text has.
pub(super) fn text_of<'a>(bytes: &'a [u8], encodings: &Encodings) -> Result<Cow<'a, str>, Fault> {
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        let reason = format!(
            "no text: byte 0 at position {}; if this is UTF-16 or UTF-32, convert it, for example with iconv -t UTF-8",
            at + 1
        );
        return Err(Fault::new(RejectedKind::Encoding, reason));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if is_windows_1252(bytes) => {
            encodings.count(WINDOWS_1252);
            Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0)
        }
        Err(error) => Err(not_utf8(bytes, error)),
    }
}

/// Whether bytes that are not UTF-8 read well in Windows-1252: its letters stand at others, its marks are those of print,
/// and no character of UTF-8 is among them.
fn is_windows_1252(bytes: &[u8]) -> bool {
    let letter =
        |byte: Option<&u8>| byte.is_some_and(|&byte| byte.is_ascii_alphabetic() || byte >= 0xc0);
    let reads_well = |(at, &byte): (usize, &u8)| match byte {
        0..0x80 => true,
        // € … ‘ ’ “ ” • – — ™ and Š š Œ œ Ž ž
        0x80 | 0x85 | 0x8a | 0x8c | 0x8e | 0x91..=0x97 | 0x99 | 0x9a | 0x9c | 0x9e => true,
        0xa0..=0xbf => true,
        0xc0..=0xfd => {
            letter(at.checked_sub(1).and_then(|at| bytes.get(at))) || letter(bytes.get(at + 1))
        }
        _ => false,
    };
    bytes.iter().enumerate().all(reads_well)
        && !bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

/// Bytes that are not UTF-8.
fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Fault {
    let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
    let reason = format!(
        "invalid UTF-8: byte 0x{byte:02x} at position {}; convert it, for example with iconv -t UTF-8",
        error.valid_up_to() + 1
    );
    Fault::new(RejectedKind::Encoding, reason)
}

/// A text file of a few encodings as text, or why it is none.
pub(crate) fn text_of_file(bytes: &[u8]) -> Result<String, String> {
    read_whole(bytes).map_err(|fault| fault.reason)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn utf_16_is_read_with_and_without_a_mark() {
        let text = "id,text\n1,“Merz” met Tusk.\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = [b"\xff\xfe", &*little].concat();
        for bytes in [little, big, marked, text.as_bytes().to_vec()] {
            let encodings = Encodings::default();
            let mut read = String::new();
            let bytes: Bytes = Box::new(io::Cursor::new(bytes));
            decoded(bytes, &encodings)
                .unwrap()
                .read_to_string(&mut read)
                .unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn windows_1252_is_read_and_noise_is_not() {
        let encodings = Encodings::default();
        let read = |bytes: &[u8]| text_of(bytes, &encodings).map(Cow::into_owned);
        assert_eq!(
            read(b"\x93Caf\xe9,\x94 he said \x96 \x805.").unwrap(),
            "“Café,” he said – €5."
        );
        assert_eq!(encodings.counts(), [("windows-1252", 1)]);
        for noise in [
            b"a \xff b" as &[u8],
            b"caf\xe9 caf\xc3\xa9",
            b"a\0b",
            b"a \xe9 b",
        ] {
            assert!(read(noise).is_err(), "{noise:?}");
        }
        assert!(
            read(b"a\xffb")
                .unwrap_err()
                .reason
                .contains("0xff at position 2")
        );
    }
}
