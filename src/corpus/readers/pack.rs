//! Folders in one file: ZIP and tar. Members are unpacked as they are read, never to disk.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{ArticleReader, Read, reader};
use crate::corpus::fields::Fields;
use crate::corpus::format::{Format, by_extension};
use crate::corpus::input::InputFile;
use crate::corpus::open::{Bytes, cut_off, unpacked, unreadable};
use crate::corpus::rejected::{Fault, Place};
use crate::guard::guarded;

/// What the thread that unpacks sends.
enum Event {
    /// A member begins.
    Member(PathBuf),
    /// Bytes of it.
    Chunk(Vec<u8>),
    /// It ends, or breaks.
    End(io::Result<()>),
}

/// Bytes of a chunk, and chunks on their way.
const CHUNK: usize = 1 << 16;
const CHUNKS_AHEAD: usize = 4;

/// Reads the members of a file, each by its own format.
pub(super) struct PackReader {
    name: String,
    relative: PathBuf,
    events: Arc<Mutex<Receiver<Event>>>,
    fields: Fields,
    current: Option<Box<dyn ArticleReader>>,
    member: String,
    /// Whether the member's end was read.
    ended: Arc<AtomicBool>,
    skipped: Vec<PathBuf>,
}

impl PackReader {
    pub fn of_zip(file: &InputFile, archive: File, fields: Fields) -> Self {
        Self::new(file, fields, move |events| unzip(archive, events))
    }

    pub fn of_tar(file: &InputFile, bytes: Bytes, fields: Fields) -> Self {
        Self::new(file, fields, move |events| untar(bytes, events))
    }

    fn new(
        file: &InputFile,
        fields: Fields,
        unpack: impl FnOnce(&SyncSender<Event>) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let (sender, events) = sync_channel(CHUNKS_AHEAD);
        thread::spawn(move || {
            let unpacked =
                guarded(|| unpack(&sender)).unwrap_or_else(|panic| Err(io::Error::other(panic)));
            // A receiver that is gone wants no more.
            if let Err(error) = unpacked
                && sender.send(Event::Member(PathBuf::new())).is_ok()
            {
                sender.send(Event::End(Err(error))).ok();
            }
        });
        Self {
            name: file.name.clone(),
            relative: file.relative.clone(),
            events: Arc::new(Mutex::new(events)),
            fields,
            current: None,
            member: String::new(),
            ended: Arc::new(AtomicBool::new(true)),
            skipped: Vec::new(),
        }
    }

    /// Reads what is left of a member.
    fn drain(&mut self) {
        self.current = None;
        while !self.ended.load(Ordering::Relaxed) {
            match received(&self.events) {
                Some(Event::End(_)) | None => self.ended.store(true, Ordering::Relaxed),
                Some(_) => {}
            }
        }
    }

    fn open(&mut self, path: &Path) -> Result<Option<Box<dyn ArticleReader>>, Fault> {
        self.ended.store(false, Ordering::Relaxed);
        let bytes: Bytes = Box::new(BufReader::with_capacity(
            CHUNK,
            Member {
                events: Arc::clone(&self.events),
                ended: Arc::clone(&self.ended),
                chunk: Vec::new(),
                used: 0,
            },
        ));
        if path.as_os_str().is_empty() {
            let is_first = self.member.is_empty();
            self.member.clone_from(&self.name);
            let mut bytes = bytes;
            return bytes.fill_buf().map(|_| None).map_err(match is_first {
                true => unreadable,
                false => cut_off,
            });
        }
        self.member = format!("{}/{}", self.name, path.display());
        let (format, compression) = by_extension(path);
        let hidden = path.components().any(|it| {
            let name = it.as_os_str().to_string_lossy();
            name.starts_with('.') || name == "__MACOSX"
        });
        let Some(format) =
            format.filter(|format| !hidden && !matches!(format, Format::Zip | Format::Tar))
        else {
            if !hidden {
                self.skipped.push(PathBuf::from(&self.member));
            }
            return Ok(None);
        };
        let file = InputFile {
            name: self.member.clone(),
            path: None,
            relative: self.relative.with_extension("").join(path),
            format,
            compression,
        };
        let bytes = unpacked(bytes, compression).map_err(unreadable)?;
        let fields = self.fields.of_file(&file.name);
        reader(&file, bytes, fields).map(Some)
    }
}

