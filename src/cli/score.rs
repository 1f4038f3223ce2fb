//! `newstance score`: a corpus in, a folder of tables out.

use std::io::{BufWriter, stdout};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use rayon::ThreadPool;

use super::options::{Loaded, MentionArgs, ModelArgs, OverwriteArgs, TableArgs};
use super::output::OutputArgs;
use super::progress::Bar;
use super::signals::{Signals, report_full_files};
use super::{Ending, LoadTorch, hints, table, terminal};
use crate::aggregate::Period;
use crate::corpus::{Corpus, CorpusOptions, FieldMap, Format, Rejected, Skipped};
use crate::pipeline::{self, Counts, RunOptions, Shard, Stages};
use crate::report::{
    self, Command, Ended, Existing, Finished, MentionStream, ScoreOptions, check_output,
};
use crate::{Error, ErrorKind};

/// Score a corpus: articles in, tables out.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "INPUT", required = true, help = inputs_help())]
    inputs: Vec<String>,
    /// Folder for the tables, made if need be; or - for mentions as JSON Lines on standard output.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// Go on with a run into that folder that did not end: killed, interrupted, or out of disk. The arguments must be the same.
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,
    /// Which of the input's fields hold what, as in text=body,source=outlet.name; others are guessed.
    #[arg(long, value_name = "OURS=THEIRS,...", value_parser = FieldMap::parse, default_value = "", hide_default_value = true)]
    map: FieldMap,
    /// A field that is the same for all articles, as in source=BBC.
    #[arg(long, value_name = "OURS=VALUE")]
    set: Vec<String>,
    /// Further fields of the input, which become columns of documents.csv.
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
    keep: Vec<String>,
    /// Articles of which language are scored: en, or any. Models and rules are made for English; others have their row in
    /// documents.csv.
    #[arg(long, value_enum, default_value_t = Languages::En)]
    language: Languages,
    /// How long the periods of timeline.csv are.
    #[arg(long, value_enum, default_value_t)]
    period: Period,
    /// Format of the inputs, if their names do not say it (standard input: jsonl).
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<Format>,
    /// Score one part of the corpus, as in 2/8: each machine takes another, and `aggregate` puts their folders together.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Stop after so many articles.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Also score the tone of each sentence with a mention, whoever it is about: the column `tone` of
    /// mentions.csv. Takes about as long again.
    #[arg(long)]
    tone: bool,
    #[command(flatten)]
    tables: TableArgs,
    #[command(flatten)]
    mentions: MentionArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

/// Which articles are scored.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Languages {
    /// Those in English.
    En,
    /// All.
    Any,
}

impl Args {
    fn existing(&self) -> Existing {
        match self.resume {
            true => Existing::Resume,
            false => self.overwrite.existing(),
        }
    }

    /// Which of the input's fields hold what.
    fn fields(&self) -> anyhow::Result<FieldMap> {
        let mut fields = self.map.clone();
        for constant in &self.set {
            fields
                .set(constant)
                .map_err(|reason| anyhow::anyhow!("--set {constant}: {reason}"))?;
        }
        fields.keep(self.keep.clone());
        Ok(fields)
    }
}

fn inputs_help() -> String {
    format!(
        "File, folder, glob or - for standard input; {}, also .gz, .zst, .bz2 or .xz",
        Format::extensions_in_words()
    )
}

const EXAMPLES: &str = "\
Examples:
  newstance score articles/ -o out
  newstance score 'archive/2025-*.jsonl.gz' -o out --actors my.toml --model accurate
  newstance score export.csv -o out --map text=body,source=outlet,published=when
  newstance score archive/ -o out --resume            go on with a run that did not end
  newstance score news.jsonl -o - -q | jq 'select(.stance < -0.8)'

Exit codes: 0 all scored, 1 failed or nothing scored, 2 wrong arguments, 3 some records were rejected, 130 interrupted.";

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

