//! Folders and globs: which files they hold.

use std::collections::HashSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use crate::error::in_words;

/// What a walk finds.
#[derive(Debug)]
pub(super) enum Found {
    /// A file, or a link to nothing, which opening reports.
    File(PathBuf),
    /// A pipe, a socket or a device, which may never end.
    Special(PathBuf),
    /// A folder that is not read, and why.
    Unread(PathBuf, String),
}

/// Walks one folder by file name, depth first. Hidden files and folders are left out.
pub(super) struct Walk {
    entries: walkdir::IntoIter,
    /// A folder that is not entered.
    exclude: Option<PathBuf>,
}

impl Walk {
    pub fn new(folder: &Path, exclude: Option<PathBuf>) -> Self {
        Self {
            entries: WalkDir::new(folder)
                .follow_links(true)
                .sort_by_file_name()
                .into_iter(),
            exclude,
        }
    }

    /// The next file. `walked` holds all folders walked so far, links resolved: a corpus is read once,
    /// whatever links lead to it.
    pub fn next(&mut self, walked: &mut HashSet<PathBuf>) -> Option<Found> {
        loop {
            let entry = match self.entries.next()? {
                Ok(entry) => entry,
                Err(error) => return Some(unread(&error)),
            };
            let folder = entry.file_type().is_dir();
            if entry.depth() > 0 && is_hidden(&entry) {
                if folder {
                    self.entries.skip_current_dir();
                }
                continue;
            }
            if !folder {
                let path = entry.into_path();
                return Some(match path.is_file() || !path.exists() {
                    true => Found::File(path),
                    false => Found::Special(path),
                });
            }
            let Ok(resolved) = entry.path().canonicalize() else {
                continue;
            };
            if self.exclude.as_ref() == Some(&resolved) {
                self.entries.skip_current_dir();
            } else if !walked.insert(resolved.clone()) {
                self.entries.skip_current_dir();
                return Some(Found::Unread(entry.into_path(), read_before(&resolved)));
            }
        }
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn read_before(folder: &Path) -> String {
    format!(
        "this is the folder {}, which was read before; remove the link, or name it once",
        folder.display()
    )
}

fn unread(error: &walkdir::Error) -> Found {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => Found::Unread(path, read_before(ancestor)),
        // A link to nothing.
        (None, Some(io)) if io.kind() == io::ErrorKind::NotFound => Found::File(path),
        (None, Some(io)) => {
            Found::Unread(path, format!("cannot list this folder: {}", in_words(io)))
        }
        (None, None) => Found::Unread(path, error.to_string()),
    }
}

/// Whether an argument is a glob rather than a path.
pub(super) fn is_glob(input: &str) -> bool {
    input.contains(['*', '?', '['])
}

/// The files and folders that a glob matches, by name. `*` stays within a folder, `**` does not.
pub(super) fn matches(pattern: &str) -> Result<Vec<PathBuf>, globset::Error> {
    let pattern = normal(Path::new(pattern));
    let text = pattern.to_string_lossy();
    let matcher: GlobMatcher = GlobBuilder::new(&text)
        .literal_separator(true)
        .build()?
        .compile_matcher();
    let plain: PathBuf = pattern
        .components()
        .take_while(|part| !is_glob(&part.as_os_str().to_string_lossy()))
        .collect();
    let depth = match text.contains("**") {
        true => usize::MAX,
        false => pattern.components().count() - plain.components().count(),
    };
    let base = match plain.as_os_str().is_empty() {
        true => Path::new("."),
        false => &plain,
    };
    let entries = WalkDir::new(base)
        .min_depth(1)
        .max_depth(depth)
        .follow_links(true)
        .sort_by_file_name();
    let entries = entries
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    let paths = entries.filter_map(|entry| match entry {
        Ok(entry) => Some(normal(entry.path())),
        // A link to nothing matches as well; opening it reports that.
        Err(error) => error.path().map(normal),
    });
    Ok(paths.filter(|path| matcher.is_match(path)).collect())
}

/// A path without the `.` components, which a pattern may have or not.
fn normal(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_pattern_may_start_at_the_working_folder() {
        for pattern in ["samples/*.jsonl", "./samples/*.jsonl"] {
            let found = matches(pattern).unwrap();
            assert_eq!(found, [PathBuf::from("samples/wire.jsonl")], "{pattern}");
        }
        assert!(
            matches("./*.toml")
                .unwrap()
                .contains(&PathBuf::from("Cargo.toml"))
        );
    }

    #[test]
    fn globs_match_by_component() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/x.csv", "a/b/y.csv", "a/.z.csv", "c/x.csv", "c/x.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let found = |pattern: &str| -> Vec<String> {
            let pattern = folder.path().join(pattern).display().to_string();
            let paths = matches(&pattern).unwrap();
            let below = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().to_owned();
            paths
                .iter()
                .map(|path| below(path).display().to_string())
                .collect()
        };
        assert_eq!(found("*/x.csv"), ["a/x.csv", "c/x.csv"]);
        assert_eq!(found("a/*"), ["a/b", "a/x.csv"]);
        assert_eq!(found("**/*.csv"), ["a/b/y.csv", "a/x.csv", "c/x.csv"]);
        assert_eq!(found("[b-d]/x.?xt"), ["c/x.txt"]);
        assert_eq!(found("nothing*"), [""; 0]);
        assert!(matches("[").is_err());
    }
}
