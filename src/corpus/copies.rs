//! Copies: articles that many outlets print, and those that are printed again with a few words changed.
//!
//! Texts are compared by the smallest hashes of their runs of four words (MinHash: Broder, "On the resemblance and containment of
//! documents", 1997), looked up by bands of them. Memory grows by about 60 bytes an article, whatever its length.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use hashbrown::HashTable;

use super::Article;
use crate::text::{WORD_STARTS, word};

/// Hashes of a text, and of each band of them.
pub(super) const HASHES: usize = 12;
const BANDS: usize = 3;
const ROWS: usize = HASHES / BANDS;
/// Words of a run.
const RUN: usize = 4;
/// Hashes that near copies share: nine of ten runs, or thereabouts.
const SHARED: usize = 10;
/// Texts of fewer words are copies only if they are the same.
const FEWEST_WORDS: usize = 20;
/// Near copies are printed within so many days.
const DAYS: i32 = 7;

pub(super) type Signature = [u16; HASHES];

/// What an article is known by among copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// The smallest hashes of its runs of words, and the number of words; `None` without a word.
    pub signature: Option<(Signature, usize)>,
    /// The day of publication, in days since 1970.
    pub day: Option<i32>,
}

impl Fingerprint {
    pub fn of(article: &Article) -> Self {
        Self {
            signature: signature(&article.text[article.headline.end..]),
            day: article.published.map(|published| day_of(published.date())),
        }
    }
}

/// The articles read so far, without copies.
pub(super) struct Copies {
    signatures: Vec<Signature>,
    /// Days of publication since 1970.
    days: Vec<Option<i32>>,
    ids: Ids,
    /// For each band of each text, the text's number and the band's.
    bands: HashTable<u32>,
}

impl Default for Copies {
    fn default() -> Self {
        Self {
            signatures: Vec::new(),
            days: Vec::new(),
            ids: Ids::default(),
            bands: HashTable::new(),
        }
    }
}

impl Copies {
    /// The id of the first article that this one is a copy of. What is no copy is remembered.
    pub fn original(&mut self, id: &str, fingerprint: &Fingerprint) -> Option<String> {
        let (signature, words) = fingerprint.signature?;
        let day = fingerprint.day;
        let mut originals: Vec<u32> = (0..BANDS)
            .filter_map(|band| self.known(&signature, band))
            .collect();
        originals.sort_unstable();
        for original in originals {
            let other = &self.signatures[original as usize];
            let shared = signature.iter().zip(other).filter(|(a, b)| a == b).count();
            let apart = match (day, self.days[original as usize]) {
                (Some(one), Some(other)) => (one - other).abs(),
                _ => 0,
            };
            if shared == HASHES || shared >= SHARED && words >= FEWEST_WORDS && apart <= DAYS {
                return self.ids.get(original as usize);
            }
        }
        let number = u32::try_from(self.signatures.len())
            .ok()
            .filter(|it| *it < u32::MAX / BANDS as u32)?;
        self.signatures.push(signature);
        self.days.push(day);
        self.ids.push(id);
        for band in 0..BANDS {
            if self.known(&signature, band).is_none() {
                let signatures = &self.signatures;
                let hash = |entry: &u32| {
                    let (number, band) = entry_of(*entry);
                    hash_of(&signatures[number], band)
                };
                let entry = number * BANDS as u32 + band as u32;
                self.bands
                    .insert_unique(hash_of(&signature, band), entry, hash);
            }
        }
        None
    }

    /// The first text that shares a band.
    fn known(&self, signature: &Signature, band: usize) -> Option<u32> {
        let same = |entry: &u32| {
            let (number, other) = entry_of(*entry);
            other == band && rows(&self.signatures[number], band) == rows(signature, band)
        };
        let entry = self.bands.find(hash_of(signature, band), same)?;
        Some(entry / BANDS as u32)
    }
}

fn entry_of(entry: u32) -> (usize, usize) {
    (entry as usize / BANDS, entry as usize % BANDS)
}

