//! The subcommands beside `score`, and how the command speaks.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::common::{newstance, path, score, table};

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
        stdout.contains("ECB (ecb, name), author voice, speaker author"),
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
    assert_eq!(figures["intervals"], serde_json::Value::Null);
}

#[test]
fn figures_have_intervals_over_sentences() {
    let folder = TempDir::new().unwrap();
    let gold = folder.path().join("gold.jsonl");
    let lines: Vec<String> = (1..=6)
        .map(|day| {
            serde_json::json!({
                "sentence_normalized": format!("Putin met the delegation on May {day}."),
                "targets": [{"from": 0, "to": 5, "mention": "Putin", "polarity": if day > 2 { 4 } else { 2 }}],
            })
            .to_string()
        })
        .collect();
    fs::write(&gold, lines.join("\n")).unwrap();
    let figures = newstance(&["eval", path(&gold), "--json"]);
    let figures: serde_json::Value = serde_json::from_slice(&figures.stdout).unwrap();
    let accuracy = figures["accuracy"].as_f64().unwrap();
    let bound = |at: usize| figures["intervals"]["accuracy"][at].as_f64().unwrap();
    assert!(bound(0) < accuracy && accuracy < bound(1), "{figures}");
    let table = newstance(&["eval", path(&gold)]).stdout;
    let table = String::from_utf8(table).unwrap();
    let line = table
        .lines()
        .find(|it| it.starts_with("  accuracy"))
        .unwrap();
    let interval = format!("[{:.1}, {:.1}]", 100.0 * bound(0), 100.0 * bound(1));
    assert!(line.ends_with(&interval), "{table}");
}

#[test]
fn pairs_are_counted_by_class() {
    let folder = TempDir::new().unwrap();
    let pairs = folder.path().join("pairs.csv");
    let rows = "class,pair,label,from,to,sentence\n\
                contrast,1,negative,18,23,\"Critics condemned Putin, but they praised Zelenskyy for his courage.\"\n\
                contrast,1,positive,42,51,\"Critics condemned Putin, but they praised Zelenskyy for his courage.\"\n";
    fs::write(&pairs, rows).unwrap();
    let output = newstance(&["eval", "--challenge", path(&pairs)]);
    let table = "class         pairs  accuracy  both right  95 % interval\n\
                 contrast          1     100.0       100.0\n\
                 all               1     100.0       100.0\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), table);
    let output = newstance(&["eval", "--challenge", path(&pairs), "--json"]);
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures[1]["both_right"], 1.0);
    fs::write(&pairs, &rows[..rows.find("contrast,1,positive").unwrap()]).unwrap();
    let output = newstance(&["eval", "--challenge", path(&pairs)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("pairs.csv:2: the pair contrast 1 has one row")
    );
}

/// A model that knows another convention and the mix of labels it was calibrated on.
#[test]
fn answers_follow_the_convention_and_the_mix_that_are_asked_for() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("model");
    fs::create_dir(&model).unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        fs::copy(Path::new("models/fast").join(file), model.join(file)).unwrap();
    }
    let description = fs::read("models/fast/newstance.json").unwrap();
    let mut description: serde_json::Value = serde_json::from_slice(&description).unwrap();
    description["conventions"] = serde_json::json!({"other": "[unused7]"});
    description["prior"] = serde_json::json!({"negative": 0.3, "neutral": 0.4, "positive": 0.3});
    fs::write(model.join("newstance.json"), description.to_string()).unwrap();
    let gold = folder.path().join("gold.jsonl");
    let target = r#"{"from": 18, "to": 23, "mention": "Putin", "polarity": 2}"#;
    fs::write(
        &gold,
        format!(r#"{{"sentence_normalized": "Critics condemned Putin.", "targets": [{target}]}}"#),
    )
    .unwrap();
    let negative = |more: &[&str]| -> f64 {
        let predictions = folder.path().join("predictions.csv");
        let arguments = [
            "eval",
            path(&gold),
            "--model",
            path(&model),
            "--predictions",
        ];
        let output = newstance(&[&arguments[..], &[path(&predictions)], more].concat());
        assert!(output.status.success(), "{output:?}");
        let mut rows = csv::Reader::from_path(predictions).unwrap();
        let row = rows.records().next().unwrap().unwrap();
        row[7].parse().unwrap()
    };
    let own = negative(&[]);
    assert!(own > 0.5);
    assert_ne!(negative(&["--convention", "other"]), own);
    assert!(negative(&["--prior", "0.01,0.98,0.01"]) < own);
    let same = negative(&["--prior", "0.3,0.4,0.3"]);
    assert!((same - own).abs() < 1e-6);
    let unknown = newstance(&[
        "eval",
        path(&gold),
        "--model",
        path(&model),
        "--convention",
        "dse",
    ]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("this model knows other"));
    description.as_object_mut().unwrap().remove("prior");
    fs::write(model.join("newstance.json"), description.to_string()).unwrap();
    let unsaid = newstance(&[
        "eval",
        path(&gold),
        "--model",
        path(&model),
        "--prior",
        "0.1,0.8,0.1",
    ]);
    assert!(String::from_utf8_lossy(&unsaid.stderr).contains("leave --prior out"));
}

