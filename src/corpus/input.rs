//! From INPUT arguments to the files they name.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::format::{Compression, Format, by_extension};
use super::walk::{self, Found, Walk};
use super::{Place, Rejected, RejectedKind};
use crate::error::{Error, ErrorKind, Result, in_words};

/// One file to read.
#[derive(Debug, Clone)]
pub(super) struct InputFile {
    /// As reports show it: the path, or `-`.
    pub name: String,
    /// `None` for standard input.
    pub path: Option<PathBuf>,
    /// The path below the folder that holds all inputs.
    pub relative: PathBuf,
    pub format: Format,
    pub compression: Compression,
}

/// Something still to be read.
#[derive(Clone)]
enum Pending {
    Stdin,
    /// A file. One that was named is read whatever it is.
    File {
        path: PathBuf,
        named: bool,
    },
    Folder(PathBuf),
}

impl Pending {
    fn of(path: PathBuf, named: bool) -> Self {
        match path.is_dir() {
            true => Self::Folder(path),
            false => Self::File { path, named },
        }
    }

    /// The folder below which its files are named.
    fn root(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File { path, .. } => Some(path.parent().unwrap_or(Path::new(""))),
            Self::Folder(path) => Some(path),
        }
    }
}

/// Files of folders and globs that are not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Their number.
    pub files: u64,
    /// The first few of them.
    pub first: Vec<PathBuf>,
}

/// Skipped files that are named.
const SKIPPED_NAMED: usize = 3;

impl Skipped {
    fn add(&mut self, path: PathBuf) {
        self.files += 1;
        if self.first.len() < SKIPPED_NAMED {
            self.first.push(path);
        }
    }
}

/// All input files, folders walked as they come, each folder by file name.
pub(super) struct Files {
    pending: std::vec::IntoIter<Pending>,
    walk: Option<Walk>,
    format: Option<Format>,
    skipped: Skipped,
    /// Folders walked so far, links resolved.
    walked: HashSet<PathBuf>,
    /// The folder that holds all inputs, so that files of one name in two folders have two ids, and
    /// their folders' names as sources.
    root: PathBuf,
    output: Option<PathBuf>,
}

impl Files {
    /// Resolves globs and checks that every argument names something that may be read.
    pub fn resolve(
        inputs: &[String],
        format: Option<Format>,
        output: Option<&Path>,
    ) -> Result<Self> {
        let output = output.map(resolved).transpose()?;
        let mut pending = Vec::new();
        for input in inputs {
            let from = pending.len();
            resolve_one(input, format, &mut pending)?;
            if let Some(output) = &output {
                pending[from..]
                    .iter()
                    .try_for_each(|pending| check_apart(input, pending, output))?;
            }
        }
        let roots = pending.iter().filter_map(Pending::root);
        Ok(Self {
            root: common_root(roots)?,
            pending: pending.into_iter(),
            walk: None,
            format,
            skipped: Skipped::default(),
            walked: HashSet::new(),
            output,
        })
    }

    /// All files still to come, in a walk of its own. For one that has not begun.
    fn to_come(&self) -> impl Iterator<Item = InputFile> {
        let walk = Self {
            pending: self.pending.clone(),
            walk: None,
            format: self.format,
            skipped: Skipped::default(),
            walked: HashSet::new(),
            root: self.root.clone(),
            output: self.output.clone(),
        };
        walk.filter_map(std::result::Result::ok)
    }

    /// Bytes of all files still to come; `None` with standard input among them. For a walk that has not
    /// begun.
    pub fn total_bytes(&self) -> Option<u64> {
        let mut total = 0;
        for file in self.to_come() {
            total += fs::metadata(file.path?).map_or(0, |meta| meta.len());
        }
        Some(total)
    }

    /// Each file still to come with its bytes and the time of its last change; `None` with standard input among them. For a walk that
    /// has not begun.
    pub fn stamps(&self) -> Option<Vec<(String, String)>> {
        let mut stamps = Vec::new();
        for file in self.to_come() {
            let stamp = match fs::metadata(file.path?) {
                Ok(meta) => {
                    let changed = meta.modified().ok();
                    let since = changed.and_then(|it| it.duration_since(UNIX_EPOCH).ok());
                    let nanos = since.map_or(0, |it| it.as_nanos());
                    format!("{} bytes, changed {nanos} ns after 1970", meta.len())
                }
                Err(error) => in_words(&error),
            };
            stamps.push((file.name, stamp));
        }
        Some(stamps)
    }

    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    /// Counts files in others that are not read.
    pub fn pass_over(&mut self, paths: Vec<PathBuf>) {
        paths.into_iter().for_each(|path| self.skipped.add(path));
    }

