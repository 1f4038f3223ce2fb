//! Formats of tables, and tables that `aggregate` makes beyond those of a run.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use newstance::report::{Scored, each_mention};
use tempfile::TempDir;

use crate::common::{TABLES, column, manifest, newstance, path, read, refused, score, table};

/// What would be a formula, a tag, a command to a terminal or another line elsewhere.
const HOSTILE: [&str; 6] = [
    "=HYPERLINK(\"http://example.org\",\"x\")",
    "@SUM(A1)",
    "-2+3",
    "\t=1",
    "<script>alert(1)</script>",
    "'; \u{202e}drop\u{1b}[31m",
];

/// Articles whose titles, ids, outlets and a field that is kept are hostile.
fn hostile(folder: &Path) -> String {
    let file = folder.join("hostile.jsonl");
    let lines = HOSTILE.iter().enumerate().map(|(number, text)| {
        let article = serde_json::json!({
            "id": format!("{text}{number}"), "source": text, "title": text, "desk": text,
            "date": "2025-08-15",
            "text": format!("Critics condemned Putin, said {text} on Friday. They praised Zelenskyy."),
        });
        format!("{article}\n")
    });
    fs::write(&file, lines.collect::<String>()).unwrap();
    path(&file).to_owned()
}

fn aggregate(from: &Path, to: &Path, more: &[&str]) {
    let arguments = ["aggregate", path(from), "-q", "--overwrite", "-o", path(to)];
    let output = newstance(&[&arguments, more].concat());
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn pandas_polars_duckdb_and_excel_read_what_csv_has() {
    let python = Path::new("target/venv/bin/python");
    if !python.exists() {
        assert!(env::var_os("CI").is_none(), "run scripts/readers first");
        println!("skipped: scripts/readers installs what this needs");
        return;
    }
    let folder = TempDir::new().unwrap();
    let hostile = hostile(folder.path());
    for input in ["samples", &hostile] {
        let more = [
            "--format",
            "csv,parquet,jsonl,xlsx",
            "--keep",
            "desk",
            "--tone",
        ];
        let (_, out) = score(&folder, input, &more);
        let output = Command::new(python)
            .args(["tests/suite/formats.py", path(&out)])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{input}: {stderr}");
        let compared: usize = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .unwrap();
        assert!(compared > 1000, "{compared}");
    }
}

/// Facts are read back from either format, and tables of another format do not stay behind.
#[test]
fn aggregate_reads_parquet_as_it_reads_csv() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples", &["--format", "both"]);
    let whole = folder.path().join("whole");
    fs::create_dir(&whole).unwrap();
    let derived = ["articles", "actors", "timeline", "sources", "pairs"];
    for name in derived {
        let file = format!("{name}.csv");
        fs::copy(out.join(&file), whole.join(&file)).unwrap();
    }
    let again = folder.path().join("again");
    for format in ["parquet", "csv"] {
        let (_, out) = score(&folder, "samples", &["--format", format]);
        let other = ["csv", "parquet"].into_iter().find(|it| *it != format);
        let stale = format!("mentions.{}", other.unwrap());
        assert!(!out.join(&stale).exists(), "{stale}");
        aggregate(&out, &again, &["--format", "both"]);
        for name in derived {
            let file = format!("{name}.csv");
            assert_eq!(read(&whole, &file), read(&again, &file), "{format}, {file}");
        }
    }
    let (_, out) = score(&folder, "samples", &["--format", "jsonl"]);
    let output = newstance(&["aggregate", path(&out), "-o", path(&whole)]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message.contains("in no format that is read back"),
        "{message}"
    );
}

/// A damaged or foreign Parquet file is refused by name.
#[test]
fn parquet_that_does_not_fit_is_refused() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &["--format", "parquet"]);
    let whole = fs::read(out.join("mentions.parquet")).unwrap();
    let documents = fs::read(out.join("documents.parquet")).unwrap();
    for (changed, expected) in [
        (&whole[..whole.len() / 2], "no whole Parquet file"),
        (&b""[..], "no whole Parquet file"),
        (&documents[..], "the columns are not those"),
    ] {
        fs::write(out.join("mentions.parquet"), changed).unwrap();
        let to = folder.path().join("to");
        let output = newstance(&["aggregate", path(&out), "-o", path(&to)]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("mentions.parquet"), "{message}");
        assert!(message.contains(expected), "{message}");
        assert!(!to.join("actors.csv").exists());
    }
}

/// The crates that read Parquet panic at some damage.
#[test]
fn damaged_parquet_is_an_error_or_read_and_never_a_panic() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &["--format", "parquet"]);
    let whole = fs::read(out.join("mentions.parquet")).unwrap();
    let scored = Scored::all(&out);
    let mut refused = 0;
    // Behind the data of the columns: what says where they are, and how they are packed.
    for at in (whole.len() / 2..whole.len()).step_by(5) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        fs::write(out.join("mentions.parquet"), damaged).unwrap();
        refused += usize::from(each_mention(&scored, |_| ()).is_err());
    }
    assert!(
        refused > whole.len() / 100,
        "{refused} of {}",
        whole.len() / 2
    );
}