#[test]
fn bench_reports_every_stage() {
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
        let of_threads = operators.iter().filter(|line| line["threads"] == threads);
        let products = of_threads.filter(|line| line["operations_per_second"].as_f64() > Some(0.0));
        let parts: Vec<f64> = products
            .map(|line| line["of_ceiling"].as_f64().unwrap())
            .collect();
        assert!(shares.is_empty() || parts.len() == 5);
        assert!(parts.iter().all(|&part| part > 0.0 && part < 2.0));
    }
    let stages = [
        "read", "split", "find", "tokenize", "encode", "write", "total",
    ];
    let expected = [1, 2]
        .into_iter()
        .flat_map(|threads| stages.map(|stage| (stage, threads)));
    let found = rates.iter().map(|rate| {
        assert!(rate["per_second"].as_f64().unwrap() > 0.0);
        assert!(rate["unit"].is_string() && rate.get("peak_rss_bytes").is_some());
        let reads = ["read", "total"].contains(&rate["stage"].as_str().unwrap());
        assert_eq!(rate["megabytes_per_second"].as_f64() > Some(0.0), reads);
        (
            rate["stage"].as_str().unwrap(),
            rate["threads"].as_i64().unwrap(),
        )
    });
    assert!(found.eq(expected));
    let output = newstance(&["bench", "--threads", "1"]);
    let of_one = operators.len() / 2;
    let lines = String::from_utf8_lossy(&output.stdout).lines().count();
    assert_eq!(lines, 8 + of_one);
}

