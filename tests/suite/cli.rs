//! The real binary on real text.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use newstance_testing::shared;
use tempfile::TempDir;

use crate::common::{
    TABLES, column, manifest, newstance, path, read, score, table, write_articles,
};

/// `just golden` writes the golden files anew after a change of rules or model. Those in f32 differ least
/// between processors; those in int8 hold the engine that people run.
#[test]
fn samples_give_the_golden_tables() {
    for precision in ["f32", "int8"] {
        let folder = TempDir::new().unwrap();
        let (code, out) = score(&folder, "samples", &["--precision", precision]);
        assert_eq!(code, 0);
        let golden = Path::new("tests/golden").join(precision);
        for name in TABLES {
            let (found, golden) = (table(&out, name), table(&golden, name));
            assert_eq!(found.len(), golden.len(), "{name}: number of rows");
            for (row, (found, golden)) in found.iter().zip(&golden).enumerate() {
                assert_eq!(found.len(), golden.len(), "{name}, row {row}: width");
                for (found, golden) in found.iter().zip(golden) {
                    assert!(
                        same(found, golden),
                        "{precision}, {name}, row {row}: {found} is not {golden}"
                    );
                }
            }
        }
    }
}

/// Equal, or numbers with six digits that differ by what another CPU's rounding can do.
fn same(found: &str, golden: &str) -> bool {
    let decimal = |text: &str| -> Option<f64> {
        let digits = text.rsplit_once('.')?.1;
        (digits.len() == 6).then(|| text.parse().ok())?
    };
    match (decimal(found), decimal(golden)) {
        (Some(found), Some(golden)) => (found - golden).abs() < 1e-3,
        _ => found == golden,
    }
}

#[test]
fn offsets_slice_the_surface_out_of_the_article() {
    let folder = TempDir::new().unwrap();
    let text =
        "“Élan,” said Zelenskyy’s aide.\n\nPutin — and Trump — left. Europe’s leaders stayed.";
    let input = folder.path().join("a.txt");
    fs::write(&input, text).unwrap();
    let (_, out) = score(&folder, path(&input), &[]);
    let starts = column(&out, "mentions.csv", "start");
    let ends = column(&out, "mentions.csv", "end");
    let surfaces = column(&out, "mentions.csv", "surface");
    assert_eq!(surfaces, ["Zelenskyy", "Putin", "Trump", "Europe"]);
    for ((start, end), surface) in starts.iter().zip(&ends).zip(&surfaces) {
        let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
        let slice: String = text.chars().skip(start).take(end - start).collect();
        assert_eq!(slice, *surface);
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = TempDir::new().unwrap();
    // More articles than a chunk holds, of many lengths, and no sentence twice.
    let texts: Vec<String> = (0..300)
        .map(|id| {
            let sentence = |at: usize| {
                let day = id * 4 + at;
                format!(
                    "On day {day} Trump praised Putin{}. European leaders condemned the Kremlin {day} \
                     times, Zelenskyy said. ",
                    " again".repeat(id % 7)
                )
            };
            (0..=id % 3).map(sentence).collect()
        })
        .collect();
    let input = folder.path().join("news.jsonl");
    write_articles(&input, texts.iter().map(String::as_str));
    let (_, out) = score(&folder, path(&input), &["--threads", "1"]);
    let once = TABLES.map(|name| read(&out, name));
    assert!(once[1].lines().count() > 1500);
    assert_eq!(manifest(&out)["counts"]["mentions_repeated"], 0);
    for threads in ["2", "5"] {
        let (_, out) = score(&folder, path(&input), &["--threads", threads]);
        assert_eq!(
            once,
            TABLES.map(|name| read(&out, name)),
            "{threads} threads"
        );
    }
}

#[test]
fn bad_records_are_rejected_with_place_and_reason() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    let good = "{\"id\": \"good\", \"text\": \"Putin left.\"}";
    let mut jsonl =
        format!("{good}\n{{broken\n{{\"id\": \"empty\", \"text\": \" \"}}\n").into_bytes();
    jsonl.extend(b"{\"id\": \"latin\", \"text\": \"caf\xe9\"}\n\n");
    jsonl.extend(b"{\"id\": \"good\", \"text\": \"Trump left.\"}\n[1]\n{\"id\": 3, \"text\": 4}\n");
    jsonl.extend(b"{\"id\": \"old\", \"date\": \"0099-01-01\", \"text\": \"Trump left.\"}\n");
    jsonl.extend(b"{\"id\": \"last\", \"text\": \"Trump left.\"}");
    fs::write(input.join("a.jsonl"), jsonl).unwrap();
    fs::write(
        input.join("b.csv"),
        "id,date,body\nx,2020-01-01,Putin left.\ny,2020-01-01\nz,soon,\"Putin\nleft.\"\nw,,Putin left.\n",
    )
    .unwrap();
    fs::write(input.join("c.csv"), "id,words\n1,Putin\n").unwrap();
    fs::write(input.join("d.txt"), b"Trump left.\nPutin \xff left.\n").unwrap();
    fs::write(input.join("e.txt"), "\n").unwrap();
    fs::write(input.join("f.jsonl.gz"), "this is no gzip").unwrap();
    fs::write(input.join("notes.md"), "ignored").unwrap();

    let (code, out) = score(&folder, path(&input), &[]);
    assert_eq!(code, 3);
    let ids = column(&out, "mentions.csv", "article_id");
    assert_eq!(ids, ["good", "old", "last", "x", "z", "w"]);
    let rejected: Vec<(String, String, String)> = table(&out, "rejected.csv")
        .into_iter()
        .skip(1)
        .map(|row| {
            let file = Path::new(&row[0])
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            assert!(!row[2].is_empty());
            let line = row[1].strip_prefix("line ").unwrap_or("0").to_owned();
            (file, line, row[3].clone())
        })
        .collect();
    let expected = [
        ("a.jsonl", "2", "broken JSON"),
        ("a.jsonl", "3", "no text"),
        ("a.jsonl", "6", "duplicate id \"good\""),
        ("a.jsonl", "7", "not a JSON object"),
        ("a.jsonl", "8", "text holds none"),
        ("a.jsonl", "9", "absurd date"),
        ("b.csv", "3", "2 fields, but the header has 3"),
        ("b.csv", "4", "cannot read the date \"soon\""),
        (
            "c.csv",
            "0",
            "no column holds the text: the header has id, words",
        ),
        ("d.txt", "2", "invalid UTF-8"),
        ("e.txt", "1", "no text"),
        ("f.jsonl.gz", "0", "gzip"),
    ];
    assert_eq!(rejected.len(), expected.len(), "{rejected:#?}");
    for ((file, record, reason), (name, line, part)) in rejected.iter().zip(expected) {
        assert_eq!((file.as_str(), record.as_str()), (name, line), "{reason}");
        assert!(reason.contains(part), "{file}:{record}: {reason}");
    }
    let counts = &manifest(&out)["counts"];
    assert_eq!(counts["articles"], 7);
    assert_eq!(counts["rejected"], 12);
    assert_eq!(manifest(&out)["encodings"]["windows-1252"], 1);
    assert_eq!(counts["files_skipped"], 1);
}