pub fn run(args: &Args, output: &OutputArgs, torch: Option<LoadTorch>) -> anyhow::Result<Ending> {
    let clock = Instant::now();
    let catalogue = args.mentions.catalogue()?;
    let fields = args.fields()?;
    let streams = args.output.as_os_str() == "-";
    if streams && args.tables.are_given() {
        let problem = "--output - writes mentions as JSON Lines, whatever the format of tables\n";
        clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, problem).exit();
    }
    if !streams {
        check_output(&args.output, args.existing(), Command::Score)?;
    }

    let corpus = Corpus::open(
        &args.inputs,
        CorpusOptions {
            format: args.input_format,
            fields: fields.clone(),
            output: (!streams).then(|| args.output.clone()),
        },
    )?;
    let Loaded {
        models,
        scorer,
        pool,
    } = args.model.load(torch)?;
    let mut stages = args.mentions.stages(catalogue, scorer);
    if args.language == Languages::Any {
        stages = stages.with_any_language();
    }
    if args.tone {
        let tone = stages.with_tone();
        stages = tone.with_context(|| format!("--model {}", models.name()))?;
    }
    if streams {
        return stream(args, output, corpus, &stages, &pool);
    }
    let goes_on = corpus.stamps().is_some();
    let options = ScoreOptions {
        existing: args.existing(),
        fields,
        format: args.input_format,
        period: args.period,
        tables: args.tables.options(),
        limit: args.limit,
        shard: args.shard,
        arguments: super::arguments(),
        since: Some(clock),
    };
    let mut bar = Bar::new(output);
    // Of standard input, nothing can go on: the signal ends the process at once.
    let signals = goes_on.then(Signals::catch).transpose()?;
    report_full_files()?;
    let engine = report::Engine::new(stages, models)?;
    let mut told = output.quiet;
    let ended = pool.install(|| {
        engine.score_into(&args.output, corpus, &options, |progress| {
            if progress.records_before > 0 && !std::mem::replace(&mut told, true) {
                let done = table::counted(progress.records_before, "record");
                eprintln!("Going on behind {done} that were done before");
            }
            bar.show(progress);
            match signals.as_ref().is_some_and(Signals::came) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
    });
    bar.finish();
    let Finished {
        manifest,
        actors,
        skipped,
        rejected,
    } = match ended {
        Ok(Ended::Whole(finished)) => *finished,
        Ok(Ended::Interrupted(counts)) => {
            eprintln!(
                "Stopped behind {}; the same command with --resume goes on",
                table::counted(counts.articles, "article")
            );
            return Ok(Ending::Interrupted);
        }
        Ok(Ended::NothingRead(skipped)) => return Err(nothing_read(&args.inputs, &skipped).into()),
        Err(error) if error.kind() == ErrorKind::AlreadyFinished => {
            eprintln!("{}", terminal::shown(&error.to_string()));
            return Ok(Ending::Whole);
        }
        Err(error) => {
            if goes_on && error.kind() == ErrorKind::Io {
                eprintln!("What was done is kept: --resume goes on with it");
            }
            return Err(error.into());
        }
    };
    let counts = manifest.counts;
    if !output.quiet {
        table::print(&manifest, &actors, &args.output)?;
        tell_skipped(&skipped);
        for hint in rejected.into_iter().filter_map(hints::of_rejected) {
            eprintln!("hint: {hint}");
        }
    }
    if counts.mentions == 0 && args.shard.is_none() {
        return Err(nothing_scored(&args.output, counts).into());
    }
    Ok(match counts.rejected > 0 {
        true => Ending::WithRejected,
        false => Ending::Whole,
    })
}

/// Writes mentions to standard output as they are scored.
fn stream(
    args: &Args,
    output: &OutputArgs,
    corpus: Corpus,
    stages: &Stages,
    pool: &ThreadPool,
) -> anyhow::Result<Ending> {
    let told = |rejected: &Rejected| {
        let line = format!("{} {}: {}", rejected.input, rejected.place, rejected.reason);
        eprintln!("{}", terminal::shown(&line));
    };
    let mut sink = MentionStream::new(BufWriter::new(stdout()), told);
    let mut bar = Bar::new(output);
    let outcome = pool.install(|| {
        let run = RunOptions {
            limit: args.limit,
            shard: args.shard,
            ..RunOptions::default()
        };
        pipeline::run(corpus, stages, &run, &mut sink, |progress| {
            bar.show(progress);
            ControlFlow::Continue(())
        })
    });
    let counts = outcome?.counts;
    bar.finish();
    if counts.mentions == 0 {
        return Err(nothing_scored(&args.output, counts).into());
    }
    Ok(match counts.rejected > 0 {
        true => Ending::WithRejected,
        false => Ending::Whole,
    })
}

/// Names the files that were skipped, the first few of them.
fn tell_skipped(skipped: &Skipped) {
    if skipped.files > 0 {
        eprintln!("{}", terminal::shown(&in_words(skipped)));
    }
}

/// "Skipped 1 file: samples/README.md (of no known format: ...)".
fn in_words(skipped: &Skipped) -> String {
    let names: Vec<String> = skipped
        .first
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let more = match skipped.files - names.len() as u64 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "Skipped {}: {}{more} (of no known format: see newstance score --help)",
        table::counted(skipped.files, "file"),
        names.join(", "),
    )
}

fn nothing_read(inputs: &[String], skipped: &Skipped) -> Error {
    let problem = match skipped.files {
        0 => "no article was read: the input is empty".to_owned(),
        _ => format!("no article was read. {}", in_words(skipped)),
    };
    let remedy = "give files with articles, or name their format with --input-format";
    Error::new(ErrorKind::NothingScored, inputs.join(" "), problem, remedy)
}

fn nothing_scored(output: &std::path::Path, counts: Counts) -> Error {
    let (problem, remedy) = match counts.articles {
        0 => (
            format!(
                "nothing was scored: {} rejected, and no article was left",
                table::were(counts.rejected, "record")
            ),
            "see rejected.csv there for the reasons",
        ),
        articles if counts.other_languages == articles => (
            format!(
                "nothing was scored: {} read, none of them in English",
                table::were(articles, "article")
            ),
            "the models know English alone; --language any scores other languages all the same",
        ),
        articles => (
            format!(
                "nothing was scored: {} read, and none mentions an actor of the catalogue",
                table::were(articles, "article")
            ),
            "check the names with `newstance actors show`, or give a catalogue with --actors",
        ),
    };
    Error::new(
        ErrorKind::NothingScored,
        output.display().to_string(),
        problem,
        remedy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_files_are_named() {
        let skipped = |files, first: &[&str]| Skipped {
            files,
            first: first.iter().map(PathBuf::from).collect(),
        };
        assert_eq!(
            in_words(&skipped(1, &["samples/README.md"])),
            "Skipped 1 file: samples/README.md (of no known format: see newstance score --help)"
        );
        assert_eq!(
            in_words(&skipped(9, &["a.md", "b.md", "c.md"])),
            "Skipped 9 files: a.md, b.md, c.md and 6 more (of no known format: see newstance score --help)"
        );
    }
}
