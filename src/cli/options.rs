//! Options that several subcommands share.

use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use newstance_kernels::isa::Kernel;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::{debug, warn};

use super::LoadTorch;
use crate::actors::Catalogue;
use crate::aggregate::{Days, Period};
use crate::model::{Device, ModelDirectory, Models, NativeOptions, Precision, Scorer};
use crate::pipeline::Stages;
use crate::report::{CsvDialect, Delimiter, Existing, Scored, TableFormat, TableOptions};

/// Which actors are looked for.
#[derive(clap::Args)]
#[command(next_help_heading = "Actors")]
pub struct ActorArgs {
    /// Actor catalogue (TOML); by default Trump, Putin, Zelenskyy and Europe.
    #[arg(long, value_name = "FILE")]
    actors: Option<PathBuf>,
}

impl ActorArgs {
    pub fn catalogue(&self) -> crate::Result<Catalogue> {
        match &self.actors {
            Some(file) => Catalogue::read(file),
            None => Ok(Catalogue::default()),
        }
    }
}

/// Which mentions are scored.
#[derive(clap::Args)]
#[command(next_help_heading = "Actors")]
pub struct MentionArgs {
    #[command(flatten)]
    actors: ActorArgs,
    /// Also score "I" and "we" in an actor's own quotations, as mentions of kind pronoun1.
    #[arg(long)]
    first_person: bool,
}

impl MentionArgs {
    pub fn catalogue(&self) -> crate::Result<Catalogue> {
        self.actors.catalogue()
    }

    /// Stages that find these mentions.
    pub fn stages(&self, catalogue: Catalogue, scorer: Scorer) -> Stages {
        let stages = Stages::new(catalogue, scorer);
        match self.first_person {
            true => stages.with_first_person(),
            false => stages,
        }
    }
}

/// A corpus that was scored, or some of its days.
#[derive(clap::Args)]
pub struct ScoredArgs {
    /// Folder that `newstance score` has finished.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only articles of these days: a year (2020), a month (2020-09), a day, or FROM..TO.
    #[arg(long, value_name = "DAYS")]
    within: Option<Days>,
}

impl ScoredArgs {
    pub fn scored(&self) -> Scored {
        Scored::all(&self.folder).within(self.within)
    }
}

/// What becomes of an earlier report.
#[derive(clap::Args)]
pub struct OverwriteArgs {
    /// Replace the tables of an earlier run in that folder, when the new ones are whole.
    #[arg(long)]
    overwrite: bool,
}

impl OverwriteArgs {
    pub fn existing(&self) -> Existing {
        match self.overwrite {
            true => Existing::Replace,
            false => Existing::Keep,
        }
    }
}

/// How tables are written.
#[derive(clap::Args)]
#[command(next_help_heading = "Tables")]
pub struct TableArgs {
    /// Formats of the tables; both means csv,parquet.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT,...",
        value_delimiter = ',',
        default_value = "csv"
    )]
    format: Vec<FormatArg>,
    /// CSV that Excel and LibreOffice open on a double click: with a byte order mark, and with a ' before texts that they would
    /// compute.
    #[arg(long)]
    spreadsheet: bool,
    /// What stands between the values of such CSV; with a semicolon, figures have decimal commas.
    #[arg(
        long,
        value_enum,
        value_name = "MARK",
        requires = "spreadsheet",
        default_value_t
    )]
    delimiter: Delimiter,
}

/// A format, or two.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// Comma-separated values
    Csv,
    /// Apache Parquet
    Parquet,
    /// csv,parquet
    Both,
    /// A JSON object a line
    Jsonl,
    /// One workbook, tables.xlsx
    Xlsx,
}

impl FormatArg {
    fn formats(self) -> &'static [TableFormat] {
        match self {
            Self::Csv => &[TableFormat::Csv],
            Self::Parquet => &[TableFormat::Parquet],
            Self::Both => &[TableFormat::Csv, TableFormat::Parquet],
            Self::Jsonl => &[TableFormat::Jsonl],
            Self::Xlsx => &[TableFormat::Xlsx],
        }
    }
}

impl ValueEnum for Delimiter {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Comma, Self::Semicolon, Self::Tab]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Comma => PossibleValue::new("comma").alias(","),
            Self::Semicolon => PossibleValue::new("semicolon").alias(";"),
            Self::Tab => PossibleValue::new("tab").alias("\t"),
        })
    }
}

impl TableArgs {
    /// Whether any of them is other than by default.
    pub fn are_given(&self) -> bool {
        self.options() != TableOptions::default()
    }

    pub fn options(&self) -> TableOptions {
        let asked = self.format.iter().flat_map(|it| it.formats());
        let formats = TableFormat::ALL.into_iter();
        TableOptions {
            formats: formats
                .filter(|it| asked.clone().any(|asked| asked == it))
                .collect(),
            csv: CsvDialect {
                spreadsheet: self.spreadsheet,
                delimiter: self.delimiter,
            },
        }
    }
}