#[test]
fn packed_and_piped_inputs_give_the_same_reports() {
    let folder = TempDir::new().unwrap();
    let text = fs::read("samples/wire.jsonl").unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &[]);
    let plain = TABLES.map(|name| read(&out, name));

    let gz = folder.path().join("wire.jsonl.gz");
    let mut encoder =
        flate2::write::GzEncoder::new(fs::File::create(&gz).unwrap(), flate2::Compression::fast());
    encoder.write_all(&text).unwrap();
    encoder.finish().unwrap();
    let (_, out) = score(&folder, path(&gz), &[]);
    assert_eq!(plain, TABLES.map(|name| read(&out, name)));

    let zst = folder.path().join("wire.jsonl.zst");
    fs::write(&zst, zstd::encode_all(text.as_slice(), 1).unwrap()).unwrap();
    let (_, out) = score(&folder, path(&zst), &[]);
    assert_eq!(plain, TABLES.map(|name| read(&out, name)));

    for piped in [text, fs::read(&gz).unwrap(), fs::read(&zst).unwrap()] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_newstance"))
            .args(["score", "-", "-q", "--overwrite", "-o", path(&out)])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&piped).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(plain, TABLES.map(|name| read(&out, name)));
    }
}

#[test]
fn fields_are_mapped_and_articles_limited() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("a.csv");
    fs::write(
        &input,
        "story;paper;when\nPutin left.;Ledger;2020-02-03\nTrump left.;Ledger;\n",
    )
    .unwrap();
    let map = "text=story,source=paper,published=when";
    let (code, out) = score(&folder, path(&input), &["--map", map, "--limit", "1"]);
    assert_eq!(code, 0);
    assert_eq!(column(&out, "mentions.csv", "source"), ["Ledger"]);
    assert_eq!(column(&out, "documents.csv", "published"), ["2020-02-03"]);
}

