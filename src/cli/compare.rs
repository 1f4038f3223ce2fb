//! `newstance compare`: what differs between two scored corpora.

use std::io::{self, Write};
use std::path::PathBuf;

use anstyle::Style;

use super::options::{OverwriteArgs, TableArgs};
use super::output::OutputArgs;
use super::{Ending, table, terminal};
use crate::aggregate::Days;
use crate::decimal::Millionths;
use crate::report::{ChangeRow, CompareBy, Comparison, DifferenceRow, Scored, at_mention};

/// Compare two scored corpora: last month and this one, two outlets, two models.
///
/// For each actor: the difference of its stance with a 95 % interval, how probable so large a difference is by chance (p, and p
/// corrected for the number of rows), the smallest difference that so many articles could show, and the sentences that make most of the
/// difference.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder of the first corpus, that `newstance score` has finished.
    #[arg(value_name = "DIR")]
    first: PathBuf,
    /// Folder of the second corpus; by default the same, if --before and --after name days of it.
    #[arg(value_name = "DIR2", required_unless_present_all = ["before", "after"])]
    second: Option<PathBuf>,
    /// Only articles of these days from the first corpus: a year (2020), a month (2020-09), a day, or FROM..TO.
    #[arg(long, value_name = "DAYS")]
    before: Option<Days>,
    /// Only articles of these days from the second corpus.
    #[arg(long, value_name = "DAYS")]
    after: Option<Days>,
    /// Compare each actor within each outlet, or in the author's words and in those of others.
    #[arg(long, value_enum, default_value_t)]
    by: CompareBy,
    /// End with exit code 4 if an actor's stance differs by so much or more, with a corrected p below 0.05.
    #[arg(long, value_name = "DIFFERENCE", value_parser = threshold)]
    alert: Option<Millionths>,
    /// Folder for the tables differences and changes; made if need be.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    tables: TableArgs,
}

const EXAMPLES: &str = "\
Examples:
    newstance compare out --before 2020-09 --after 2020-10
  newstance compare july august --by source -o compared
  newstance compare last-week this-week -q --alert 0.2 || mail -s \"stance moved\" desk@example.org

Exit codes: 0 compared, 1 failed, 2 wrong arguments, 4 an alert.";

impl clap::ValueEnum for CompareBy {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Actor, Self::Source, Self::Voice]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Self::Actor => "actor",
            Self::Source => "source",
            Self::Voice => "voice",
        }))
    }
}

fn threshold(text: &str) -> Result<Millionths, String> {
    let number: Millionths = text
        .parse()
        .map_err(|_| "give a number such as 0.2".to_owned())?;
    match (1..=2_000_000).contains(&number.0) {
        true => Ok(number),
        false => Err("a difference of stances lies above 0 and is 2 at most".to_owned()),
    }
}

pub fn run(args: &Args, output: &OutputArgs) -> anyhow::Result<Ending> {
    let second = args.second.as_deref().unwrap_or(&args.first);
    let before = Scored::all(&args.first).within(args.before);
    let after = Scored::all(second).within(args.after);
    let compared = Comparison::of(&before, &after, args.by)?;
    if let Some(directory) = &args.output {
        let arguments = super::arguments();
        compared.write(
            directory,
            args.overwrite.existing(),
            &args.tables.options(),
            arguments,
        )?;
    }
    if !output.quiet {
        print(&compared, args)?;
    }
    let Some(least) = args.alert else {
        return Ok(Ending::Whole);
    };
    let alerts: Vec<_> = compared.alerts(least).collect();
    for row in &alerts {
        eprintln!(
            "alert: {} differs by {:+.3}",
            named(&compared, args.by, row),
            row.difference.unwrap_or_default()
        );
    }
    Ok(match alerts.is_empty() {
        true => Ending::Whole,
        false => Ending::Alert,
    })
}

/// The actor and the group of a row.
fn named(compared: &Comparison, by: CompareBy, row: &DifferenceRow) -> String {
    let actor = compared.actors.iter().find(|it| it.id == row.actor);
    let name = actor.map_or(&*row.actor, |it| &it.name);
    match &*row.group {
        "" if by == CompareBy::Source => format!("{} (no outlet)", terminal::name(name)),
        "" => terminal::name(name),
        group => format!("{} ({})", terminal::name(name), terminal::name(group)),
    }
}

