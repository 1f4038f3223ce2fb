//! Adding a model where every front-end finds it by its name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::Archive;
use zip::ZipArchive;

use super::ModelDirectory;
use super::directory::{CONFIG, DESCRIPTION, TOKENIZER};
use super::installed::{BALANCED, FAST, models_folder};
use super::stored::{INDEX, TORCH_WEIGHTS, WEIGHTS};
use crate::error::{Error, Result};
use crate::regular;

/// The files of the models that come with newstance, as sha256sum lists them.
const KNOWN: &str = include_str!("../../models/SHA256SUMS");
/// The list that an added model has beside its files.
const SUMS: &str = "SHA256SUMS";
/// Bytes of a model at most: the largest that people classify sentences with have a tenth of it.
const MOST_BYTES: u64 = 64 << 30;

/// A model that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// What it is called.
    pub name: String,
    /// Where it lies.
    pub folder: PathBuf,
    /// SHA-256 of its files, by name.
    pub sha256: BTreeMap<String, String>,
    /// Whether these are the files that newstance knows by this name.
    pub is_known: bool,
}

/// Adds a model, a folder or an archive of one (`.zip`, `.tar`, `.tar.gz`, `.tgz`, `.tar.zst`), under its name or another. A model of
/// that name is replaced if `replace` says so.
///
/// Of an archive, only the files of a model are taken, whatever folder they are in. The model is read before it takes its place, and the
/// copies are what is hashed.
///
/// # Errors
///
/// [`ErrorKind::Model`](crate::ErrorKind::Model) if it is no model, if it has the name of one that comes with newstance and other files,
/// or if the name is taken; [`ErrorKind::Io`](crate::ErrorKind::Io) if a file cannot be read or written.
pub fn add(source: &Path, name: Option<&str>, replace: bool) -> Result<Added> {
    let name = name.map_or_else(|| name_of(source), str::to_owned);
    let refuse = |problem: &str, remedy: &str| Err(Error::model(&name, problem, remedy));
    let is_plain = |char: char| char.is_alphanumeric() || "-_.".contains(char);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        return refuse(
            "this is no name for a model",
            "give one of letters, digits, - and _",
        );
    }
    if [FAST, BALANCED].contains(&&*name) {
        return refuse("this name is taken", "give another name");
    }
    let Some(models) = models_folder() else {
        return refuse(
            "the folder for models is not known",
            "set NEWSTANCE_MODELS to one",
        );
    };
    let folder = models.join(&name);
    if folder.symlink_metadata().is_ok() && !replace {
        let problem = format!("a model of this name is in {} already", models.display());
        return refuse(&problem, "give another name, or replace it");
    }
    fs::create_dir_all(&models).map_err(Error::io(&models))?;
    let staged = tempfile::tempdir_in(&models).map_err(Error::io(&models))?;
    match source.is_dir() {
        true => copy_folder(source, staged.path())?,
        false => unpack(source, staged.path())?,
    }
    let model = ModelDirectory::read_as(&source.display().to_string(), staged.path())?;
    let sha256 = model.sha256()?;
    let known = known(&name);
    let is_other = |(file, hash): &(&&str, &&str)| {
        let found = sha256.get(**file);
        found.is_none_or(|found| found != *hash)
    };
    if let Some((file, _)) = known.iter().find(is_other) {
        return Err(Error::model(
            format!("{}/{file}", source.display()),
            format!(
                "this is not the {name} that this version of newstance comes with: its SHA-256 is another"
            ),
            "copy the whole model again, or give yours another name",
        ));
    }
    let sums: String = sha256
        .iter()
        .map(|(file, hash)| format!("{hash}  {file}\n"))
        .collect();
    let path = staged.path().join(SUMS);
    fs::write(&path, sums).map_err(Error::io(&path))?;
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
    }
    let staged = staged.keep();
    fs::rename(&staged, &folder).map_err(Error::io(&folder))?;
    readable(&folder)?;
    Ok(Added {
        is_known: !known.is_empty(),
        name,
        folder,
        sha256,
    })
}

/// The first file of an added model that is not what it was; `None` if all are, or nobody knows.
///
/// # Errors
///
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if a file cannot be read, [`ErrorKind::Model`](crate::ErrorKind::Model) if it is no model.
pub fn changed(folder: &Path) -> Result<Option<String>> {
    let path = folder.join(SUMS);
    let sums = match regular::read(&path, 1 << 20) {
        Ok(sums) => String::from_utf8_lossy(&sums).into_owned(),
        Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = ModelDirectory::read(folder)?.sha256()?;
    let mut added = sums.lines().filter_map(|line| line.split_once("  "));
    let changed = added.find(|(hash, file)| found.get(*file).is_none_or(|it| it != hash));
    Ok(changed.map(|(_, file)| file.to_owned()))
}

/// The folder that tempfile makes is its owner's alone; a model is for whoever may read its files.
fn readable(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let permissions = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder, permissions).map_err(Error::io(folder))?;
    }
    let _ = folder;
    Ok(())
}

