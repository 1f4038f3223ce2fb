//! Tables, as Python sees them.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_json::LineDelimitedWriter;
use arrow_schema::ArrowError;
use newstance::report::{Batches, columns_of};
use pyo3::exceptions::{PyKeyError, PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList, PyTuple};
use pyo3_arrow::PyTable;

use crate::errors::raised;

/// A table. Whatever reads Arrow takes it as it is, without copying: pandas, polars, pyarrow, DuckDB.
#[pyclass(frozen, module = "newstance")]
pub struct Table {
    name: String,
    pub table: Batches,
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
    pub fn new(name: &str, table: Batches) -> Self {
        Self {
            name: name.to_owned(),
            table,
        }
    }

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

    /// What each column holds.
    #[getter]
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        let known = columns_of(&self.name).unwrap_or_default();
        let about = |name: &str| known.iter().find(|it| it.name == name).map(|it| it.about);
        for name in self.column_names() {
            let about = about(&name).unwrap_or("A column of the input.");
            all.set_item(name, about)?;
        }
        Ok(all)
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

    /// The first rows, as a table.
    #[pyo3(signature = (rows = 10))]
    pub fn head(&self, rows: usize) -> Self {
        let mut left = rows;
        let mut batches = Vec::new();
        for batch in &self.table.batches {
            let taken = left.min(batch.num_rows());
            if taken > 0 {
                batches.push(batch.slice(0, taken));
            }
            left -= taken;
        }
        let schema = self.table.schema.clone();
        Self::new(&self.name, Batches { schema, batches })
    }

    /// The values of a column, as a list.
    fn __getitem__<'py>(&self, py: Python<'py>, column: &str) -> PyResult<Bound<'py, PyAny>> {
        let Ok(place) = self.table.schema.index_of(column) else {
            return Err(PyKeyError::new_err(format!(
                "{column}: the columns are {}",
                self.column_names().join(", ")
            )));
        };
        let only = |batch: &RecordBatch| batch.project(&[place]).map_err(refused);
        let batches: PyResult<Vec<_>> = self.table.batches.iter().map(only).collect();
        let schema = self.table.schema.project(&[place]).map_err(refused)?;
        let one = Batches {
            schema: Arc::new(schema),
            batches: batches?,
        };
        let values = PyList::empty(py);
        for row in Self::new(&self.name, one).to_dicts(py)?.try_iter()? {
            values.append(row?.get_item(column)?)?;
        }
        Ok(values.into_any())
    }

    /// Writes the table as CSV, with the bytes of the file that `newstance score` writes of it.
    fn to_csv(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let file = File::create(&path).map_err(|error| at(&path, &error))?;
        let file = BufWriter::new(file);
        let written = py.detach(|| self.table.write_csv(file));
        written.map_err(|error| raised(py, &error))
    }

    fn __reduce__<'py>(
        this: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let table = this.get();
        let mut bytes = Vec::new();
        let mut stream = StreamWriter::try_new(&mut bytes, &table.table.schema).map_err(refused)?;
        for batch in &table.table.batches {
            stream.write(batch).map_err(refused)?;
        }
        stream.finish().map_err(refused)?;
        drop(stream);
        let bytes = PyBytes::new(this.py(), &bytes);
        let arguments = (&table.name, bytes).into_pyobject(this.py())?;
        Ok((this.get_type().getattr("_of_bytes")?, arguments))
    }

    /// A table of what Arrow's stream format has: what pickle calls.
    #[staticmethod]
    fn _of_bytes(name: &str, bytes: &[u8]) -> PyResult<Self> {
        let stream = StreamReader::try_new(bytes, None).map_err(refused)?;
        let schema = stream.schema();
        let batches: Result<Vec<RecordBatch>, ArrowError> = stream.collect();
        let batches = batches.map_err(refused)?;
        Ok(Self::new(name, Batches { schema, batches }))
    }

    /// The rows as dicts; days are texts as JSON has them.
    pub fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
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
    pub fn _repr_html_(&self) -> PyResult<String> {
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

/// A table as Python has it.
pub fn as_table(py: Python<'_>, name: &str, table: Batches) -> PyResult<Py<Table>> {
    Py::new(py, Table::new(name, table))
}

/// What the system said of a file.
pub fn at(path: &Path, error: &std::io::Error) -> PyErr {
    PyOSError::new_err(format!("{}: {error}", path.display()))
}

fn refused(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

pub fn escaped(text: &str) -> String {
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
