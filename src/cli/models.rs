//! Which model a name means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, iter};

use anyhow::{Context, bail};

use crate::model::ModelDirectory;

/// The model that is compiled in.
const FAST: &str = "fast";
/// The model that is too big to be compiled in.
const ACCURATE: &str = "accurate";
/// The one, then the other if it is unsure.
const BALANCED: &str = "balanced";
/// The folder of models, if it is not beside the program or the working directory.
const MODELS: &str = "NEWSTANCE_MODELS";
/// Folders above the program that are looked into: target/release is two below a repository.
const DEPTH: usize = 3;
/// How like a known name an unknown one must be to be taken for a slip, from 0 to 1.
const LIKENESS: f64 = 0.8;

/// A model, or two of which the second is asked what the first is unsure of.
pub struct Chosen {
    pub first: ModelDirectory,
    /// The second, and the probability that no label of the first's answer must have.
    pub second: Option<(ModelDirectory, f32)>,
}

impl Chosen {
    /// The same, answering in another convention of labelling.
    pub fn with_convention(self, convention: &str) -> crate::Result<Self> {
        let second = self
            .second
            .map(|(second, below)| Ok((second.with_convention(convention)?, below)));
        Ok(Self {
            first: self.first.with_convention(convention)?,
            second: second.transpose()?,
        })
    }

    /// What reports call the models.
    pub fn name(&self) -> String {
        match &self.second {
            Some((second, _)) => format!("{}, then {}", self.first.name(), second.name()),
            None => self.first.name().to_owned(),
        }
    }

    /// SHA-256 of the models' files, by name; those of a second model with its name before.
    pub fn sha256(&self) -> crate::Result<BTreeMap<String, String>> {
        let mut hashes = self.first.sha256()?;
        if let Some((second, _)) = &self.second {
            let name = second.name();
            let of_second = second.sha256()?.into_iter();
            hashes.extend(of_second.map(|(file, hash)| (format!("{name}/{file}"), hash)));
        }
        Ok(hashes)
    }
}

/// The model of a name, a folder or a hub, or the cascade `balanced`.
pub fn chosen(model: &str) -> anyhow::Result<Chosen> {
    if model != BALANCED {
        return Ok(Chosen {
            first: directory(model)?,
            second: None,
        });
    }
    let second = directory(ACCURATE)?;
    let rule = second.cascade().cloned().with_context(|| {
        let name = second.name();
        format!("{name} has no \"cascade\" in its newstance.json; take the one that comes with this newstance")
    })?;
    Ok(Chosen {
        first: directory(&rule.first)?,
        second: Some((second, rule.below)),
    })
}

/// The model of a name, a folder or a hub.
fn directory(model: &str) -> anyhow::Result<ModelDirectory> {
    match model {
        #[cfg(feature = "fast")]
        FAST => return Ok(ModelDirectory::fast()?),
        #[cfg(not(feature = "fast"))]
        FAST => return Ok(ModelDirectory::read(&installed(FAST)?)?),
        ACCURATE => return Ok(ModelDirectory::read(&installed(ACCURATE)?)?),
        _ => {}
    }
    if let Some(name) = model.strip_prefix("hf:") {
        #[cfg(feature = "hub")]
        return Ok(crate::model::hub::fetch(name)?);
        #[cfg(not(feature = "hub"))]
        bail!(
            "hf:{name}: this newstance cannot download models; build it with `cargo build --release \
             --features hub`, or give a folder with the model's files"
        );
    }
    let path = Path::new(model);
    if !path.exists()
        && let Some(known) = meant(model)
    {
        bail!("{model}: no such model directory; did you mean the model `{known}`?");
    }
    Ok(ModelDirectory::read(path)?)
}

/// The name that a slip was meant to be.
fn meant(model: &str) -> Option<&'static str> {
    let mut names = [FAST, BALANCED, ACCURATE].into_iter();
    names.find(|name| strsim::jaro_winkler(&model.to_lowercase(), name) >= LIKENESS)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_known() {
        assert_eq!(meant("acurate"), Some(ACCURATE));
        assert_eq!(meant("Accurate"), Some(ACCURATE));
        assert_eq!(meant("fats"), Some(FAST));
        assert_eq!(meant("models/mine"), None);
        assert_eq!(meant(""), None);
    }
}
