//! One reader for each format, told apart by the file's name and by marks of its content.

mod archives;
mod columns;
mod csv;
mod docx;
mod feed;
mod html;
mod json;
mod jsonl;
mod pack;
mod page;
mod parquet;
mod record;
mod rtf;
mod txt;
mod warc;
mod xml;

use std::fs::File;
use std::io::{self, BufRead, Seek, Write};
use std::path::PathBuf;

use super::RejectedKind;
use super::encoding::decoded;
use super::fields::{Fields, Found};
use super::format::{Compression, Format};
use super::input::InputFile;
use super::open::{Bytes, unreadable};
use super::rejected::{Fault, Place};
use archives::ArchiveReader;

pub(super) use columns::{each_date, of_batches};

/// What a record gives: an article, or why there is none.
pub(super) type Read = Result<Found, Fault>;

/// A stream of records of one file.
///
/// Each format is one implementation. Those of formats that hold a file of many articles hold no more than one in memory.
pub(super) trait ArticleReader: Send {
    /// Where the next record is and what it gives; `None` at the end.
    fn next_record(&mut self) -> Option<(Place, Read)>;

    /// The file that the last record was in, if this one holds many.
    fn member(&self) -> Option<&str> {
        None
    }

    /// Files in this one that are of no known format, since the last call.
    fn skipped(&mut self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// A reader of a file.
///
/// # Errors
///
/// Why no record of it can be read.
pub(super) fn reader(
    file: &InputFile,
    bytes: Bytes,
    fields: Fields,
) -> Result<Box<dyn ArticleReader>, Fault> {
    match file.format {
        Format::Parquet => {
            return Ok(Box::new(parquet::reader(seekable(file, bytes)?, fields)?));
        }
        Format::Zip => {
            return Ok(Box::new(pack::PackReader::of_zip(
                file,
                seekable(file, bytes)?,
                fields,
            )));
        }
        Format::Tar => return Ok(Box::new(pack::PackReader::of_tar(file, bytes, fields))),
        Format::Docx => return docx::reader(txt::whole(bytes)?, fields),
        Format::Warc => return Ok(Box::new(warc::WarcReader::new(bytes, fields))),
        // Pages and XML say themselves which encoding they are in.
        Format::Html => return html::reader(&txt::whole(bytes)?, fields),
        Format::Xml => return xml::reader(&txt::whole(bytes)?, fields),
        Format::Txt | Format::Jsonl | Format::Json | Format::Csv | Format::Rtf => {}
    }
    let mut bytes = decoded(bytes, &fields.encodings).map_err(unreadable)?;
    let start = bytes.fill_buf().map_err(unreadable)?;
    Ok(match file.format {
        Format::Csv => Box::new(csv::CsvReader::new(bytes, fields)?),
        Format::Rtf => rtf::reader(&txt::whole(bytes)?, fields)?,
        // Excel calls it "Unicode Text".
        Format::Txt if csv::is_tab_separated(start, &fields) => {
            Box::new(csv::CsvReader::new(bytes, fields)?)
        }
        Format::Txt => match archives::kind_of(&String::from_utf8_lossy(start)) {
            Some(kind) => Box::new(ArchiveReader::new(kind, txt::whole(bytes)?, fields)?),
            None => Box::new(txt::TxtReader::new(bytes, file, fields)),
        },
        _ if is_lines(start) => Box::new(jsonl::JsonlReader::new(bytes, fields)),
        _ => Box::new(json::JsonReader::new(bytes, fields)),
    })
}

/// Whether a file of JSON has one object a line. What opens with neither an object nor an array is read by lines, so that each is
/// told.
fn is_lines(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    let line = start
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    match line.first() {
        Some(b'[') => false,
        // A first line that goes on beyond what was read is no line of a pretty-printed object.
        Some(b'{') => line.len() > 1 && (line.ends_with(b"}") || line.len() == start.len()),
        _ => true,
    }
}

/// A file that can be read in any order: itself, or a copy if it is packed or comes through a pipe.
fn seekable(file: &InputFile, mut bytes: Bytes) -> Result<File, Fault> {
    if let (Some(path), Compression::None) = (&file.path, file.compression) {
        return File::open(path).map_err(unreadable);
    }
    let mut copied = || -> io::Result<File> {
        let mut copy = tempfile::tempfile()?;
        io::copy(&mut bytes, &mut copy)?;
        copy.flush()?;
        copy.rewind()?;
        Ok(copy)
    };
    copied().map_err(unreadable)
}

/// Nothing that can be an article.
fn no_text(what: &str) -> Fault {
    Fault::new(RejectedKind::NoText, format!("no text: {what}"))
}
