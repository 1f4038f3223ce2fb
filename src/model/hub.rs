//! Models of the Hugging Face hub, by name.

use std::env;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;

use hf_hub::api::sync::{Api, ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};

use super::ModelDirectory;
use super::directory::{CONFIG, DESCRIPTION, TOKENIZER};
use super::stored::{INDEX, TORCH_WEIGHTS, WEIGHTS, shards};
use crate::error::{Error, Result};

/// The branch if no revision is named.
const MAIN: &str = "main";

/// A model as `OWNER/NAME` or `OWNER/NAME@REVISION`, from the hub's cache or, if it is not whole
/// there, from the hub.
///
/// The cache is the one that Python's huggingface_hub has, in `HF_HOME` or
/// `~/.cache/huggingface`; `HF_ENDPOINT` names another hub, and the token is the one of `hf auth
/// login`. What is whole in the cache is used without asking the network, so that a model stays the
/// same until another revision is named. All files are of one commit, and the model's name ends
/// with it.
///
/// # Errors
///
/// [`ErrorKind::Model`](crate::ErrorKind::Model) if the hub cannot be reached or has no such model, and if it lacks a file.
pub fn fetch(name: &str) -> Result<ModelDirectory> {
    let (id, revision) = name.split_once('@').unwrap_or((name, MAIN));
    if id.split('/').filter(|part| !part.is_empty()).count() != 2 || revision.is_empty() {
        return Err(Error::model(
            format!("hf:{name}"),
            "no name of a model",
            "give hf:OWNER/NAME or hf:OWNER/NAME@REVISION",
        ));
    }
    let repo = Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned());
    let cached = Cache::from_env().repo(repo.clone()).get(CONFIG);
    if let Some(folder) = cached.as_deref().and_then(Path::parent)
        && is_whole(folder)
    {
        return read(id, folder);
    }
    download(name, id, repo)
}

/// Whether nothing is left to download; the weights come last.
fn is_whole(folder: &Path) -> bool {
    let has = |file: &str| folder.join(file).exists();
    let has_shards = || {
        let files = fs::read(folder.join(INDEX)).map(|index| shards(&index));
        matches!(files, Ok(Ok(files)) if files.iter().all(|file| has(file)))
    };
    has(TOKENIZER) && (has(WEIGHTS) || has_shards() || has(TORCH_WEIGHTS))
}

fn download(name: &str, id: &str, repo: Repo) -> Result<ModelDirectory> {
    let endpoint = env::var("HF_ENDPOINT").unwrap_or_else(|_| "https://huggingface.co".to_owned());
    let failed = |error: hf_hub::api::sync::ApiError| {
        Error::model(
            format!("hf:{name}"),
            format!("cannot be downloaded from {endpoint}: {error}"),
            "check the name and the network, or give a folder with the model's files",
        )
    };
    let api = ApiBuilder::from_env()
        .with_progress(io::stderr().is_terminal())
        .build()
        .map_err(failed)?;
    let config = api.repo(repo).get(CONFIG).map_err(failed)?;
    let Some(folder) = config.parent() else {
        return Err(Error::model(
            config.display().to_string(),
            "the cache is not in its usual form",
            "give another folder as HF_HOME",
        ));
    };
    let pinned = pinned(&api, id, folder);
    let there = pinned.info().map_err(failed)?.siblings;
    let has = |file: &str| there.iter().any(|found| found.rfilename == file);
    let lacks = |what: String| {
        Error::model(
            format!("hf:{name}"),
            format!("it has {what}"),
            "load model and tokenizer in Python, save them with save_pretrained and give that folder",
        )
    };
    if !has(TOKENIZER) {
        return Err(lacks(format!("no {TOKENIZER}")));
    }
    let formats = [WEIGHTS, INDEX, TORCH_WEIGHTS];
    let Some(weights) = formats.into_iter().find(|file| has(file)) else {
        return Err(lacks(format!("neither {WEIGHTS} nor {TORCH_WEIGHTS}")));
    };
    let get = |file: &str| match has(file) && !folder.join(file).exists() {
        true => pinned.get(file).map(|_| ()).map_err(failed),
        false => Ok(()),
    };
    for file in [DESCRIPTION, TOKENIZER, weights] {
        get(file)?;
    }
    if weights == INDEX {
        let path = folder.join(INDEX);
        let index = fs::read(&path).map_err(Error::io(&path))?;
        for file in shards(&index).map_err(|problem| lacks(format!("an index that {problem}")))? {
            get(&file)?;
        }
    }
    read(id, folder)
}

/// The model at the commit whose snapshot `folder` is.
fn pinned(api: &Api, id: &str, folder: &Path) -> ApiRepo {
    api.repo(Repo::with_revision(
        id.to_owned(),
        RepoType::Model,
        commit(folder),
    ))
}

fn read(id: &str, folder: &Path) -> Result<ModelDirectory> {
    ModelDirectory::read_as(&format!("hf:{id}@{}", commit(folder)), folder)
}

/// A snapshot's folder is named after its commit.
fn commit(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