/// Wire copy of two papers is scored once, and counted twice.
#[test]
fn repeated_sentences_are_scored_once() {
    let folder = TempDir::new().unwrap();
    let text = "Critics condemned Putin. Macron praised Zelenskyy for his courage.";
    let articles: Vec<String> = ["herald", "post", "times"]
        .iter()
        .map(|id| serde_json::json!({ "id": id, "text": text }).to_string())
        .collect();
    let input = folder.path().join("wire.jsonl");
    fs::write(&input, articles.join("\n")).unwrap();
    let (code, out) = score(&folder, path(&input), &[]);
    assert_eq!(code, 0);
    let counts = &manifest(&out)["counts"];
    let of_article = counts["mentions"].as_u64().unwrap() / 3;
    assert!(of_article >= 2);
    assert_eq!(counts["mentions_repeated"], 2 * of_article);
    let stances = column(&out, "mentions.csv", "stance");
    let (first, others) = stances.split_at(of_article as usize);
    assert_eq!([first, first].concat(), others);
}

#[test]
fn exit_codes_and_messages() {
    let folder = TempDir::new().unwrap();
    let catalogue = folder.path().join("my.toml");
    fs::write(
        &catalogue,
        "[[actor]]\nid = \"nato\"\nname = \"NATO\"\nkind = \"pact\"\n",
    )
    .unwrap();
    let out = folder.path().join("out");
    let (catalogue, out) = (path(&catalogue), path(&out));
    let cases: &[(&[&str], i32, &str)] = &[
        (&["score"], 2, "required"),
        (
            &["score", "samples", "-o", out, "--map", "author=x"],
            2,
            "is no field",
        ),
        (
            &["score", "samples", "-o", out, "--threads", "0"],
            2,
            "0 is not in",
        ),
        (
            &["score", "nowhere.csv", "-o", out],
            1,
            "nowhere.csv: no such file or folder",
        ),
        (
            &["score", "Cargo.toml", "-o", out],
            1,
            "zip or tar\nhint: --input-format names the format",
        ),
        (
            &["score", "samples", "-o", out, "--actors", catalogue],
            1,
            "my.toml:4: unknown variant",
        ),
        (
            &["actors", "check", catalogue],
            1,
            "my.toml:4: unknown variant",
        ),
        (
            &["score", "samples", "-o", out, "--model", "nowhere"],
            1,
            "no such model",
        ),
        (
            &["score", "samples", "-o", out, "--model", "acurate"],
            1,
            "did you mean `accurate`?",
        ),
        (
            &["explain", "Putin left.", "--precision", "f16"],
            1,
            "hint: --precision names the numbers",
        ),
        (&["man", "nowhere"], 1, "nowhere: no such subcommand"),
        (
            &["score", "samples", "-o", "Cargo.toml/x"],
            1,
            "Cargo.toml/x",
        ),
        (
            &["score", "samples", "-o", "Cargo.toml"],
            1,
            "Cargo.toml: this is a file, and reports need a folder",
        ),
        (
            &["actors", "show", "nowhere.toml"],
            1,
            "newstance: nowhere.toml: no such file\n",
        ),
        (
            &["eval", "samples/wire.jsonl"],
            1,
            "samples/wire.jsonl:1: missing field",
        ),
    ];
    for (arguments, code, message) in cases {
        let output = newstance(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(
        !Path::new(out).exists(),
        "a run that cannot start leaves no folder"
    );
}

#[test]
fn quiet_is_quiet_and_the_table_goes_to_stdout() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let output = newstance(&["score", "samples/wire.jsonl", "-o", path(&out), "--quiet"]);
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let output = newstance(&[
        "score",
        "samples/wire.jsonl",
        "--overwrite",
        "-o",
        path(&out),
    ]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    for name in [
        "Donald Trump",
        "Vladimir Putin",
        "Volodymyr Zelenskyy",
        "Europe",
        "5 articles",
    ] {
        assert!(stdout.contains(name), "{stdout}");
    }
    assert!(output.stderr.is_empty());
}

#[test]
fn real_corpora_run_whole() {
    let Some(articles) = shared("articles") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (code, out) = score(&folder, path(&articles.join("persent-dev.csv")), &[]);
    assert_eq!(code, 0);
    let counts = &manifest(&out)["counts"];
    assert_eq!(counts["articles"], 578);

    let wikinews = articles.join("wikinews/*.csv");
    let (code, out) = score(&folder, path(&wikinews), &[]);
    assert_eq!(code, 0);
    let counts = &manifest(&out)["counts"];
    assert_eq!(counts["articles"], 295);
    assert!(
        column(&out, "documents.csv", "published")
            .iter()
            .all(|date| date.starts_with("20"))
    );
    assert!(
        column(&out, "documents.csv", "source")
            .iter()
            .all(|host| host == "en.wikinews.org")
    );
}
