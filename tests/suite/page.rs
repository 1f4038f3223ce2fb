//! The page, as a browser shows it.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::common::{newstance, path, read, refused, score};

/// Formats that the browser's side reads, and the one that facts are read back from.
const FORMATS: [&str; 2] = ["--format", "csv,jsonl"];

/// Whether there is a browser; without, a test is skipped, except in CI.
fn has_browser() -> bool {
    let has = Path::new("tests/browser/node_modules").exists()
        && (env::var_os("CHROMIUM").is_some() || Path::new("/usr/bin/chromium").exists());
    if !has {
        assert!(env::var_os("CI").is_none(), "run scripts/browser first");
        println!("skipped: scripts/browser installs what this needs");
    }
    has
}

/// Tries a case on the page of a folder, and gives how much was compared.
fn try_page(case: &str, folder: &Path) -> usize {
    let output = Command::new("node")
        .args(["tests/browser/page.mjs", case, path(folder)])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap()
}

fn succeeds(arguments: &[&str]) {
    let output = newstance(arguments);
    assert!(output.status.success(), "{output:?}");
}

/// Makes the page of a folder, and the table that its filters are compared with.
fn make_page(out: &Path) {
    let by = out.join("by");
    let more = [
        "--by",
        "source",
        "--period",
        "month",
        "-q",
        "--format",
        "csv,jsonl",
    ];
    succeeds(&[&["aggregate", path(out), "-o", path(&by)], &more[..]].concat());
    succeeds(&["report", path(out), "-q"]);
}

#[test]
fn a_page_shows_the_figures_of_the_tables() {
    if !has_browser() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples", &FORMATS);
    make_page(&out);
    assert!(try_page("figures", &out) > 300);
}

/// A page of a large corpus holds sums: the same figures, and the intervals that the tables have.
#[test]
fn a_page_of_a_large_corpus_shows_them_too() {
    if !has_browser() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples", &["--format", "csv"]);
    let large = folder.path().join("large");
    fs::create_dir(&large).unwrap();
    fs::copy(out.join("manifest.json"), large.join("manifest.json")).unwrap();
    for name in ["documents.csv", "mentions.csv"] {
        let text = read(&out, name);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let mut writer = csv::Writer::from_path(large.join(name)).unwrap();
        writer.write_record(&header).unwrap();
        for copy in 0..260 {
            for row in &rows {
                let cells = row.iter().enumerate().map(|(at, cell)| match at {
                    0 => format!("{cell}-{copy}"),
                    _ => cell.to_owned(),
                });
                writer.write_record(cells).unwrap();
            }
        }
    }
    // The tables of these facts, as JSON Lines beside them.
    let tables = folder.path().join("tables");
    succeeds(&[
        "aggregate",
        path(&large),
        "-q",
        "-o",
        path(&tables),
        "--format",
        "jsonl",
    ]);
    make_page(&large);
    for entry in fs::read_dir(&tables).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|it| it == "jsonl") {
            fs::copy(&file, large.join(file.file_name().unwrap())).unwrap();
        }
    }
    let mentions = read(&large, "mentions.csv");
    let lines = csv::Reader::from_reader(mentions.as_bytes())
        .deserialize()
        .map(
            |row: Result<std::collections::BTreeMap<String, String>, _>| {
                serde_json::to_string(&row.unwrap()).unwrap() + "\n"
            },
        )
        .collect::<String>();
    fs::write(large.join("mentions.jsonl"), lines).unwrap();
    assert!(try_page("cells", &large) > 300);
}

/// Whatever a corpus holds is text on its page, and the page asks for nothing.
#[test]
fn hostile_text_stays_text() {
    if !has_browser() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("hostile.jsonl");
    let long = "x".repeat(10_000);
    let texts = [
        "<script>alert(1)</script>",
        "</script><script>alert(2)</script>",
        "<img src=x onerror=alert(3)>",
        "\"' onmouseover=alert(4) {{data}} ${alert(5)}",
        "\u{202e}\u{1b}[31mred\u{7}",
        "<!--",
        &long,
    ];
    let lines = texts.iter().enumerate().map(|(number, text)| {
        let article = serde_json::json!({
            "id": format!("{number}{text}"), "source": text, "title": text, "date": "2025-08-15",
            "url": "javascript:alert(6)",
            "text": format!("Critics condemned Putin, said {text} Smith on Friday. They praised Zelenskyy for <b>courage</b> {text}."),
        });
        format!("{article}\n")
    });
    fs::write(&input, lines.collect::<String>()).unwrap();
    let actors = folder.path().join("actors.toml");
    let name = "Putin </script><script>alert(7)</script>";
    let actor = |id: &str, name: &str, alias: &str| {
        format!(
            "[[actor]]\nid = \"{id}\"\nname = '''{name}'''\nkind = \"body\"\nnames = [\"{alias}\"]\n"
        )
    };
    fs::write(
        &actors,
        actor("p", name, "Putin") + &actor("z", "<b>Z</b>", "Zelenskyy"),
    )
    .unwrap();
    let more = [&FORMATS[..], &["--actors", path(&actors)]].concat();
    let (_, out) = score(&folder, path(&input), &more);
    succeeds(&["report", path(&out), "-q"]);
    let page = read(&out, "report.html");
    assert!(!page.contains("alert("), "data is packed");
    assert!(try_page("hostile", &out) > 20);
}

#[test]
fn a_page_has_another_corpus_beside_its_own() {
    if !has_browser() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let (_, before) = score(&folder, "samples/wire.jsonl", &FORMATS);
    let moved = folder.path().join("before");
    fs::rename(&before, &moved).unwrap();
    let (_, out) = score(&folder, "samples", &FORMATS);
    let compared = out.join("compared");
    let arguments = [
        "compare",
        path(&moved),
        path(&out),
        "-q",
        "-o",
        path(&compared),
    ];
    succeeds(&[&arguments[..], &FORMATS].concat());
    succeeds(&["report", path(&out), "--compare", path(&moved), "-q"]);
    assert!(try_page("compared", &out) >= 24);
}

/// Files that are no pages are left alone, and a folder without mentions has no page.
#[test]
fn pages_replace_pages_only() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &[]);
    let mine = folder.path().join("mine.html");
    fs::write(&mine, "<h1>Mine</h1>").unwrap();
    let message = refused(&["report", path(&out), "-o", path(&mine)]);
    assert!(
        message.contains("mine.html: a page would replace this file"),
        "{message}"
    );
    assert_eq!(fs::read_to_string(&mine).unwrap(), "<h1>Mine</h1>");
    succeeds(&["report", path(&out)]);
    let first = read(&out, "report.html");
    succeeds(&["report", path(&out)]);
    assert_eq!(first, read(&out, "report.html"), "the same bytes");
    // Another run over the folder makes the page one of the past.
    score(&folder, "samples", &[]);
    assert!(!out.join("report.html").exists());
    let message = refused(&["report", "samples"]);
    assert!(
        message.contains("samples: this folder has no manifest.json"),
        "{message}"
    );
}
