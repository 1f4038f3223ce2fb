//! Options that several subcommands share.

use std::path::{Path, PathBuf};
use std::{env, fs, iter, thread};

use anyhow::Context;
use clap::ValueEnum;
use newstance::actors::Catalogue;
use newstance::model::native::kernels::int8::Kernel;
use newstance::model::{Device, ModelDirectory, NativeOptions, Precision, Scorer};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Which model scores, with what, and on how many threads.
#[derive(clap::Args)]
pub struct ModelArgs {
    /// `fast` (compiled in), `accurate` (a folder that comes with newstance), a model directory in the
    /// Hugging Face layout, or one on the Hugging Face hub, as hf:OWNER/NAME or hf:OWNER/NAME@REVISION.
    #[arg(
        long,
        value_name = "fast|accurate|DIR|hf:OWNER/NAME",
        default_value = "fast"
    )]
    model: String,
    /// Engine that runs it: our own, for BERT and MPNet, or rust-bert, for many architectures.
    #[arg(long, value_enum, default_value_t = Backend::Native)]
    backend: Backend,
    /// Where the torch backend runs: cpu, cuda or cuda:N.
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    device: Device,
    /// Numbers that the model reckons in: int8 or f32 in the native engine, f32 or f16 in the torch
    /// backend. By default the fastest that the processor has instructions for.
    #[arg(long, value_enum)]
    precision: Option<PrecisionArg>,
    /// Instructions that the native engine uses for int8: avx512, avxvnni, avx2, neon or portable; by
    /// default the fastest that the processor has.
    #[arg(long, value_name = "NAME")]
    kernel: Option<Kernel>,
    /// Threads that score; by default one per core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// What runs the model.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// The engine in this binary.
    Native,
    /// rust-bert on libtorch.
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

/// A model ready to score, and the threads it scores on.
pub struct Engine {
    pub directory: ModelDirectory,
    pub scorer: Scorer,
    pub pool: ThreadPool,
}

impl ModelArgs {
    /// Loads the model, and tells how its classes are read where their names leave that open.
    pub fn load(&self, quiet: bool) -> anyhow::Result<Engine> {
        self.load_on(self.threads.map_or(0, usize::from), quiet)
    }

    /// The most threads that are to score.
    pub fn threads(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }

    /// Loads the model for so many threads, 0 for one per core.
    pub fn load_on(&self, threads: usize, quiet: bool) -> anyhow::Result<Engine> {
        let directory = self.directory()?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .context("cannot start the threads; try a smaller --threads")?;
        let scorer = pool.install(|| self.scorer(&directory))?;
        if !quiet && !directory.labels().is_plain() {
            eprintln!("{}: {}", directory.name(), directory.labels());
        }
        Ok(Engine {
            directory,
            scorer,
            pool,
        })
    }

    fn scorer(&self, directory: &ModelDirectory) -> anyhow::Result<Scorer> {
        match self.backend {
            Backend::Native if self.device != Device::Cpu => {
                anyhow::bail!("--device is for --backend torch: add it");
            }
            Backend::Torch if self.kernel.is_some() => {
                anyhow::bail!("--kernel is for --backend native: leave one of them out");
            }
            Backend::Native => {
                let options = NativeOptions {
                    precision: self.precision.map(Precision::from),
                    kernel: self.kernel,
                };
                Ok(Scorer::native_with(directory, options)?)
            }
            #[cfg(feature = "torch")]
            Backend::Torch => {
                let usual = match self.device {
                    Device::Cpu => Precision::F32,
                    Device::Cuda(_) => Precision::F16,
                };
                let options = newstance::model::TorchOptions {
                    device: self.device,
                    precision: self.precision.map_or(usual, Precision::from),
                };
                Ok(Scorer::torch(directory, options)?)
            }
            #[cfg(not(feature = "torch"))]
            Backend::Torch => anyhow::bail!(
                "this newstance was built without the torch backend: see \"Your own model\" in the \
                 README for how to build it with `--features torch`"
            ),
        }
    }

    fn directory(&self) -> anyhow::Result<ModelDirectory> {
        match self.model.as_str() {
            "fast" => return Ok(ModelDirectory::fast()?),
            ACCURATE => return Ok(ModelDirectory::read(&installed(ACCURATE)?)?),
            _ => {}
        }
        match self.model.strip_prefix("hf:") {
            None => Ok(ModelDirectory::read(Path::new(&self.model))?),
            #[cfg(feature = "hub")]
            Some(name) => Ok(newstance::model::hub::fetch(name)?),
            #[cfg(not(feature = "hub"))]
            Some(_) => anyhow::bail!(
                "{}: this newstance cannot download models; build it with `cargo build --release \
                 --features hub`, or give a folder with the model's files",
                self.model
            ),
        }
    }
}

/// The model that is too big to be compiled in.
const ACCURATE: &str = "accurate";
/// The folder of models, where it is not beside the program or the working directory.
const MODELS: &str = "NEWSTANCE_MODELS";
/// Folders above the program that are looked into: target/release is two below a repository.
const DEPTH: usize = 3;

/// The folder of a model that comes with newstance: in `$NEWSTANCE_MODELS`, or in `models` of the
/// working directory or of a folder that the program lies in.
fn installed(name: &str) -> anyhow::Result<PathBuf> {
    let named = env::var_os(MODELS).map(PathBuf::from);
    let program = env::current_exe().and_then(fs::canonicalize).ok();
    let folders = program
        .iter()
        .flat_map(|program| program.ancestors().skip(1));
    let beside = iter::once(Path::new("")).chain(folders.take(DEPTH));
    let beside = beside.map(|folder| folder.join("models"));
    let models = named.into_iter().chain(beside);
    let mut places = models.map(|models| models.join(name));
    places.find(|place| place.is_dir()).with_context(|| {
        format!(
            "the model {name:?} is not installed: copy models/{name} of newstance's repository beside \
             the program, or set {MODELS} to the folder that has it"
        )
    })
}

/// Which actors are looked for.
#[derive(clap::Args)]
pub struct ActorArgs {
    /// Actor catalogue (TOML); by default Trump, Putin, Zelenskyy and Europe.
    #[arg(long, value_name = "FILE")]
    actors: Option<PathBuf>,
}

impl ActorArgs {
    pub fn catalogue(&self) -> newstance::Result<Catalogue> {
        match &self.actors {
            Some(file) => Catalogue::read(file),
            None => Ok(Catalogue::default()),
        }
    }
}
