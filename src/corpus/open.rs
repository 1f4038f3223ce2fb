//! Opening a file: bytes counted as they lie on disk, then decompressed. Names say how a file is
//! packed; standard input has no name, so its first bytes do.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bzip2::bufread::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use liblzma::bufread::XzDecoder;

use super::RejectedKind;
use super::format::Compression;
use super::input::InputFile;
use super::rejected::Fault;
use crate::error::in_words;

/// Bytes of a file, decompressed.
pub(super) type Bytes = Box<dyn BufRead + Send>;

const BUFFER: usize = 1 << 16;
/// RFC 1952, section 2.3.1.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b";
/// RFC 8878, section 3.1.1.
const ZSTD_MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";
const BZIP2_MAGIC: &[u8] = b"BZh";
/// The .xz file format 1.2.1, section 2.1.1.1.
const XZ_MAGIC: &[u8] = b"\xfd7zXZ\0";

/// Opens a file and unpacks it.
pub(super) fn open(file: &InputFile, counter: Arc<AtomicU64>) -> io::Result<Bytes> {
    let raw: Box<dyn Read + Send> = match &file.path {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(io::stdin()),
    };
    let mut raw = BufReader::with_capacity(BUFFER, Counted { raw, counter });
    let compression = match file.path {
        Some(_) => file.compression,
        None => compression_of(raw.fill_buf()?),
    };
    unpacked(Box::new(raw), compression)
}

/// The bytes of a packed file.
pub(super) fn unpacked(raw: Bytes, compression: Compression) -> io::Result<Bytes> {
    let mut bytes: Bytes = match compression {
        Compression::None => raw,
        Compression::Gzip => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw))),
        Compression::Zstd => Box::new(BufReader::with_capacity(
            BUFFER,
            zstd::stream::read::Decoder::with_buffer(raw)?,
        )),
        Compression::Bzip2 => Box::new(BufReader::with_capacity(BUFFER, MultiBzDecoder::new(raw))),
        Compression::Xz => Box::new(BufReader::with_capacity(
            BUFFER,
            XzDecoder::new_multi_decoder(raw),
        )),
    };
    // An empty or broken file shows here, not in the midst of a record.
    bytes.fill_buf()?;
    Ok(bytes)
}

fn compression_of(start: &[u8]) -> Compression {
    if start.starts_with(GZIP_MAGIC) {
        Compression::Gzip
    } else if start.starts_with(ZSTD_MAGIC) {
        Compression::Zstd
    } else if start.starts_with(BZIP2_MAGIC) {
        Compression::Bzip2
    } else if start.starts_with(XZ_MAGIC) {
        Compression::Xz
    } else {
        Compression::None
    }
}

/// Adds what passes to the count behind the progress bar.
struct Counted {
    raw: Box<dyn Read + Send>,
    counter: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.raw.read(buffer)?;
        self.counter.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// A line longer than this is no article: it is skipped, not held in memory.
pub(super) const LONGEST_LINE: usize = 64 << 20;

/// What [`next_line`] found.
pub(super) enum Line {
    /// The buffer holds a line, without its line break.
    Whole,
    /// The line was longer than [`LONGEST_LINE`]; the buffer holds none of it.
    TooLong,
    /// There are no more lines.
    End,
}

/// Reads one line into the buffer, which it clears first.
pub(super) fn next_line(bytes: &mut Bytes, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let limit = LONGEST_LINE as u64 + 1;
    if bytes.by_ref().take(limit).read_until(b'\n', line)? == 0 {
        return Ok(Line::End);
    }
    if line.len() > LONGEST_LINE && !line.ends_with(b"\n") {
        line.clear();
        skip_line(bytes)?;
        return Ok(Line::TooLong);
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    Ok(Line::Whole)
}

fn skip_line(bytes: &mut Bytes) -> io::Result<()> {
    loop {
        let buffer = bytes.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, done) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        bytes.consume(used);
        if done {
            return Ok(());
        }
    }
}

/// A file that cannot be read.
pub(super) fn unreadable(error: io::Error) -> Fault {
    let reason = format!("the file cannot be read: {}", in_words(&error));
    Fault::new(RejectedKind::Unreadable, reason)
}

/// A file that breaks off, or breaks.
pub(super) fn cut_off(error: io::Error) -> Fault {
    let reason = format!("the file cannot be read from here on: {}", in_words(&error));
    Fault::new(RejectedKind::Lost, reason)
}

/// A file on which the crate that reads it breaks.
pub(super) fn damaged(panic: &str) -> Fault {
    let reason = format!("the file is damaged, and cannot be read from here on: {panic}");
    Fault::new(RejectedKind::Lost, reason)
}

/// A record or text of more than [`LONGEST_LINE`] bytes.
pub(super) fn too_long(what: &str) -> Fault {
    let reason = format!("{what} of more than {} MiB; split it", LONGEST_LINE >> 20);
    Fault::new(RejectedKind::TooLong, reason)
}
