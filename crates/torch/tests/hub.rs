//! Models of a hub, served from this machine.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use newstance_testing::Checkpoint;
use tempfile::TempDir;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A hub with one model, `desk/model`, at one commit.
struct Hub {
    endpoint: String,
    /// Paths that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    fn of(files: HashMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(&stream.unwrap(), &files, &log);
            }
        });
        Self { endpoint, asked }
    }

    fn explain(&self, home: &Path, model: &str) -> Output {
        explain(&self.endpoint, home, model)
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// One request a connection, with the headers by which the hub names commit, content and size.
fn answer(stream: &TcpStream, files: &HashMap<String, Vec<u8>>, log: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else {
        return;
    };
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let first_byte_only = headers.iter().any(|line| line.ends_with("bytes=0-0"));
    log.lock().unwrap().push(path.clone());
    let mut stream = stream;
    let mut respond = |status: &str, headers: &str, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(body);
    };
    if path == format!("/api/models/desk/model/revision/{COMMIT}") {
        let names = files
            .keys()
            .map(|name| serde_json::json!({"rfilename": name}));
        let siblings: Vec<_> = names.collect();
        let info = serde_json::json!({"sha": COMMIT, "siblings": siblings});
        return respond("200 OK", "", info.to_string().as_bytes());
    }
    let file = ["main", COMMIT].into_iter().find_map(|revision| {
        let name = path.strip_prefix(&format!("/desk/model/resolve/{revision}/"))?;
        files.get_key_value(name)
    });
    let Some((name, content)) = file else {
        return respond("404 Not Found", "", b"");
    };
    let sent = if first_byte_only {
        &content[..1]
    } else {
        content
    };
    let headers = format!(
        "x-repo-commit: {COMMIT}\r\nETag: \"{name}\"\r\nContent-Range: bytes 0-{}/{}\r\n",
        sent.len() - 1,
        content.len()
    );
    respond("206 Partial Content", &headers, sent);
}

fn explain(endpoint: &str, home: &Path, model: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_newstance-torch"))
        .args(["explain", "Putin praised Trump.", "--model", model])
        .env("HF_ENDPOINT", endpoint)
        .env("HF_HOME", home)
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap()
}

fn files(model: &Path) -> HashMap<String, Vec<u8>> {
    let names = fs::read_dir(model).unwrap().map(|file| file.unwrap());
    names
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, fs::read(file.path()).unwrap())
        })
        .collect()
}

#[test]
fn a_model_is_downloaded_once_and_scores_as_its_folder_does() {
    let (model, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    Checkpoint::named("bert").write(model.path());
    let local = explain(
        "http://127.0.0.1:9",
        home.path(),
        model.path().to_str().unwrap(),
    );
    assert!(local.status.success(), "{local:?}");
    // A folder never asks the network, nor the cache.
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);

    let hub = Hub::of(files(model.path()));
    let downloaded = hub.explain(home.path(), "hf:desk/model");
    assert!(downloaded.status.success(), "{downloaded:?}");
    assert_eq!(local.stdout, downloaded.stdout);
    let snapshot = home
        .path()
        .join("hub/models--desk--model/snapshots")
        .join(COMMIT);
    assert_eq!(files(&snapshot), files(model.path()));

    // The second time, the cache is enough.
    let asked = hub.asked();
    let cached = hub.explain(home.path(), "hf:desk/model");
    assert_eq!(cached.stdout, local.stdout);
    assert_eq!(hub.asked(), asked);

    // What an interrupted download has left out is fetched.
    fs::remove_file(snapshot.join("model.safetensors")).unwrap();
    let mended = hub.explain(home.path(), "hf:desk/model");
    assert_eq!(mended.stdout, local.stdout);
    assert!(hub.asked() > asked);
}

#[test]
fn what_a_hub_lacks_is_told() {
    let (model, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    Checkpoint::named("bert").write(model.path());
    fs::rename(
        model.path().join("model.safetensors"),
        model.path().join("pytorch_model.bin"),
    )
    .unwrap();
    let hub = Hub::of(files(model.path()));
    for (endpoint, name, expected) in [
        (
            hub.endpoint.as_str(),
            "hf:desk/model",
            "hf:desk/model: it has neither model.safetensors",
        ),
        (
            &hub.endpoint,
            "hf:desk/other",
            "hf:desk/other: cannot be downloaded from http://127.0.0.1",
        ),
        (&hub.endpoint, "hf:model", "hf:model: no name of a model"),
        (
            "http://127.0.0.1:9",
            "hf:desk/third",
            "check the name and the network",
        ),
    ] {
        let output = explain(endpoint, home.path(), name);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        println!("{stderr}");
    }
}
