//! `newstance sample`: a coding sheet, by which people check what the model says.

use std::path::PathBuf;

use anyhow::Context;

use crate::eval::Sample;
use crate::report::each_mention;

/// Write a coding sheet: mentions of a scored corpus for people to label by hand.
///
/// Fill in the column `label` (negative, neutral or positive: how does the sentence portray what is in brackets?), then
/// run `newstance eval SHEET.csv`. The sheet doesn't show what the model says.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder that `newstance score` has finished.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Mentions in all.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    number: usize,
    /// As many of each actor, rounded up.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Another number draws other mentions; the same draws the same.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The sheet (.csv); by default standard output.
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
    let mut sample = Sample::new(args.number, args.by == Some(By::Actor), args.seed);
    each_mention(&args.folder, |mention| sample.offer(mention))?;
    let rows = sample.rows();
    anyhow::ensure!(
        !rows.is_empty(),
        "{}: there is no mention to label",
        args.folder.display()
    );
    let out: Box<dyn std::io::Write> = match &args.output {
        Some(path) => Box::new(
            std::fs::File::create_new(path)
                .with_context(|| format!("{}: give a name that no file has", path.display()))?,
        ),
        None => Box::new(std::io::stdout().lock()),
    };
    let mut writer = csv::Writer::from_writer(out);
    for row in rows {
        writer.serialize(row)?;
    }
    Ok(writer.flush()?)
}