/// Spreadsheets compute nothing of a text, and the facts are what they were.
#[test]
fn spreadsheets_compute_no_text() {
    let folder = TempDir::new().unwrap();
    let input = hostile(folder.path());
    let (_, out) = score(&folder, &input, &["--keep", "desk"]);
    let plain: Vec<String> = TABLES.iter().map(|name| read(&out, name)).collect();
    for (delimiter, byte, mark) in [("comma", b',', "."), (";", b';', ","), ("tab", b'\t', ".")] {
        let more = ["--keep", "desk", "--spreadsheet", "--delimiter", delimiter];
        let (_, out) = score(&folder, &input, &more);
        for name in TABLES {
            let bytes = fs::read(out.join(name)).unwrap();
            let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap();
            let mut reader = csv::ReaderBuilder::new().delimiter(byte).from_reader(bytes);
            for row in reader.records() {
                for cell in &row.unwrap() {
                    let number = cell.replace(mark, ".").parse::<f64>().is_ok();
                    let computed = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                    assert!(!computed || number, "{name}: {cell}");
                }
            }
        }
        let again = folder.path().join("again");
        aggregate(&out, &again, &[]);
        for (name, plain) in TABLES.iter().zip(&plain) {
            if ["actors.csv", "sources.csv", "pairs.csv", "articles.csv"].contains(name) {
                assert_eq!(&read(&again, name), plain, "{delimiter}, {name}");
            }
        }
    }
    let output = newstance(&["score", &input, "-o", "out", "--delimiter", ";"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// Articles are grouped by any field that was kept.
#[test]
fn a_breakdown_has_every_value_of_a_column() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("news.jsonl");
    let story = |id: &str, desk: &str, date: &str, text: &str| {
        let article =
            serde_json::json!({"id": id, "desk": desk, "date": date, "source": "A", "text": text});
        format!("{article}\n")
    };
    let lines = [
        story("1", "world", "2025-08-15", "Critics condemned Putin."),
        story("2", "world", "2025-08-18", "They praised Putin."),
        story("3", "", "2025-08-18", "They praised Zelenskyy."),
        story("4", "home", "", "Nothing of note happened."),
    ];
    fs::write(&input, lines.concat()).unwrap();
    let (_, out) = score(&folder, path(&input), &["--keep", "desk"]);
    let to = folder.path().join("by");
    let rows = |more: &[&str]| -> Vec<String> {
        aggregate(&out, &to, more);
        let rows = table(&to, "breakdown.csv").into_iter().skip(1);
        rows.filter(|row| row[3] == "putin")
            .map(|row| row[..7].join(" "))
            .collect()
    };
    assert_eq!(
        rows(&["--by", "desk"]),
        [
            "desk   putin 0 1 0",
            "desk home  putin 0 1 0",
            "desk world  putin 2 2 2"
        ]
    );
    assert_eq!(
        rows(&["--by", "desk,source", "--period", "week"]),
        [
            "desk  2025-08-18 putin 0 1 0",
            "desk home  putin 0 1 0",
            "desk world 2025-08-11 putin 1 1 1",
            "desk world 2025-08-18 putin 1 1 1",
            "source A  putin 0 1 0",
            "source A 2025-08-11 putin 1 1 1",
            "source A 2025-08-18 putin 1 2 1",
        ]
    );
    // Without it, the table of before does not stay.
    aggregate(&out, &to, &[]);
    assert!(!to.join("breakdown.csv").exists());
    let output = newstance(&[
        "aggregate",
        path(&out),
        "-o",
        path(&to),
        "--overwrite",
        "--by",
        "nope",
    ]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("grouped by source, language, desk"),
        "{message}"
    );
}

/// A field that is kept has a column of its own, whatever its name, or is refused.
#[test]
fn kept_fields_have_columns_of_their_own() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("news.jsonl");
    let article = serde_json::json!({"id": "1", "text": "Critics condemned Putin.", "meta": {"by": "A"}, "+by": "B", "mentions": "many"});
    fs::write(&input, article.to_string()).unwrap();
    for format in ["csv", "parquet", "both"] {
        let more = ["--keep", "+by,meta.by", "--format", format, "--spreadsheet"];
        let more = if format == "parquet" {
            &more[..4]
        } else {
            &more[..]
        };
        let out = folder.path().join("out");
        let arguments = ["score", path(&input), "-q", "--overwrite", "-o", path(&out)];
        assert!(
            newstance(&[&arguments, more].concat()).status.success(),
            "{format}"
        );
        let to = folder.path().join("to");
        aggregate(&out, &to, &[]);
        assert_eq!(column(&to, "actors.csv", "mentions")[1], "1", "{format}");
    }
    let nowhere = folder.path().join("refused");
    let message = refused(&[
        "score",
        path(&input),
        "-o",
        path(&nowhere),
        "--keep",
        "mentions",
    ]);
    assert!(
        message.contains("a field of this name cannot be kept"),
        "{message}"
    );
    let (_, out) = score(&folder, path(&input), &["--keep", "id2,id2"]);
    assert_eq!(
        table(&out, "documents.csv")[0]
            .iter()
            .filter(|it| *it == "id2")
            .count(),
        1
    );
}

/// No command but `score` replaces facts, and none replaces files of somebody else.
#[test]
fn facts_are_not_replaced_by_what_is_computed_from_them() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &["--format", "csv,xlsx"]);
    let facts = folder.path().join("facts");
    fs::rename(&out, &facts).unwrap();
    let (_, out) = score(&folder, "samples", &[]);
    let before = read(&facts, "mentions.csv");
    let refused_with = |arguments: &[&str], expected: &str| {
        let message = refused(arguments);
        assert!(message.contains(expected), "{message}");
    };
    let [facts_path, out_path] = [path(&facts), path(&out)];
    let lost = "facts of a scored corpus, which would be lost";
    refused_with(
        &["aggregate", out_path, "-o", facts_path, "--overwrite"],
        lost,
    );
    refused_with(
        &[
            "compare",
            out_path,
            out_path,
            "-o",
            facts_path,
            "--overwrite",
        ],
        lost,
    );
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("differences.csv"), "mine").unwrap();
    refused_with(
        &[
            "compare",
            out_path,
            facts_path,
            "-o",
            path(&mine),
            "--overwrite",
        ],
        "which is none of newstance's",
    );
    assert_eq!(read(&facts, "mentions.csv"), before);
    assert_eq!(read(&mine, "differences.csv"), "mine");
    let derived = folder.path().join("derived");
    aggregate(&facts, &derived, &[]);
    refused_with(
        &["report", path(&derived)],
        "not the facts; give the folder that",
    );
    refused_with(
        &["compare", "samples/wire.jsonl", facts_path],
        "this is a file, not a scored corpus",
    );
}

