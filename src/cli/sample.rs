//! `newstance sample`: a coding sheet, by which people check what the model says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;

use super::options::ScoredArgs;
use super::table::counted;
use super::terminal;
use crate::eval::{Sample, SheetRow, write_sheet};
use crate::report::{Delimiter, each_mention};

/// Write a coding sheet: mentions of a scored corpus for people to label by hand.
///
/// Fill in the column `label` (negative, neutral or positive: how does the sentence portray what is in brackets? none, if the brackets do not
/// mean the actor), then run `newstance eval SHEET.csv`. The sheet opens in Excel and LibreOffice, and does not show what the model says.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    scored: ScoredArgs,
    /// Mentions in all.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    number: u32,
    /// As many of each actor, rounded up.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Another number draws other mentions; the same draws the same.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// What stands between values: semicolon where the comma is the decimal mark.
    #[arg(long, value_enum, value_name = "MARK", default_value_t)]
    delimiter: Delimiter,
    /// The sheet (.csv); by default, or as -, standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  newstance sample out -n 50 --by actor -o sheet.csv
  newstance eval sheet.csv";

/// What a sample is spread over.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// The actors.
    Actor,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let number = args.number as usize;
    let mut sample = Sample::new(number, args.by == Some(By::Actor), args.seed);
    let scored = args.scored.scored();
    each_mention(&scored, |mention| sample.offer(mention))?;
    let rows = sample.rows();
    let folder = scored.name();
    anyhow::ensure!(!rows.is_empty(), "{folder}: there is no mention to label");
    let path = args.output.as_deref().filter(|path| *path != "-");
    let out: Box<dyn std::io::Write> = match path {
        Some(path) => Box::new(
            std::fs::File::create_new(path)
                .with_context(|| format!("{}: give a name that no file has", path.display()))?,
        ),
        None => Box::new(std::io::stdout().lock()),
    };
    write_sheet(out, &rows, args.delimiter)?;
    if rows.len() < number {
        eprintln!(
            "{}: {}",
            counted(rows.len() as u64, "mention"),
            of_actors(&rows)
        );
    }
    Ok(())
}

/// "the corpus has 3 of putin, 5 of trump".
fn of_actors(rows: &[SheetRow]) -> String {
    let mut actors: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        *actors.entry(&row.actor).or_default() += 1;
    }
    let of = actors
        .iter()
        .map(|(actor, count)| format!("{count} of {actor}"));
    let of: Vec<String> = of.collect();
    terminal::shown(&format!("the corpus has no more; {}", of.join(", ")))
}
