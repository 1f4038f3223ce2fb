//! Which columns of a table, or fields of files, hold what.

use arrow_schema::Schema;
use newstance::corpus::FieldMap;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Which columns hold what, as keyword arguments say.
#[derive(Default)]
pub struct Names {
    /// Fields with their columns, as [`FieldMap::parse`] reads them.
    fields: Vec<String>,
    keep: Vec<String>,
    name: Option<String>,
}

const FIELDS: [&str; 6] = ["text", "title", "id", "source", "published", "url"];

impl Names {
    /// Of keyword arguments.
    pub fn of(arguments: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut names = Self::default();
        for (key, value) in arguments.into_iter().flatten() {
            let key: String = key.extract()?;
            match key.as_str() {
                "keep" => names.keep = some_or_all(&value)?,
                "name" => names.name = value.extract()?,
                field if FIELDS.contains(&field) => {
                    let column: Option<String> = value.extract()?;
                    names
                        .fields
                        .extend(column.map(|column| format!("{field}={column}")));
                }
                _ => {
                    let fields = FIELDS.join(", ");
                    let problem =
                        format!("no such argument: {key}; there are {fields}, keep and name");
                    return Err(PyTypeError::new_err(problem));
                }
            }
        }
        Ok(names)
    }

    /// What the table is called in messages, and in the ids of articles that have none.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("table")
    }

    /// Checks that columns are there which are to be kept.
    pub fn check_kept(&self, schema: &Schema) -> PyResult<()> {
        let columns = || schema.fields().iter().map(|it| it.name().as_str());
        let is_there = |path: &str| {
            let root = path.split('.').next();
            columns().any(|name| name == path || Some(name) == root)
        };
        let is_table = columns().next().is_some();
        match self.keep.iter().find(|name| !is_there(name)) {
            Some(name) if is_table => {
                let columns: Vec<&str> = columns().collect();
                let problem = format!(
                    "{name:?} is to be kept, and is no column: there are {}",
                    columns.join(", ")
                );
                Err(PyValueError::new_err(problem))
            }
            _ => Ok(()),
        }
    }

    pub fn map(&self) -> PyResult<FieldMap> {
        let map = FieldMap::parse(&self.fields.join(","));
        let mut map = map.map_err(PyValueError::new_err)?;
        map.keep(self.keep.clone());
        Ok(map)
    }
}

/// One text, several, or None for none.
pub fn some_or_all(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if value.is_none() {
        return Ok(Vec::new());
    }
    match value.extract::<String>() {
        Ok(one) => Ok(vec![one]),
        Err(_) => value.extract(),
    }
}