impl ArticleReader for PackReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        loop {
            if let Some(record) = self
                .current
                .as_mut()
                .and_then(|reader| reader.next_record())
            {
                return Some(record);
            }
            self.drain();
            let path = match received(&self.events)? {
                Event::Member(path) => path,
                Event::Chunk(_) | Event::End(_) => continue,
            };
            match self.open(&path) {
                Ok(current) => self.current = current,
                Err(fault) => return Some((Place::File, Err(fault))),
            }
        }
    }

    fn member(&self) -> Option<&str> {
        Some(&self.member)
    }

    fn skipped(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.skipped)
    }
}

/// What the thread sends next; nothing if it has ended.
fn received(events: &Mutex<Receiver<Event>>) -> Option<Event> {
    let events = events.lock().unwrap_or_else(PoisonError::into_inner);
    events.recv().ok()
}

/// The bytes of a member.
struct Member {
    events: Arc<Mutex<Receiver<Event>>>,
    ended: Arc<AtomicBool>,
    chunk: Vec<u8>,
    used: usize,
}

impl io::Read for Member {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.chunk.len() {
            if self.ended.load(Ordering::Relaxed) {
                return Ok(0);
            }
            match received(&self.events) {
                Some(Event::Chunk(chunk)) => (self.chunk, self.used) = (chunk, 0),
                Some(Event::End(result)) => {
                    self.ended.store(true, Ordering::Relaxed);
                    result?;
                }
                Some(Event::Member(_)) | None => {
                    self.ended.store(true, Ordering::Relaxed);
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        let size = buffer.len().min(self.chunk.len() - self.used);
        buffer[..size].copy_from_slice(&self.chunk[self.used..self.used + size]);
        self.used += size;
        Ok(size)
    }
}

/// Sends a member's bytes; whether more are wanted.
fn send(events: &SyncSender<Event>, path: PathBuf, mut bytes: impl io::Read) -> bool {
    if events.send(Event::Member(path)).is_err() {
        return false;
    }
    loop {
        let mut chunk = Vec::new();
        let end = match bytes.by_ref().take(CHUNK as u64).read_to_end(&mut chunk) {
            Ok(0) => Ok(()),
            Ok(_) => match events.send(Event::Chunk(chunk)) {
                Ok(()) => continue,
                Err(_) => return false,
            },
            Err(error) => Err(error),
        };
        return events.send(Event::End(end)).is_ok();
    }
}

fn unzip(archive: File, events: &SyncSender<Event>) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(BufReader::new(archive))?;
    let mut members: Vec<usize> = (0..archive.len()).collect();
    // By name, as folders are walked.
    members.sort_by_key(|&at| {
        let name = archive.name_for_index(at);
        name.and_then(Result::ok).map(|name| name.into_owned())
    });
    for at in members {
        let member = archive.by_index(at)?;
        if member.is_dir() {
            continue;
        }
        let path = PathBuf::from(&*String::from_utf8_lossy(member.name_raw()));
        if !send(events, path, member) {
            break;
        }
    }
    Ok(())
}

fn untar(bytes: Bytes, events: &SyncSender<Event>) -> io::Result<()> {
    let mut archive = tar::Archive::new(bytes);
    for member in archive.entries()? {
        let member = member?;
        if !member.header().entry_type().is_file() {
            continue;
        }
        let path = member.path()?.into_owned();
        if !send(events, path, member) {
            break;
        }
    }
    Ok(())
}
