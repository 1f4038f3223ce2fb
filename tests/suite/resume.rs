//! Runs that end before they should, and go on: killed, interrupted, out of disk, on changed input.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

use crate::common::{TABLES, column, manifest, newstance, path, read, refused};

/// Articles of more than two chunks.
fn corpus(folder: &Path) -> PathBuf {
    let file = folder.join("news.jsonl");
    let lines = (0..600).map(|number| {
        let text = match number % 12 {
            0 => format!("Critics condemned Putin for the {number}th time. Nobody praised him."),
            1 => format!("They praised Zelenskyy on day {number}."),
            _ => format!("Nothing of note happened on day {number} of the talks."),
        };
        let article = serde_json::json!({"id": format!("a{number}"), "text": text, "source": "S"});
        // A record in between that is rejected.
        let bad = if number % 100 == 50 { "{\n" } else { "" };
        format!("{article}\n{bad}")
    });
    fs::write(&file, lines.collect::<String>()).unwrap();
    file
}

/// The library that makes calls fail; `None` without a C compiler.
fn faults(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("faults.so");
    let compiled = Command::new("cc")
        .args([
            "-O1",
            "-shared",
            "-fPIC",
            "-o",
            path(&library),
            "tests/suite/faults.c",
            "-ldl",
        ])
        .output();
    match compiled {
        Ok(output) if output.status.success() => Some(library),
        _ => {
            assert!(env::var_os("CI").is_none(), "{compiled:?}");
            println!("skipped: there is no C compiler");
            None
        }
    }
}

/// Scores with some faults.
fn score_with(
    library: &Path,
    faults: &[(&str, &str)],
    input: &Path,
    out: &Path,
    more: &[&str],
) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_newstance"));
    command
        .args(["score", path(input), "-q", "-o", path(out)])
        .args(more);
    command.env("LD_PRELOAD", library);
    command.envs(faults.iter().copied());
    command.output().unwrap()
}

/// What a run asked of the disk, call by call, and how it ended.
fn calls_of(library: &Path, input: &Path, out: &Path, more: &[&str]) -> (Vec<String>, Output) {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let output = score_with(library, &[("FAULTS_LOG", path(&log))], input, out, more);
    let calls = fs::read_to_string(&log).unwrap();
    (calls.lines().map(str::to_owned).collect(), output)
}

fn go_on(input: &Path, out: &Path, more: &[&str]) -> Output {
    let arguments = ["score", path(input), "-q", "-o", path(out), "--resume"];
    newstance(&[&arguments, more].concat())
}

/// All tables of a folder.
fn tables(folder: &Path) -> BTreeMap<&'static str, String> {
    TABLES
        .iter()
        .map(|name| (*name, read(folder, name)))
        .collect()
}

/// A run over an old report is killed before each of some writes, syncs, moves and removals: the old report is whole until the new one
/// is committed, and what goes on ends with the bytes of a run that was not killed.
#[test]
fn a_run_killed_anywhere_goes_on_to_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let input = corpus(folder.path());
    let Some(library) = faults(folder.path()) else {
        return;
    };
    let whole = folder.path().join("whole");
    // Old tables are there in every case.
    let old = folder.path().join("old");
    assert!(
        newstance(&["score", "samples/wire.jsonl", "-q", "-o", path(&old)])
            .status
            .success()
    );
    let start = |out: &Path| {
        fs::create_dir(out).unwrap();
        for entry in fs::read_dir(&old).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), out.join(entry.file_name())).unwrap();
        }
    };
    start(&whole);
    let (calls, output) = calls_of(&library, &input, &whole, &["--overwrite"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let expected = tables(&whole);
    let before = tables(&old);
    let finish = calls
        .iter()
        .position(|it| it.ends_with(".newstance-run/report"))
        .unwrap();
    let of_run = (1..=15).map(|part| 1 + part * finish / 16);
    let of_finish = (finish..calls.len()).step_by(3).map(|call| call + 1);
    let (mut resumed, mut in_finish) = (0, 0);
    for (at, call) in of_run.chain(of_finish).enumerate() {
        let out = folder.path().join(format!("out{at}"));
        start(&out);
        let kill = call.to_string();
        let killed = score_with(
            &library,
            &[("FAULTS_KILL", &kill)],
            &input,
            &out,
            &["--overwrite"],
        );
        let told = format!("killed before {}", calls[call - 1]);
        assert_eq!(killed.status.code(), None, "{told}: {killed:?}");
        let is_committed = out.join(".newstance-run/commit.json").exists()
            || !out.join(".newstance-run").exists() && tables(&out) != before;
        if out.join("manifest.json").exists() && !is_committed {
            assert_eq!(tables(&out), before, "{told}");
        }
        let output = go_on(&input, &out, &[]);
        if calls[call - 1].contains("mkdir") && call < 4 {
            // Nothing had begun.
            assert_eq!(output.status.code(), Some(1), "{told}: {output:?}");
            assert_eq!(tables(&out), before, "{told}");
            continue;
        }
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{told}: {output:?}"
        );
        assert_eq!(tables(&out), expected, "{told}");
        for count in ["articles", "rejected", "sentences", "mentions"] {
            let of = |folder: &Path| manifest(folder)["counts"][count].clone();
            assert_eq!(of(&out), of(&whole), "{told}, {count}");
        }
        assert!(!out.join(".newstance-run").exists(), "{told}");
        resumed += 1;
        in_finish += usize::from(call > finish);
        fs::remove_dir_all(&out).unwrap();
    }
    assert!(resumed >= 20 && in_finish >= 5, "{resumed}, {in_finish}");
}

