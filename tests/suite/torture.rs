//! Inputs that hurt earlier versions: model folders, catalogues and names that are not what they should be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use newstance_testing::shared;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{column, newstance, path};

/// A copy of the model `fast` whose file is changed.
fn model(folder: &TempDir, name: &str, file: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let copy = folder.path().join(name);
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir("models/fast").unwrap() {
        let entry = entry.unwrap();
        fs::write(
            copy.join(entry.file_name()),
            fs::read(entry.path()).unwrap(),
        )
        .unwrap();
    }
    let mut bytes = fs::read(copy.join(file)).unwrap();
    change(&mut bytes);
    fs::write(copy.join(file), bytes).unwrap();
    copy
}

/// A change of a JSON file.
type Change = Box<dyn FnOnce(&mut Value)>;

fn change_json(bytes: &mut Vec<u8>, change: impl FnOnce(&mut Value)) {
    let mut json: Value = serde_json::from_slice(bytes).unwrap();
    change(&mut json);
    *bytes = serde_json::to_vec(&json).unwrap();
}

/// Sets the first value of a tensor.
fn change_tensor(bytes: &mut [u8], part: &str, half: u16) {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let (_, tensor) = header
        .as_object()
        .unwrap()
        .iter()
        .find(|(name, _)| name.contains(part))
        .unwrap();
    assert_eq!(tensor["dtype"], "F16");
    let at = 8 + length + tensor["data_offsets"][0].as_u64().unwrap() as usize;
    bytes[at..at + 2].copy_from_slice(&half.to_le_bytes());
}

/// A model that is refused when it is loaded, with a message.
fn refused(model: &Path, expected: &str) {
    let text = "Critics condemned Putin, but they praised Zelenskyy.";
    let output = newstance(&["explain", text, "--model", path(model)]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}: {message}",
        model.display()
    );
    assert!(message.contains(expected), "{}: {message}", model.display());
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn broken_models_are_refused_at_load() {
    let folder = TempDir::new().unwrap();
    for (field, number, expected) in [
        (
            "intermediate_size",
            json!(1_u64 << 31),
            "intermediate_size 2147483648 is not from 1",
        ),
        ("intermediate_size", json!(u64::MAX), "is not from 1"),
        (
            "num_hidden_layers",
            json!(0),
            "num_hidden_layers 0 is not from 1",
        ),
        (
            "num_hidden_layers",
            json!(1),
            "the weights have 6 layers, but config.json says 1",
        ),
        (
            "num_hidden_layers",
            json!(5),
            "the weights have 6 layers, but config.json says 5",
        ),
        ("num_hidden_layers", json!(7), "layer.6"),
        (
            "layer_norm_eps",
            json!(-1),
            "layer_norm_eps -1 is not between 0 and 1",
        ),
        ("vocab_size", json!(0), "vocab_size 0 is not from 1"),
    ] {
        let name = format!("config {field} {number}");
        let model = model(&folder, &name, "config.json", |bytes| {
            change_json(bytes, |config| config[field] = number);
        });
        refused(&model, expected);
    }
    for (field, number, expected) in [
        (
            "sharpening",
            json!(100),
            "sharpening 100 is not above -1 and 8 at most",
        ),
        (
            "sharpening",
            json!(1_u64 << 53),
            "is not above -1 and 8 at most",
        ),
        ("temperature", json!(1e30), "and 1000 at most"),
        (
            "target",
            json!({"style": "marked-pair", "open": "[unused0]", "close": "[unused1]", "max_target": 1_u64 << 63}),
            "max_target 9223372036854775808 is more",
        ),
    ] {
        let name = format!("description {field} {}", expected.len());
        let model = model(&folder, &name, "newstance.json", |bytes| {
            change_json(bytes, |it| it[field] = number);
        });
        refused(&model, expected);
    }
    for (part, half) in [
        ("word_embeddings", 0x7e00),
        ("embeddings.LayerNorm.weight", 0x7e00),
        ("intermediate.dense.bias", 0x7c00),
        ("classifier", 0x7e00),
    ] {
        let model = model(&folder, part, "model.safetensors", |bytes| {
            change_tensor(bytes, part, half)
        });
        refused(&model, "holds numbers that are not finite");
    }
    let bomb = json!({"type": "Sequence", "normalizers": vec![json!({"type": "Replace", "pattern": {"String": "a"}, "content": "a".repeat(50)}); 6]});
    let sequence = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
    let absent = json!({
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[ABSENT]", "type_id": 0}}, sequence("A")],
        "pair": [sequence("A"), sequence("B")],
        "special_tokens": {},
    });
    let changes: [(&str, Change, &str); 5] = [
        (
            "token of a template",
            Box::new(move |it| it["post_processor"] = absent),
            "the tokenizer panics",
        ),
        (
            "greatest id",
            Box::new(|it| it["model"]["vocab"]["putin"] = json!(u32::MAX)),
            "has a token 4294967295, but the model has 30522",
        ),
        (
            "first id beyond",
            Box::new(|it| it["model"]["vocab"]["the"] = json!(30522)),
            "has a token 30522, but",
        ),
        (
            "template",
            Box::new(|it| it["post_processor"]["sep"][1] = json!(40_000)),
            "but the model has 30522",
        ),
        (
            "normalizer",
            Box::new(move |it| it["normalizer"] = bomb),
            "may make a text 15625000000 times as long",
        ),
    ];
    for (name, change, expected) in changes {
        let model = model(&folder, name, "tokenizer.json", |bytes| {
            change_json(bytes, |tokenizer| {
                // The template is one of two kinds.
                if name == "template" && tokenizer["post_processor"]["special_tokens"].is_object() {
                    tokenizer["post_processor"]["special_tokens"]["[SEP]"]["ids"] = json!([40_000]);
                } else {
                    change(tokenizer);
                }
            });
        });
        refused(&model, expected);
    }
}