#[test]
fn log_lines_are_for_machines_on_request() {
    let output = newstance(&["explain", "Putin left.", "-v", "--log", "json"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let line: serde_json::Value = serde_json::from_str(stderr.lines().next().unwrap()).unwrap();
    assert_eq!(line["level"], "DEBUG");
    assert!(
        line["message"]
            .as_str()
            .unwrap()
            .starts_with("loaded models/fast")
    );
    let quiet = newstance(&["explain", "Putin left."]);
    assert!(quiet.stderr.is_empty());
}

#[test]
fn colours_are_shown_when_asked() {
    let colours = |when: &str| {
        let text = "Critics condemned Putin.";
        let output = newstance(&["explain", text, "--color", when]);
        output.stdout.contains(&0x1b)
    };
    assert_eq!(
        ["auto", "always", "never"].map(colours),
        [false, true, false]
    );
}

#[test]
fn shells_and_man_learn_every_subcommand() {
    let script = newstance(&["completions", "bash"]).stdout;
    let page = newstance(&["man"]).stdout;
    let script = String::from_utf8(script).unwrap();
    let page = String::from_utf8(page).unwrap();
    for name in [
        "score",
        "explain",
        "aggregate",
        "eval",
        "bench",
        "actors",
        "man",
    ] {
        assert!(script.contains(name) && page.contains(name), "{name}");
    }
    let of_score = String::from_utf8(newstance(&["man", "score"]).stdout).unwrap();
    assert!(of_score.contains("newstance\\-score") && of_score.contains("overwrite"));
}

#[test]
fn a_broken_pipe_ends_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_newstance"))
        .args(["actors", "show"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}

/// Alone in a folder, since the torch backend may have been built beside the program.
#[test]
fn a_missing_torch_backend_is_named() {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("newstance");
    fs::copy(env!("CARGO_BIN_EXE_newstance"), &program).unwrap();
    let output = Command::new(&program)
        .args(["explain", "Putin left.", "--backend", "torch"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    let expected = "newstance-torch: no such program; --backend torch needs it";
    assert!(message.contains(expected), "{message}");
}

/// A sheet is drawn, filled in and read back; what it shows is what mentions.csv has.
#[test]
fn a_coding_sheet_goes_round() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples", &[]);
    let sheet = folder.path().join("sheet.csv");
    let arguments = [
        "sample",
        path(&out),
        "-n",
        "20",
        "--by",
        "actor",
        "-o",
        path(&sheet),
    ];
    assert!(newstance(&arguments).status.success());
    let drawn = fs::read_to_string(&sheet).unwrap();
    let mut actors: Vec<String> = csv::Reader::from_path(&sheet)
        .unwrap()
        .records()
        .map(|row| row.unwrap()[1].to_owned())
        .collect();
    actors.sort();
    let each: Vec<usize> = actors
        .chunk_by(|a, b| a == b)
        .map(<[String]>::len)
        .collect();
    assert_eq!(each, [5; 4]);
    let again = newstance(&arguments);
    assert_eq!(
        again.status.code(),
        Some(1),
        "a sheet is never written over"
    );

    let mentions = table(&out, "mentions.csv");
    let column = |name: &str| mentions[0].iter().position(|it| it == name).unwrap();
    let (sentence, label) = (column("sentence"), column("label"));
    let mut filled = csv::Writer::from_writer(Vec::new());
    let mut reader = csv::Reader::from_reader(drawn.as_bytes());
    filled.write_record(reader.headers().unwrap()).unwrap();
    let mut rows = 0;
    for row in reader.records() {
        let mut row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        let (from, to): (usize, usize) = (row[4].parse().unwrap(), row[5].parse().unwrap());
        let plain: Vec<char> = row[2].chars().collect();
        assert_eq!((plain[from], plain[to + 1]), ('[', ']'));
        let plain = [&plain[..from], &plain[from + 1..=to], &plain[to + 2..]].concat();
        let plain: String = plain.into_iter().collect();
        let of_model = mentions
            .iter()
            .find(|it| it[sentence] == plain && it[0] == row[0] && it[column("offset")] == row[4]);
        row[3] = of_model.unwrap()[label].clone();
        filled.write_record(&row).unwrap();
        rows += 1;
    }
    assert_eq!(rows, 20);
    let agreed = folder.path().join("agreed.csv");
    fs::write(&agreed, filled.into_inner().unwrap()).unwrap();
    let output = newstance(&["eval", path(&agreed)]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.contains("20 targets") && stdout.contains("accuracy      100.00"),
        "{stdout}"
    );
    assert!(!stdout.contains("  you "), "{stdout}");
}

/// Mentions on standard output are those of mentions.csv, figures as numbers.
#[test]
fn mentions_go_through_a_pipe() {
    let folder = TempDir::new().unwrap();
    let (_, out) = score(&folder, "samples", &[]);
    let mentions = table(&out, "mentions.csv");
    let output = newstance(&["score", "samples", "-o", "-", "-q"]);
    assert!(output.status.success());
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), mentions.len() - 1);
    for (line, row) in lines.iter().zip(&mentions[1..]) {
        for (name, written) in mentions[0].iter().zip(row) {
            let value = match &line[name] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => String::new(),
                serde_json::Value::Number(number) if written.contains('.') => {
                    format!("{:.6}", number.as_f64().unwrap())
                }
                other => other.to_string(),
            };
            assert_eq!(value, *written, "{name}");
        }
    }
    assert!(lines[0]["stance"].is_number());
}
