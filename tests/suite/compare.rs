//! Comparisons of two scored corpora.

use std::fs;
use std::path::{Path, PathBuf};

use newstance_testing::shared;
use tempfile::TempDir;

use crate::common::{column, newstance, path, python3, score, table};

/// Scores an input into a folder of its own.
fn scored(folder: &TempDir, name: &str, input: &str, more: &[&str]) -> PathBuf {
    let (_, out) = score(folder, input, more);
    let to = folder.path().join(name);
    fs::rename(out, &to).unwrap();
    to
}

fn compare(before: &Path, after: &Path, to: &Path, more: &[&str]) -> std::process::Output {
    let arguments = [
        "compare",
        path(before),
        path(after),
        "--overwrite",
        "-o",
        path(to),
    ];
    newstance(&[&arguments, more].concat())
}

#[test]
fn differences_are_computed_from_the_printed_facts_in_python() {
    let folder = TempDir::new().unwrap();
    let whole = scored(&folder, "whole", "samples", &[]);
    let mut cases = vec![
        // The same articles, whose stances differ by the rounding of weights.
        (
            whole.clone(),
            scored(&folder, "f32", "samples", &["--precision", "f32"]),
        ),
        // Articles of which some are in both.
        (scored(&folder, "wire", "samples/wire.jsonl", &[]), whole),
    ];
    if let Some(articles) = shared("articles") {
        let year = |year: &str| {
            let file = articles.join(format!("wikinews/wikinews_{year}.csv"));
            scored(&folder, year, path(&file), &[])
        };
        cases.push((year("2019"), year("2020")));
    }
    let mut tested = 0;
    let to = folder.path().join("compared");
    for (before, after) in &cases {
        for by in ["actor", "source", "voice"] {
            let output = compare(before, after, &to, &["--by", by]);
            assert!(output.status.success(), "{output:?}");
            let file = to.join("differences.csv");
            let script = "tests/suite/differences.py";
            let Some(stdout) = python3(&[script, path(before), path(after), path(&file), by])
            else {
                return;
            };
            tested += stdout.trim().parse::<usize>().unwrap();
        }
    }
    assert!(tested >= 12, "{tested}");
}

/// The parts of all sentences would make the whole; those that are named are the largest, and go the way of the difference.
#[test]
fn the_sentences_that_make_a_difference_are_named() {
    let folder = TempDir::new().unwrap();
    let corpus = |name: &str, verb: &str| {
        let file = folder.path().join(format!("{name}.jsonl"));
        let lines = (0..6).map(|number| {
            let text = match number {
                0 => format!("Critics {verb} Putin."),
                _ => format!("Putin arrived on day {number}."),
            };
            format!(
                "{}\n",
                serde_json::json!({"id": format!("{name}{number}"), "text": text, "source": "A"})
            )
        });
        fs::write(&file, lines.collect::<String>()).unwrap();
        scored(&folder, name, path(&file), &[])
    };
    let (before, after) = (corpus("july", "praised"), corpus("august", "condemned"));
    let to = folder.path().join("compared");
    let output = compare(&before, &after, &to, &["--alert", "0.9"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "one article in six is no sure difference"
    );
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("Critics condemned Putin."), "{shown}");
    let rows = table(&to, "changes.csv");
    let first: Vec<&str> = rows[1..3].iter().map(|row| &*row[12]).collect();
    assert_eq!(
        first,
        ["Critics condemned Putin.", "Critics praised Putin."]
    );
    let parts = column(&to, "changes.csv", "part");
    assert!(parts.iter().all(|it| it.starts_with('-')), "{parts:?}");

    // All articles differ: that is told, and cron hears of it.
    let all = |name: &str, verb: &str| {
        let file = folder.path().join(format!("{name}.jsonl"));
        let lines = (0..9).map(|number| {
            let text = format!("Critics {verb} Putin in speech number {number}.");
            format!(
                "{}\n",
                serde_json::json!({"id": format!("{name}{number}"), "text": text})
            )
        });
        fs::write(&file, lines.collect::<String>()).unwrap();
        scored(&folder, name, path(&file), &[])
    };
    let (before, after) = (all("first", "praised"), all("second", "condemned"));
    let output = compare(&before, &after, &to, &["--alert", "0.2", "-q"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(
        message.contains("alert: Vladimir Putin differs by -1."),
        "{message}"
    );
    let output = compare(&before, &after, &to, &["--alert", "2", "-q"]);
    assert_eq!(output.status.code(), Some(0));
    let again = newstance(&["compare", path(&before), path(&after), "-o", path(&to)]);
    assert_eq!(again.status.code(), Some(1));
    for wrong in ["0", "2.5", "much"] {
        let output = compare(&before, &after, &to, &["--alert", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

/// What a corpus holds does not command a terminal.
#[test]
fn terminals_are_not_commanded() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("hostile.jsonl");
    let text = "\u{1b}[31m\u{7}\u{202e}Critics condemned Putin\u{9b}2J.";
    let lines = (0..6).map(|number| {
        let article = serde_json::json!({"id": number, "source": text, "title": text, "text": format!("{text} {number}")});
        format!("{article}\n")
    });
    fs::write(&file, lines.collect::<String>()).unwrap();
    let out = scored(&folder, "out", path(&file), &[]);
    let other = scored(&folder, "other", "samples", &[]);
    let commands: [&[&str]; 3] = [
        &["compare", path(&out), path(&other), "--by", "source"],
        &["explain", text],
        &["score", "nowhere\u{1b}[2J.csv", "-o", path(&out)],
    ];
    for arguments in commands {
        let output = newstance(arguments);
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.len() > 20, "{shown}");
        let commands = shown
            .chars()
            .filter(|char| (char.is_control() && *char != '\n') || *char == '\u{202e}');
        assert_eq!(commands.count(), 0, "{shown:?}");
    }
}
