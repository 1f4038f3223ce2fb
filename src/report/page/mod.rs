//! The page: one HTML file that holds everything it shows.
//!
//! Its reader selects actors, outlets, periods and voices, and all figures follow. So it holds sums that add up to those of any selection;
//! of small corpora the stances of each article, by which its scripts compute the intervals of the tables, digit for digit. It asks
//! nothing of a network: a content security policy forbids it, and with it every script but its own.

mod compared;
mod data;
mod evidence;
mod html;
mod method;
mod overview;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use self::data::{Data, Limits, Ranks, Sources};
pub(super) use self::html::is_page;
use self::overview::{Corpus, MOST_ACTORS, MOST_HOLDERS, MOST_OUTLETS, Overview};
use super::compare::{CompareBy, Comparison};
use super::facts::{FactSource, Facts, Scored};
use super::files::AtomicFile;
use crate::aggregate::Period;
use crate::error::{Error, ErrorKind, Result};

/// Bytes of a page at most.
pub const MOST_BYTES: usize = 2_000_000;

/// The page's file, unless another is asked for.
pub(super) const NAME: &str = "report.html";

/// What pages hold, in the order in which it is tried until one fits.
const LIMITS: [Limits; 6] = [
    limits(MOST_ACTORS, MOST_OUTLETS, MOST_HOLDERS, 3000),
    limits(MOST_ACTORS, MOST_OUTLETS, MOST_HOLDERS, 1200),
    limits(MOST_ACTORS, 20, MOST_HOLDERS, 500),
    limits(12, 20, 12, 500),
    limits(8, 10, 8, 300),
    limits(4, 6, 4, 100),
];

const fn limits(actors: usize, outlets: usize, holders: usize, sentences: usize) -> Limits {
    Limits {
        actors,
        outlets,
        holders,
        sentences,
    }
}

/// Writes the page of a scored corpus, and gives its path; a second one, an earlier one, is compared with it.
///
/// # Errors
///
/// [`ErrorKind::Facts`] if the facts of a folder do not fit each other or have no mention, [`ErrorKind::Output`] if a file that is
/// no page has the name, [`ErrorKind::Io`] if a file cannot be read or written.
pub fn write_page(
    scored: &Scored,
    compared: Option<&Scored>,
    period: Option<Period>,
    output: Option<&Path>,
) -> Result<PathBuf> {
    let default = match &scored.source {
        FactSource::Folder(folder) => folder.join(NAME),
        FactSource::Tables(_) => PathBuf::from(NAME),
    };
    let output = output.unwrap_or(&default);
    if output.exists() && !is_page(output) {
        return Err(Error::new(
            ErrorKind::Output,
            output.display().to_string(),
            "a page would replace this file, which is none of newstance's",
            "give another name with --output",
        ));
    }
    let html = page(scored, compared, period)?;
    let mut file = AtomicFile::at(output)?;
    file.write_all(html.as_bytes()).map_err(Error::io(output))?;
    file.publish()?;
    Ok(output.to_owned())
}

/// The page of a scored corpus, as HTML. Its periods are those of the run, unless others are given.
///
/// # Errors
///
/// Those of [`write_page`] but for its file.
pub fn page(scored: &Scored, compared: Option<&Scored>, period: Option<Period>) -> Result<String> {
    let manifest = Facts::open(scored)?.manifest;
    let corpus = Corpus::read(scored, period.unwrap_or(manifest.period))?;
    let overview = Overview::read(scored, &corpus)?;
    let ranks = Ranks::of(&overview);
    if overview.of_actors.iter().all(|it| it.articles == 0) {
        return Err(Error::new(
            ErrorKind::Facts,
            scored.name(),
            "there is no mention to show",
            "score a corpus that mentions an actor",
        ));
    }
    let actors = ranks.actors.iter().take(MOST_ACTORS);
    let actors = actors
        .map(|&at| (manifest.actors[at].id.clone(), at))
        .collect();
    let holders: HashSet<String> = ranks.holders.iter().take(MOST_HOLDERS).cloned().collect();
    let sentences = evidence::read(scored, &corpus, &actors, &holders)?;
    let comparison = compared.map(|before| Comparison::of(before, scored, CompareBy::Actor));
    let comparison = comparison.transpose()?;
    let sources = Sources {
        manifest: &manifest,
        corpus: &corpus,
        overview: &overview,
        ranks: &ranks,
        sentences: &sentences,
        comparison: comparison.as_ref(),
    };
    let mut pages = LIMITS
        .iter()
        .map(|&limits| html::page(&Data::of(&sources, limits)));
    let fits = pages.find(|page| page.len() <= MOST_BYTES);
    Ok(fits.unwrap_or_else(|| html::page(&Data::of(&sources, limits(2, 2, 2, 20)))))
}
