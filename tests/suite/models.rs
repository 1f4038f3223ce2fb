//! Model directories through the real binary, in the native engine.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use newstance_kernels::isa::Kernel;
use newstance_testing::Checkpoint;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{manifest, newstance};

fn explain(model: &Path) -> Output {
    explain_with(model, &[])
}

/// What was said on failing: one line, and perhaps a hint.
fn complaint(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(output.stdout.is_empty());
    let mut more = stderr.lines().skip(1);
    assert!(more.all(|line| line.starts_with("hint: ")), "{stderr}");
    stderr
}

/// Puts the files of `models/fast` into a new folder.
fn copy_fast(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for file in fs::read_dir("models/fast").unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
}

// Columns of mentions.csv.
const STANCE: usize = 19;
const TONE: usize = 21;
const SENTENCE: usize = 23;

#[test]
fn a_directory_is_the_model_it_was_copied_from() {
    let folder = TempDir::new().unwrap();
    let (model, out) = (folder.path().join("model"), folder.path().join("out"));
    copy_fast(&model);
    let score = |model: &str| {
        let out = out.to_str().unwrap();
        let output = newstance(&[
            "score",
            "samples/wire.jsonl",
            "--overwrite",
            "-o",
            out,
            "--model",
            model,
        ]);
        assert!(output.status.success());
        fs::read_to_string(Path::new(out).join("mentions.csv")).unwrap()
    };
    let built_in = score("fast");
    let of_built_in = manifest(&out);
    assert_eq!(of_built_in["model_sha256"].as_object().unwrap().len(), 4);
    assert!(
        of_built_in["backend"]
            .as_str()
            .unwrap()
            .starts_with("native ")
    );
    let labels = "negative = negative; neutral = neutral; positive = positive";
    assert_eq!(of_built_in["labels"], labels);
    assert_eq!(built_in, score(model.to_str().unwrap()));
    assert_eq!(of_built_in["model_sha256"], manifest(&out)["model_sha256"]);

    // Without a target format, a sentence gives all its targets the same score.
    fs::remove_file(model.join("newstance.json")).unwrap();
    let text = score(model.to_str().unwrap());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
    let same_sentence = rows
        .windows(2)
        .filter(|pair| pair[0][SENTENCE] == pair[1][SENTENCE]);
    assert!(same_sentence.clone().count() > 5);
    for pair in same_sentence {
        assert_eq!(pair[0][STANCE], pair[1][STANCE]);
    }
}

/// Tone needs a model that was trained for it, leaves stances as they are, and is one for a sentence.
#[test]
fn tone_is_that_of_the_sentence_and_only_on_request() {
    let folder = TempDir::new().unwrap();
    let (model, out) = (folder.path().join("model"), folder.path().join("out"));
    copy_fast(&model);
    let description = model.join("newstance.json");
    let trained_for_tone = |is: bool| {
        let mut json: Value = serde_json::from_slice(&fs::read(&description).unwrap()).unwrap();
        json["tone"] = is.into();
        fs::write(&description, json.to_string()).unwrap();
    };
    let (to, name) = (out.to_str().unwrap(), model.to_str().unwrap());
    let score = |more: &[&str]| {
        let plain = [
            "score",
            "samples/wire.jsonl",
            "--overwrite",
            "-o",
            to,
            "--model",
            name,
        ];
        newstance(&[&plain, more].concat())
    };
    let rows = |more: &[&str]| -> Vec<csv::StringRecord> {
        assert!(score(more).status.success());
        let mut reader = csv::Reader::from_path(out.join("mentions.csv")).unwrap();
        reader.records().map(|row| row.unwrap()).collect()
    };

    trained_for_tone(false);
    let complaint = complaint(&score(&["--tone"]));
    assert!(
        complaint.contains("was not trained to tell the tone"),
        "{complaint}"
    );

    trained_for_tone(true);
    let without = rows(&[]);
    let counts = manifest(&out)["counts"].clone();
    let with = rows(&["--tone"]);
    assert_eq!(manifest(&out)["counts"], counts);
    for (without, with) in without.iter().zip(&with) {
        assert_eq!(&without[TONE], "");
        assert_eq!(without[STANCE], with[STANCE]);
        assert!((-1.0..=1.0).contains(&with[TONE].parse::<f64>().unwrap()));
    }
    let pairs = with.windows(2);
    let same_sentence = pairs.filter(|pair| pair[0][0] == pair[1][0] && pair[0][6] == pair[1][6]);
    let mut stances_differ = 0;
    for pair in same_sentence {
        assert_eq!(pair[0][SENTENCE], pair[1][SENTENCE]);
        assert_eq!(pair[0][TONE], pair[1][TONE]);
        stances_differ += usize::from(pair[0][STANCE] != pair[1][STANCE]);
    }
    assert!(stances_differ > 3);

    // A model of sentences knows nothing else.
    fs::remove_file(&description).unwrap();
    for row in rows(&["--tone"]) {
        assert_eq!(row[TONE], row[STANCE]);
    }
}

