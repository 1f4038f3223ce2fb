//! What is known of all articles of a corpus: their ids, numbers and copies.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::copies::{Copies, Fingerprint};

/// An article's place in its corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number among the articles, from 1.
    pub number: u64,
    /// The first article that it is a copy of.
    pub copy_of: Option<String>,
}

/// The articles read so far.
///
/// 16 bytes an article, by which a repeated id is noticed, and about 60, by which a copy is.
#[derive(Default)]
pub(super) struct Ledger {
    ids: HashSet<[u8; 16]>,
    articles: u64,
    copies: Copies,
}

impl Ledger {
    /// Enters an article; `None` if another has its id.
    pub fn enter(&mut self, id: &str, fingerprint: &Fingerprint) -> Option<Entry> {
        let digest = Sha256::digest(id.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        if !self.ids.insert(key) {
            return None;
        }
        self.articles += 1;
        Some(Entry {
            number: self.articles,
            copy_of: self.copies.original(id, fingerprint),
        })
    }
}