/// The files of shared/cases/torture, each in the place of one of the model's.
#[test]
fn model_files_that_hurt_before_are_refused() {
    let Some(models) = shared("../cases/torture/models") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let mut tried = 0;
    for entry in fs::read_dir(models).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let files: Vec<PathBuf> = match entry.path().is_dir() {
            true => fs::read_dir(entry.path())
                .unwrap()
                .map(|it| it.unwrap().path())
                .collect(),
            false => vec![entry.path()],
        };
        for file in files {
            let of_config = file.to_string_lossy().ends_with("config.json");
            let which = if of_config {
                "config.json"
            } else {
                "newstance.json"
            };
            let model = model(&folder, &name, which, |bytes| {
                *bytes = fs::read(&file).unwrap()
            });
            refused(&model, " is ");
            tried += 1;
        }
    }
    assert!(tried >= 10, "{tried}");
}

/// A shard of another version of a model than its index.
#[test]
fn a_stale_shard_is_refused() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("accurate");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir("models/accurate").unwrap() {
        let entry = entry.unwrap();
        std::os::unix::fs::symlink(
            entry.path().canonicalize().unwrap(),
            copy.join(entry.file_name()),
        )
        .unwrap();
    }
    let index = copy.join("model.safetensors.index.json");
    let whole = fs::read(&index).unwrap();
    fs::remove_file(&index).unwrap();
    let change = |change: &dyn Fn(&mut Value)| {
        let mut bytes = whole.clone();
        change_json(&mut bytes, |json| change(json));
        fs::write(&index, bytes).unwrap();
    };
    change(&|_| {});
    assert!(
        newstance(&["explain", "Putin left.", "--model", path(&copy)])
            .status
            .success()
    );
    change(&|index| {
        let map = index["weight_map"].as_object_mut().unwrap();
        let (first, last) = (
            map.values().next().unwrap().clone(),
            map.values().next_back().unwrap().clone(),
        );
        let moved = map
            .iter()
            .find(|(_, file)| **file == first)
            .unwrap()
            .0
            .clone();
        assert_ne!(first, last);
        map[&moved] = last;
    });
    refused(&copy, "is of another version than model-0000");
    change(&|index| index["metadata"]["total_size"] = json!(12));
    refused(&copy, "says that all tensors have 12 bytes");
}

/// Pipes and devices are not waited for.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_no_models_and_no_catalogues() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe.toml");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut cases: Vec<Vec<String>> = Vec::new();
    for device in [path(&pipe), "/dev/zero"] {
        cases.push(vec![
            "explain".into(),
            "Putin".into(),
            "--actors".into(),
            device.into(),
        ]);
        for file in ["config.json", "tokenizer.json", "model.safetensors"] {
            let name = format!("{} {file}", device.replace('/', "_"));
            let copy = model(&folder, &name, file, |_| {});
            fs::remove_file(copy.join(file)).unwrap();
            std::os::unix::fs::symlink(device, copy.join(file)).unwrap();
            cases.push(vec![
                "explain".into(),
                "Putin".into(),
                "--model".into(),
                path(&copy).into(),
            ]);
        }
    }
    for case in cases {
        let (sender, ended) = mpsc::channel();
        let arguments = case.clone();
        thread::spawn(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let _ = sender.send(newstance(&arguments));
        });
        let output = ended
            .recv_timeout(Duration::from_secs(60))
            .expect("it does not wait");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{case:?}: {message}");
        assert!(
            message.contains("this is a pipe or a device"),
            "{case:?}: {message}"
        );
    }
}

/// Names of files that differ in their extensions alone, or are no Unicode, are two articles; a folder's name may be anything.
#[cfg(unix)]
#[test]
fn odd_names_of_files_are_names() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    let named = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    for (at, name) in [&b"a.txt"[..], b"a.text", b"\xff.txt", b"\xfe.txt"]
        .iter()
        .enumerate()
    {
        fs::write(
            input.join(named(name)),
            format!("Critics condemned Putin {at} times."),
        )
        .unwrap();
    }
    let actors = folder.path().join(named(b"a\xff.toml"));
    let shown = newstance(&["actors", "show"]);
    fs::write(&actors, shown.stdout).unwrap();
    let out = folder.path().join(named(b"o\xffut"));
    let output = Command::new(env!("CARGO_BIN_EXE_newstance"))
        .args(["score", path(&input), "-q", "-o"])
        .arg(&out)
        .arg("--actors")
        .arg(&actors)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut ids = column(&out, "documents.csv", "article_id");
    ids.sort();
    assert_eq!(ids, ["\\xfe", "\\xff", "a", "a.txt"]);
}
