//! Tables in memory: the same facts as of files.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, StructArray};
use arrow_json::LineDelimitedWriter;
use arrow_schema::{DataType, Field, Fields, Schema};
use newstance::actors::Catalogue;
use newstance::corpus::{Corpus, CorpusOptions, FieldMap};
use newstance::model::{ModelDirectory, Scorer};
use newstance::pipeline::{RunOptions, Stages, run};
use newstance::report::{FactBatches, FactTables};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use crate::common::score;

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
