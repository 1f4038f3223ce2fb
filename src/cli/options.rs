//! Options that several subcommands share.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use newstance::actors::Catalogue;
use newstance::model::{Device, ModelDirectory, Precision, Scorer, TorchOptions};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Which model scores, with what, and on how many threads.
#[derive(clap::Args)]
pub struct ModelArgs {
    /// `fast` (compiled in), a model directory in the Hugging Face layout, or one on the Hugging
    /// Face hub, as hf:OWNER/NAME or hf:OWNER/NAME@REVISION.
    #[arg(long, value_name = "fast|DIR|hf:OWNER/NAME", default_value = "fast")]
    model: String,
    /// Engine that runs it: our own, for BERT, or rust-bert, for many architectures.
    #[arg(long, value_enum, default_value_t = Backend::Native)]
    backend: Backend,
    /// Where the torch backend runs: cpu, cuda or cuda:N.
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    device: Device,
    /// Numbers that the torch backend reckons in; f32 on a CPU, f16 on a GPU unless given.
    #[arg(long, value_enum)]
    precision: Option<PrecisionArg>,
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

impl Backend {
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Torch => "torch",
        }
    }
}

/// As [`Precision`].
#[derive(Clone, Copy, ValueEnum)]
enum PrecisionArg {
    F32,
    F16,
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
        let directory = self.directory()?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from))
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
            Backend::Native if self.device != Device::Cpu || self.precision.is_some() => {
                anyhow::bail!("--device and --precision are for --backend torch: add it");
            }
            Backend::Native => Ok(Scorer::native(directory)?),
            #[cfg(feature = "torch")]
            Backend::Torch => Ok(Scorer::torch(directory, self.torch_options())?),
            #[cfg(not(feature = "torch"))]
            Backend::Torch => anyhow::bail!(
                "this newstance was built without the torch backend: see \"Your own model\" in the \
                 README for how to build it with `--features torch`"
            ),
        }
    }

    fn directory(&self) -> anyhow::Result<ModelDirectory> {
        if self.model == "fast" {
            return Ok(ModelDirectory::fast()?);
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

    fn torch_options(&self) -> TorchOptions {
        let precision = match (self.precision, self.device) {
            (Some(PrecisionArg::F32), _) | (None, Device::Cpu) => Precision::F32,
            (Some(PrecisionArg::F16), _) | (None, Device::Cuda(_)) => Precision::F16,
        };
        TorchOptions {
            device: self.device,
            precision,
        }
    }

    /// What ran the model, for the manifest.
    pub fn engine_name(&self) -> String {
        match self.backend {
            Backend::Native => self.backend.name().to_owned(),
            Backend::Torch => {
                let TorchOptions { device, precision } = self.torch_options();
                format!("{} {device} {precision}", self.backend.name())
            }
        }
    }
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
