//! Tables for a terminal.

use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::terminal;
use crate::aggregate::{ActorSummary, Estimate};
use crate::decimal::Millionths;
use crate::report::{Command, Manifest, RejectedRow, Table};

/// Cells on each side of a bar's middle.
const BAR: usize = 10;
/// Told apart by those who see red and green alike.
const NEGATIVE: Style = AnsiColor::Yellow.on_default();
const POSITIVE: Style = AnsiColor::Blue.on_default();

/// What a run found, and where its tables are.
pub fn print(manifest: &Manifest, actors: &[ActorSummary], folder: &Path) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    summary(&mut out, manifest, actors)?;
    ending(&mut out, manifest, folder)?;
    out.flush()
}

/// One line an actor: mentions, stance with its interval, author's and quoted, a bar.
fn summary(
    out: &mut impl Write,
    manifest: &Manifest,
    summaries: &[ActorSummary],
) -> io::Result<()> {
    let names: Vec<String> = manifest
        .actors
        .iter()
        .map(|actor| terminal::name(&actor.name))
        .collect();
    let lengths = names.iter().map(|name| name.chars().count());
    let width = lengths.max().unwrap_or(0).max("actor".len());
    writeln!(
        out,
        "{:width$}  articles  mentions  stance      95 % interval  author  quoted  {:^bar$}",
        "actor",
        "-1         0         +1",
        bar = 2 * BAR + 1
    )?;
    for (name, summary) in names.iter().zip(summaries) {
        write!(
            out,
            "{name:width$}  {:>8}  {:>8}",
            summary.articles,
            summary.labels.total()
        )?;
        let Some(Estimate { stance, interval }) = summary.stance else {
            writeln!(out, "       -")?;
            continue;
        };
        let interval = match interval {
            Some((low, high)) => format!("[{low:+.2}, {high:+.2}]"),
            None => "too few".to_owned(),
        };
        let short = |estimate: Option<Estimate>| match estimate {
            Some(estimate) => format!("{:+.2}", estimate.stance),
            None => "-".to_owned(),
        };
        writeln!(
            out,
            "  {stance:>+6.3}  {interval:>17}  {:>6}  {:>6}  {}",
            short(summary.author_stance),
            short(summary.quoted_stance),
            bar(stance)
        )?;
    }
    Ok(())
}

/// What was done and where it lies.
fn ending(out: &mut impl Write, manifest: &Manifest, folder: &Path) -> io::Result<()> {
    let counts = &manifest.counts;
    write!(
        out,
        "\n{}, {}, {}",
        counted(counts.articles, "article"),
        counted(counts.sentences, "sentence"),
        counted(counts.mentions, "mention"),
    )?;
    if manifest.command == Command::Score {
        write!(out, " in {:.1} s", manifest.timings.total)?;
    }
    writeln!(out, "; the tables are in {}", shown(folder))?;
    if counts.copies > 0 {
        let copies = match counts.copies {
            1 => "1 article is a copy of another".to_owned(),
            copies => format!("{copies} articles are copies of others"),
        };
        writeln!(
            out,
            "{copies}: intervals count an article and its copies as one"
        )?;
    }
    if counts.other_languages > 0 {
        writeln!(
            out,
            "{} not scored, being in another language than English: see documents.csv",
            were(counts.other_languages, "article")
        )?;
    }
    if counts.files_lost > 0 && manifest.command == Command::Score {
        writeln!(
            out,
            "The rest of {} lost: the report is not complete",
            were(counts.files_lost, "file")
        )?;
    }
    if counts.rejected > 0 && manifest.command == Command::Score {
        let rejected = manifest.tables.file_of(RejectedRow::NAME);
        writeln!(
            out,
            "{} rejected, or read in part: see {}",
            were(counts.rejected, "record"),
            shown(&folder.join(rejected))
        )?;
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    terminal::shown(&path.display().to_string())
}

/// "1 file", "2 files".
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// "1 file was", "2 files were".
pub fn were(count: u64, noun: &str) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", counted(count, noun))
}

/// A stance in [-1, 1] as a bar to the left or right of the middle.
pub fn bar(stance: Millionths) -> String {
    let cells = ((stance.as_f64().abs() * BAR as f64).round() as usize).min(BAR);
    let (left, right) = if stance.0 < 0 { (cells, 0) } else { (0, cells) };
    format!(
        "{}{NEGATIVE}{}{NEGATIVE:#}│{POSITIVE}{}{POSITIVE:#}{}",
        "·".repeat(BAR - left),
        "█".repeat(left),
        "█".repeat(right),
        "·".repeat(BAR - right)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        let plain = |stance| anstream::adapter::strip_str(&bar(Millionths(stance))).to_string();
        assert_eq!(plain(0), "··········│··········");
        assert_eq!(plain(-520_000), "·····█████│··········");
        assert_eq!(plain(1_000_000), "··········│██████████");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(counted(0, "record"), "0 records");
        assert_eq!(were(1, "record"), "1 record was");
        assert_eq!(were(2, "record"), "2 records were");
    }
}