/// A disk that is full, or broken, ends a run with a message; with room it goes on.
#[test]
fn a_run_out_of_disk_goes_on_when_there_is_room() {
    let folder = TempDir::new().unwrap();
    let input = corpus(folder.path());
    let Some(library) = faults(folder.path()) else {
        return;
    };
    let whole = folder.path().join("whole");
    let (calls, _) = calls_of(&library, &input, &whole, &["--format", "both"]);
    let is_write = |call: &usize| calls[*call - 1].contains(" write ");
    let writes: Vec<usize> = (1..=calls.len()).filter(is_write).collect();
    let expected = tables(&whole);
    for (at, (fault, words)) in [
        ("FAULTS_FULL", "the disk is full"),
        ("FAULTS_EIO", "nput/output error"),
    ]
    .into_iter()
    .cycle()
    .take(8)
    .enumerate()
    {
        let out = folder.path().join(format!("out{at}"));
        let call = writes[1 + at * (writes.len() - 2) / 8].to_string();
        let failed = score_with(
            &library,
            &[(fault, &call)],
            &input,
            &out,
            &["--format", "both"],
        );
        let message = String::from_utf8_lossy(&failed.stderr);
        assert_eq!(failed.status.code(), Some(1), "{call}: {message}");
        assert!(message.contains(words), "{call}: {message}");
        assert!(!out.join("manifest.json").exists());
        let output = go_on(&input, &out, &["--format", "both"]);
        assert_eq!(output.status.code(), Some(3), "{call}: {output:?}");
        assert_eq!(tables(&out), expected, "{call}");
        let parquet = |folder: &Path| fs::read(folder.join("mentions.parquet")).unwrap();
        assert_eq!(parquet(&out), parquet(&whole), "{call}");
    }
    // A limit on the size of files is a message, too.
    let out = folder.path().join("limited");
    let run = format!(
        "ulimit -f 20; exec \"$0\" score {} -q -o {}",
        path(&input),
        path(&out)
    );
    let limited = Command::new("bash")
        .args(["-c", &run, env!("CARGO_BIN_EXE_newstance")])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&limited.stderr);
    assert_eq!(limited.status.code(), Some(1), "{limited:?}");
    assert!(message.contains("--resume goes on"), "{message}");
    assert_eq!(go_on(&input, &out, &[]).status.code(), Some(3));
    assert_eq!(tables(&out), expected);
}

/// Signals end a run behind the articles at hand, with 130.
#[test]
fn a_run_that_is_interrupted_goes_on() {
    let folder = TempDir::new().unwrap();
    let input = corpus(folder.path());
    let whole = folder.path().join("whole");
    newstance(&["score", path(&input), "-q", "-o", path(&whole)]);
    for signal in ["INT", "TERM", "HUP"] {
        let out = folder.path().join(signal);
        let mut child = Command::new(env!("CARGO_BIN_EXE_newstance"))
            .args([
                "score",
                path(&input),
                "-q",
                "--threads",
                "1",
                "-o",
                path(&out),
            ])
            .spawn()
            .unwrap();
        // It has begun, and takes signals.
        let has_begun = || out.join(".newstance-run/rejected.csv").exists();
        while !has_begun() && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(2));
        }
        sleep(Duration::from_millis(30));
        Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .output()
            .unwrap();
        let code = child.wait().unwrap().code();
        // A fast machine may be through before.
        assert!(matches!(code, Some(130 | 3)), "{signal}: {code:?}");
        let output = go_on(&input, &out, &[]);
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{signal}: {output:?}"
        );
        assert_eq!(tables(&out), tables(&whole), "{signal}");
    }
}

