//! `newstance aggregate`: the derived tables anew, from one or many folders of facts.

use std::path::PathBuf;

use super::options::{OverwriteArgs, TableArgs};
use super::output::OutputArgs;
use super::table;
use crate::aggregate::{Days, Period};
use crate::report::{self, DeriveOptions, DeriveOutput, Scored};

/// Compute the derived tables anew, from one or many folders that `score` wrote.
///
/// Reads the tables documents and mentions, as CSV or Parquet, and writes articles, actors, timeline, sources and pairs: for one folder the
/// same bytes as the run that wrote it.
#[derive(clap::Args)]
pub struct Args {
    /// Folders that `newstance score` has finished, each with other articles.
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Folder for the tables; made if need be.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// Only articles of these days: a year (2020), a month (2020-09), a day, or FROM..TO.
    #[arg(long, value_name = "DAYS")]
    within: Option<Days>,
    /// How long the periods of timeline.csv are; by default those of the run that wrote the facts.
    #[arg(long, value_enum)]
    period: Option<Period>,
    /// Also write breakdown: each actor by outlet (source), by language, or by a field that `score --keep` kept; with
    /// --period by period, too.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    by: Vec<String>,
    #[command(flatten)]
    tables: TableArgs,
}

pub fn run(args: &Args, output: &OutputArgs) -> anyhow::Result<()> {
    let options = DeriveOptions {
        period: args.period,
        by: args.by.iter().map(|it| it.trim().to_owned()).collect(),
        without_articles: false,
    };
    let scored: Vec<Scored> = args
        .folders
        .iter()
        .map(|folder| Scored::all(folder).within(args.within))
        .collect();
    let written = DeriveOutput {
        existing: args.overwrite.existing(),
        tables: args.tables.options(),
        arguments: super::arguments(),
    };
    let (manifest, actors) = report::derive(&scored, &options, &args.output, written)?;
    if !output.quiet {
        table::print(&manifest, &actors, &args.output)?;
    }
    Ok(())
}