/// "accurate" of `models/accurate/` and of `accurate.tar.gz`.
fn name_of(source: &Path) -> String {
    let whole = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    let name = whole
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match source.is_dir() {
        true => name,
        false => {
            let extensions = [".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst"];
            let stem = extensions.iter().find_map(|it| name.strip_suffix(it));
            stem.unwrap_or(&name).to_owned()
        }
    }
}

/// SHA-256 of the files of a model that comes with newstance, by name; of others, nothing.
fn known(name: &str) -> BTreeMap<&'static str, &'static str> {
    let files = KNOWN.lines().filter_map(|line| line.split_once("  "));
    files
        .filter_map(|(hash, path)| {
            let (model, file) = path.split_once('/')?;
            (model == name).then_some((file, hash))
        })
        .collect()
}

/// Whether a file is one that a model has.
fn is_of_model(name: &str) -> bool {
    let small = [CONFIG, DESCRIPTION, TOKENIZER, INDEX, "README.md"];
    let is_shard = name.starts_with("model-") && name.ends_with(".safetensors");
    small.contains(&name) || [WEIGHTS, TORCH_WEIGHTS].contains(&name) || is_shard
}

fn copy_folder(source: &Path, folder: &Path) -> Result<()> {
    for entry in fs::read_dir(source).map_err(Error::io(source))? {
        let entry = entry.map_err(Error::io(source))?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| is_of_model(name)) else {
            continue;
        };
        let path = entry.path();
        if path.is_file() {
            let mut file = File::open(&path).map_err(Error::io(&path))?;
            write(&mut file, &folder.join(name))?;
        }
    }
    Ok(())
}

fn write(file: &mut impl Read, path: &Path) -> Result<()> {
    let mut copy = File::create_new(path).map_err(Error::io(path))?;
    let copied = io::copy(&mut file.take(MOST_BYTES), &mut copy).map_err(Error::io(path))?;
    match copied {
        MOST_BYTES => Err(Error::model(
            path.display().to_string(),
            "this file has more bytes than a model",
            "give the right file",
        )),
        _ => copy.sync_all().map_err(Error::io(path)),
    }
}

fn unpack(source: &Path, folder: &Path) -> Result<()> {
    let name = source.to_string_lossy();
    let file = File::open(source).map_err(Error::io(source))?;
    let file = BufReader::new(file);
    if name.ends_with(".zip") {
        return unzip(source, file, folder);
    }
    let bytes: Box<dyn Read> = if name.ends_with(".tar") {
        Box::new(file)
    } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        Box::new(MultiGzDecoder::new(file))
    } else if name.ends_with(".tar.zst") {
        Box::new(zstd::Decoder::with_buffer(file).map_err(Error::io(source))?)
    } else {
        return Err(Error::model(
            name,
            "this is no model",
            "give its folder, or an archive of it: .zip, .tar, .tar.gz or .tar.zst",
        ));
    };
    let mut found = BTreeSet::new();
    for entry in Archive::new(bytes).entries().map_err(Error::io(source))? {
        let mut entry = entry.map_err(Error::io(source))?;
        let path = entry.path().map_err(Error::io(source))?.into_owned();
        if entry.header().entry_type().is_file() {
            take(source, &path, &mut entry, folder, &mut found)?;
        }
    }
    Ok(())
}

fn unzip(source: &Path, file: impl Read + Seek, folder: &Path) -> Result<()> {
    let damaged = |error: zip::result::ZipError| Error::io(source)(error.into());
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let mut found = BTreeSet::new();
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        if entry.is_file() {
            take(source, Path::new(&name), &mut entry, folder, &mut found)?;
        }
    }
    Ok(())
}

/// Takes a member of an archive if it is a file of a model. Its folder does not matter, so that none can lead outside.
fn take(
    source: &Path,
    path: &Path,
    member: &mut impl Read,
    folder: &Path,
    found: &mut BTreeSet<String>,
) -> Result<()> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|name| is_of_model(name)) else {
        return Ok(());
    };
    match found.insert(name.to_owned()) {
        true => write(member, &folder.join(name)),
        false => Err(Error::model(
            source.display().to_string(),
            format!("{name} is there twice"),
            "give an archive of one model",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_called_as_its_folder_or_archive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine-2");
        fs::create_dir(&path).unwrap();
        assert_eq!(name_of(&path), "mine-2");
        assert_eq!(name_of(&path.join("../mine-2/.")), "mine-2");
        for archive in ["a/accurate.tar.gz", "accurate.tgz", "accurate.zip"] {
            assert_eq!(name_of(Path::new(archive)), "accurate");
        }
    }

    #[test]
    fn the_models_of_the_repository_are_known() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/accurate");
        let hashes = ModelDirectory::read(&folder).unwrap().sha256().unwrap();
        let known = known("accurate");
        assert_eq!(known.len(), hashes.len());
        assert!(hashes.iter().all(|(file, hash)| known[&**file] == hash));
    }
}
