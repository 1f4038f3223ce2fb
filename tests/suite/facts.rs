//! Two tables are facts, and all others are computed from them.

use std::fs;

use newstance_testing::shared;
use tempfile::TempDir;

use crate::common::{newstance, path, python3, read, refused, score, table, write_articles};

/// What `aggregate` computes.
const DERIVED: [&str; 5] = [
    "articles.csv",
    "actors.csv",
    "timeline.csv",
    "sources.csv",
    "pairs.csv",
];

/// Real articles if there are any, else the samples.
fn corpus() -> String {
    match shared("articles") {
        Some(folder) => folder.join("persent-dev.csv").display().to_string(),
        None => "samples".to_owned(),
    }
}

#[test]
fn derived_tables_are_computed_from_the_printed_facts_in_python() {
    let folder = TempDir::new().unwrap();
    let mut with_intervals = 0;
    for (corpus, more) in [
        (corpus(), &[] as &[&str]),
        ("samples".to_owned(), &[]),
        ("samples".to_owned(), &["--period", "week"]),
    ] {
        let (_, out) = score(&folder, &corpus, more);
        for name in ["actors", "timeline", "sources", "pairs"] {
            let Some(computed) = python3(&["tests/suite/derived.py", path(&out), name]) else {
                return;
            };
            let file = format!("{name}.csv");
            assert_eq!(computed, read(&out, &file), "{corpus}, {file}");
            let rows = table(&out, &file);
            let low = rows[0].iter().position(|it| it == "stance_low").unwrap();
            with_intervals += usize::from(rows[1..].iter().any(|row| !row[low].is_empty()));
        }
    }
    // Weeks and real articles, which have no dates, have few.
    assert!(with_intervals >= 5, "{with_intervals}");
}

#[test]
fn aggregate_gives_the_bytes_of_the_run() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, &corpus(), &[]);
    let again = folder.path().join("again");
    let output = newstance(&["aggregate", path(&out), "-o", path(&again)]);
    assert!(output.status.success(), "{output:?}");
    for name in DERIVED {
        assert_eq!(read(&out, name), read(&again, name), "{name}");
    }
}

/// A corpus in two parts, in either order, has the actors of the whole.
#[test]
fn parts_make_the_whole() {
    let folder = TempDir::new().unwrap();
    let articles = fs::read_to_string("samples/wire.jsonl").unwrap();
    let lines: Vec<&str> = articles.lines().collect();
    let scored = |name: &str, lines: &[&str]| {
        let input = folder.path().join(format!("{name}.jsonl"));
        fs::write(&input, lines.join("\n")).unwrap();
        let out = folder.path().join(name);
        let output = newstance(&["score", path(&input), "-q", "-o", path(&out)]);
        assert!(output.status.success(), "{output:?}");
        out
    };
    let whole = scored("whole", &lines);
    let parts = [scored("first", &lines[..2]), scored("second", &lines[2..])];
    let merged = |name: &str, order: [usize; 2]| {
        let out = folder.path().join(name);
        let [a, b] = order.map(|at| path(&parts[at]));
        let output = newstance(&["aggregate", a, b, "-q", "-o", path(&out)]);
        assert!(output.status.success(), "{output:?}");
        out
    };
    let forward = merged("forward", [0, 1]);
    for name in DERIVED {
        assert_eq!(read(&forward, name), read(&whole, name), "{name}");
    }
    let backward = merged("backward", [1, 0]);
    for name in ["actors.csv", "pairs.csv"] {
        assert_eq!(read(&backward, name), read(&whole, name), "{name}");
    }

    let refused_from =
        |folders: &[&str], out: &str| refused(&[&["aggregate"], folders, &["-o", out]].concat());
    let elsewhere = folder.path().join("elsewhere");
    let twice = refused_from(&[path(&whole), path(&parts[0])], path(&elsewhere));
    assert!(twice.contains("is in two of the corpora"), "{twice}");
    let same = refused_from(&[path(&whole)], path(&whole));
    assert!(same.contains("this is the output folder, too"), "{same}");
    let none = refused_from(&["samples"], path(&elsewhere));
    assert!(
        none.contains("samples: this folder has no manifest"),
        "{none}"
    );
    assert!(!elsewhere.join("actors.csv").exists());
}

