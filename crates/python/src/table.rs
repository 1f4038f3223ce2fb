//! Tables of facts, as Python sees them.

use std::ffi::CString;

use arrow_json::LineDelimitedWriter;
use arrow_schema::ArrowError;
use newstance::report::{Batches, FactTables};
use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};
use pyo3_arrow::PyTable;

/// A table of facts. Whatever reads Arrow takes it as it is, without copying: pandas, polars, pyarrow, DuckDB.
#[pyclass(frozen, module = "newstance")]
pub struct Table {
    name: &'static str,
    table: Batches,
}

/// Rows that a table shows of itself.
const SHOWN: usize = 10;
/// And columns, if it has one of these.
const TELLING: [&str; 11] = [
    "article_id",
    "date",
    "title",
    "surface",
    "actor",
    "voice",
    "speaker",
    "stance",
    "label",
    "mentions",
    "sentence",
];

impl Table {
    fn arrow(&self) -> PyResult<PyTable> {
        PyTable::try_new(self.table.batches.clone(), self.table.schema.clone())
    }
}

#[pymethods]
impl Table {
    /// The names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        let fields = self.table.schema.fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.table.rows()
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let table = self.arrow()?.into_pyobject(py)?;
        table.call_method0("__arrow_c_schema__")
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let table = self.arrow()?.into_pyobject(py)?;
        table.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    /// The rows as dicts; days are texts as JSON has them.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut lines = Vec::new();
        let mut writer = arrow_json::WriterBuilder::new()
            .with_explicit_nulls(true)
            .build::<_, arrow_json::writer::JsonArray>(&mut lines);
        let batches: Vec<_> = self.table.batches.iter().collect();
        writer.write_batches(&batches).map_err(refused)?;
        writer.finish().map_err(refused)?;
        drop(writer);
        let text = String::from_utf8(lines).map_err(|it| PyValueError::new_err(it.to_string()))?;
        match text.is_empty() {
            true => Ok(PyList::empty(py).into_any()),
            false => py.import("json")?.call_method1("loads", (text,)),
        }
    }

    /// The table as pandas has it, days as datetime64; needs pandas and pyarrow. Arguments are those of pyarrow's to_pandas.
    #[pyo3(signature = (**arguments))]
    fn to_pandas<'py>(
        this: &Bound<'py, Self>,
        arguments: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let all = PyDict::new(this.py());
        all.set_item("date_as_object", false)?;
        if let Some(arguments) = arguments {
            all.update(arguments.as_mapping())?;
        }
        Self::to_pyarrow(this)?.call_method("to_pandas", (), Some(&all))
    }

    /// The table as pyarrow has it; needs pyarrow.
    fn to_pyarrow<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        this.py().import("pyarrow")?.call_method1("table", (this,))
    }

    /// The table as polars has it; needs polars.
    fn to_polars<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        this.py()
            .import("polars")?
            .call_method1("DataFrame", (this,))
    }

    fn __repr__(&self) -> String {
        format!(
            "newstance.Table({}: {} rows; {})",
            self.name,
            self.table.rows(),
            self.column_names().join(", ")
        )
    }

    /// The first rows, as a notebook shows them.
    fn _repr_html_(&self) -> PyResult<String> {
        let mut lines = Vec::new();
        let mut writer = LineDelimitedWriter::new(&mut lines);
        let mut left = SHOWN;
        for batch in &self.table.batches {
            let rows = left.min(batch.num_rows());
            writer.write(&batch.slice(0, rows)).map_err(refused)?;
            left -= rows;
        }
        drop(writer);
        let all = self.column_names();
        let is_telling = |name: &String| TELLING.contains(&name.as_str());
        let names: Vec<&String> = match all.iter().any(is_telling) {
            true => all.iter().filter(|name| is_telling(name)).collect(),
            false => all.iter().collect(),
        };
        let mut html = String::from("<table><thead><tr>");
        for name in &names {
            html.push_str(&format!("<th>{}</th>", escaped(name)));
        }
        html.push_str("</tr></thead><tbody>");
        for line in lines
            .split(|&byte| byte == b'\n')
            .filter(|it| !it.is_empty())
        {
            let row: serde_json::Value = serde_json::from_slice(line)
                .map_err(|error| PyValueError::new_err(error.to_string()))?;
            html.push_str("<tr>");
            for name in &names {
                let value = match &row[name.as_str()] {
                    serde_json::Value::Null => String::new(),
                    serde_json::Value::String(text) => escaped(text),
                    other => escaped(&other.to_string()),
                };
                html.push_str(&format!("<td>{value}</td>"));
            }
            html.push_str("</tr>");
        }
        html.push_str(&format!(
            "</tbody></table><p>{}: {} rows; {} of {} columns are shown</p>",
            self.name,
            self.table.rows(),
            names.len(),
            all.len()
        ));
        Ok(html)
    }
}

fn refused(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

/// What an engine found: the tables of documents.csv, mentions.csv and rejected.csv.
#[pyclass(frozen, get_all, module = "newstance")]
pub struct Facts {
    /// A row an article.
    documents: Py<Table>,
    /// A row a mention.
    mentions: Py<Table>,
    /// A row a record that was not scored, or not as it is.
    rejected: Py<Table>,
}

impl Facts {
    /// Facts, with a warning if records were rejected, or there was nothing.
    pub fn of(py: Python<'_>, facts: FactTables) -> PyResult<Self> {
        let told = match (facts.documents.rows(), facts.rejected.rows()) {
            (0, 0) => Some("there was no article".to_owned()),
            (_, 0) => None,
            (documents, rejected) => Some(format!(
                "{documents} articles were read; {rejected} records were rejected, or read in part: see rejected"
            )),
        };
        if let Some(told) = told.and_then(|told| CString::new(told).ok()) {
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), &told, 2)?;
        }
        let table = |name, table| Py::new(py, Table { name, table });
        Ok(Self {
            documents: table("documents", facts.documents)?,
            mentions: table("mentions", facts.mentions)?,
            rejected: table("rejected", facts.rejected)?,
        })
    }
}

#[pymethods]
impl Facts {
    fn __repr__(&self) -> String {
        format!(
            "newstance.Facts({} documents, {} mentions, {} rejected)",
            self.documents.get().table.rows(),
            self.mentions.get().table.rows(),
            self.rejected.get().table.rows()
        )
    }

    fn _repr_html_(&self) -> PyResult<String> {
        let heading = escaped(&self.__repr__());
        Ok(format!(
            "<p>{heading}</p>{}",
            self.mentions.get()._repr_html_()?
        ))
    }
}
