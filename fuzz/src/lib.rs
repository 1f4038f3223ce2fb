//! What the fuzz targets share.
//!
//! All go through the library's public functions, and files, as users do. Files lie in memory if the system has such a folder.

#![allow(clippy::unwrap_used, reason = "a target fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard};

use newstance::corpus::{Corpus, CorpusOptions};
use newstance::model::{ModelDirectory, NativeOptions, Precision, Question, Scorer};
use newstance_testing::Checkpoint;
use tempfile::TempDir;

/// A folder of the process, which goes with it.
static FOLDER: LazyLock<Mutex<TempDir>> = LazyLock::new(|| {
    let in_memory = Path::new("/dev/shm");
    let folder = match in_memory.is_dir() {
        true => tempfile::tempdir_in(in_memory),
        false => tempfile::tempdir(),
    };
    Mutex::new(folder.unwrap())
});

/// The folder in which a target writes its files.
pub fn folder() -> MutexGuard<'static, TempDir> {
    FOLDER.lock().unwrap()
}

/// Has panics in other crates' code caught where the library catches them; libFuzzer's own hook, which ends the process, is left with
/// those in the library's code, whether caught or not. A panic that nobody catches ends the process all the same.
pub fn forgive_other_crates() {
    let strict = std::panic::take_hook();
    // The library sets a hook of its own when it first reads: ours is to be the outer one.
    read("a.csv", b"text\n");
    drop(std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        let file = panic.location().map_or("", |it| it.file());
        let is_other = file.contains("/registry/") || file.starts_with("/rustc/");
        if !is_other {
            strict(panic);
        }
    }));
}

/// A record may make so many bytes of articles out of each of its own (entities, dates, ids of the file's name).
const MOST_GROWTH: usize = 64;
/// And so many whatever its size: each article has its file's name, for one.
const MOST_BESIDE: usize = 1 << 16;

/// Reads a file of such a name and content as a corpus, to its end.
///
/// # Panics
///
/// If an article has no id or no text, or all of them are far larger than the file, if that is not packed.
pub fn read(name: &str, bytes: &[u8]) {
    let folder = folder();
    let file = folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    let is_packed = ["zip", "tar", "gz", "zst", "bz2", "xz", "docx", "parquet"]
        .iter()
        .any(|extension| name.ends_with(extension));
    let input = file.to_str().unwrap().to_owned();
    let corpus = Corpus::open(&[input], CorpusOptions::default()).unwrap();
    let mut size = 0;
    for article in corpus.flatten() {
        assert!(!article.id.is_empty(), "an article without an id");
        assert!(!article.text.trim().is_empty(), "an article without a text");
        size += article.size();
    }
    let most = MOST_GROWTH * bytes.len() + MOST_BESIDE;
    assert!(
        is_packed || size <= most,
        "{} bytes made {size}",
        bytes.len()
    );
}

/// Reads a file whose first byte chooses its name.
pub fn read_one_of(names: &[&str], bytes: &[u8]) {
    if let Some((&chosen, content)) = bytes.split_first() {
        read(names[chosen as usize % names.len()], content);
    }
}

/// A folder with a tiny model, of which the caller changes a file.
pub fn model() -> PathBuf {
    let folder = folder().path().join("model");
    if !folder.is_dir() {
        fs::create_dir(&folder).unwrap();
        Checkpoint::named("bert").write(&folder);
    }
    folder
}

/// Loads a model and, if it can be loaded, asks it a question.
///
/// # Panics
///
/// If an answer is no number.
pub fn ask(model: &Path) {
    let question = Question::Stance {
        sentence: "Critics condemned Putin, but they praised Zelenskyy.",
        target: 18..23,
    };
    let Ok(directory) = ModelDirectory::read(model) else {
        return;
    };
    for precision in [Precision::F32, Precision::Int8] {
        let options = NativeOptions {
            precision: Some(precision),
            kernel: None,
        };
        let answers =
            Scorer::native_with(&directory, options).and_then(|it| it.answer(&[question.clone()]));
        for answer in answers.into_iter().flatten() {
            assert!(answer.probabilities.iter().all(|it| it.is_finite()));
        }
    }
}