/// Only the same run goes on: what differs is named.
#[test]
fn another_run_does_not_go_on() {
    let folder = TempDir::new().unwrap();
    let input = corpus(folder.path());
    let Some(library) = faults(folder.path()) else {
        return;
    };
    let out = folder.path().join("out");
    score_with(&library, &[("FAULTS_KILL", "40")], &input, &out, &[]);
    let refused_with = |arguments: &[&str], expected: &str| {
        let message = refused(arguments);
        assert!(message.contains(expected), "{message}");
    };
    let score = ["score", path(&input), "-q", "-o", path(&out)];
    refused_with(&score, "a run into this folder did not end");
    refused_with(&score, "--resume goes on with it, --overwrite starts anew");
    let resume = [&score[..], &["--resume"]].concat();
    refused_with(
        &[&resume[..], &["--precision", "f32"]].concat(),
        "had another backend",
    );
    refused_with(
        &[&resume[..], &["--limit", "5"]].concat(),
        "had another limit",
    );
    refused_with(
        &[&resume[..], &["--set", "source=B"]].concat(),
        "had another fields",
    );
    let other = [
        "score",
        "samples/wire.jsonl",
        "-q",
        "-o",
        path(&out),
        "--resume",
    ];
    refused_with(&other, "had another input");
    let text = fs::read_to_string(&input).unwrap();
    fs::write(&input, text.replacen("condemned", "condemnED", 1)).unwrap();
    refused_with(&resume, "had another input");
    // Even if size and time are what they were.
    let time = fs::metadata(&input).unwrap().modified().unwrap();
    fs::write(&input, &text).unwrap();
    fs::File::options()
        .write(true)
        .open(&input)
        .unwrap()
        .set_modified(time)
        .unwrap();
    let fresh = folder.path().join("fresh");
    score_with(&library, &[("FAULTS_KILL", "40")], &input, &fresh, &[]);
    fs::write(&input, text.replacen("condemned", "condemnED", 1)).unwrap();
    fs::File::options()
        .write(true)
        .open(&input)
        .unwrap()
        .set_modified(time)
        .unwrap();
    let resume = ["score", path(&input), "-q", "-o", path(&fresh), "--resume"];
    refused_with(&resume, "the input up to here is not what it was");
    refused_with(
        &["score", "-", "-o", path(&fresh), "--resume"],
        "standard input: it cannot be read again",
    );
    // Finished, there is nothing to go on with, and that is no failure.
    fs::write(&input, &text).unwrap();
    assert_eq!(
        newstance(&[&score[..], &["--overwrite"]].concat())
            .status
            .code(),
        Some(3)
    );
    let again = newstance(&[&score[..], &["--resume"]].concat());
    assert_eq!(again.status.code(), Some(0));
    assert!(
        String::from_utf8_lossy(&again.stderr).contains("this run has ended"),
        "{again:?}"
    );
    refused_with(
        &[&score[..], &["--resume", "--limit", "9"]].concat(),
        "has the report of another",
    );
}

/// An article at which the process died twice, alone, is left out by name.
#[test]
fn a_poisonous_article_is_left_out() {
    let folder = TempDir::new().unwrap();
    let input = corpus(folder.path());
    let Some(library) = faults(folder.path()) else {
        return;
    };
    let out = folder.path().join("out");
    let (calls, _) = calls_of(&library, &input, &folder.path().join("whole"), &[]);
    // Amid the first articles: whoever goes on scores them one by one.
    let first = calls
        .iter()
        .position(|it| it.contains("fdatasync") && it.ends_with("documents.csv"))
        .unwrap();
    score_with(
        &library,
        &[("FAULTS_KILL", &first.to_string())],
        &input,
        &out,
        &[],
    );
    for _ in 0..2 {
        // It takes the folder, begins its files anew and says what it attempts; then the process dies.
        let killed = score_with(
            &library,
            &[("FAULTS_KILL", "6")],
            &input,
            &out,
            &["--resume"],
        );
        assert_eq!(killed.status.code(), None, "{killed:?}");
    }
    let output = go_on(&input, &out, &[]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let kinds = column(&out, "rejected.csv", "kind");
    assert_eq!(
        kinds.iter().filter(|it| *it == "failed").count(),
        1,
        "{kinds:?}"
    );
    assert_eq!(column(&out, "rejected.csv", "input")[0], "a0");
    assert_eq!(column(&out, "documents.csv", "article_id").len(), 599);
}
