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

/// Each answer of the cascade is that of the one model or the other, by how sure the first is.
#[test]
fn the_balanced_model_asks_the_second_what_the_first_is_unsure_of() {
    let folder = TempDir::new().unwrap();
    let gold = folder.path().join("gold.jsonl");
    let sentences = [
        "Critics condemned Putin for a war that nobody wanted.",
        "Putin was in Sochi on Monday.",
        "Nobody thinks that Putin is a criminal.",
        "Putin should have been more grateful, one adviser said.",
        "Even his enemies admit that Putin kept his word.",
        "Putin, who once praised the deal, now calls it a mistake.",
        "Reporters asked Putin why the talks had failed.",
    ];
    let lines = sentences.map(|sentence| {
        let from = sentence.find("Putin").unwrap();
        let target = serde_json::json!({
            "from": from, "to": from + 5, "mention": "Putin", "polarity": 4
        });
        serde_json::json!({"sentence_normalized": sentence, "targets": [target]}).to_string()
    });
    fs::write(&gold, lines.join("\n")).unwrap();
    let models = folder.path().join("models");
    let accurate = models.join("accurate");
    fs::create_dir_all(&accurate).unwrap();
    for file in fs::read_dir("models/accurate").unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), accurate.join(file.file_name())).unwrap();
    }
    let answers = |model: &str| -> Vec<[f32; 3]> {
        let file = folder.path().join(format!("{model}.csv"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_newstance"));
        command.args(["eval", path(&gold), "--model", model]);
        command.args(["--predictions", path(&file)]);
        let output = command.env("NEWSTANCE_MODELS", &models).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let mut rows = csv::Reader::from_path(file).unwrap();
        let rows = rows.records().map(|row| {
            let row = row.unwrap();
            [7, 8, 9].map(|column: usize| row[column].parse().unwrap())
        });
        rows.collect()
    };
    let (first, second) = (answers("fast"), answers("accurate"));
    let surest = |answer: &[f32; 3]| answer.iter().copied().fold(0f32, f32::max);
    let mut sorted: Vec<f32> = first.iter().map(surest).collect();
    sorted.sort_by(f32::total_cmp);
    let below = (sorted[2] + sorted[3]) / 2.0;
    let description = accurate.join("newstance.json");
    let mut fields: Value = serde_json::from_slice(&fs::read(&description).unwrap()).unwrap();
    fields["cascade"] = serde_json::json!({"first": "fast", "below": below});
    fs::write(&description, fields.to_string()).unwrap();
    for (at, found) in answers("balanced").into_iter().enumerate() {
        let expected = match surest(&first[at]) < below {
            true => second[at],
            false => first[at],
        };
        assert_eq!(found, expected, "{}", sentences[at]);
    }
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
        command.env("XDG_DATA_HOME", folder.path());
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
        message.contains("accurate: this model is not installed; `newstance models add FOLDER`"),
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