/// Days of a corpus are what a corpus of those days would be.
#[test]
fn days_of_a_corpus_are_chosen() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples", &[]);
    let days = column(&out, "documents.csv", "date");
    let in_august = days.iter().filter(|day| day.starts_with("2025-08")).count() as u64;
    let to = folder.path().join("august");
    aggregate(&out, &to, &["--within", "2025-08"]);
    assert_eq!(manifest(&to)["counts"]["articles"], in_august);
    assert_eq!(column(&to, "timeline.csv", "period")[0], "2025-08-01");
    assert!(
        column(&to, "timeline.csv", "period")
            .iter()
            .all(|it| it == "2025-08-01")
    );

    let compared = folder.path().join("compared");
    let arguments = [
        "compare",
        path(&out),
        "-o",
        path(&compared),
        "--before",
        "2025-08",
        "--after",
        "2025-09..2026",
    ];
    let output = newstance(&arguments);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.starts_with(&format!("before: {in_august} articles, 2025-08-")),
        "{shown}"
    );
    let totals = column(&compared, "differences.csv", "total_after");
    assert_eq!(totals[0], (days.len() as u64 - in_august).to_string());
    let sheet = newstance(&[
        "sample",
        path(&out),
        "--within",
        "2025-08",
        "-n",
        "999",
        "-o",
        "-",
    ]);
    let sampled = String::from_utf8(sheet.stdout).unwrap();
    let august: u64 = column(&to, "actors.csv", "mentions")
        .iter()
        .map(|it| it.parse::<u64>().unwrap())
        .sum();
    assert_eq!(sampled.lines().count() as u64, 1 + august);
    for wrong in ["2025-13", "august", "2026..2025"] {
        let output = newstance(&["aggregate", path(&out), "-o", path(&to), "--within", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    assert_eq!(newstance(&["compare", path(&out)]).status.code(), Some(2));
}

/// A breakdown by outlet over the whole corpus is sources.csv.
#[test]
fn a_breakdown_by_outlet_has_the_figures_of_sources() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples", &[]);
    let to = folder.path().join("by");
    aggregate(&out, &to, &["--by", "source"]);
    let figures = |folder: &Path, name: &str, from: usize| -> Vec<Vec<String>> {
        let rows = table(folder, name).into_iter().skip(1);
        rows.map(|row| row[from..].to_vec()).collect()
    };
    assert_eq!(
        figures(&to, "breakdown.csv", 3),
        figures(&to, "sources.csv", 1)
    );
    assert_eq!(
        column(&to, "breakdown.csv", "value"),
        column(&to, "sources.csv", "source")
    );
}

/// Constants and kept fields hold for text files, which have no fields.
#[test]
fn text_files_have_constants_and_empty_kept_fields() {
    let folder = TempDir::new().unwrap();
    let more = ["--set", "source=BBC", "--keep", "desk"];
    let (_, out) = score(&folder, "samples/articles", &more);
    assert!(
        column(&out, "documents.csv", "source")
            .iter()
            .all(|it| it == "BBC")
    );
    assert!(
        column(&out, "documents.csv", "desk")
            .iter()
            .all(String::is_empty)
    );
    assert_eq!(manifest(&out)["tables"]["formats"][0], "csv");
}
