//! Runs that must not harm each other, or claim what they have not done.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::common::{
    TABLES, column, manifest, newstance, path, read, refused, score, write_articles,
};

/// Every file of a folder with its content.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Starts a run that has written its first rows and waits for more input.
fn waiting_run(out: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_newstance"))
        .args(["score", "-", "-q", "-o", path(out)])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.as_mut().unwrap();
    for id in 0..400 {
        let text = format!("Putin left, Trump stayed and European leaders waited {id} hours.");
        writeln!(input, "{}", serde_json::json!({"id": id, "text": text})).unwrap();
    }
    input.flush().unwrap();
    let partial = out.join(".newstance-run/mentions.csv");
    let deadline = Instant::now() + Duration::from_secs(60);
    while fs::metadata(&partial).map_or(0, |meta| meta.len()) == 0 {
        assert!(Instant::now() < deadline, "nothing was written in a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn the_second_of_two_runs_is_refused_and_the_first_is_whole() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let mut first = waiting_run(&out);
    for more in [&[][..], &["--overwrite"]] {
        let second = ["score", "samples", "-o", path(&out)];
        let message = refused(&[&second, more].concat());
        assert!(
            message.contains("another run writes into this folder"),
            "{message}"
        );
    }
    drop(first.stdin.take());
    assert!(first.wait().unwrap().success());
    assert_eq!(manifest(&out)["counts"]["articles"], 400);
    assert_eq!(read(&out, "documents.csv").lines().count(), 401);
}

#[test]
fn a_killed_run_leaves_nothing_under_a_final_name() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let mut child = waiting_run(&out);
    child.kill().unwrap();
    child.wait().unwrap();
    for name in TABLES.iter().chain(&["manifest.json"]) {
        assert!(!out.join(name).exists(), "{name} exists");
    }
    // The next run is told what was left, and writes over it when it is asked to.
    let message = refused(&["score", "samples/wire.jsonl", "-q", "-o", path(&out)]);
    assert!(
        message.contains("a run into this folder did not end"),
        "{message}"
    );
    let anew = [
        "score",
        "samples/wire.jsonl",
        "-q",
        "--overwrite",
        "-o",
        path(&out),
    ];
    let output = newstance(&anew);
    assert!(output.status.success(), "{output:?}");
    let left = snapshot(&out).len();
    assert_eq!(left, TABLES.len() + ["manifest.json", "the lock"].len());
}

#[test]
fn reports_of_another_run_are_replaced_only_when_asked() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let score = |input: &str, more: &[&str]| {
        let arguments = ["score", input, "-q", "-o", path(&out)];
        newstance(&[&arguments, more].concat())
    };
    assert!(score("samples/wire.jsonl", &[]).status.success());
    let before = snapshot(&out);
    let message = refused(&["score", "samples/articles", "-o", path(&out)]);
    assert!(
        message.contains("has the reports of another run"),
        "{message}"
    );
    assert!(message.contains("hint: --overwrite"), "{message}");
    assert_eq!(snapshot(&out), before);
    assert!(score("samples/articles", &["--overwrite"]).status.success());
    assert_eq!(manifest(&out)["counts"]["articles"], 9);
    // A run that fails keeps what was there.
    let before = snapshot(&out);
    refused(&["score", "nowhere.csv", "-o", path(&out), "--overwrite"]);
    assert_eq!(snapshot(&out), before);
}

#[test]
fn files_that_are_no_reports_are_never_replaced() {
    for name in ["articles.csv", "manifest.json"] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(name), "{\"name\": \"a web app\"}").unwrap();
        let before = snapshot(folder.path());
        let out = path(folder.path());
        for more in [&[][..], &["--overwrite"]] {
            let message = refused(&[&["score", "samples", "-o", out], more].concat());
            assert!(
                message.contains("which is none of newstance's"),
                "{message}"
            );
        }
        assert_eq!(snapshot(folder.path()), before);
    }
}

#[test]
fn no_input_lies_in_the_output() {
    let folder = TempDir::new().unwrap();
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    write_articles(&corpus.join("a.jsonl"), ["Putin left."]);
    let message = refused(&["score", path(&corpus), "-o", path(&corpus)]);
    assert!(
        message.contains("this is the output folder, too"),
        "{message}"
    );
    let inside = corpus.join("a.jsonl");
    let message = refused(&["score", path(&inside), "-o", path(&corpus)]);
    assert!(message.contains("lies in the output folder"), "{message}");
    assert_eq!(snapshot(&corpus).len(), 1);
    // The other way round is fine: a folder is read without its reports.
    let out = corpus.join("out");
    for _ in 0..2 {
        let arguments = [
            "score",
            path(&corpus),
            "-q",
            "--overwrite",
            "-o",
            path(&out),
        ];
        assert!(newstance(&arguments).status.success());
        assert_eq!(manifest(&out)["counts"]["articles"], 1);
        assert_eq!(manifest(&out)["counts"]["files_skipped"], 0);
    }
}

