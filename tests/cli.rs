//! The real binary on real text.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::shared;
use tempfile::TempDir;

const REPORTS: [&str; 4] = ["mentions.csv", "articles.csv", "actors.csv", "rejected.csv"];

fn newstance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_newstance"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Scores an input into `folder/out`, with more arguments, and returns exit code and reports.
fn score(folder: &TempDir, input: &str, more: &[&str]) -> (i32, PathBuf) {
    let out = folder.path().join("out");
    let mut arguments = vec!["score", input, "-o", path(&out)];
    arguments.extend(more);
    let output = newstance(&arguments);
    let code = output.status.code().unwrap();
    assert!(
        matches!(code, 0 | 3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (code, out)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

fn table(folder: &Path, name: &str) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(folder.join(name))
        .unwrap()
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// Cells of one column.
fn column(folder: &Path, file: &str, name: &str) -> Vec<String> {
    let mut rows = table(folder, file).into_iter();
    let header = rows.next().unwrap();
    let at = header.iter().position(|cell| cell == name).unwrap();
    rows.map(|row| row[at].clone()).collect()
}

/// `just golden` writes the golden files anew after a change of rules or model. They are made in f32,
/// which differs least between processors.
#[test]
fn samples_give_the_golden_reports() {
    let folder = TempDir::new().unwrap();
    let (code, out) = score(&folder, "samples", &["--precision", "f32"]);
    assert_eq!(code, 0);
    for name in REPORTS {
        let (found, golden) = (table(&out, name), table(Path::new("tests/golden"), name));
        assert_eq!(found.len(), golden.len(), "{name}: number of rows");
        for (row, (found, golden)) in found.iter().zip(&golden).enumerate() {
            for (found, golden) in found.iter().zip(golden) {
                assert!(
                    same(found, golden),
                    "{name}, row {row}: {found} is not {golden}"
                );
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
    // More articles than a chunk holds, of many lengths.
    let sentence = "Trump praised Putin. European leaders condemned the Kremlin, Zelenskyy said. ";
    let lines: Vec<String> = (0..300)
        .map(|id| {
            format!(
                "{{\"id\": {id}, \"text\": {:?}}}",
                sentence.repeat(1 + id % 3)
            )
        })
        .collect();
    let input = folder.path().join("news.jsonl");
    fs::write(&input, lines.join("\n")).unwrap();
    let (_, out) = score(&folder, path(&input), &["--threads", "1"]);
    let once = REPORTS.map(|name| read(&out, name));
    assert!(once[0].lines().count() > 1500);
    for threads in ["2", "5"] {
        let (_, out) = score(&folder, path(&input), &["--threads", threads]);
        assert_eq!(
            once,
            REPORTS.map(|name| read(&out, name)),
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
    assert_eq!(ids, ["good", "last", "x", "w"]);
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
            (file, row[1].clone(), row[2].clone())
        })
        .collect();
    let expected = [
        ("a.jsonl", "2", "broken JSON"),
        ("a.jsonl", "3", "no text"),
        ("a.jsonl", "4", "invalid UTF-8"),
        ("a.jsonl", "6", "duplicate id \"good\""),
        ("a.jsonl", "7", "not a JSON object"),
        ("a.jsonl", "8", "is not a string"),
        ("a.jsonl", "9", "absurd date"),
        ("b.csv", "3", "2 fields where the header has 3"),
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
    let manifest: serde_json::Value = serde_json::from_str(&read(&out, "manifest.json")).unwrap();
    assert_eq!(manifest["counts"]["articles"], 4);
    assert_eq!(manifest["counts"]["rejected"], 13);
    assert_eq!(manifest["counts"]["files_ignored"], 1);
}

#[test]
fn packed_and_piped_inputs_give_the_same_reports() {
    let folder = TempDir::new().unwrap();
    let text = fs::read("samples/wire.jsonl").unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &[]);
    let plain = REPORTS.map(|name| read(&out, name));

    let gz = folder.path().join("wire.jsonl.gz");
    let mut encoder =
        flate2::write::GzEncoder::new(fs::File::create(&gz).unwrap(), flate2::Compression::fast());
    encoder.write_all(&text).unwrap();
    encoder.finish().unwrap();
    let (_, out) = score(&folder, path(&gz), &[]);
    assert_eq!(plain, REPORTS.map(|name| read(&out, name)));

    let zst = folder.path().join("wire.jsonl.zst");
    fs::write(&zst, zstd::encode_all(text.as_slice(), 1).unwrap()).unwrap();
    let (_, out) = score(&folder, path(&zst), &[]);
    assert_eq!(plain, REPORTS.map(|name| read(&out, name)));

    for piped in [text, fs::read(&gz).unwrap(), fs::read(&zst).unwrap()] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_newstance"))
            .args(["score", "-", "-q", "-o", path(&out)])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&piped).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(plain, REPORTS.map(|name| read(&out, name)));
    }
}

#[test]
fn a_killed_run_leaves_nothing_under_a_final_name() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let mut child = Command::new(env!("CARGO_BIN_EXE_newstance"))
        .args(["score", "-", "-q", "-o", path(&out)])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // A first chunk is scored and written while standard input stays open.
    for id in 0..400 {
        let text = "Putin left, Trump stayed and European leaders waited. ".repeat(4);
        writeln!(input, "{{\"id\": {id}, \"text\": {text:?}}}").unwrap();
    }
    let partial = out.join("mentions.csv.partial");
    let deadline = Instant::now() + Duration::from_secs(60);
    while fs::metadata(&partial).map_or(0, |meta| meta.len()) == 0 {
        assert!(
            Instant::now() < deadline,
            "nothing was written within a minute"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for name in REPORTS.iter().chain(&["manifest.json"]) {
        assert!(!out.join(name).exists(), "{name} exists");
    }
    // The next run writes over what was left.
    let (_, out) = score(&folder, "samples/wire.jsonl", &[]);
    let left = fs::read_dir(out).unwrap().count();
    assert_eq!(left, REPORTS.len() + 1);
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
    assert_eq!(column(&out, "mentions.csv", "published"), ["2020-02-03"]);
}

#[test]
fn reports_beside_articles_neither_replace_them_nor_are_read() {
    let folder = TempDir::new().unwrap();
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    fs::write(corpus.join("articles.csv"), "id,text\n1,Putin left.\n").unwrap();
    let into = |out: &Path| newstance(&["score", path(&corpus), "-q", "-o", path(out)]);
    let output = into(&corpus);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("articles.csv: would be replaced by a report, but is none"),
        "{stderr}"
    );
    assert_eq!(fs::read_dir(&corpus).unwrap().count(), 1);

    for out in [corpus.join("out"), corpus.join("out")] {
        assert_eq!(into(&out).status.code(), Some(0));
        assert_eq!(column(&out, "mentions.csv", "article_id"), ["1"]);
        let manifest: serde_json::Value =
            serde_json::from_str(&read(&out, "manifest.json")).unwrap();
        assert_eq!(manifest["counts"]["files_ignored"], 0);
    }
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
    let manifest: serde_json::Value = serde_json::from_str(&read(&out, "manifest.json")).unwrap();
    let counts = &manifest["counts"];
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
            "name it with --input-format",
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
            "no such model directory",
        ),
        (
            &["score", "samples", "-o", "Cargo.toml/x"],
            1,
            "Cargo.toml/x",
        ),
        (
            &["score", "samples", "-o", "Cargo.toml"],
            1,
            "Cargo.toml: a file, and reports need a folder",
        ),
        (
            &["actors", "show", "nowhere.toml"],
            1,
            "newstance: nowhere.toml: No such file or directory (os error 2)\n",
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
    let output = newstance(&["score", "samples/wire.jsonl", "-o", path(&out)]);
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
fn own_actors_are_found() {
    let folder = TempDir::new().unwrap();
    let catalogue = folder.path().join("my.toml");
    fs::write(
        &catalogue,
        "[[actor]]\nid = \"ecb\"\nname = \"European Central Bank\"\nkind = \"body\"\n\
         names = [\"European Central Bank\", \"ECB\"]\n",
    )
    .unwrap();
    let text = "Savers praised the ECB. Trump did not.";
    let output = newstance(&["explain", text, "--actors", path(&catalogue)]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.contains("ECB (ecb, name), voiced by author"),
        "{stdout}"
    );
    assert!(!stdout.contains("Trump ("), "{stdout}");
    let output = newstance(&["actors", "check", path(&catalogue)]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 actor, no mistakes"));
    let output = newstance(&["actors", "show"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("id = \"zelenskyy\""));
}

#[test]
fn explain_reads_roles_by_the_day_of_publication() {
    let explain = |more: &[&str]| {
        let mut arguments = vec!["explain", "The Kremlin denied it."];
        arguments.extend(more);
        String::from_utf8(newstance(&arguments).stdout).unwrap()
    };
    let of_2010 = explain(&["--published", "2010-05-01"]);
    assert!(of_2010.contains("no mention of Donald Trump"), "{of_2010}");
    let of_2020 = explain(&["--published", "May 1, 2020"]);
    assert!(of_2020.contains("Kremlin (putin, metonym)"), "{of_2020}");
    let of_today = explain(&[]);
    assert_eq!(of_today, of_2020);
}

#[test]
fn eval_prints_one_json_object() {
    let folder = TempDir::new().unwrap();
    let gold = folder.path().join("gold.jsonl");
    let rows = [
        ("Critics accused Putin of war crimes.", "Putin", 2.0),
        ("Voters praised Trump for his courage.", "Trump", 6.0),
        ("Zelenskyy was in Oslo on Monday.", "Zelenskyy", 4.0),
    ];
    let lines: Vec<String> = rows
        .iter()
        .map(|(sentence, mention, polarity)| {
            let from = sentence.find(mention).unwrap();
            serde_json::json!({
                "sentence_normalized": sentence,
                "targets": [{"from": from, "to": from + mention.len(), "mention": mention, "polarity": polarity}],
            })
            .to_string()
        })
        .collect();
    fs::write(&gold, lines.join("\n")).unwrap();
    let output = newstance(&["eval", path(&gold), "--json"]);
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["targets"], 3);
    assert_eq!(figures["accuracy"], 1.0);
    assert_eq!(figures["macro_f1"], 1.0);
    assert_eq!(figures["confusion"]["positive"]["positive"], 1);
    for key in ["ece", "sentences_per_second", "encoded_per_second"] {
        assert!(figures[key].as_f64().unwrap() > 0.0);
    }
    assert_eq!(figures["f1"]["neutral"], 1.0);
}

#[test]
fn real_corpora_run_whole() {
    let Some(articles) = shared("articles") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (code, out) = score(&folder, path(&articles.join("persent-dev.csv")), &[]);
    assert_eq!(code, 0);
    let manifest: serde_json::Value = serde_json::from_str(&read(&out, "manifest.json")).unwrap();
    assert_eq!(manifest["counts"]["articles"], 578);

    let wikinews = articles.join("wikinews/*.csv");
    let (code, out) = score(&folder, path(&wikinews), &[]);
    assert_eq!(code, 0);
    let manifest: serde_json::Value = serde_json::from_str(&read(&out, "manifest.json")).unwrap();
    assert_eq!(manifest["counts"]["articles"], 295);
    assert!(
        column(&out, "mentions.csv", "published")
            .iter()
            .all(|date| date.starts_with("20"))
    );
    assert!(
        column(&out, "mentions.csv", "source")
            .iter()
            .all(|host| host == "en.wikinews.org")
    );
}

#[test]
fn bench_tells_every_stage() {
    let output = newstance(&["bench", "samples", "--json", "--threads", "2"]);
    assert!(output.status.success());
    let (operators, rates): (Vec<_>, Vec<_>) = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .partition(|line| line.get("operator").is_some());
    // Only on 8 bits, which are the default where the processor has instructions for them.
    for threads in [1, 2] {
        let of_threads = operators.iter().filter(|line| line["threads"] == threads);
        let shares: Vec<f64> = of_threads
            .map(|line| line["share"].as_f64().unwrap())
            .collect();
        assert!(shares.is_empty() || (shares.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        assert!(shares.iter().all(|&share| share > 0.0));
    }
    let stages = [
        "read",
        "split",
        "match",
        "tokenize",
        "encode",
        "aggregate",
        "write",
        "total",
    ];
    let expected = [1, 2]
        .into_iter()
        .flat_map(|threads| stages.map(|stage| (stage, threads)));
    let found = rates.iter().map(|rate| {
        assert!(rate["per_second"].as_f64().unwrap() > 0.0);
        assert!(rate["unit"].is_string() && rate.get("peak_rss_bytes").is_some());
        (
            rate["stage"].as_str().unwrap(),
            rate["threads"].as_i64().unwrap(),
        )
    });
    assert!(found.eq(expected));
    let output = newstance(&["bench", "--threads", "1"]);
    let of_one = operators.len() / 2;
    let lines = String::from_utf8_lossy(&output.stdout).lines().count();
    assert_eq!(lines, 9 + of_one);
}
