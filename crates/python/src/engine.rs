//! The engine: a catalogue and a model, loaded once.

use std::path::PathBuf;
use std::sync::Arc;

use newstance::actors::Catalogue;
use newstance::aggregate::Period;
use newstance::corpus::{Article, Corpus, CorpusOptions, DateOrder, Format};
use newstance::model::{Models, Scorer};
use newstance::pipeline::Stages;
use newstance::report::{self, Ended, Existing, ScoreOptions, TableFormat, TableOptions};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyString, PyTuple};

use crate::catalogue::catalogue;
use crate::columns::Columns;
use crate::errors::raised;
use crate::facts::{Facts, json};
use crate::names::{Names, some_or_all};
use crate::parts::surveyed;
use crate::pool::{on_pool, pool};
use crate::table::Table;
use crate::watch::{Bar, watched};

/// A catalogue of actors and a model, loaded once.
///
/// actors: a catalogue file, or what it holds as a dict or the list of its actors; by default Trump, Putin, Zelenskyy and Europe. As in
///     [{"id": "nato", "name": "NATO", "kind": "bloc", "names": ["NATO", "Atlantic alliance"], "roles": ["alliance"]},
///      {"id": "merkel", "name": "Angela Merkel", "kind": "person", "names": ["Angela Merkel", "Merkel"], "roles": ["chancellor"]}]
///     `newstance actors show` prints a catalogue with all that can be said of an actor.
/// model: "fast", "balanced", "accurate", the name of one that `newstance models add` has put in its place, or a folder.
/// threads: that score; by default one a processor.
/// first_person: whether "I" and "we" of an actor's own quotations are mentions.
/// any_language: whether articles are scored that are not in English.
/// tone: whether mentions tell the tone of their sentence, too.
#[pyclass(frozen, module = "newstance")]
pub struct Engine {
    engine: Arc<report::Engine>,
    settings: Settings,
}

/// What an engine is made of beside its catalogue.
#[derive(Clone)]
struct Settings {
    model: String,
    threads: Option<usize>,
    first_person: bool,
    any_language: bool,
    tone: bool,
}

impl Engine {
    fn load(py: Python<'_>, catalogue: Catalogue, settings: Settings) -> PyResult<Self> {
        if settings.threads == Some(0) {
            return Err(PyValueError::new_err("threads: at least one"));
        }
        let loaded = on_pool(py, settings.threads, || {
            let models = Models::find(&settings.model)?;
            let mut stages = Stages::new(catalogue, models.scorer(Scorer::native)?);
            if settings.first_person {
                stages = stages.with_first_person();
            }
            if settings.any_language {
                stages = stages.with_any_language();
            }
            if settings.tone {
                stages = stages.with_tone()?;
            }
            report::Engine::new(stages, models)
        })?;
        Ok(Self {
            engine: Arc::new(loaded.map_err(|error| raised(py, &error))?),
            settings,
        })
    }