#[test]
fn a_run_that_scored_nothing_fails_and_says_why() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("empty")).unwrap();
    fs::create_dir(at("others")).unwrap();
    fs::write(at("others/feed.pdf"), "x").unwrap();
    fs::write(at("others/one.md"), "x").unwrap();
    fs::write(at("empty.jsonl"), "").unwrap();
    fs::write(at("broken.jsonl"), "{\n").unwrap();
    write_articles(&at("cats.jsonl"), ["Cats sleep.", "Dogs bark."]);
    let out = at("out");
    let cases = [
        ("empty", "no article was read: the input is empty"),
        ("others", "no article was read. Skipped 2 files: "),
        ("empty.jsonl", "no article was read: the input is empty"),
        (
            "broken.jsonl",
            "1 record was rejected, and no article was left",
        ),
        (
            "cats.jsonl",
            "2 articles were read, and none mentions an actor",
        ),
    ];
    for (input, expected) in cases {
        let input = at(input);
        let message = refused(&["score", path(&input), "-q", "--overwrite", "-o", path(&out)]);
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(read(&out, "documents.csv").lines().count(), 3);
    let mut child = Command::new(env!("CARGO_BIN_EXE_newstance"))
        .args(["score", "-", "-q", "-o", path(&at("stdin"))])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(!at("stdin/manifest.json").exists());
}

/// Constants, fields that are kept, languages and copies, as a user sees them.
#[test]
fn fields_languages_and_copies() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("news.jsonl");
    let story = "Putin praised Trump in a long speech on Friday, and said that nobody else in Europe had understood him so well for years.";
    let lines = [
        serde_json::json!({"id": "a", "text": story, "desk": "world", "meta": {"byline": "=A"}}),
        serde_json::json!({"id": "b", "text": story.to_uppercase(), "desk": null}),
        serde_json::json!({"id": "c", "text": "Kritiker nannten Trump einen Lügner und Verbrecher, und er verließ den Saal."}),
        serde_json::json!({"id": "d", "text": "Trump left."}),
    ];
    fs::write(&input, lines.map(|line| format!("{line}\n")).concat()).unwrap();
    let more = ["--set", "source=BBC", "--keep", "desk,meta.byline"];
    let (code, out) = score(&folder, path(&input), &more);
    assert_eq!(code, 0);
    for (name, expected) in [
        ("source", ["BBC"; 4]),
        ("desk", ["world", "", "", ""]),
        ("meta.byline", ["=A", "", "", ""]),
        ("language", ["en", "en", "deu", "en"]),
        ("copy_of", ["", "a", "", ""]),
        ("scored", ["true", "true", "false", "true"]),
    ] {
        assert_eq!(column(&out, "documents.csv", name), expected, "{name}");
    }
    let counts = &manifest(&out)["counts"];
    assert_eq!(
        (&counts["copies"], &counts["other_languages"]),
        (&1.into(), &1.into())
    );
    let again = folder.path().join("again");
    let arguments = ["aggregate", path(&out), "-o", path(&again)];
    assert!(newstance(&arguments).status.success());
    assert_eq!(read(&out, "actors.csv"), read(&again, "actors.csv"));

    let (code, out) = score(&folder, path(&input), &["--keep", "desk,nope"]);
    assert_eq!(
        (code, column(&out, "rejected.csv", "kind")),
        (3, vec!["field".to_owned()])
    );
    assert!(column(&out, "rejected.csv", "reason")[0].contains("\"nope\" is to be kept"));
    let (_, out) = score(&folder, path(&input), &["--language", "any"]);
    assert_eq!(column(&out, "documents.csv", "scored"), ["true"; 4]);
    let message = refused(&["score", path(&input), "-o", path(&again), "--set", "text=x"]);
    assert!(
        message.contains("--set text=x: text is not the same in all articles"),
        "{message}"
    );
}

/// Five copies of one story are one cluster, and have no interval.
#[test]
fn copies_are_one_cluster() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("news.jsonl");
    let copies = ["Critics called Putin a liar on Friday, and nobody in the great hall of the palace disagreed with them for long.";
        6];
    write_articles(&input, copies);
    let (_, out) = score(&folder, path(&input), &[]);
    let actors = column(&out, "actors.csv", "actor");
    let at = actors.iter().position(|actor| actor == "putin").unwrap();
    assert_eq!(column(&out, "actors.csv", "articles")[at], "6");
    assert_eq!(column(&out, "actors.csv", "stance_low")[at], "");
}