fn rows(signature: &Signature, band: usize) -> &[u16] {
    &signature[band * ROWS..(band + 1) * ROWS]
}

fn hash_of(signature: &Signature, band: usize) -> u64 {
    let rows = rows(signature, band).iter();
    rows.fold(band as u64 + 1, |hash, row| mixed(hash ^ u64::from(*row)))
}

/// A bijection that spreads its input over all bits (the finalizer of SplitMix64: Steele et al., OOPSLA 2014).
const fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The smallest hashes of a text's runs of words, whatever their case and punctuation, and the number of words.
fn signature(text: &str) -> Option<(Signature, usize)> {
    let hashes = hashes_of_words(text);
    if hashes.is_empty() {
        return None;
    }
    let mut smallest = [u64::MAX; HASHES];
    for run in hashes.windows(RUN.min(hashes.len())) {
        let run = run
            .iter()
            .fold(0, |hash: u64, word| hash.rotate_left(16) ^ word);
        let run = mixed(run);
        for (factor, smallest) in FACTORS.iter().zip(&mut smallest) {
            *smallest = run.wrapping_mul(*factor).min(*smallest);
        }
    }
    Some((smallest.map(|hash| mixed(hash) as u16), hashes.len()))
}

/// Odd, and of no common pattern: products of a hash with them are hashes of their own, in orders that have nothing to do with one
/// another (multiplicative hashing: Dietzfelbinger et al., "A reliable randomized algorithm for the closest-pair problem", 1997).
const FACTORS: [u64; HASHES] = {
    let mut factors = [0; HASHES];
    let mut number = 0;
    while number < HASHES {
        factors[number] = mixed(number as u64 + 1) | 1;
        number += 1;
    }
    factors
};

/// A hash of each word in lower case.
fn hashes_of_words(text: &str) -> Vec<u64> {
    let bytes = text.as_bytes();
    let mut hashes = Vec::with_capacity(text.len() / 5);
    let mut at = 0;
    loop {
        at += WORD_STARTS.before(&bytes[at..]);
        let word = word(&text[at..]);
        if word.is_empty() {
            // Another character beyond ASCII, or the end.
            let Some(other) = text[at..].chars().next() else {
                return hashes;
            };
            at += other.len_utf8();
            continue;
        }
        hashes.push(match word.is_ascii() {
            true => hash_of_word(&bytes[at..], word.len()),
            false => {
                let lower = word.to_lowercase();
                hash_of_word(lower.as_bytes(), lower.len())
            }
        });
        at += word.len();
    }
}

/// A hash of the word that some bytes start with, eight bytes at a time, multiplied as in FNV-1a. Of letters and digits of ASCII
/// only capitals lack the bit by which they become small.
fn hash_of_word(bytes: &[u8], length: usize) -> u64 {
    const SMALL: u64 = u64::from_ne_bytes([0x20; 8]);
    let mut hash = length as u64;
    for at in (0..length).step_by(8) {
        let eight = match bytes[at..].first_chunk() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => {
                let rest = bytes[at..].iter().rev();
                rest.fold(0, |eight, &byte| eight << 8 | u64::from(byte))
            }
        };
        let beyond = 64_usize.saturating_sub((length - at) * 8);
        let eight = (eight | SMALL) << beyond;
        hash = (hash ^ eight).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    }
    mixed(hash)
}

fn day_of(date: jiff::civil::Date) -> i32 {
    let first = jiff::civil::date(1970, 1, 1);
    first.until(date).map_or(0, |span| span.get_days())
}

/// Names in the order in which they came, most of them in a temporary file.
#[derive(Default)]
struct Ids {
    /// Where each name starts.
    starts: Vec<u64>,
    file: Option<File>,
    /// Bytes in the file, and those behind them.
    written: u64,
    tail: Vec<u8>,
}

/// Bytes of names that are kept in memory.
const TAIL: usize = 1 << 20;

