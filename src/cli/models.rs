//! `newstance models`: which models there are, and adding one.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;

use super::terminal;
use crate::model::{ACCURATE, BALANCED, FAST, add, changed, installed_models};

/// List the models that can be named, or add one.
///
/// The model `fast` is compiled in. Others are looked for in $NEWSTANCE_MODELS, or else in the user's data folder, where `add` puts
/// them; then in `models` beside the program and in the working directory.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  newstance models add newstance/models/accurate    from a clone of newstance's repository
  newstance models add accurate.tar.gz
  newstance models list";

#[derive(Subcommand)]
enum Command {
    /// Put a model where newstance finds it by its name, from the command, Python and Spark alike.
    ///
    /// The model `accurate` is checked to be the one that this version of newstance comes with; of any other, the hashes of its files are
    /// kept, and `list` tells if one has changed.
    Add {
        /// Folder of the model, or an archive of it: .zip, .tar, .tar.gz or .tar.zst.
        #[arg(value_name = "FILE|FOLDER")]
        source: PathBuf,
        /// What it is called; by default as its folder or archive.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Replace a model of that name.
        #[arg(long)]
        overwrite: bool,
    },
    /// List the models that can be named, with their folders.
    List,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    match &args.command {
        Command::Add {
            source,
            name,
            overwrite,
        } => {
            let added = add(source, name.as_deref(), *overwrite)?;
            let folder = added.folder.display().to_string();
            let checked = match added.is_known {
                true => "its hashes are those of newstance's own",
                false => "the hashes of its files are in SHA256SUMS there",
            };
            println!(
                "{} is in {}; {checked}",
                added.name,
                terminal::shown(&folder)
            );
        }
        Command::List => list()?,
    }
    Ok(())
}

fn list() -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let installed = installed_models();
    let mut tell = |name: &str, about: &str| {
        let about = terminal::shown(about);
        writeln!(out, "{name:10}  {about}")
    };
    if cfg!(feature = "fast") {
        tell(FAST, "compiled in")?;
    }
    let missing =
        format!("not installed: `newstance models add` puts models/{ACCURATE} in its place");
    let has_accurate = installed.contains_key(ACCURATE);
    if has_accurate {
        tell(BALANCED, "fast, and accurate where it is unsure")?;
    } else {
        tell(BALANCED, "needs accurate")?;
        tell(ACCURATE, &missing)?;
    }
    for (name, folder) in installed {
        if cfg!(feature = "fast") && name == FAST {
            continue;
        }
        let state = match changed(&folder) {
            Ok(None) => String::new(),
            Ok(Some(file)) => format!("; {file} is not what was added"),
            Err(error) => format!("; {error}"),
        };
        tell(&name, &format!("{}{state}", folder.display()))?;
    }
    Ok(())
}