/// Facts that were changed by hand and no longer fit each other are refused with the line.
#[test]
fn facts_that_do_not_fit_are_refused() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples/wire.jsonl", &[]);
    let facts = read(&out, "mentions.csv");
    let aggregate = |changed: &str| {
        fs::write(out.join("mentions.csv"), changed).unwrap();
        let to = folder.path().join("to");
        let output = newstance(&["aggregate", path(&out), "-o", path(&to)]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let rows: Vec<&str> = facts.split_inclusive("\r\n").collect();
    let message = aggregate(&rows[..rows.len() - 1].concat());
    assert!(message.contains("mentions of the article"), "{message}");
    let message = aggregate(&[&rows[..], &rows[1..2]].concat().concat());
    assert!(message.contains("is no document"), "{message}");
    let message = aggregate(&facts.replacen("stance", "attitude", 1));
    assert!(message.contains("the columns are not those"), "{message}");
    let message = aggregate(&facts.replacen(",name,", ",nickname,", 1));
    assert!(message.contains("mentions.csv:"), "{message}");
}

/// Parts that several machines scored make the whole, to the byte, in whatever order; one that is missing or there twice is told.
#[test]
fn shards_make_the_whole() {
    let folder = TempDir::new().unwrap();
    let scored = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let arguments = ["score", "samples", "-q", "-o", path(&out)];
        let output = newstance(&[&arguments, more].concat());
        assert!(output.status.success(), "{output:?}");
        out
    };
    let whole = scored("whole", &[]);
    let parts =
        ["3/3", "1/3", "2/3"].map(|shard| scored(&shard.replace('/', "of"), &["--shard", shard]));
    let rows = |part: &std::path::PathBuf| table(part, "documents.csv").len() - 1;
    assert!(parts.iter().all(|part| rows(part) > 0), "each has some");
    assert_eq!(parts.iter().map(rows).sum::<usize>(), rows(&whole));
    let out = folder.path().join("together");
    let aggregate = |parts: &[&std::path::PathBuf]| {
        let parts: Vec<&str> = parts.iter().map(|part| path(part)).collect();
        let more = ["-q", "--overwrite", "-o", path(&out)];
        newstance(&[&["aggregate"], &parts[..], &more].concat())
    };
    let output = aggregate(&[&parts[0], &parts[1], &parts[2]]);
    assert!(output.status.success(), "{output:?}");
    for name in DERIVED {
        assert_eq!(read(&out, name), read(&whole, name), "{name}");
    }
    for (parts, expected) in [
        (&[&parts[0], &parts[1]][..], "the shard 2/3 is missing"),
        (
            &[&parts[0], &parts[1], &parts[2], &parts[1]],
            "the shard 1/3 is there twice",
        ),
        (&[&parts[0], &whole], "this is no shard of the run"),
    ] {
        let output = aggregate(parts);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(expected), "{message}");
    }
    // A part may be empty, where a whole corpus may not.
    let one = folder.path().join("one.jsonl");
    write_articles(&one, ["Critics condemned Putin."]);
    let empty = ["1/3", "2/3", "3/3"].map(|shard| {
        let part = folder
            .path()
            .join(format!("one-{}", shard.replace('/', "of")));
        let run = newstance(&[
            "score",
            path(&one),
            "-o",
            path(&part),
            "-q",
            "--shard",
            shard,
        ]);
        assert!(run.status.success());
        part
    });
    let together = folder.path().join("one");
    let parts = empty.each_ref().map(|part| path(part));
    let aggregate = [&["aggregate"], &parts[..], &["-q", "-o", path(&together)]].concat();
    assert!(newstance(&aggregate).status.success());
    assert!(read(&together, "actors.csv").contains("putin,Vladimir Putin,1,"));

    let wrong = newstance(&["score", "samples", "-o", path(&out), "--shard", "4/3"]);
    assert_eq!(wrong.status.code(), Some(2));
}