/// Each case changes one file of a good directory; the complaint names it, and what to do.
#[test]
fn wrong_directories_are_refused_by_file_and_remedy() {
    type Change = fn(&Path);
    let cases: [(&str, Change, &[&str]); 15] = [
        (
            "no config",
            |model| remove(model, "config.json"),
            &["config.json: the file is missing", "copy it"],
        ),
        (
            "no tokenizer",
            |model| remove(model, "tokenizer.json"),
            &["tokenizer.json: the file is missing", "save_pretrained"],
        ),
        (
            "no weights",
            |model| remove(model, "model.safetensors"),
            &["model.safetensors: the file is missing", "copy it"],
        ),
        (
            "a pickle",
            |model| {
                fs::rename(
                    model.join("model.safetensors"),
                    model.join("pytorch_model.bin"),
                )
                .unwrap()
            },
            &[
                "model.safetensors: the file is missing",
                "safe_serialization=True",
            ],
        ),
        (
            "weights in parts",
            |model| {
                fs::rename(
                    model.join("model.safetensors"),
                    model.join("model.safetensors.index.json"),
                )
                .unwrap()
            },
            &[
                "model.safetensors.index.json: cannot be understood",
                "copy the whole model again",
            ],
        ),
        (
            "half a config",
            |model| cut(model, "config.json"),
            &["config.json: cannot be understood", "take the config.json"],
        ),
        (
            "another architecture",
            |model| replace(model, "config.json", "\"bert\"", "\"gpt2\""),
            &[
                "config.json: model_type \"gpt2\" is not supported",
                "take a",
            ],
        ),
        (
            "an unknown activation",
            |model| replace(model, "config.json", "\"gelu\"", "\"snake\""),
            &["config.json: ", "snake"],
        ),
        (
            "numbered classes",
            |model| replace(model, "config.json", "\"positive\"", "\"LABEL_0\""),
            &[
                "config.json: the meaning of \"LABEL_0\" is not known",
                "newstance.json",
            ],
        ),
        (
            "another width",
            |model| {
                replace(
                    model,
                    "config.json",
                    "\"intermediate_size\":48",
                    "\"intermediate_size\":64",
                )
            },
            &[
                "model.safetensors: the tensor bert.encoder.layer.",
                "but config.json says [",
                "of the same model",
            ],
        ),
        (
            "a layer too many",
            |model| {
                replace(
                    model,
                    "config.json",
                    "\"num_hidden_layers\":2",
                    "\"num_hidden_layers\":3",
                )
            },
            &[
                "model.safetensors: the tensor bert.encoder.layer.2.",
                "is missing",
                "save a",
            ],
        ),
        (
            "half the weights",
            |model| cut(model, "model.safetensors"),
            &["model.safetensors: not a safetensors file", "save"],
        ),
        (
            "half a tokenizer",
            |model| cut(model, "tokenizer.json"),
            &["tokenizer.json: cannot be understood", "fast tokenizer"],
        ),
        (
            "a tokenizer with another vocabulary",
            |model| {
                let other = Checkpoint::named("roberta").tokenizer;
                fs::write(model.join("tokenizer.json"), other.to_string()).unwrap();
            },
            &[
                "tokenizer.json: 2",
                "tokens, but the model has ",
                "that the model was trained with",
            ],
        ),
        (
            "a strange description",
            |model| fs::write(model.join("newstance.json"), r#"{"format": 7}"#).unwrap(),
            &["newstance.json: format 7 is unknown", "write format 1"],
        ),
    ];
    let checkpoint = Checkpoint::named("bert");
    let good = TempDir::new().unwrap();
    checkpoint.write(good.path());
    let output = explain(good.path());
    assert!(output.status.success(), "{output:?}");
    for (name, change, expected) in &cases {
        let model = TempDir::new().unwrap();
        checkpoint.write(model.path());
        change(model.path());
        let complaint = complaint(&explain(model.path()));
        for part in *expected {
            assert!(complaint.contains(part), "{name}: {complaint}");
        }
    }
}

fn remove(model: &Path, file: &str) {
    fs::remove_file(model.join(file)).unwrap();
}

fn cut(model: &Path, file: &str) {
    let whole = fs::read(model.join(file)).unwrap();
    fs::write(model.join(file), &whole[..whole.len() / 2]).unwrap();
}

fn replace(model: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(model.join(file)).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(model.join(file), text.replace(from, to)).unwrap();
}

#[test]
fn other_classes_are_named_and_counted_together() {
    let stars = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"];
    let model = TempDir::new().unwrap();
    Checkpoint::named("bert")
        .with_classes(&stars)
        .write(model.path());
    let output = explain(model.path());
    let stderr = String::from_utf8(output.stderr).unwrap();
    let told = "negative = 1 star, 2 stars; neutral = 3 stars; positive = 4 stars, 5 stars\n";
    assert!(stderr.ends_with(told), "{stderr}");
    assert!(output.status.success());

    let model = TempDir::new().unwrap();
    Checkpoint::named("bert")
        .with_classes(&["NEGATIVE", "POSITIVE"])
        .write(model.path());
    let output = explain(model.path());
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.matches("neutral 0.000").count(), 2, "{stdout}");
}