    /// The file of a path, or `None` if it is skipped.
    fn file(&mut self, path: PathBuf) -> Option<InputFile> {
        let (by_name, compression) = by_extension(&path);
        let Some(format) = self.format.or(by_name) else {
            self.skipped.add(path);
            return None;
        };
        Some(InputFile {
            name: path.display().to_string(),
            relative: below(&path, &self.root),
            path: Some(path),
            format,
            compression,
        })
    }
}

/// A path with slashes, in Unicode: bytes that are none are written in hexadecimal, so that two such names stay two.
pub(super) fn unicode(path: &Path) -> String {
    let part = |part: &OsStr| {
        let mut text = String::new();
        for chunk in part.as_encoded_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
        }
        text
    };
    let parts: Vec<String> = path.iter().map(part).collect();
    parts.join("/")
}

/// The folder that holds all of these.
fn common_root<'a>(roots: impl Iterator<Item = &'a Path>) -> Result<PathBuf> {
    let mut common: Option<PathBuf> = None;
    for root in roots {
        let root = absolute(root)?;
        common = Some(match common {
            None => root,
            Some(common) => {
                let pairs = common.components().zip(root.components());
                pairs.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
            }
        });
    }
    Ok(common.unwrap_or_default())
}

/// An absolute path without a look at the disk; of the empty path, the working folder.
fn absolute(path: &Path) -> Result<PathBuf> {
    let path = match path.as_os_str().is_empty() {
        true => Path::new("."),
        false => path,
    };
    std::path::absolute(path).map_err(Error::io(path))
}

/// The part of a path below an absolute root.
fn below(path: &Path, root: &Path) -> PathBuf {
    let absolute = std::path::absolute(path);
    let relative = absolute
        .as_deref()
        .ok()
        .and_then(|path| path.strip_prefix(root).ok());
    relative.unwrap_or(path).to_owned()
}

/// A path with its links resolved. Its last parts need not exist yet.
fn resolved(path: &Path) -> Result<PathBuf> {
    let path = absolute(path)?;
    for ancestor in path.ancestors() {
        if let Ok(resolved) = ancestor.canonicalize() {
            let rest = path.strip_prefix(ancestor).unwrap_or(Path::new(""));
            // Joined to nothing, a path would end in a separator.
            return Ok(resolved.components().chain(rest.components()).collect());
        }
    }
    Ok(path)
}

/// Refuses an input that lies in the output folder, or is that folder: a run must not read what it
/// writes.
fn check_apart(input: &str, pending: &Pending, output: &Path) -> Result<()> {
    let (Pending::File { path, .. } | Pending::Folder(path)) = pending else {
        return Ok(());
    };
    match path.canonicalize() {
        Ok(path) if path == output => Err(Error::new(
            ErrorKind::InputInOutput,
            input,
            "this is the output folder, too",
            "give another output folder",
        )),
        Ok(path) if path.starts_with(output) => Err(Error::new(
            ErrorKind::InputInOutput,
            input,
            format!("this input lies in the output folder {}", output.display()),
            "give another output folder",
        )),
        _ => Ok(()),
    }
}

fn resolve_one(input: &str, format: Option<Format>, pending: &mut Vec<Pending>) -> Result<()> {
    if input == "-" {
        pending.push(Pending::Stdin);
        return Ok(());
    }
    let path = PathBuf::from(input);
    if path.exists() {
        if path.is_file() && format.is_none() && by_extension(&path).0.is_none() {
            return Err(Error::new(
                ErrorKind::UnknownFormat,
                input,
                "the file name does not say the format",
                format!("name the format: {}", Format::names_in_words()),
            ));
        }
        pending.push(Pending::of(path, true));
        return Ok(());
    }
    let missing = |problem: &str| {
        Error::new(
            ErrorKind::Input,
            input,
            problem,
            "give a file, a folder, a glob or - for standard input",
        )
    };
    if !walk::is_glob(input) {
        return Err(missing("no such file or folder"));
    }
    let matches = walk::matches(input).map_err(|error| missing(&format!("not a glob: {error}")))?;
    if matches.is_empty() {
        return Err(missing("the glob matches nothing"));
    }
    pending.extend(matches.into_iter().map(|path| Pending::of(path, false)));
    Ok(())
}

