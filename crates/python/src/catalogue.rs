//! Catalogues of actors as Python gives them.

use std::path::PathBuf;

use newstance::ErrorKind;
use newstance::actors::Catalogue;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors::{raised, raised_as};

/// What a catalogue that is no file is called in messages.
const NAME: &str = "actors";

/// The default catalogue, that of a file, or a dict with what a file holds.
pub fn catalogue(actors: Option<&Bound<'_, PyAny>>) -> PyResult<Catalogue> {
    let Some(actors) = actors else {
        return Ok(Catalogue::default());
    };
    let py = actors.py();
    let dict = match (actors.cast::<PyDict>(), actors.cast::<PyList>()) {
        (Ok(dict), _) => dict.clone(),
        (_, Ok(list)) => {
            let dict = PyDict::new(py);
            dict.set_item("actor", list)?;
            dict
        }
        _ => return Catalogue::read(&actors.extract::<PathBuf>()?).map_err(|it| raised(py, &it)),
    };
    let json: String = py
        .import("json")?
        .call_method1("dumps", (dict,))?
        .extract()?;
    let refuse = |error: String| PyValueError::new_err(format!("{NAME}: {error}"));
    let value: toml::Value = serde_json::from_str(&json).map_err(|it| refuse(it.to_string()))?;
    let text = toml::to_string(&value).map_err(|it| refuse(it.to_string()))?;
    Catalogue::parse(&text, NAME).map_err(|error| match error.kind() {
        ErrorKind::Catalogue => {
            let line = error
                .place()
                .rsplit(':')
                .next()
                .and_then(|it| it.parse().ok());
            let place = entry(&text, line.unwrap_or(0));
            raised_as(py, &error, &place, &by_entries(&text, &error.to_string()))
        }
        _ => raised(py, &error),
    })
}

/// The entry of the dict that stands on a line of its text: `actors["actor"][2]`.
fn entry(text: &str, line: usize) -> String {
    let lines = text.lines().take(line);
    match lines.filter(|line| *line == "[[actor]]").count() {
        0 => NAME.to_owned(),
        number => format!("{NAME}[\"actor\"][{}]", number - 1),
    }
}

/// A message with entries where it has lines.
fn by_entries(text: &str, message: &str) -> String {
    let mut parts = message.split("line ");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len()
            - part
                .trim_start_matches(|it: char| it.is_ascii_digit())
                .len();
        match part[..digits].parse() {
            Ok(line) => told.push_str(&entry(text, line)),
            Err(_) => told.push_str("line "),
        }
        told.push_str(&part[digits..]);
    }
    told
}