#[test]
fn kernels_agree_and_odd_models_run_in_f32() {
    let explain = |kernel: &str| {
        let text = "Critics condemned Putin, but they praised Zelenskyy for his courage.";
        let output = newstance(&["explain", text, "--kernel", kernel]);
        (output.status.success(), output.stdout)
    };
    let (_, portable) = explain("portable");
    for kernel in Kernel::available() {
        let (ran, found) = explain(kernel.name());
        assert!(ran, "{kernel:?}");
        assert_eq!(portable, found, "{kernel:?}");
    }
    // Heads of eight values fill no register.
    let model = TempDir::new().unwrap();
    Checkpoint::named("bert").write(model.path());
    assert!(explain_with(model.path(), &[]).status.success());
    let refused = explain_with(model.path(), &["--precision", "int8"]);
    assert!(complaint(&refused).contains("hint: --precision names the numbers"));
}

fn explain_with(model: &Path, more: &[&str]) -> Output {
    let model = model.to_str().unwrap();
    newstance(&[&["explain", "Putin praised Trump.", "--model", model], more].concat())
}

#[test]
fn an_option_without_its_backend_is_no_silent_one() {
    let output = newstance(&["explain", "Putin left.", "--device", "cuda:0"]);
    assert!(complaint(&output).contains("add it"));
    let output = newstance(&[
        "explain",
        "Putin left.",
        "--backend",
        "torch",
        "--device",
        "tpu",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cuda:N"));
    let output = newstance(&["explain", "Putin left.", "--precision", "f16"]);
    assert!(complaint(&output).contains("take int8 or f32"));
    let output = newstance(&["explain", "Putin left.", "--kernel", "mmx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("portable"));
    if !cfg!(feature = "hub") {
        let output = newstance(&["explain", "Putin left.", "--model", "hf:owner/name"]);
        assert!(complaint(&output).contains("--features hub"));
    }
}

/// Runs `models` with a folder of its own for them.
fn models(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_newstance"))
        .arg("models")
        .args(arguments)
        .env("NEWSTANCE_MODELS", folder.join("added"))
        .output()
        .unwrap()
}

#[test]
fn a_model_is_added_from_a_folder_or_an_archive_and_found_by_its_name() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("mine");
    copy_fast(&model);
    fs::write(model.join("notes.txt"), "none of a model").unwrap();
    let tar = folder.path().join("packed.tar");
    let mut archive = tar::Builder::new(fs::File::create(&tar).unwrap());
    archive.append_dir_all("any/folder", &model).unwrap();
    archive.finish().unwrap();
    let said = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    for (source, name) in [(&model, "mine"), (&tar, "packed")] {
        let added = models(folder.path(), &["add", source.to_str().unwrap()]);
        assert!(added.status.success(), "{}", complaint(&added));
        let names = fs::read_dir(folder.path().join("added").join(name)).unwrap();
        let mut names: Vec<String> = names
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "README.md",
                "SHA256SUMS",
                "config.json",
                "model.safetensors",
                "newstance.json",
                "tokenizer.json"
            ]
        );
        let explain = |model: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_newstance"));
            command.env("NEWSTANCE_MODELS", folder.path().join("added"));
            command.args(["explain", "Voters adore Trump.", "--model", model]);
            said(&command.output().unwrap())
        };
        assert_eq!(explain(name), explain("fast"));
    }
    let taken = models(folder.path(), &["add", model.to_str().unwrap()]);
    assert!(complaint(&taken).contains("a model of this name is in"));
    let replaced = models(
        folder.path(),
        &["add", model.to_str().unwrap(), "--overwrite"],
    );
    assert!(replaced.status.success());

    // What was changed since is told.
    let config = folder.path().join("added/packed/config.json");
    let changed = fs::read_to_string(&config).unwrap() + " ";
    fs::write(&config, changed).unwrap();
    let listed = said(&models(folder.path(), &["list"]));
    assert!(
        listed.contains("config.json is not what was added"),
        "{listed}"
    );
    assert_eq!(listed.matches("not what was added").count(), 1, "{listed}");
}

#[test]
fn what_is_no_model_or_not_the_one_of_its_name_is_not_added() {
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("accurate");
    copy_fast(&other);
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let file = folder.path().join("model.bin");
    fs::write(&file, "x").unwrap();
    let damaged = folder.path().join("damaged.tar.gz");
    fs::write(&damaged, "x").unwrap();
    for (source, more, problem) in [
        (
            &other,
            &[][..],
            "this is not the accurate that this version of newstance comes with",
        ),
        (&other, &["--name", "balanced"], "this name is taken"),
        (&other, &["--name", "../out"], "no name for a model"),
        (&empty, &[], "config.json: the file is missing"),
        (&file, &[], "this is no model"),
        (&damaged, &[], "damaged.tar.gz"),
    ] {
        let arguments = [&["add", source.to_str().unwrap()], more].concat();
        let message = complaint(&models(folder.path(), &arguments));
        assert!(message.contains(problem), "{message}");
    }
    // Nothing is left of what failed.
    let left = fs::read_dir(folder.path().join("added")).unwrap().count();
    assert_eq!(left, 0);
}
