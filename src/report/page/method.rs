//! How a run's figures came about, and how good its model is.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::super::manifest::Manifest;
use super::evidence::cut;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Method {
    model: String,
    backend: String,
    started: String,
    arguments: Vec<String>,
    /// Data set, measure and figure.
    figures: Vec<[String; 3]>,
}

/// The figures of the models that come with newstance.
#[derive(Deserialize)]
struct Figures {
    weights: Weights,
    figure: Vec<Figure>,
}

/// Hashes of the files by which these models are known.
#[derive(Deserialize)]
struct Weights {
    fast: String,
    accurate: String,
}

impl Weights {
    /// Which of them a run used.
    fn model(&self, manifest: &Manifest) -> Option<&'static str> {
        let has = |hash: &String| manifest.model_sha256.values().any(|it| it == hash);
        match (has(&self.fast), has(&self.accurate)) {
            (true, true) => Some("balanced"),
            (true, false) => Some("fast"),
            (false, true) => Some("accurate"),
            (false, false) => None,
        }
    }
}

#[derive(Deserialize)]
struct Figure {
    set: String,
    measure: String,
    #[serde(flatten)]
    of_model: HashMap<String, String>,
}

impl Method {
    pub fn of(manifest: &Manifest) -> Self {
        let figures: Figures = toml::from_str(include_str!("../../../models/figures.toml"))
            .expect("figures that the tests read");
        let known = figures.weights.model(manifest);
        let of_model = |it: Figure| Some([it.set, it.measure, it.of_model.get(known?)?.clone()]);
        Self {
            model: cut(known.unwrap_or(&manifest.model)),
            backend: cut(&manifest.backend),
            started: cut(&manifest.started),
            arguments: manifest
                .arguments
                .iter()
                .map(|it| cut(it))
                .take(64)
                .collect(),
            figures: figures.figure.into_iter().filter_map(of_model).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::ModelDirectory;

    /// A page says how good the model is that a run used, so the figures are those of README and of these very weights.
    #[test]
    fn figures_are_those_of_readme_and_of_the_weights() {
        let figures: Figures =
            toml::from_str(include_str!("../../../models/figures.toml")).unwrap();
        let readme = fs::read_to_string("README.md").unwrap().replace("**", "");
        for figure in &figures.figure {
            let of_all = ["fast", "balanced", "accurate"].map(|model| &*figure.of_model[model]);
            let ending = format!("| {} |\n", of_all.join(" | "));
            assert!(readme.contains(&ending), "{ending}");
        }
        for (folder, name) in [("models/fast", "fast"), ("models/accurate", "accurate")] {
            let directory = ModelDirectory::read(folder.as_ref()).unwrap();
            let manifest = Manifest {
                model_sha256: directory.sha256().unwrap(),
                ..Manifest::default()
            };
            assert_eq!(figures.weights.model(&manifest), Some(name));
        }
        assert_eq!(figures.weights.model(&Manifest::default()), None);
    }
}
