//! The journal of a run: what is committed, so that a run that broke off can go on.
//!
//! A line an entry, each with a checksum: the first that does not fit is where the process was cut off, and what is behind it is not read.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::pipeline::Counts;

/// What a run is known by: whoever goes on with it must have the same of each, or the report would be made of two.
pub type Identity = BTreeMap<String, String>;

/// A short name of a run.
pub fn of_identity(identity: &Identity) -> String {
    let mut hash = Sha256::new();
    for (key, value) in identity {
        for part in [key, value] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    format!("{:x}", hash.finalize())
}

/// An entry.

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Entry {
    /// The first one.
    Begun {
        identity: Identity,
        /// In UTC.
        started: String,
    },
    /// Records from this place on are being scored.
    Attempt { record: u64, records: u64 },
    /// All records up to a place are scored and on the disk.
    Committed(Committed),
}

/// What is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Committed {
    /// Records of the input, articles and rejected ones.
    pub records: u64,
    /// Their digest, in hexadecimal digits.
    pub digest: String,
    /// Bytes of each file of facts, and their SHA-256.
    pub files: Vec<(u64, String)>,
    pub counts: Counts,
}

/// A journal that entries are added to.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins a journal with its first entry.
    pub fn create(path: &Path, first: &Entry) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        let mut journal = Self {
            file: file.map_err(Error::io(path))?,
            path: path.to_owned(),
        };
        journal.add(first)?;
        journal.sync()?;
        Ok(journal)
    }

    /// Opens a journal: its entries, and itself without what is behind them.
    pub fn open(path: &Path) -> Result<(Self, Vec<Entry>)> {
        let io = || Error::io(path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(io())?;
        let (mut entries, mut length, mut line) = (Vec::new(), 0, Vec::new());
        let mut reader = BufReader::new(&file);
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(io())?;
            let Some(entry) = parse(&line) else {
                break;
            };
            entries.push(entry);
            length += read as u64;
        }
        file.set_len(length).map_err(io())?;
        file.seek(SeekFrom::End(0)).map_err(io())?;
        let path = path.to_owned();
        Ok((Self { file, path }, entries))
    }

    /// Adds an entry, which a kill of the process does not take away.
    pub fn add(&mut self, entry: &Entry) -> Result<()> {
        let json = serde_json::to_string(entry).map_err(|it| Error::io(&self.path)(it.into()))?;
        let line = format!("{} {json}\n", checksum(json.as_bytes()));
        self.file
            .write_all(line.as_bytes())
            .map_err(Error::io(&self.path))
    }

    /// Makes what was added outlast a loss of power.
    pub fn sync(&mut self) -> Result<()> {
        self.file.sync_data().map_err(Error::io(&self.path))
    }
}

/// The entry of a line; `None` if the line is not whole.
fn parse(line: &[u8]) -> Option<Entry> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, json) = line.split_at_checked(CHECKSUM_DIGITS)?;
    let json = json.strip_prefix(b" ")?;
    (sum == checksum(json).as_bytes()).then(|| serde_json::from_slice(json).ok())?
}

const CHECKSUM_DIGITS: usize = 16;

fn checksum(bytes: &[u8]) -> String {
    let mut digits = format!("{:x}", Sha256::digest(bytes));
    digits.truncate(CHECKSUM_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_and_all_behind_it_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let begun = Entry::Begun {
            identity: Identity::from([("model".to_owned(), "fast\n".to_owned())]),
            started: "now".to_owned(),
        };
        let attempt = |record| Entry::Attempt { record, records: 1 };
        let mut journal = Journal::create(&path, &begun).unwrap();
        journal.add(&attempt(1)).unwrap();
        journal.add(&attempt(2)).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let lines: Vec<usize> = (1..=whole.len())
            .filter(|&at| whole[at - 1] == b'\n')
            .collect();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, entries) = Journal::open(&path).unwrap();
            let complete = lines.iter().filter(|&&end| end <= cut).count();
            assert_eq!(entries.len(), complete, "{cut}");
            journal.add(&attempt(9)).unwrap();
            let (_, entries) = Journal::open(&path).unwrap();
            assert_eq!(
                (entries.len(), entries.last()),
                (complete + 1, Some(&attempt(9)))
            );
        }
        let mut changed = whole.clone();
        changed[lines[0] + 20] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1, [begun]);
    }
}
