//! The engine: a catalogue and a model, loaded once.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use newstance::actors::Catalogue;
use newstance::corpus::{Article, Corpus, CorpusOptions, FieldMap};
use newstance::model::{ModelDirectory, Scorer};
use newstance::pipeline::{RunOptions, Stages, run};
use newstance::report::{FactBatches, FactTables};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator};

use crate::columns::Columns;
use crate::errors::raised;
use crate::pool::pool;
use crate::table::Facts;

/// A catalogue of actors and a model, loaded once.
///
/// actors: a catalogue file, or what it holds as a dict; by default Trump, Putin, Zelenskyy and Europe.
/// model: "fast", or the folder of a model.
/// threads: that score; by default one a processor.
/// first_person: whether "I" and "we" of an actor's own quotations are mentions.
/// any_language: whether articles are scored that are not in English.
#[pyclass(frozen, module = "newstance")]
pub struct Engine {
    stages: Arc<Stages>,
    threads: Option<usize>,
}

/// Which columns hold what.
struct Names {
    /// Fields with their columns, as [`FieldMap::parse`] reads them.
    fields: Vec<String>,
    keep: Vec<String>,
    name: String,
}

const FIELDS: [&str; 6] = ["text", "title", "id", "source", "published", "url"];

impl Names {
    /// Keyword arguments of `score` and `score_iter`.
    fn of(columns: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut names = Self {
            fields: Vec::new(),
            keep: Vec::new(),
            name: "table".to_owned(),
        };
        for (key, value) in columns.into_iter().flatten() {
            let key: String = key.extract()?;
            match key.as_str() {
                "keep" => names.keep = value.extract()?,
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

    fn map(&self) -> PyResult<FieldMap> {
        let map = FieldMap::parse(&self.fields.join(","));
        let mut map = map.map_err(PyValueError::new_err)?;
        map.keep(self.keep.clone());
        Ok(map)
    }
}

fn catalogue(actors: Option<&Bound<'_, PyAny>>) -> PyResult<Catalogue> {
    let Some(actors) = actors else {
        return Ok(Catalogue::default());
    };
    let py = actors.py();
    let raise = |error| raised(py, &error);
    if let Ok(dict) = actors.cast::<PyDict>() {
        let json: String = py
            .import("json")?
            .call_method1("dumps", (dict,))?
            .extract()?;
        let refuse = |error: String| PyValueError::new_err(format!("actors: {error}"));
        let value: toml::Value =
            serde_json::from_str(&json).map_err(|it| refuse(it.to_string()))?;
        let text = toml::to_string(&value).map_err(|it| refuse(it.to_string()))?;
        return Catalogue::parse(&text, "actors").map_err(raise);
    }
    Catalogue::read(&actors.extract::<PathBuf>()?).map_err(raise)
}

impl Engine {
    fn score_table(&self, table: &Bound<'_, PyAny>, names: &Names) -> PyResult<Facts> {
        let py = table.py();
        let columns = Columns::of(table)?;
        let facts = match columns.schema.fields().is_empty() {
            true => FactBatches::new(&names.keep).and_then(|mut none| none.take()),
            false => {
                let map = names.map()?;
                let pool = pool(self.threads)?;
                py.detach(|| {
                    interruptible(|stop| pool.install(|| self.run(columns, map, names, stop)))
                })?
            }
        };
        Facts::of(py, facts.map_err(|error| raised(py, &error))?)
    }

    /// Scores columns until all are scored, or it is to stop.
    fn run(
        &self,
        columns: Columns,
        fields: FieldMap,
        names: &Names,
        stop: &AtomicBool,
    ) -> newstance::Result<FactTables> {
        let options = CorpusOptions {
            fields,
            ..CorpusOptions::default()
        };
        let corpus = Corpus::of_batches(&names.name, &columns.schema, columns.batches, options)?;
        let mut sink = FactBatches::new(&names.keep)?;
        run(
            corpus,
            &self.stages,
            &RunOptions::default(),
            &mut sink,
            |_| match stop.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            },
        )?;
        sink.take()
    }
}

/// How often it is looked whether the user has interrupted.
const LOOK: Duration = Duration::from_millis(50);

/// Runs something in a thread of its own, while this one, which may be Python's main thread and is the only one that hears of signals
/// then, waits for it. What is run is told to stop if the user interrupts.
fn interruptible<T: Send>(run: impl FnOnce(&AtomicBool) -> T + Send) -> PyResult<T> {
    let stop = AtomicBool::new(false);
    let (sender, ended) = sync_channel(1);
    let mut interrupt = Ok(());
    let result = thread::scope(|scope| {
        let stop = &stop;
        let running = scope.spawn(move || {
            let result = run(stop);
            // Whoever waits is there until this thread ends.
            let _ = sender.send(());
            result
        });
        while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            if interrupt.is_ok() {
                interrupt = Python::attach(|py| py.check_signals());
                stop.store(interrupt.is_err(), Ordering::Relaxed);
            }
        }
        running.join()
    });
    interrupt?;
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        PyRuntimeError::new_err(text.unwrap_or_else(|| "a panic in scoring".to_owned()))
    })
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (actors = None, model = None, *, threads = None, first_person = false, any_language = false))]
    fn new(
        py: Python<'_>,
        actors: Option<&Bound<'_, PyAny>>,
        model: Option<PathBuf>,
        threads: Option<usize>,
        first_person: bool,
        any_language: bool,
    ) -> PyResult<Self> {
        if threads == Some(0) {
            return Err(PyValueError::new_err("threads: at least one"));
        }
        let catalogue = catalogue(actors)?;
        let loaded = py.detach(|| {
            let directory = match model.filter(|it| it.as_os_str() != "fast") {
                Some(folder) => ModelDirectory::read(&folder)?,
                None => ModelDirectory::fast()?,
            };
            Scorer::native(&directory)
        });
        let scorer = loaded.map_err(|error| raised(py, &error))?;
        let mut stages = Stages::new(catalogue, scorer);
        if first_person {
            stages = stages.with_first_person();
        }
        if any_language {
            stages = stages.with_any_language();
        }
        Ok(Self {
            stages: Arc::new(stages),
            threads,
        })
    }

    /// The ids of the actors.
    #[getter]
    fn actors(&self) -> Vec<&str> {
        let actors = self.stages.catalogue().actors().iter();
        actors.map(|actor| actor.id.as_str()).collect()
    }

    /// Scores the articles of a table, one a row: of pandas, polars, pyarrow or DuckDB, or a list of dicts.
    ///
    /// text, title, id, source, published, url: the columns that hold these; they are guessed where they are not given.
    /// keep: further columns, which the documents keep.
    /// name: what stands for the table in messages, and in the ids of articles that have none.
    #[pyo3(
        signature = (table, **columns),
        text_signature = "($self, table, *, text=None, title=None, id=None, source=None, published=None, url=None, keep=(), name='table')"
    )]
    fn score(
        &self,
        table: &Bound<'_, PyAny>,
        columns: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Facts> {
        self.score_table(table, &Names::of(columns)?)
    }

    /// Scores tables one by one, with the arguments of score. Ids and copies are told within a table.
    #[pyo3(
        signature = (tables, **columns),
        text_signature = "($self, tables, *, text=None, title=None, id=None, source=None, published=None, url=None, keep=(), name='table')"
    )]
    fn score_iter(
        this: Py<Self>,
        tables: &Bound<'_, PyAny>,
        columns: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Scored> {
        if tables.hasattr("__arrow_c_stream__")? {
            let problem = "this is one table: give it to score, or a list of tables to score_iter";
            return Err(PyTypeError::new_err(problem));
        }
        Ok(Scored {
            engine: this,
            tables: tables.try_iter()?.unbind(),
            names: Names::of(columns)?,
        })
    }

    /// The mentions of a text, each as a dict.
    fn explain<'py>(&self, py: Python<'py>, text: String) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let pool = pool(self.threads)?;
        let article = Article::of_text(text);
        let scored = py.detach(|| pool.install(|| self.stages.score(vec![article])));
        let scored = scored.map_err(|error| raised(py, &error))?;
        let catalogue = self.stages.catalogue();
        let mut found = Vec::new();
        for article in &scored {
            for it in &article.mentions {
                let mention = &it.mention;
                let row = PyDict::new(py);
                row.set_item("surface", &article.article.text[mention.bytes.clone()])?;
                row.set_item("start", mention.chars.start)?;
                row.set_item("end", mention.chars.end)?;
                row.set_item("actor", &catalogue.actors()[mention.actor].id)?;
                row.set_item("kind", mention.kind.name())?;
                row.set_item("antecedent", &mention.antecedent)?;
                row.set_item("voice", mention.voice.name())?;
                row.set_item("speaker", mention.speaker.name(catalogue))?;
                row.set_item("holder", mention.holder.name(catalogue))?;
                row.set_item("stance", it.answer.stance().as_f64())?;
                row.set_item("label", it.answer.label().name())?;
                found.push(row);
            }
        }
        Ok(found)
    }

    fn __repr__(&self) -> String {
        format!(
            "newstance.Engine({}; {})",
            self.actors().join(", "),
            self.stages.scorer().description()
        )
    }
}

/// Tables that are scored one by one.
#[pyclass(module = "newstance")]
struct Scored {
    engine: Py<Engine>,
    tables: Py<PyIterator>,
    names: Names,
}

#[pymethods]
impl Scored {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Facts>> {
        let Some(table) = self.tables.bind(py).clone().next() else {
            return Ok(None);
        };
        self.engine
            .get()
            .score_table(&table?, &self.names)
            .map(Some)
    }
}