    fn score_table(
        &self,
        table: &Bound<'_, PyAny>,
        names: &Names,
        progress: Option<bool>,
    ) -> PyResult<Facts> {
        let py = table.py();
        let map = names.map()?;
        let columns = Columns::of(table)?;
        names.check_kept(&columns.schema)?;
        let pool = pool(self.settings.threads)?;
        let bar = Bar::new(py, table.len().ok(), progress)?;
        let scored = watched(py, &bar, |watch| {
            let options = CorpusOptions {
                fields: map.clone(),
                ..CorpusOptions::default()
            };
            let corpus = match columns.schema.fields().is_empty() {
                true => Corpus::open(&[], options)?,
                false => {
                    Corpus::of_batches(names.name(), &columns.schema, columns.batches, options)?
                }
            };
            let score = || {
                self.engine
                    .score_tables(corpus, &map, |it| watch.progress(it))
            };
            pool.install(score)
        })?;
        let facts = Facts::of(scored.map_err(|error| raised(py, &error))?);
        facts.warn(py)?;
        Ok(facts)
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (actors = None, model = PathBuf::from("fast"), *, threads = None, first_person = false, any_language = false, tone = false))]
    #[pyo3(
        text_signature = "(actors=None, model='fast', *, threads=None, first_person=False, any_language=False, tone=False)"
    )]
    fn new(
        py: Python<'_>,
        actors: Option<&Bound<'_, PyAny>>,
        model: PathBuf,
        threads: Option<usize>,
        first_person: bool,
        any_language: bool,
        tone: bool,
    ) -> PyResult<Self> {
        let settings = Settings {
            model: model.to_string_lossy().into_owned(),
            threads,
            first_person,
            any_language,
            tone,
        };
        Self::load(py, catalogue(actors)?, settings)
    }

    /// An engine of what another one was made of: what pickle calls.
    #[staticmethod]
    fn _of_text(
        py: Python<'_>,
        text: &str,
        model: String,
        threads: Option<usize>,
        first_person: bool,
        any_language: bool,
        tone: bool,
    ) -> PyResult<Self> {
        let catalogue = Catalogue::parse(text, "actors").map_err(|error| raised(py, &error))?;
        let settings = Settings {
            model,
            threads,
            first_person,
            any_language,
            tone,
        };
        Self::load(py, catalogue, settings)
    }

    /// What it was made of: the text of the catalogue, model, threads, first_person, any_language and tone.
    fn _made_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let it = &self.settings;
        let text = self.engine.stages().catalogue().text();
        (
            text,
            &it.model,
            it.threads,
            it.first_person,
            it.any_language,
            it.tone,
        )
            .into_pyobject(py)
    }

    /// An engine is made anew where it is sent to, once a process.
    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let anew = py.import("newstance")?.getattr("_engine")?;
        Ok((anew, self._made_of(py)?))
    }

    /// The ids of the actors.
    #[getter]
    fn actors(&self) -> Vec<&str> {
        let actors = self.engine.stages().catalogue().actors().iter();
        actors.map(|actor| actor.id.as_str()).collect()
    }

    /// Scores the articles of a table, one a row: of pandas, polars, pyarrow or DuckDB, or a list of dicts.
    ///
    /// text, title, id, source, published, url: the columns that hold these; they are guessed where they are not given.
    /// keep: further columns, which the documents keep.
    /// name: what stands for the table in messages, and in the ids of articles that have none.
    /// progress: whether tqdm shows it; by default if tqdm is installed, and on a terminal or in a notebook.
    #[pyo3(
        signature = (table, *, progress = None, **columns),
        text_signature = "($self, table, *, text=None, title=None, id=None, source=None, published=None, url=None, keep=(), name='table', progress=None)"
    )]
    fn score(
        &self,
        table: &Bound<'_, PyAny>,
        progress: Option<bool>,
        columns: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Facts> {
        self.score_table(table, &Names::of(columns)?, progress)
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
    ) -> PyResult<FactsIterator> {
        if tables.hasattr("__arrow_c_stream__")? {
            let problem = "this is one table: give it to score, or a list of tables to score_iter";
            return Err(PyTypeError::new_err(problem));
        }
        Ok(FactsIterator {
            engine: this,
            tables: tables.try_iter()?.unbind(),
            names: Names::of(columns)?,
        })
    }

    /// Scores files into a folder of tables, as the command `newstance score` does, and gives the manifest as a dict.
    ///
    /// inputs: a file, folder or glob, or several.
    /// output: the folder; facts, derived tables and manifest.json.
    /// text, title, id, source, published, url, keep: as in score, of the files' fields.
    /// input_format: that of the inputs, if their names do not say it.
    /// period: how long the periods of the timeline are: day, week, month or year.
    /// formats: of the tables: csv, parquet, jsonl, xlsx.
    /// existing: what becomes of what the folder has: "keep" it and fail, "replace" a report, or "resume" a run that broke off.
    /// limit: articles at most. progress: as in score.
    #[pyo3(
        signature = (inputs, output, *, input_format = None, period = "month", formats = None, existing = "keep", limit = None, progress = None, **columns),
        text_signature = "($self, inputs, output, *, text=None, title=None, id=None, source=None, published=None, url=None, keep=(), input_format=None, period='month', formats=('csv',), existing='keep', limit=None, progress=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords of Python")]
    fn score_files<'py>(
        &self,
        py: Python<'py>,
        inputs: &Bound<'py, PyAny>,
        output: PathBuf,
        input_format: Option<&str>,
        period: &str,
        formats: Option<&Bound<'py, PyAny>>,
        existing: &str,
        limit: Option<u64>,
        progress: Option<bool>,
        columns: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let names = Names::of(columns)?;
        let mut tables = TableOptions::default();
        if let Some(formats) = formats {
            tables.formats = some_or_all(formats)?
                .iter()
                .map(|name| named("formats", name, &TableFormat::ALL, TableFormat::name))
                .collect::<PyResult<_>>()?;
        }
        let existing = match existing {
            "keep" => Existing::Keep,
            "replace" => Existing::Replace,
            "resume" => Existing::Resume,
            other => {
                let problem = format!("existing: {other:?} is none of keep, replace, resume");
                return Err(PyValueError::new_err(problem));
            }
        };
        let format = input_format
            .map(|name| named("input_format", name, &Format::ALL, Format::name))
            .transpose()?;
        let options = ScoreOptions {
            existing,
            fields: names.map()?,
            format,
            period: period_of(period)?,
            tables,
            limit,
            arguments: vec!["score_files".to_owned()],
            ..ScoreOptions::default()
        };
        let inputs = paths(inputs)?;
        let pool = pool(self.settings.threads)?;
        let bar = Bar::new(py, None, progress)?;
        let ended = watched(py, &bar, |watch| {
            let corpus = CorpusOptions {
                format,
                fields: options.fields.clone(),
                output: Some(output.clone()),
            };
            let corpus = Corpus::open(&inputs, corpus)?;
            let score = || {
                self.engine
                    .score_into(&output, corpus, &options, |it| watch.progress(it))
            };
            pool.install(score)
        })?;
        match ended.map_err(|error| raised(py, &error))? {
            Ended::Whole(finished) => json(py, &finished.manifest),
            // What was interrupted has raised that.
            Ended::Interrupted(counts) => json(py, &counts),
            Ended::NothingRead(skipped) => {
                let problem = format!(
                    "no article was read from {}; {} files are of no known format",
                    inputs.join(", "),
                    skipped.files
                );
                Err(PyValueError::new_err(problem))
            }
        }
    }

    /// The mentions of a text, each as a dict.
    fn explain<'py>(&self, py: Python<'py>, text: String) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let article = Article::of_text(text);
        let stages = self.engine.stages();
        let scored = on_pool(py, self.settings.threads, || stages.score(vec![article]))?;
        let scored = scored.map_err(|error| raised(py, &error))?;
        let catalogue = stages.catalogue();
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

    /// Scores a piece of a part of a corpus, given how many records of the part are before it, and what the corpus's dates told. Gives
    /// the facts, which are still to be settled, and the survey of the piece.
    #[pyo3(signature = (table, records_before, order, **columns))]
    fn _score_part(
        &self,
        table: &Bound<'_, PyAny>,
        records_before: u64,
        order: (u64, u64),
        columns: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(Facts, Table)> {
        let py = table.py();
        let map = Names::of(columns)?.map()?;
        let given = Columns::of(table)?;
        let order = DateOrder {
            day_first: order.0,
            month_first: order.1,
        };
        let pool = pool(self.settings.threads)?;
        let bar = Bar::new(py, None, Some(false))?;
        let scored = watched(py, &bar, |watch| {
            let options = CorpusOptions {
                fields: map.clone(),
                ..CorpusOptions::default()
            };
            let (schema, batches) = (&given.schema, given.batches);
            let (corpus, survey) =
                Corpus::of_part(schema, batches, options, records_before, order)?;
            let score = || {
                self.engine
                    .score_tables(corpus, &map, |it| watch.progress(it))
            };
            Ok((pool.install(score)?, survey))
        })?;
        let (facts, survey) = scored.map_err(|error: newstance::Error| raised(py, &error))?;
        Ok((Facts::of(facts), surveyed(py, &survey)?))
    }

    fn __repr__(&self) -> String {
        format!(
            "newstance.Engine({}; {})",
            self.actors().join(", "),
            self.engine.stages().scorer().description()
        )
    }
}

