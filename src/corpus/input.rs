//! From INPUT arguments to the files they name.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Rejected;
use crate::error::{Error, Result};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One article, plain text.
    Txt,
    /// One JSON object a line.
    Jsonl,
    /// RFC 4180 with a header row; the delimiter (comma, semicolon, tab) is read off it.
    Csv,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

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

/// The format and compression that a file name tells.
fn by_extension(path: &Path) -> (Option<Format>, Compression) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let (stem, compression) = if let Some(stem) = name.strip_suffix(".gz") {
        (stem, Compression::Gzip)
    } else if let Some(stem) = name.strip_suffix(".zst") {
        (stem, Compression::Zstd)
    } else {
        (name.as_str(), Compression::None)
    };
    let format = match stem.rsplit_once('.').map(|(_, extension)| extension) {
        Some("txt" | "text") => Some(Format::Txt),
        Some("jsonl" | "ndjson") => Some(Format::Jsonl),
        Some("csv" | "tsv") => Some(Format::Csv),
        _ => None,
    };
    (format, compression)
}

/// Something still to be walked.
#[derive(Debug, Clone)]
enum Pending {
    Stdin,
    File {
        path: PathBuf,
        root: PathBuf,
        /// Given by its own name, so that it is read whatever it is.
        named: bool,
    },
    Folder {
        path: PathBuf,
        root: PathBuf,
    },
}

impl Pending {
    /// What a folder or a glob holds.
    fn found(path: PathBuf, root: PathBuf) -> Self {
        if path.is_dir() {
            Self::Folder { path, root }
        } else {
            Self::File {
                path,
                root,
                named: false,
            }
        }
    }
}

/// All input files, folders walked as they come, each folder by file name.
#[derive(Debug)]
pub(super) struct Files {
    stack: Vec<Pending>,
    format: Option<Format>,
    ignored: u64,
    /// Folders walked so far, links resolved: a link that leads back would never end.
    walked: HashSet<PathBuf>,
    exclude: Vec<PathBuf>,
}

impl Files {
    /// Resolves globs and checks that every argument names something.
    pub fn resolve(
        inputs: &[String],
        format: Option<Format>,
        exclude: Vec<PathBuf>,
    ) -> Result<Self> {
        let mut pending = Vec::new();
        for input in inputs {
            resolve_one(input, format, &exclude, &mut pending)?;
        }
        share_root(&mut pending)?;
        pending.reverse();
        Ok(Self {
            stack: pending,
            format,
            ignored: 0,
            walked: HashSet::new(),
            exclude,
        })
    }

    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Sum of the sizes of the files still to come; `None` with standard input among them.
    pub fn total_bytes(&self) -> Option<u64> {
        if self.stack.iter().any(|p| matches!(p, Pending::Stdin)) {
            return None;
        }
        let walk = Self {
            stack: self.stack.clone(),
            format: self.format,
            ignored: 0,
            walked: self.walked.clone(),
            exclude: self.exclude.clone(),
        };
        let sizes = walk.filter_map(std::result::Result::ok).map(|file| {
            let path = file.path.as_deref().unwrap_or(Path::new(""));
            fs::metadata(path).map_or(0, |meta| meta.len())
        });
        Some(sizes.sum())
    }

