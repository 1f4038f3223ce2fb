//! `newstance score`: a corpus in, a folder of CSV reports out.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum;
use newstance::corpus::{Corpus, CorpusOptions, FieldMap, Format};
use newstance::pipeline::{self, ScoreOptions};
use newstance::report::{self, Manifest, ReportFiles, Timings};

use super::options::{ActorArgs, Engine, ModelArgs};
use super::progress::Progress;
use super::{Ending, log, table};

/// Score a corpus: articles in, CSV reports out.
#[derive(clap::Args)]
pub struct Args {
    /// File, folder, glob or - for standard input; .txt, .jsonl, .csv, also .gz or .zst.
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<String>,
    /// Folder for the reports; made if need be.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    actors: ActorArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Format of the inputs, where their names do not tell it (standard input: jsonl).
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<InputFormat>,
    /// Which of the input's fields hold what, as in text=body,source=outlet; others are guessed.
    #[arg(long, value_name = "OURS=THEIRS,...", value_parser = FieldMap::parse, default_value = "", hide_default_value = true)]
    map: FieldMap,
    /// Also score the tone of each sentence with a mention, whoever it is about: the column `tone` of
    /// mentions.csv. Takes about as long again.
    #[arg(long)]
    tone: bool,
    /// Stop after so many articles.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// No progress, no log lines, no table.
    #[arg(short, long)]
    quiet: bool,
}

/// As [`Format`].
#[derive(Clone, Copy, ValueEnum)]
enum InputFormat {
    Txt,
    Jsonl,
    Csv,
}

impl From<InputFormat> for Format {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Txt => Self::Txt,
            InputFormat::Jsonl => Self::Jsonl,
            InputFormat::Csv => Self::Csv,
        }
    }
}

pub fn run(args: &Args) -> anyhow::Result<Ending> {
    log(args.quiet);
    let started = Instant::now();
    let catalogue = args.actors.catalogue()?;
    let corpus = Corpus::open(
        &args.inputs,
        CorpusOptions {
            format: args.input_format.map(Format::from),
            fields: args.map.clone(),
            exclude: report::paths(&args.output),
        },
    )?;
    let Engine {
        directory,
        scorer,
        pool,
    } = args.model.load(args.quiet)?;
    if args.tone && !scorer.tells_tone() {
        anyhow::bail!(
            "{}: this model was not trained to tell the tone of a sentence; leave --tone out, or take \
             --model accurate",
            directory.name()
        );
    }
    let mut files = ReportFiles::create(&args.output)?;
    let mut progress = Progress::new(&corpus, args.quiet);
    let options = ScoreOptions {
        limit: args.limit,
        tone: args.tone,
    };
    let outcome = pool.install(|| {
        pipeline::score(corpus, options, &catalogue, &scorer, &mut files, |counts| {
            progress.show(counts);
        })
    })?;
    progress.finish();
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        arguments: std::env::args().skip(1).collect(),
        model: directory.name().to_owned(),
        model_sha256: directory.sha256()?,
        labels: directory.labels().to_string(),
        backend: scorer.description(),
        catalogue_sha256: catalogue.sha256().to_owned(),
        threads: pool.current_num_threads(),
        counts: outcome.counts,
        timings: Timings {
            total: started.elapsed().as_secs_f64(),
            ..outcome.timings
        },
    };
    files.finish(&manifest)?;
    if !args.quiet {
        let mut out = io::stdout().lock();
        table::actors(&mut out, &catalogue, &outcome.actors)?;
        table::ending(&mut out, &manifest, &args.output)?;
        out.flush()?;
    }
    Ok(if outcome.counts.rejected > 0 {
        Ending::WithRejected
    } else {
        Ending::Whole
    })
}