/// One of some values by its name.
fn named<T: Copy>(
    argument: &str,
    name: &str,
    all: &[T],
    name_of: fn(T) -> &'static str,
) -> PyResult<T> {
    let mut known = all.iter().copied();
    known.find(|it| name_of(*it) == name).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|it| name_of(*it)).collect();
        let problem = format!("{argument}: {name:?} is none of {}", names.join(", "));
        PyValueError::new_err(problem)
    })
}

/// A period by its name.
pub fn period_of(name: &str) -> PyResult<Period> {
    named("period", name, &Period::ALL, Period::name)
}

/// One path, or several.
fn paths(inputs: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    if inputs.is_instance_of::<PyString>() || inputs.hasattr("__fspath__")? {
        return Ok(vec![text(inputs.extract()?)]);
    }
    let paths: Vec<PathBuf> = inputs.extract()?;
    Ok(paths.into_iter().map(text).collect())
}

/// Tables that are scored one by one.
#[pyclass(module = "newstance")]
struct FactsIterator {
    engine: Py<Engine>,
    tables: Py<PyIterator>,
    names: Names,
}

#[pymethods]
impl FactsIterator {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Facts>> {
        let Some(table) = self.tables.bind(py).clone().next() else {
            return Ok(None);
        };
        self.engine
            .get()
            .score_table(&table?, &self.names, Some(false))
            .map(Some)
    }
}