impl Ids {
    fn push(&mut self, id: &str) {
        self.starts.push(self.written + self.tail.len() as u64);
        self.tail.extend_from_slice(id.as_bytes());
        // Where no file can be written, names stay in memory.
        if self.tail.len() >= TAIL && self.write().is_ok() {
            self.written += self.tail.len() as u64;
            self.tail.clear();
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.tail)
    }

    fn get(&mut self, number: usize) -> Option<String> {
        let start = self.starts[number];
        let all = self.written + self.tail.len() as u64;
        let end = self.starts.get(number + 1).copied().unwrap_or(all);
        let mut id = vec![0; usize::try_from(end - start).ok()?];
        if start >= self.written {
            let at = usize::try_from(start - self.written).ok()?;
            let length = id.len();
            id.copy_from_slice(&self.tail[at..at + length]);
        } else {
            let file = self.file.as_mut()?;
            file.seek(SeekFrom::Start(start)).ok()?;
            file.read_exact(&mut id).ok()?;
        }
        String::from_utf8(id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Published;

    const STORY: &str = "The chancellor met the prime minister in Berlin on Friday, and both said that the talks about the border \
        had been long, open and hard. They will meet again in Warsaw before the summer, officials said, to sign a treaty on \
        trade that has been in the making for four years and that neither of them had wanted at first.";

    fn article(id: &str, text: &str, date: &str) -> Article {
        Article {
            id: id.to_owned(),
            published: Some(Published::parse(date).unwrap()),
            ..Article::of_text(text)
        }
    }

    #[test]
    fn copies_name_the_first() {
        let mut copies = Copies::default();
        let updated = format!(
            "{} Nobody else was there.",
            STORY.replace("Friday", "Thursday")
        );
        let other = STORY
            .replace("border", "river")
            .replace("Berlin", "Rome")
            .replace("four", "six")
            .replace("treaty", "note")
            .replace("Friday", "Monday");
        for (id, text, date, original) in [
            ("a", STORY, "2024-05-01", None),
            ("b", &*STORY.to_uppercase(), "2026-05-01", Some("a")),
            ("c", &*updated, "2024-05-03", Some("a")),
            ("d", &*updated, "2024-06-03", None),
            ("e", &*other, "2024-05-01", None),
            ("f", "Merz met Tusk.", "2024-05-01", None),
            ("g", "Merz met Tusk!", "2024-05-01", Some("f")),
            ("h", "Merz met Tusk and Rutte.", "2024-05-01", None),
            ("i", "—", "2024-05-01", None),
        ] {
            let found = copies.original(id, &Fingerprint::of(&article(id, text, date)));
            assert_eq!(found.as_deref(), original, "{id}");
        }
    }

    #[test]
    fn words_have_a_hash_whatever_their_case_and_what_follows() {
        let same = |a: &str, b: &str| hashes_of_words(a) == hashes_of_words(b);
        for word in [
            "a",
            "Berlin",
            "parliament",
            "2024s",
            "extraordinarily",
            "Élysée",
            "naïve",
        ] {
            let alone = hashes_of_words(word);
            assert_eq!(alone.len(), 1, "{word}");
            for text in [
                format!("{word}."),
                format!("“{word}” — "),
                format!("  {word}, ("),
            ] {
                assert_eq!(hashes_of_words(&text), alone, "{text}");
            }
            assert!(same(word, &word.to_lowercase()), "{word}");
            assert_eq!(hashes_of_words(&format!("{word} {word}x")).len(), 2);
            assert!(!same(word, &format!("{word}x")), "{word}");
        }
        assert!(same("MÜNCHEN-OST", "München, Ost"));
        assert!(!same("parliament", "parliamens"));
    }

    #[test]
    fn names_beyond_memory_are_found() {
        let mut ids = Ids::default();
        let name = |at: usize| format!("{at}-{}", "é".repeat(300));
        for at in 0..5000 {
            ids.push(&name(at));
        }
        assert!(ids.written > 0 && ids.tail.len() < TAIL);
        for at in [0, 1, 1700, 1747, 1748, 3000, 4999] {
            assert_eq!(ids.get(at).unwrap(), name(at));
        }
    }
}
