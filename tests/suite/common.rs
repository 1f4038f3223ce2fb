//! What several modules share.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use newstance::model::Question;
use newstance_testing::Case;
use tempfile::TempDir;

/// The tables that a run writes.
pub const TABLES: [&str; 8] = [
    "documents.csv",
    "mentions.csv",
    "articles.csv",
    "actors.csv",
    "timeline.csv",
    "sources.csv",
    "pairs.csv",
    "rejected.csv",
];

/// Runs the command.
pub fn newstance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_newstance"))
        .args(arguments)
        .output()
        .unwrap()
}

/// What a command says that ends with 1.
pub fn refused(arguments: &[&str]) -> String {
    let output = newstance(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    stderr
}

/// What a script prints that succeeds; `None` if the machine has no Python, which those of CI have.
pub fn python3(arguments: &[&str]) -> Option<String> {
    let Ok(python) = Command::new("python3").args(arguments).output() else {
        assert!(env::var_os("CI").is_none(), "python3 is absent");
        println!("skipped: python3 is absent");
        return None;
    };
    let stderr = String::from_utf8_lossy(&python.stderr);
    assert!(python.status.success(), "{arguments:?}: {stderr}");
    Some(String::from_utf8(python.stdout).unwrap())
}

/// Scores an input into `folder/out` over what is there, with more arguments, and returns exit code and
/// folder.
pub fn score(folder: &TempDir, input: &str, more: &[&str]) -> (i32, PathBuf) {
    let out = folder.path().join("out");
    let mut arguments = vec!["score", input, "-o", path(&out), "--overwrite"];
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

/// Writes articles as JSON Lines, each with its place as its id.
pub fn write_articles<'a>(file: &Path, texts: impl IntoIterator<Item = &'a str>) {
    let lines: Vec<String> = texts
        .into_iter()
        .enumerate()
        .map(|(id, text)| serde_json::json!({"id": id, "text": text}).to_string())
        .collect();
    fs::write(file, lines.join("\n")).unwrap();
}

pub fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A table with its header.
pub fn table(folder: &Path, name: &str) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(folder.join(name))
        .unwrap()
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// Cells of one column.
pub fn column(folder: &Path, file: &str, name: &str) -> Vec<String> {
    let mut rows = table(folder, file).into_iter();
    let header = rows.next().unwrap();
    let at = header.iter().position(|cell| cell == name).unwrap();
    rows.map(|row| row[at].clone()).collect()
}

pub fn manifest(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&read(folder, "manifest.json")).unwrap()
}

/// What a checkpoint is asked in a case.
pub fn question(case: &Case) -> Question<'_> {
    Question::Stance {
        sentence: &case.sentence,
        target: case.target(),
    }
}
