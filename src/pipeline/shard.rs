//! A part of a corpus, for one of several machines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::corpus::Record;

/// One of so many parts of a corpus. Which part an article is in depends on its id alone, so all parts together are the corpus.
///
/// ```
/// use newstance::pipeline::Shard;
///
/// let shard: Shard = "2/3".parse().unwrap();
/// assert_eq!((shard.index, shard.count), (2, 3));
/// assert!("4/3".parse::<Shard>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which it is, from 1.
    pub index: u64,
    /// How many there are.
    pub count: u64,
}

impl Shard {
    /// Whether a record is in this part.
    pub fn holds(&self, record: &Record) -> bool {
        let digest = match record {
            Ok(article) => Sha256::digest(article.id.as_bytes()),
            Err(rejected) => Sha256::digest(format!("{} {}", rejected.input, rejected.place)),
        };
        let mut start = [0; 8];
        start.copy_from_slice(&digest[..8]);
        u64::from_le_bytes(start) % self.count == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let numbers =
            parts.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err("write it like 2/8: the second of eight".to_owned()),
        }
    }
}
