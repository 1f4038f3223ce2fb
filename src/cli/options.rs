//! Options that several subcommands share.

use std::path::PathBuf;

use anyhow::Context;
use newstance::actors::Catalogue;
use newstance::model::ModelDirectory;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Which model scores, and on how many threads.
#[derive(clap::Args)]
pub struct ModelArgs {
    /// `fast` (compiled in) or a model directory in the Hugging Face layout.
    #[arg(long, value_name = "fast|DIR", default_value = "fast")]
    model: String,
    /// Threads that score; by default one per core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl ModelArgs {
    pub fn directory(&self) -> newstance::Result<ModelDirectory> {
        match self.model.as_str() {
            "fast" => ModelDirectory::fast(),
            directory => ModelDirectory::read(&PathBuf::from(directory)),
        }
    }

    pub fn pool(&self) -> anyhow::Result<ThreadPool> {
        ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from))
            .build()
            .context("cannot start the threads; try a smaller --threads")
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