fn print(compared: &Comparison, args: &Args) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for (side, (articles, days)) in ["before", "after"]
        .iter()
        .zip(compared.articles.iter().zip(&compared.days))
    {
        let days = days.map_or_else(
            || "without dates".to_owned(),
            |days| format!("{} to {}", days.first, days.last),
        );
        writeln!(
            out,
            "{side:>6}: {}, {days}",
            table::counted(*articles, "article")
        )?;
    }
    if compared.differences.is_empty() {
        writeln!(out, "Neither corpus mentions an actor.")?;
        return out.flush();
    }
    writeln!(out)?;
    let names: Vec<String> = compared
        .differences
        .iter()
        .map(|row| named(compared, args.by, row))
        .collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .max("actor".len());
    writeln!(
        out,
        "{:width$}  {:>15}  {:>6}  {:>6}  difference      95 % interval       p  p (Holm)  detectable",
        "actor", "articles", "before", "after"
    )?;
    for (name, row) in names.iter().zip(&compared.differences) {
        let articles = format!("{} / {}", row.articles_before, row.articles_after);
        let figure = |it: Option<Millionths>| it.map_or("-".to_owned(), |it| format!("{it:+.2}"));
        let [before, after] = [row.stance_before, row.stance_after].map(figure);
        write!(
            out,
            "{name:width$}  {articles:>15}  {before:>6}  {after:>6}"
        )?;
        let Some(difference) = row.difference else {
            writeln!(out, "           -")?;
            continue;
        };
        write!(out, "  {difference:>+10.3}")?;
        match (
            row.difference_low,
            row.difference_high,
            row.p,
            row.p_holm,
            row.detectable,
        ) {
            (Some(low), Some(high), Some(p), Some(holm), Some(detectable)) => {
                let interval = format!("[{low:+.2}, {high:+.2}]");
                let [p, holm] = [p, holm].map(probability);
                writeln!(
                    out,
                    "  {interval:>17}  {p:>6}  {holm:>8}  {detectable:>10.2}"
                )?;
            }
            _ => writeln!(out, "  {:>17}", "too few articles")?,
        }
    }
    for actor in &compared.actors {
        let rows = compared.changes.iter();
        let of_actor: Vec<&ChangeRow> = rows.filter(|row| row.actor == actor.id).collect();
        // Of a few articles, the difference is the sentences'.
        let is_tested = |row: &DifferenceRow| row.actor == actor.id && row.p.is_some();
        if of_actor.is_empty() || !compared.differences.iter().any(is_tested) {
            continue;
        }
        writeln!(
            out,
            "\n{}: what makes most of the difference",
            terminal::shown(&actor.name)
        )?;
        for row in of_actor.into_iter().take(SENTENCES) {
            sentence(&mut out, row)?;
        }
    }
    if compared.differences.iter().all(|row| row.p.is_none()) {
        let advice =
            "Fewer than five articles on a side say little: take longer periods, or more articles.";
        writeln!(out, "\n{advice} With -o, changes has the sentences.")?;
    }
    if let Some(directory) = &args.output {
        writeln!(
            out,
            "\nThe tables are in {}",
            terminal::shown(&directory.display().to_string())
        )?;
    }
    if compared.before.model_sha256 != compared.after.model_sha256 {
        writeln!(
            out,
            "\nThe corpora were scored with different models, so differences may be the models'."
        )?;
    }
    if compared.before.catalogue_sha256 != compared.after.catalogue_sha256 {
        writeln!(
            out,
            "\nThe corpora were scored with different catalogues, so differences may be the catalogues'."
        )?;
    }
    out.flush()
}

/// A p-value in three digits.
fn probability(p: Millionths) -> String {
    match p.0 < 1000 {
        true => "<0.001".to_owned(),
        false => format!("{p:.3}"),
    }
}

/// Sentences of each actor that are shown.
const SENTENCES: usize = 4;

/// One sentence with its stance, the mention in bold.
fn sentence(out: &mut impl Write, row: &ChangeRow) -> io::Result<()> {
    const MENTION: Style = Style::new().bold();
    let stance = match (row.stance_before, row.stance_after) {
        (Some(before), Some(after)) => format!("{before:+.2} to {after:+.2}"),
        (Some(stance), None) | (None, Some(stance)) => format!("{stance:+.2}"),
        (None, None) => String::new(),
    };
    let [before, mention, behind] =
        at_mention(&row.sentence, row.offset, &row.surface).map(terminal::shown);
    let place = [
        terminal::shown(&row.source),
        row.date.map(|it| it.to_string()).unwrap_or_default(),
    ];
    let place: Vec<String> = place.into_iter().filter(|it| !it.is_empty()).collect();
    writeln!(
        out,
        "  {:>6} {stance:>6}  {before}{MENTION}{mention}{MENTION:#}{behind}  ({})",
        row.corpus,
        place.join(", ")
    )
}
