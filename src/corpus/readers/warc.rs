//! Web archives: the pages of a crawl, one record each (ISO 28500).

use std::io::{self, BufRead, Read as _};

use flate2::read::{DeflateDecoder, MultiGzDecoder};

use super::html::markup;
use super::page::article_of_page;
use super::{ArticleReader, Read, no_text};
use crate::corpus::RejectedKind;
use crate::corpus::fields::Fields;
use crate::corpus::open::{Bytes, LONGEST_LINE, cut_off, too_long};
use crate::corpus::rejected::{Fault, Place};
use crate::error::in_words;

/// Reads `.warc`. Of a record no more than its page is held in memory.
pub(super) struct WarcReader {
    bytes: Bytes,
    fields: Fields,
    record: u64,
    done: bool,
    /// A line that was read ahead.
    ahead: Option<Vec<u8>>,
}

/// A record's header.
#[derive(Default)]
struct Header {
    kind: String,
    address: Option<String>,
    /// Bytes of its content, if it says so.
    length: Option<u64>,
}

/// Longest line of a header.
const LONGEST_HEADER: u64 = 1 << 16;

impl WarcReader {
    pub fn new(bytes: Bytes, fields: Fields) -> Self {
        Self {
            bytes,
            fields,
            record: 0,
            done: false,
            ahead: None,
        }
    }

    /// The next header. What stands before it is skipped: lengths of some archives are wrong by a few bytes.
    fn header(&mut self) -> io::Result<Option<Header>> {
        loop {
            let Some(line) = self.line()? else {
                return Ok(None);
            };
            if line.starts_with("WARC/") || line.ends_with("WARC/1.0") || line.ends_with("WARC/1.1")
            {
                break;
            }
        }
        let mut header = Header::default();
        while let Some(line) = self.line()? {
            if line.is_empty() {
                return Ok(Some(header));
            }
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match &*name.trim().to_ascii_lowercase() {
                "warc-type" => header.kind = value.to_owned(),
                "warc-target-uri" => {
                    header.address = Some(value.trim_matches(['<', '>']).to_owned())
                }
                "content-length" => header.length = value.parse().ok(),
                _ => {}
            }
        }
        Ok(None)
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let line = self.raw_line()?;
        Ok(line.map(|line| String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    fn raw_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        let mut bytes = self.bytes.by_ref().take(LONGEST_HEADER);
        let read = bytes.read_until(b'\n', &mut line)?;
        Ok((read > 0).then_some(line))
    }

    /// The content of a record that does not say its length: all up to the next record.
    fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(line) = self.raw_line()? {
            if line.starts_with(b"WARC/1.") {
                self.ahead = Some(line);
                break;
            }
            if body.len() <= LONGEST_LINE {
                body.extend_from_slice(&line);
            }
        }
        Ok(body)
    }

    fn body(&mut self, length: Option<u64>) -> io::Result<Vec<u8>> {
        let Some(length) = length else {
            return self.rest();
        };
        let kept = length.min(LONGEST_LINE as u64 + 1);
        let mut body = Vec::new();
        self.bytes.by_ref().take(kept).read_to_end(&mut body)?;
        io::copy(
            &mut self.bytes.by_ref().take(length - kept),
            &mut io::sink(),
        )?;
        if (body.len() as u64) < kept {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(body)
    }

    fn article(&mut self, header: &Header, body: &[u8], place: Place) -> Option<Read> {
        if body.len() > LONGEST_LINE {
            return Some(Err(too_long("a page")));
        }
        let response = Response::of(body)?;
        if !response.is_page {
            return None;
        }
        let content = match response.content() {
            Ok(content) => content,
            Err(error) => {
                let reason = format!("the page cannot be unpacked: {}", in_words(&error));
                return Some(Err(Fault::new(RejectedKind::Unreadable, reason)));
            }
        };
        Some(self.page(header, &content, response.charset.as_deref(), place))
    }

    fn page(&self, header: &Header, content: &[u8], charset: Option<&str>, place: Place) -> Read {
        let page = markup(content, charset, &self.fields)?;
        let address = header.address.as_deref();
        let Some(raw) = article_of_page(&page, address) else {
            let page = address.unwrap_or("this page");
            return Err(no_text(&format!("{page} holds no article")));
        };
        self.fields.article(place, raw)
    }
}

impl ArticleReader for WarcReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        while !self.done {
            let header = match self.header() {
                Ok(Some(header)) => header,
                Ok(None) => return None,
                Err(error) => {
                    self.done = true;
                    return Some((Place::Record(self.record + 1), Err(cut_off(error))));
                }
            };
            self.record += 1;
            let place = Place::Record(self.record);
            let body = match self.body(header.length) {
                Ok(body) => body,
                Err(error) => {
                    self.done = true;
                    return Some((place, Err(cut_off(error))));
                }
            };
            if header.kind != "response" {
                continue;
            }
            if let Some(read) = self.article(&header, &body, place) {
                return Some((place, read));
            }
        }
        None
    }
}

/// What a server answered.
struct Response<'a> {
    is_page: bool,
    charset: Option<String>,
    chunked: bool,
    coding: String,
    body: &'a [u8],
}

impl<'a> Response<'a> {
    /// `None` if it is no answer, or one that says that there is no page.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|it| it == b"\r\n\r\n");
        let (head, body) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 4..]),
            None => {
                let end = bytes.windows(2).position(|it| it == b"\n\n")?;
                (&bytes[..end], &bytes[end + 2..])
            }
        };
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next()?.split_whitespace().nth(1)?;
        if !status.starts_with('2') {
            return None;
        }
        let mut response = Self {
            is_page: true,
            charset: None,
            chunked: false,
            coding: String::new(),
            body,
        };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim().to_ascii_lowercase();
            match &*name.to_ascii_lowercase() {
                "content-type" => {
                    response.is_page = value.starts_with("text/html") || value.contains("xhtml");
                    let charset = value.split_once("charset=").map(|(_, charset)| charset);
                    response.charset =
                        charset.map(|it| it.trim_matches(['"', '\'', ' ', ';']).to_owned());
                }
                "transfer-encoding" => response.chunked = value.contains("chunked"),
                "content-encoding" => response.coding = value,
                _ => {}
            }
        }
        Some(response)
    }

    /// The page, unpacked. Crawlers unpack pages and leave the header that says they are packed.
    fn content(&self) -> io::Result<Vec<u8>> {
        let joined = self.chunked.then(|| dechunked(self.body)).flatten();
        let body = joined.as_deref().unwrap_or(self.body);
        let mut content = Vec::new();
        let limit = LONGEST_LINE as u64;
        let unpacked = match &*self.coding {
            "gzip" | "x-gzip" if body.starts_with(b"\x1f\x8b") => MultiGzDecoder::new(body)
                .take(limit)
                .read_to_end(&mut content),
            "deflate" if !body.trim_ascii_start().starts_with(b"<") => DeflateDecoder::new(body)
                .take(limit)
                .read_to_end(&mut content),
            _ => return Ok(body.to_vec()),
        };
        unpacked?;
        Ok(content)
    }
}

/// The chunks of a body joined (RFC 9112, section 7.1); `None` if it has none.
fn dechunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut joined = Vec::new();
    loop {
        let end = body.iter().position(|&byte| byte == b'\n')?;
        let size = std::str::from_utf8(&body[..end]).ok()?.trim();
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        body = &body[end + 1..];
        if size == 0 {
            return Some(joined);
        }
        joined.extend_from_slice(body.get(..size)?);
        body = body[size..].trim_ascii_start();
    }
}
