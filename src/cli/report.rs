//! `newstance report`: a page of a scored corpus.

use std::path::PathBuf;

use super::output::OutputArgs;
use super::terminal;
use crate::report::write_page;

/// Make a page of a scored corpus: one HTML file that needs no network.
///
/// Figures with intervals, filters by actor, outlet, period and voice, and the sentences behind each figure. The page is 2 MB at most,
/// whatever the corpus.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder that `newstance score` has finished.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Another, earlier corpus to set beside this one.
    #[arg(long, value_name = "DIR")]
    compare: Option<PathBuf>,
    /// The page; by default report.html in the folder. A page of before is replaced.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  newstance report out
  newstance report this-week --compare last-week -o page.html";

pub fn run(args: &Args, output: &OutputArgs) -> anyhow::Result<()> {
    let page = write_page(
        &args.folder,
        args.compare.as_deref(),
        args.output.as_deref(),
    )?;
    if !output.quiet {
        println!(
            "The page is {}",
            terminal::shown(&page.display().to_string())
        );
    }
    Ok(())
}
