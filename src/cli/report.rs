//! `newstance report`: a page of a scored corpus.

use std::path::PathBuf;

use super::options::ScoredArgs;
use super::output::OutputArgs;
use super::terminal;
use crate::aggregate::{Days, Period};
use crate::report::{Scored, page, write_page};

/// Make a page of a scored corpus: one HTML file that needs no network.
///
/// Figures with intervals, filters by actor, outlet, period and voice, and the sentences behind each figure. The page is 2 MB at most,
/// whatever the corpus.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    scored: ScoredArgs,
    /// Another, earlier corpus to set beside this one.
    #[arg(long, value_name = "DIR")]
    compare: Option<PathBuf>,
    /// Only articles of these days from the earlier corpus, which is the same folder unless --compare names another.
    #[arg(long, value_name = "DAYS")]
    before: Option<Days>,
    /// How long the periods are; by default those of the run.
    #[arg(long, value_enum)]
    period: Option<Period>,
    /// The page, or - for standard output; by default report.html in the folder. A page of before is replaced.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
    newstance report out
  newstance report out --within 2020-10 --before 2020-09 --period week -o october.html
  newstance report this-week --compare last-week -o page.html";

pub fn run(args: &Args, output: &OutputArgs) -> anyhow::Result<()> {
    let scored = args.scored.scored();
    let earlier = match &args.compare {
        Some(folder) => Some(Scored::all(folder)),
        None => args.before.map(|_| scored.clone()),
    };
    let earlier = earlier.map(|it| it.within(args.before));
    if args.output.as_deref() == Some("-".as_ref()) {
        print!("{}", page(&scored, earlier.as_ref(), args.period)?);
        return Ok(());
    }
    let page = write_page(
        &scored,
        earlier.as_ref(),
        args.period,
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
