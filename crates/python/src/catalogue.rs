//! Catalogues of actors as Python gives them.

use std::path::PathBuf;

use newstance::ErrorKind;
use newstance::actors::Catalogue;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{raised, raised_at};

/// What a catalogue that is no file is called in messages.
const NAME: &str = "actors";

/// The default catalogue, that of a file, or a dict with what a file holds.
pub fn catalogue(actors: Option<&Bound<'_, PyAny>>) -> PyResult<Catalogue> {
    let Some(actors) = actors else {
        return Ok(Catalogue::default());
    };
    let py = actors.py();
    let Ok(dict) = actors.cast::<PyDict>() else {
        return Catalogue::read(&actors.extract::<PathBuf>()?).map_err(|it| raised(py, &it));
    };
    let json: String = py
        .import("json")?
        .call_method1("dumps", (dict,))?
        .extract()?;
    let refuse = |error: String| PyValueError::new_err(format!("{NAME}: {error}"));
    let value: toml::Value = serde_json::from_str(&json).map_err(|it| refuse(it.to_string()))?;
    let text = toml::to_string(&value).map_err(|it| refuse(it.to_string()))?;
    Catalogue::parse(&text, NAME).map_err(|error| match error.kind() {
        ErrorKind::Catalogue => raised_at(py, &error, &entry(&text, error.place())),
        _ => raised(py, &error),
    })
}

/// The entry of the dict that stands on a line of its text: `actors["actor"][2]`.
fn entry(text: &str, place: &str) -> String {
    let line = place.rsplit(':').next().and_then(|it| it.parse().ok());
    let lines = text.lines().take(line.unwrap_or(0));
    match lines.filter(|line| *line == "[[actor]]").count() {
        0 => NAME.to_owned(),
        number => format!("{NAME}[\"actor\"][{}]", number - 1),
    }
}