/// Which model scores, with what, and on how many threads.
#[derive(clap::Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArgs {
    /// `fast` (compiled in), `accurate` (see `newstance models`), `balanced` (`fast`, and
    /// `accurate` for what `fast` is unsure of, if `accurate` was made for it), another that was added, a model directory in the
    /// Hugging Face layout, or one on the Hugging Face hub, as hf:OWNER/NAME or hf:OWNER/NAME@REVISION.
    #[arg(
        long,
        value_name = "fast|balanced|accurate|DIR|hf:OWNER/NAME",
        default_value = "fast"
    )]
    model: String,
    /// Threads that score; by default one per core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Numbers that the model computes in: int8 or f32 in the native engine, f32 or f16 in the torch
    /// backend; by default the fastest that the processor has instructions for.
    #[arg(long, value_enum)]
    precision: Option<PrecisionArg>,
    /// Instructions that the native engine uses for int8: avx512, avxvnni, avx2, i8mm, neon or portable;
    /// by default the fastest that the processor has.
    #[arg(long, value_name = "NAME")]
    kernel: Option<Kernel>,
    /// Engine that runs the model: our own, for BERT and MPNet, or rust-bert, for many architectures.
    #[arg(long, value_enum, default_value_t = Backend::Native)]
    backend: Backend,
    /// Where the torch backend runs: cpu, cuda or cuda:N.
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    device: Device,
}

/// What runs the model.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// The engine in this binary.
    Native,
    /// rust-bert on libtorch, in an executable of its own.
    Torch,
}

/// As [`Precision`].
#[derive(Clone, Copy, ValueEnum)]
enum PrecisionArg {
    Int8,
    F16,
    F32,
}

impl From<PrecisionArg> for Precision {
    fn from(precision: PrecisionArg) -> Self {
        match precision {
            PrecisionArg::Int8 => Self::Int8,
            PrecisionArg::F16 => Self::F16,
            PrecisionArg::F32 => Self::F32,
        }
    }
}

impl ValueEnum for Period {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let about = match self {
            Self::Day => "A day",
            Self::Week => "A week from Monday on",
            Self::Month => "A month",
            Self::Year => "A year",
        };
        Some(PossibleValue::new(self.name()).help(about))
    }
}

/// A model ready to score, and the threads it scores on.
pub struct Loaded {
    pub models: Models,
    pub scorer: Scorer,
    pub pool: ThreadPool,
}

impl ModelArgs {
    pub fn asks_for_torch(&self) -> bool {
        self.backend == Backend::Torch
    }

    /// Loads the model for as many threads as are asked for.
    pub fn load(&self, torch: Option<LoadTorch>) -> anyhow::Result<Loaded> {
        self.load_on(self.threads(), torch)
    }

    /// The same, answering in another convention of labelling than its own if one is named.
    pub fn load_for(
        &self,
        convention: Option<&str>,
        torch: Option<LoadTorch>,
    ) -> anyhow::Result<Loaded> {
        let chosen = Models::find(&self.model)?;
        let chosen = match convention {
            Some(convention) => chosen.with_convention(convention)?,
            None => chosen,
        };
        self.load_chosen(chosen, self.threads(), torch)
    }

    /// The most threads that are to score.
    pub fn threads(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }

    /// Loads the model for so many threads, and logs how its classes are read if their names leave that
    /// open.
    pub fn load_on(&self, threads: usize, torch: Option<LoadTorch>) -> anyhow::Result<Loaded> {
        self.load_chosen(Models::find(&self.model)?, threads, torch)
    }

    fn load_chosen(
        &self,
        models: Models,
        threads: usize,
        torch: Option<LoadTorch>,
    ) -> anyhow::Result<Loaded> {
        let started = Instant::now();
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .context("cannot start the threads; try a smaller --threads")?;
        let first = &models.first;
        let scorer = pool.install(|| models.scorer(|directory| self.scorer(directory, torch)))?;
        if !first.labels().is_plain() {
            warn!("{}: {}", first.name(), first.labels());
        }
        let (name, backend) = (models.name(), scorer.description());
        let seconds = started.elapsed().as_secs_f64();
        debug!("loaded {name} ({backend}) in {seconds:.2} s");
        Ok(Loaded {
            models,
            scorer,
            pool,
        })
    }

    fn scorer(
        &self,
        directory: &ModelDirectory,
        torch: Option<LoadTorch>,
    ) -> anyhow::Result<Scorer> {
        let precision = self.precision.map(Precision::from);
        match (self.backend, torch) {
            (Backend::Native, _) if self.device != Device::Cpu => {
                anyhow::bail!("--device is for --backend torch: add it");
            }
            (Backend::Torch, _) if self.kernel.is_some() => {
                anyhow::bail!("--kernel is for --backend native: leave one of them out");
            }
            (Backend::Torch, Some(load)) => Ok(Scorer::with_backend(directory, |directory, _| {
                load(directory, self.device, precision)
            })?),
            (Backend::Torch, None) => unreachable!("the command was handed over before"),
            (Backend::Native, _) => {
                let kernel = self.kernel;
                let options = NativeOptions { precision, kernel };
                Ok(Scorer::native_with(directory, options)?)
            }
        }
    }
}
