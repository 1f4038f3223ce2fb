//! Tables for a terminal.

use std::io::{self, Write};
use std::path::Path;

use newstance::actors::Catalogue;
use newstance::aggregate::ActorSummary;
use newstance::report::Manifest;

/// Cells on each side of a bar's middle.
const BAR: usize = 10;

/// One line an actor: mentions, stance with its interval, a bar.
pub fn actors(
    out: &mut impl Write,
    catalogue: &Catalogue,
    summaries: &[ActorSummary],
) -> io::Result<()> {
    let names = catalogue
        .actors()
        .iter()
        .map(|actor| actor.name.chars().count());
    let width = names.max().unwrap_or(0).max("actor".len());
    writeln!(
        out,
        "{:width$}  articles  mentions  stance       95 % interval  {:^bar$}",
        "actor",
        "-1         0         +1",
        bar = 2 * BAR + 1
    )?;
    for (actor, summary) in catalogue.actors().iter().zip(summaries) {
        write!(
            out,
            "{:width$}  {:>8}  {:>8}",
            actor.name,
            summary.articles,
            summary.labels.total()
        )?;
        match (summary.stance, summary.interval) {
            (Some(stance), Some((low, high))) => writeln!(
                out,
                "  {stance:>+6.3}  [{low:>+6.3}, {high:>+6.3}]  {}",
                bar(stance)
            )?,
            _ => writeln!(out, "       -")?,
        }
    }
    Ok(())
}

/// What was done and where it lies.
pub fn ending(out: &mut impl Write, manifest: &Manifest, directory: &Path) -> io::Result<()> {
    let counts = &manifest.counts;
    let seconds = manifest.timings.total;
    writeln!(
        out,
        "\n{}, {}, {} in {seconds:.1} s; reports are in {}",
        counted(counts.articles, "article"),
        counted(counts.sentences, "sentence"),
        counted(counts.mentions, "mention"),
        directory.display()
    )?;
    if counts.rejected > 0 {
        writeln!(
            out,
            "{} rejected: see {}",
            counted(counts.rejected, "record"),
            directory.join("rejected.csv").display()
        )?;
    }
    if counts.files_ignored > 0 {
        writeln!(
            out,
            "{} passed over: of no known extension (--input-format), or a pipe or socket",
            counted(counts.files_ignored, "file")
        )?;
    }
    Ok(())
}

/// "1 file", "2 files".
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A stance in [-1, 1] as a bar to the left or right of the middle.
pub fn bar(stance: f64) -> String {
    let cells = ((stance.abs() * BAR as f64).round() as usize).min(BAR);
    let (left, right) = if stance < 0.0 { (cells, 0) } else { (0, cells) };
    format!(
        "{}{}│{}{}",
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
        assert_eq!(bar(0.0), "··········│··········");
        assert_eq!(bar(-0.52), "·····█████│··········");
        assert_eq!(bar(1.0), "··········│██████████");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(counted(0, "record"), "0 records");
    }
}