    /// Puts a folder's entries on the stack, or says why it is not read.
    fn push_folder(&mut self, path: &Path, root: &Path) -> std::result::Result<(), String> {
        let unlisted = |error: std::io::Error| format!("cannot list this folder: {error}");
        let resolved = path.canonicalize().map_err(unlisted)?;
        if !self.walked.insert(resolved.clone()) {
            return Err(format!(
                "this is the folder {}, which was read before; remove the link, or name it once",
                resolved.display()
            ));
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(unlisted)? {
            let entry = entry.map_err(unlisted)?;
            if !entry.file_name().to_string_lossy().starts_with('.') {
                entries.push(entry.path());
            }
        }
        entries.sort();
        for path in entries.into_iter().rev() {
            let root = root.to_owned();
            self.stack.push(Pending::found(path, root));
        }
        Ok(())
    }
}

/// Gives all inputs the folder that holds them all as their root, so that files of one name in two
/// folders have two ids, and their folders' names as sources.
fn share_root(pending: &mut [Pending]) -> Result<()> {
    let roots = pending.iter_mut().filter_map(|pending| match pending {
        Pending::Stdin => None,
        Pending::File { root, .. } | Pending::Folder { root, .. } => Some(root),
    });
    let roots: Vec<&mut PathBuf> = roots.collect();
    let mut common: Option<PathBuf> = None;
    for root in &roots {
        let root = absolute(root)?;
        common = Some(match common {
            None => root,
            Some(common) => {
                let pairs = common.components().zip(root.components());
                pairs.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
            }
        });
    }
    if let Some(common) = common {
        for root in roots {
            root.clone_from(&common);
        }
    }
    Ok(())
}

/// An absolute path without a look at the disk; of the empty path, the working folder.
fn absolute(path: &Path) -> Result<PathBuf> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
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

/// Whether a path is one of these, whatever way it leads there.
fn is_among(paths: &[PathBuf], path: &Path) -> bool {
    let folder = |path: &Path| absolute(path.parent()?).ok()?.canonicalize().ok();
    paths
        .iter()
        .any(|other| other.file_name() == path.file_name() && folder(other) == folder(path))
}

/// Whether reading a file of a folder or a glob comes to an end: a pipe or a socket may wait for
/// good. A link to nothing counts, so that it is told rather than passed over.
fn is_readable(path: &Path) -> bool {
    path.is_file() || !path.exists()
}

fn resolve_one(
    input: &str,
    format: Option<Format>,
    exclude: &[PathBuf],
    pending: &mut Vec<Pending>,
) -> Result<()> {
    if input == "-" {
        pending.push(Pending::Stdin);
        return Ok(());
    }
    let path = PathBuf::from(input);
    if path.is_dir() {
        let root = path.clone();
        pending.push(Pending::Folder { path, root });
        return Ok(());
    }
    if path.exists() {
        if is_among(exclude, &path) {
            return Err(Error::Input {
                input: input.to_owned(),
                problem: "this run would replace the file".to_owned(),
                remedy: "give another output folder".to_owned(),
            });
        }
        if format.is_none() && by_extension(&path).0.is_none() {
            return Err(Error::Input {
                input: input.to_owned(),
                problem: "the file name tells no format".to_owned(),
                remedy: "name it with --input-format txt|jsonl|csv".to_owned(),
            });
        }
        let root = path.parent().map(Path::to_owned).unwrap_or_default();
        pending.push(Pending::File {
            path,
            root,
            named: true,
        });
        return Ok(());
    }
    let missing = |problem: String| Error::Input {
        input: input.to_owned(),
        problem,
        remedy: "give a file, a folder, a glob or - for standard input".to_owned(),
    };
    if !input.contains(['*', '?', '[']) {
        return Err(missing("no such file or folder".to_owned()));
    }
    let matches = glob::glob(input).map_err(|e| missing(format!("not a glob: {e}")))?;
    let before = pending.len();
    for path in matches {
        let path = path.map_err(|e| Error::io(e.path())(std::io::Error::other(e.to_string())))?;
        let root = if path.is_dir() {
            path.clone()
        } else {
            path.parent().map(Path::to_owned).unwrap_or_default()
        };
        pending.push(Pending::found(path, root));
    }
    if pending.len() == before {
        return Err(missing("the glob matches nothing".to_owned()));
    }
    Ok(())
}

impl Iterator for Files {
    type Item = std::result::Result<InputFile, Rejected>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.stack.pop()? {
                Pending::Stdin => {
                    return Some(Ok(InputFile {
                        name: "-".to_owned(),
                        path: None,
                        relative: PathBuf::from("stdin"),
                        format: self.format.unwrap_or(Format::Jsonl),
                        compression: Compression::None,
                    }));
                }
                Pending::File {
                    path, named: false, ..
                } if is_among(&self.exclude, &path) => {}
                Pending::File {
                    path, named: false, ..
                } if !is_readable(&path) => self.ignored += 1,
                Pending::File { path, root, .. } => {
                    let (named, compression) = by_extension(&path);
                    let Some(format) = self.format.or(named) else {
                        self.ignored += 1;
                        continue;
                    };
                    return Some(Ok(InputFile {
                        name: path.display().to_string(),
                        relative: below(&path, &root),
                        path: Some(path),
                        format,
                        compression,
                    }));
                }
                Pending::Folder { path, root } => {
                    if let Err(reason) = self.push_folder(&path, &root) {
                        return Some(Err(Rejected {
                            input: path.display().to_string(),
                            record: 0,
                            reason,
                        }));
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
    fn extensions_tell_format_and_compression() {
        let cases = [
            ("a.txt", Some(Format::Txt), Compression::None),
            ("a.b.JSONL.GZ", Some(Format::Jsonl), Compression::Gzip),
            ("a.csv.zst", Some(Format::Csv), Compression::Zstd),
            ("a.tsv", Some(Format::Csv), Compression::None),
            ("README.md", None, Compression::None),
            ("a.gz", None, Compression::Gzip),
        ];
        for (name, format, compression) in cases {
            assert_eq!(
                by_extension(Path::new(name)),
                (format, compression),
                "{name}"
            );
        }
    }

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
        let mut files =
            Files::resolve(&[folder.path().display().to_string()], None, Vec::new()).unwrap();
        assert_eq!(files.total_bytes(), Some(4));
        let names: Vec<_> = files
            .by_ref()
            .map(|file| file.unwrap().relative.display().to_string())
            .collect();
        assert_eq!(names, ["a.jsonl", "b/a.csv", "b/z.txt", "c.txt"]);
        assert_eq!(files.ignored(), 1);
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
            Files::resolve(inputs, None, Vec::new())
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
    fn a_socket_in_a_folder_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let _socket =
            std::os::unix::net::UnixListener::bind(folder.path().join("a.jsonl")).unwrap();
        for input in ["", "*.jsonl"] {
            let inputs = [folder.path().join(input).display().to_string()];
            let mut files = Files::resolve(&inputs, None, Vec::new()).unwrap();
            assert_eq!((files.by_ref().count(), files.ignored()), (0, 1), "{input}");
        }
    }

    #[test]
    fn excluded_files_are_not_even_counted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.csv", "b.csv", "b.csv.partial"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let exclude = vec![
            folder.path().join("./b.csv"),
            folder.path().join("b.csv.partial"),
            PathBuf::from("elsewhere/a.csv"),
        ];
        let inputs = [folder.path().display().to_string()];
        let mut files = Files::resolve(&inputs, None, exclude.clone()).unwrap();
        assert_eq!(files.by_ref().count(), 1);
        assert_eq!(files.ignored(), 0);

        let named = [folder.path().join("b.csv").display().to_string()];
        let error = Files::resolve(&named, None, exclude).unwrap_err();
        assert!(
            error.to_string().contains("would replace the file"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_is_told_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.txt"), "x").unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        std::os::unix::fs::symlink("..", folder.path().join("b/back")).unwrap();
        let files =
            Files::resolve(&[folder.path().display().to_string()], None, Vec::new()).unwrap();
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
            let error = Files::resolve(&[input.to_owned()], None, Vec::new())
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(input) && error.contains("give a file"),
                "{error}"
            );
        }
    }
}
