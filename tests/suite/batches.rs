//! Tables in memory: the same facts as of files.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, StructArray};
use arrow_json::LineDelimitedWriter;
use arrow_schema::{DataType, Field, Fields, Schema};
use newstance::ErrorKind;
use newstance::actors::Catalogue;
use newstance::corpus::{Corpus, CorpusOptions, DateOrder, FieldMap, Planner, date_order};
use newstance::model::{ModelDirectory, Models, Scorer};
use newstance::pipeline::{Progress, RunOptions, Stages, run};
use newstance::report::{
    Batches, DeriveOptions, DeriveOutput, Engine, FactBatches, FactTables, Scored, ScoredTables,
    aggregate, page, read_facts, save, settle,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use crate::common::{TABLES, score};

/// Scores a table, and gives its facts.
fn facts(table: Vec<RecordBatch>, keep: &[&str]) -> FactTables {
    let directory = ModelDirectory::fast().unwrap();
    let stages = Stages::new(Catalogue::default(), Scorer::native(&directory).unwrap());
    let schema = table[0].schema();
    let kept: Vec<String> = keep.iter().map(|name| (*name).to_owned()).collect();
    let mut fields = FieldMap::default();
    fields.keep(kept.clone());
    let options = CorpusOptions {
        fields,
        ..CorpusOptions::default()
    };
    let batches = table.into_iter().map(Ok);
    let corpus = Corpus::of_batches("table", &schema, batches, options).unwrap();
    let mut sink = FactBatches::new(&kept).unwrap();
    let go_on = |_: &_| ControlFlow::Continue(());
    run(corpus, &stages, &RunOptions::default(), &mut sink, go_on).unwrap();
    sink.take().unwrap()
}

/// Rows as lines of JSON, whatever batches they lie in.
fn lines(batches: &[RecordBatch]) -> String {
    let mut lines = Vec::new();
    let mut writer = LineDelimitedWriter::new(&mut lines);
    writer
        .write_batches(&batches.iter().collect::<Vec<_>>())
        .unwrap();
    writer.finish().unwrap();
    String::from_utf8(lines).unwrap()
}

fn parquet(file: &Path) -> Vec<RecordBatch> {
    let file = File::open(file).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    builder.build().unwrap().map(Result::unwrap).collect()
}

fn texts(values: Vec<Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

/// samples/wire.jsonl as a table whose outlet is a field of a field.
fn wire() -> RecordBatch {
    let wire = std::fs::read_to_string("samples/wire.jsonl").unwrap();
    let articles: Vec<serde_json::Value> = wire
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let column = |name: &str| {
        let values = articles
            .iter()
            .map(|it| it[name].as_str().map(str::to_owned));
        texts(values.collect())
    };
    let name = Fields::from(vec![Field::new("name", DataType::Utf8, true)]);
    let outlet: ArrayRef = Arc::new(StructArray::new(name.clone(), vec![column("outlet")], None));
    let nullable = |name: &str, kind: DataType| Field::new(name, kind, true);
    let fields = vec![
        nullable("id", DataType::Utf8),
        nullable("source", DataType::Struct(name)),
        nullable("published", DataType::Utf8),
        nullable("title", DataType::Utf8),
        nullable("url", DataType::Utf8),
        nullable("body", DataType::Utf8),
    ];
    let columns = vec![
        column("id"),
        outlet,
        column("published"),
        column("title"),
        column("url"),
        column("body"),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn a_table_has_the_facts_of_its_file() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &["--format", "parquet"]);
    let table = wire();
    let rows = table.num_rows();
    // In batches of any size.
    for batches in [
        vec![table.clone()],
        (0..rows).map(|at| table.slice(at, 1)).collect(),
    ] {
        let facts = facts(batches, &[]);
        for (name, found) in [
            ("documents", &facts.documents),
            ("mentions", &facts.mentions),
            ("rejected", &facts.rejected),
        ] {
            let of_file = parquet(&out.join(format!("{name}.parquet")));
            assert_eq!(lines(&found.batches), lines(&of_file), "{name}");
            if let Some(of_file) = of_file.first() {
                assert_eq!(found.schema.fields(), of_file.schema().fields(), "{name}");
            }
        }
    }
}

#[test]
fn bad_rows_are_rejected_with_their_place() {
    let text = |text: &str| Some(text.to_owned());
    let table = RecordBatch::try_from_iter([
        ("id", texts(vec![text("a"), text("b"), text("a"), None])),
        (
            "text",
            texts(vec![
                text("Putin lied."),
                None,
                text("Trump won."),
                text("Trump lost."),
            ]),
        ),
        ("desk", texts(vec![text("x"), None, None, text("y")])),
    ])
    .unwrap();
    let facts = facts(vec![table], &["desk"]);
    let documents = lines(&facts.documents.batches);
    assert_eq!(
        documents.matches("\"article_id\"").count(),
        2,
        "{documents}"
    );
    assert!(documents.contains("\"desk\":\"y\""), "{documents}");
    let rejected = lines(&facts.rejected.batches);
    for (place, kind) in [("record 2", "no-text"), ("record 3", "duplicate")] {
        let row = format!("\"place\":\"{place}\",\"kind\":\"{kind}\"");
        assert!(rejected.contains(&row), "{rejected}");
    }
}

#[test]
fn a_table_without_texts_is_refused() {
    let table = RecordBatch::try_from_iter([("headline", texts(vec![None]))]).unwrap();
    let schema = table.schema();
    let corpus = Corpus::of_batches("table", &schema, [Ok(table)], CorpusOptions::default());
    let message = corpus.err().unwrap().to_string();
    assert!(message.contains("no column holds the text"), "{message}");
}

fn engine() -> Engine {
    let models = Models::find("fast").unwrap();
    let scorer = models.scorer(Scorer::native).unwrap();
    Engine::new(Stages::new(Catalogue::default(), scorer), models).unwrap()
}

fn go_on(_: &Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Scores a table, with a manifest.
fn scored(table: &RecordBatch) -> ScoredTables {
    let batches = [Ok(table.clone())];
    let schema = table.schema();
    let corpus = Corpus::of_batches("table", &schema, batches, CorpusOptions::default());
    let fields = FieldMap::default();
    engine()
        .score_tables(corpus.unwrap(), &fields, go_on)
        .unwrap()
}

fn same_facts(found: &FactTables, expected: &FactTables) {
    for (found, expected, name) in [
        (&found.documents, &expected.documents, "documents"),
        (&found.mentions, &expected.mentions, "mentions"),
        (&found.rejected, &expected.rejected, "rejected"),
    ] {
        assert_eq!(lines(&found.batches), lines(&expected.batches), "{name}");
    }
}

/// What a careful reader of one table must not miss, spread over parts: ids that come twice, among them those of articles without
/// one, copies, dates whose order another part tells, records without a text.
fn untidy() -> RecordBatch {
    let story = "Critics condemned Putin in Moscow on Friday, and they praised Zelenskyy for his courage in the long and bitter war \
        that has gone on for years without an end in sight for anybody.";
    let rows = [
        (Some("a"), Some(story), "03/04/2025"),
        (None, Some("Trump lied to them."), "03/04/2025"),
        (Some("a"), Some("Putin lied to them."), ""),
        (Some("b"), None, ""),
        (Some("c"), Some(story), "15/04/2025"),
        (None, Some("Trump was praised. [+12 chars]"), "not a day"),
        (
            Some("table:6"),
            Some("Zelenskyy was praised. [+12 chars]"),
            "",
        ),
        (Some("d"), Some("Trump was praised by all."), "2025-05-01"),
    ];
    let column = |values: Vec<Option<&str>>| {
        texts(values.into_iter().map(|it| it.map(str::to_owned)).collect())
    };
    RecordBatch::try_from_iter([
        ("id", column(rows.iter().map(|it| it.0).collect())),
        ("text", column(rows.iter().map(|it| it.1).collect())),
        (
            "published",
            column(rows.iter().map(|it| Some(it.2)).collect()),
        ),
    ])
    .unwrap()
}

#[test]
fn parts_that_are_scored_apart_make_the_facts_of_the_whole() {
    let table = untidy();
    let whole = scored(&table);
    let schema = table.schema();
    let rejected = lines(&whole.facts.rejected.batches);
    assert_eq!(
        rejected.matches("\"kind\":\"duplicate\"").count(),
        2,
        "{rejected}"
    );
    assert!(lines(&whole.facts.documents.batches).contains("\"copy_of\":\"a\""));
    let engine = engine();
    let fields = FieldMap::default();
    let order = date_order(&schema, [Ok(table.clone())], &fields).unwrap();
    assert_eq!(
        order,
        DateOrder {
            day_first: 1,
            month_first: 0
        }
    );
    for length in [1, 3, table.num_rows()] {
        let parts = (0..table.num_rows()).step_by(length);
        let parts: Vec<(ScoredTables, RecordBatch)> = parts
            .map(|start| {
                let part = table.slice(start, length.min(table.num_rows() - start));
                let options = CorpusOptions::default();
                let (corpus, survey) =
                    Corpus::of_part(&schema, [Ok(part)], options, 0, order).unwrap();
                let facts = engine.score_tables(corpus, &fields, go_on).unwrap();
                (facts, survey.take().unwrap())
            })
            .collect();
        let mut planner = Planner::new("table");
        let mut together: Option<FactTables> = None;
        for (facts, survey) in &parts {
            let plan = planner.plan(survey).unwrap();
            let more = settle(facts, &plan, "table").unwrap();
            match &mut together {
                None => together = Some(more),
                Some(all) => {
                    all.documents.batches.extend(more.documents.batches);
                    all.mentions.batches.extend(more.mentions.batches);
                    all.rejected.batches.extend(more.rejected.batches);
                }
            }
        }
        same_facts(&together.unwrap(), &whole.facts);
    }
}

#[test]
fn a_plan_of_another_part_is_refused() {
    let table = untidy();
    let schema = table.schema();
    let part = |part: RecordBatch| {
        let options = CorpusOptions::default();
        let order = DateOrder::default();
        let (corpus, survey) = Corpus::of_part(&schema, [Ok(part)], options, 0, order).unwrap();
        let facts = engine().score_tables(corpus, &FieldMap::default(), go_on);
        (facts.unwrap(), survey.take().unwrap())
    };
    let (_, short) = part(table.slice(0, 1));
    let (facts, _) = part(table.clone());
    let plan = Planner::new("table").plan(&short).unwrap();
    let message = settle(&facts, &plan, "table").unwrap_err().to_string();
    assert!(message.contains("the plan has no record 2"), "{message}");
    let message = settle(&facts, &table, "table").unwrap_err().to_string();
    assert!(message.contains("no rows of a plan"), "{message}");
}

#[test]
fn facts_in_memory_have_the_tables_of_their_folder() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &["--period", "day"]);
    let read = read_facts(&out).unwrap();
    let of_memory = Arc::new(ScoredTables {
        manifest: read.manifest.clone(),
        ..scored(&wire())
    });
    same_facts(&of_memory.facts, &read.facts);
    let saved = folder.path().join("saved");
    let memory = Scored::of_tables(Arc::clone(&of_memory));
    save(&memory, &saved, DeriveOutput::default()).unwrap();
    for name in TABLES {
        let bytes = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert_eq!(bytes(&saved), bytes(&out), "{name}");
    }
    let refused = save(&memory, &saved, DeriveOutput::default()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OutputTaken);

    let csv = |table: &Batches| {
        let mut csv = Vec::new();
        table.write_csv(&mut csv).unwrap();
        csv
    };
    let derived = aggregate(std::slice::from_ref(&memory), &DeriveOptions::default()).unwrap();
    for (table, name) in [
        (&derived.articles, "articles.csv"),
        (&derived.actors, "actors.csv"),
        (&derived.timeline, "timeline.csv"),
        (&derived.sources, "sources.csv"),
        (&derived.pairs, "pairs.csv"),
    ] {
        assert_eq!(csv(table), std::fs::read(out.join(name)).unwrap(), "{name}");
    }
    assert_eq!(derived.breakdown, None);
    let of_page = |scored: &Scored| page(scored, None, None).unwrap();
    assert_eq!(of_page(&memory), of_page(&Scored::all(&out)));

    let twice = [memory.clone(), Scored::all(&out)];
    let refused = aggregate(&twice, &DeriveOptions::default()).unwrap_err();
    assert!(
        refused.to_string().contains("in two of the corpora"),
        "{refused}"
    );
    let within = [memory.within(Some("2025-08-20".parse().unwrap()))];
    let day = aggregate(&within, &DeriveOptions::default()).unwrap();
    assert_eq!(day.timeline.rows(), 4);
}
