//! The models that come with newstance, through the binary.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{newstance, path};

#[test]
fn the_accurate_model_tells_three_stances_of_one_sentence() {
    let text = "Voters adore Zelenskyy and despise Putin, Trump told reporters on Monday.";
    let output = newstance(&["explain", text, "--model", "accurate"]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    // The line above a mention's name begins with its bar, stance and label.
    let lines: Vec<&str> = stdout.lines().map(str::trim_start).collect();
    let label_of = |name: &str| {
        let at = lines.iter().position(|line| line.starts_with(name));
        let above = lines[at.unwrap_or_else(|| panic!("no {name} in {stdout}")) - 1];
        above.split_whitespace().nth(2).unwrap()
    };
    let labels = ["Putin (", "Zelenskyy (", "Trump ("].map(label_of);
    assert_eq!(labels, ["negative", "positive", "neutral"], "{stdout}");
}

#[test]
fn the_accurate_model_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let mentions = |threads: &str| {
        let out = folder.path().join(threads);
        let output = newstance(&[
            "score",
            "samples",
            "-o",
            path(&out),
            "--model",
            "accurate",
            "--threads",
            threads,
            "--limit",
            "3",
        ]);
        assert!(
            output
                .status
                .code()
                .is_some_and(|code| code == 0 || code == 3),
            "{output:?}"
        );
        fs::read(out.join("mentions.csv")).unwrap()
    };
    let one = mentions("1");
    assert!(one.split(|&byte| byte == b'\n').count() > 10);
    assert_eq!(one, mentions("3"));
}

/// A folder for the model is found by the environment, and its absence is reported with the remedy.
#[test]
fn the_accurate_model_is_looked_for_beside_the_program() {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("newstance");
    fs::copy(env!("CARGO_BIN_EXE_newstance"), &program).unwrap();
    let explain = |models: Option<&Path>| {
        let mut command = Command::new(&program);
        command.current_dir(folder.path());
        command.args(["explain", "Voters adore Trump.", "--model", "accurate"]);
        match models {
            Some(models) => command.env("NEWSTANCE_MODELS", models),
            None => command.env_remove("NEWSTANCE_MODELS"),
        };
        command.output().unwrap()
    };
    let absent = explain(None);
    assert_eq!(absent.status.code(), Some(1));
    let message = String::from_utf8(absent.stderr).unwrap();
    assert!(
        message.contains("\"accurate\" is not installed: copy models/accurate"),
        "{message}"
    );
    let models = env::current_dir().unwrap().join("models");
    assert!(explain(Some(&models)).status.success());
}

#[test]
fn names_are_swapped_in_neutral_sentences() {
    let folder = TempDir::new().unwrap();
    let sentences = folder.path().join("sentences.txt");
    let lines = fs::read_to_string("actors/neutral.txt").unwrap();
    assert_eq!(lines.lines().count(), 500);
    let few: Vec<&str> = lines.lines().step_by(50).collect();
    fs::write(&sentences, few.join("\n")).unwrap();
    let names = "actors/names.csv";
    let output = newstance(&[
        "eval",
        "--swap",
        path(&sentences),
        "--names",
        names,
        "--json",
    ]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["sentences"], 10);
    assert_eq!(found["names"].as_array().unwrap().len(), 12);
    assert_eq!(found["groups"]["gender"].as_array().unwrap().len(), 2);
    let sensitivity = found["sensitivity"].as_f64().unwrap();
    assert!(sensitivity > 0.0 && sensitivity < 0.5, "{sensitivity}");

    fs::write(&sentences, "Here is {actor}.\nHere is nobody.\n").unwrap();
    let output = newstance(&["eval", "--swap", path(&sentences), "--names", names]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("sentences.txt:2: 0 places for a name"),
        "{message}"
    );
}
