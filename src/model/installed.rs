//! Which model a name means, and where models are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, iter};

use super::directory::CONFIG;
use super::{ModelDirectory, Scorer};
use crate::error::{Error, Result};

/// The model that is compiled in.
pub(crate) const FAST: &str = "fast";
/// The model that is too big to be compiled in.
pub(crate) const ACCURATE: &str = "accurate";
/// The one, then the other if it is unsure.
pub(crate) const BALANCED: &str = "balanced";
/// The variable that names a folder of models.
const MODELS: &str = "NEWSTANCE_MODELS";
/// Folders above the program that are looked into: target/release is two below a repository.
const DEPTH: usize = 3;
/// How like a known name an unknown one must be to be taken for a slip, from 0 to 1.
const LIKENESS: f64 = 0.8;

/// A model, or two of which the second is asked what the first is unsure of.
pub struct Models {
    /// The one that is asked first.
    pub first: ModelDirectory,
    /// The second, and the probability that no label of the first's answer must have.
    pub second: Option<(ModelDirectory, f32)>,
}

impl Models {
    /// The models of a name: `fast`, `accurate`, the cascade `balanced`, one that was added, a folder, or `hf:OWNER/NAME` if this
    /// newstance was built with the feature `hub`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if there is none, or its files do not fit each other;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if one cannot be read.
    ///
    /// ```
    /// use newstance::model::{Models, Scorer};
    ///
    /// let models = Models::find("fast")?;
    /// let scorer = models.scorer(Scorer::native)?;
    /// assert!(scorer.tells_tone());
    /// # Ok::<(), newstance::Error>(())
    /// ```
    pub fn find(name: &str) -> Result<Self> {
        if name != BALANCED {
            return Ok(Self {
                first: directory(name)?,
                second: None,
            });
        }
        let second = directory(ACCURATE).map_err(|error| match installed(ACCURATE) {
            Some(_) => error,
            None => Error::model(
                BALANCED,
                format!(
                    "this asks the model {ACCURATE} where {FAST} is unsure, and it is not installed"
                ),
                how_to_install(ACCURATE),
            ),
        })?;
        let rule = second.cascade().cloned().ok_or_else(|| {
            Error::model(
                second.name(),
                "there is no \"cascade\" in its newstance.json",
                "take the one that comes with this newstance",
            )
        })?;
        Ok(Self {
            first: directory(&rule.first)?,
            second: Some((second, rule.below)),
        })
    }

    /// The same, answering in another convention of labelling.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if a model knows no such convention.
    pub fn with_convention(self, convention: &str) -> Result<Self> {
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
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if weights can no longer be read.
    pub fn sha256(&self) -> Result<BTreeMap<String, String>> {
        let mut hashes = self.first.sha256()?;
        if let Some((second, _)) = &self.second {
            let name = second.name();
            let of_second = second.sha256()?.into_iter();
            hashes.extend(of_second.map(|(file, hash)| (format!("{name}/{file}"), hash)));
        }
        Ok(hashes)
    }

    /// A scorer that asks them, each loaded by `load`.
    ///
    /// # Errors
    ///
    /// Those of `load`.
    pub fn scorer<E>(
        &self,
        load: impl Fn(&ModelDirectory) -> std::result::Result<Scorer, E>,
    ) -> std::result::Result<Scorer, E> {
        let first = load(&self.first)?;
        Ok(match &self.second {
            Some((second, below)) => first.with_second(load(second)?, *below),
            None => first,
        })
    }
}

/// The model of a name, a folder or a hub.
fn directory(model: &str) -> Result<ModelDirectory> {
    #[cfg(feature = "fast")]
    if model == FAST {
        return ModelDirectory::fast();
    }
    if let Some(name) = model.strip_prefix("hf:") {
        return of_hub(name);
    }
    let path = Path::new(model);
    let is_name = path.components().count() == 1 && !path.exists();
    if ![FAST, ACCURATE].contains(&model) && !is_name {
        return ModelDirectory::read(path);
    }
    if let Some(folder) = installed(model) {
        return ModelDirectory::read(&folder);
    }
    Err(match meant(model) {
        Some(known) if known != model => {
            Error::model(model, "no such model", format!("did you mean `{known}`?"))
        }
        Some(_) => Error::model(model, "this model is not installed", how_to_install(model)),
        None => Error::model(
            model,
            "no such model",
            "give fast, balanced, accurate, the name of one that was added, a folder with config.json, tokenizer.json and \
             model.safetensors, or hf:OWNER/NAME",
        ),
    })
}

fn how_to_install(model: &str) -> String {
    format!(
        "`newstance models add FOLDER` installs models/{model} of newstance's repository; or set {MODELS} to the folder that has it"
    )
}

#[cfg(feature = "hub")]
fn of_hub(name: &str) -> Result<ModelDirectory> {
    super::hub::fetch(name)
}

#[cfg(not(feature = "hub"))]
fn of_hub(name: &str) -> Result<ModelDirectory> {
    Err(Error::model(
        format!("hf:{name}"),
        "this newstance cannot download models",
        "build it with `cargo build --release --features hub`, or give a folder with the model's files",
    ))
}

/// The name that is given, or that a slip was meant to be.
fn meant(model: &str) -> Option<&'static str> {
    let mut names = [FAST, BALANCED, ACCURATE].into_iter();
    names.find(|name| strsim::jaro_winkler(&model.to_lowercase(), name) >= LIKENESS)
}

/// Where models are added: `$NEWSTANCE_MODELS`, else the user's data folder. `None` if neither is known.
pub(super) fn models_folder() -> Option<PathBuf> {
    use etcetera::BaseStrategy;

    let named = env::var_os(MODELS).filter(|it| !it.is_empty());
    named.map(PathBuf::from).or_else(|| {
        let user = etcetera::choose_base_strategy().ok()?;
        Some(user.data_dir().join("newstance").join("models"))
    })
}

/// The folders that models are looked for in: where they are added, then `models` of the working directory and of the folders that the
/// program lies in.
fn folders_of_models() -> Vec<PathBuf> {
    let program = env::current_exe().and_then(fs::canonicalize).ok();
    let above = program
        .iter()
        .flat_map(|program| program.ancestors().skip(1));
    let beside = iter::once(Path::new("")).chain(above.take(DEPTH));
    let beside = beside.map(|folder| folder.join("models"));
    models_folder().into_iter().chain(beside).collect()
}

/// The folder of a model that is installed.
fn installed(name: &str) -> Option<PathBuf> {
    let mut places = folders_of_models()
        .into_iter()
        .map(|models| models.join(name));
    places.find(|place| place.is_dir())
}

/// The models that are installed, by name, each where it is found first.
pub fn installed_models() -> BTreeMap<String, PathBuf> {
    let mut models = BTreeMap::new();
    for folder in folders_of_models() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.path().join(CONFIG).is_file()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            models.entry(name).or_insert_with(|| entry.path());
        }
    }
    models
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