impl Iterator for Files {
    type Item = std::result::Result<InputFile, Rejected>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(walk) = &mut self.walk {
                match walk.next(&mut self.walked) {
                    Some(Found::File(path)) => match self.file(path) {
                        Some(file) => return Some(Ok(file)),
                        None => continue,
                    },
                    Some(Found::Special(path)) => self.skipped.add(path),
                    Some(Found::Unread(path, reason)) => {
                        return Some(Err(Rejected {
                            input: path.display().to_string(),
                            place: Place::File,
                            kind: RejectedKind::Unreadable,
                            reason,
                        }));
                    }
                    None => self.walk = None,
                }
                continue;
            }
            match self.pending.next()? {
                Pending::Stdin => {
                    return Some(Ok(InputFile {
                        name: "-".to_owned(),
                        path: None,
                        relative: PathBuf::from("stdin"),
                        format: self.format.unwrap_or(Format::Jsonl),
                        compression: Compression::None,
                    }));
                }
                Pending::Folder(path) => self.walk = Some(Walk::new(&path, self.output.clone())),
                Pending::File { path, named } => {
                    if !named && path.exists() && !path.is_file() {
                        self.skipped.add(path);
                    } else if let Some(file) = self.file(path) {
                        return Some(Ok(file));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_other_files_counted() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        for name in [
            "c.txt",
            "b/z.txt",
            "b/a.csv",
            "a.jsonl",
            "notes.md",
            ".hidden.txt",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let inputs = [folder.path().display().to_string()];
        let mut files = Files::resolve(&inputs, None, None).unwrap();
        assert_eq!(files.total_bytes(), Some(4));
        let names: Vec<_> = files
            .by_ref()
            .map(|file| file.unwrap().relative.display().to_string())
            .collect();
        assert_eq!(names, ["a.jsonl", "b/a.csv", "b/z.txt", "c.txt"]);
        assert_eq!(files.skipped().files, 1);
        assert!(files.skipped().first[0].ends_with("notes.md"));
    }

    #[test]
    fn files_of_one_name_in_two_folders_stay_apart() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ledger", "monitor"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("a.txt"), "x").unwrap();
        }
        let at = |name: &str| folder.path().join(name).display().to_string();
        let relative = |inputs: &[String]| -> Vec<String> {
            Files::resolve(inputs, None, None)
                .unwrap()
                .map(|file| file.unwrap().relative.display().to_string())
                .collect()
        };
        let both = ["ledger/a.txt", "monitor/a.txt"];
        assert_eq!(relative(&[at("ledger"), at("monitor")]), both);
        assert_eq!(relative(&[at("ledger/a.txt"), at("monitor")]), both);
        assert_eq!(relative(&[at("*/a.txt")]), both);
        assert_eq!(relative(&[at("")]), both);
        assert_eq!(relative(&[at("ledger")]), ["a.txt"]);
        assert_eq!(relative(&[at("ledger/a.txt")]), ["a.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_in_a_folder_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let _socket =
            std::os::unix::net::UnixListener::bind(folder.path().join("a.jsonl")).unwrap();
        for input in ["", "*.jsonl"] {
            let inputs = [folder.path().join(input).display().to_string()];
            let mut files = Files::resolve(&inputs, None, None).unwrap();
            assert_eq!(
                (files.by_ref().count(), files.skipped().files),
                (0, 1),
                "{input}"
            );
        }
    }

    #[test]
    fn the_output_folder_is_neither_read_nor_an_input() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out");
        fs::create_dir_all(output.join("deep")).unwrap();
        for name in ["a.csv", "out/b.csv", "out/deep/c.csv"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let resolve = |name: &str| {
            let inputs = [folder.path().join(name).display().to_string()];
            Files::resolve(&inputs, None, Some(&output))
        };
        let mut files = resolve("").unwrap();
        assert_eq!((files.by_ref().count(), files.skipped().files), (1, 0));
        let later = folder.path().join("later/out");
        let inputs = [folder.path().display().to_string()];
        let files = Files::resolve(&inputs, None, Some(&later)).unwrap();
        fs::create_dir_all(&later).unwrap();
        fs::write(later.join("d.csv"), "x").unwrap();
        assert_eq!(files.count(), 3, "an output folder that is made later");
        for input in ["out", "out/b.csv", "out/deep", "out/../out/deep/*.csv"] {
            let error = resolve(input).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InputInOutput, "{input}");
        }
        assert_eq!(resolve("*.csv").unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_is_reported_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.txt"), "x").unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        std::os::unix::fs::symlink("..", folder.path().join("b/back")).unwrap();
        let inputs = [folder.path().display().to_string()];
        let files = Files::resolve(&inputs, None, None).unwrap();
        let (good, rejected): (Vec<_>, Vec<_>) = files.partition(std::result::Result::is_ok);
        assert_eq!((good.len(), rejected.len()), (1, 1));
        let rejected = rejected[0].as_ref().unwrap_err();
        assert!(rejected.input.ends_with("back"), "{}", rejected.input);
        assert!(
            rejected.reason.contains("read before"),
            "{}",
            rejected.reason
        );
    }

    #[test]
    fn what_names_nothing_is_an_error() {
        for input in ["no-such-file.txt", "no-such-*.txt"] {
            let error = Files::resolve(&[input.to_owned()], None, None).err();
            let error = error.unwrap().to_string();
            assert!(
                error.contains(input) && error.contains("give a file"),
                "{error}"
            );
        }
    }
}
