//! The one error type of the library.

use std::fmt;
use std::io;
use std::path::Path;

/// What stops a run.
///
/// Bad *records* never do: they become [`crate::corpus::Rejected`] rows. A message names the place, what
/// is wrong there, and what to do about it, in that order.
///
/// ```
/// use newstance::ErrorKind;
/// use newstance::actors::Catalogue;
///
/// let error = Catalogue::read("nope.toml".as_ref()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Io);
/// assert_eq!(error.place(), "nope.toml");
/// assert_eq!(error.to_string(), "nope.toml: no such file");
/// ```
#[derive(Debug)]
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: ErrorKind,
    place: String,
    problem: String,
    /// Empty if the problem says it all.
    remedy: String,
    /// What the system said, if it was the system.
    io: Option<io::ErrorKind>,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or folder cannot be read or written.
    Io,
    /// An input names nothing that can be read.
    Input,
    /// The name of an input does not say which format it has.
    UnknownFormat,
    /// An input lies in the output folder, or is that folder.
    InputInOutput,
    /// The output folder holds the reports of another run.
    OutputTaken,
    /// The output cannot be written there: it is a file, or a file of that name is no report.
    Output,
    /// A run into the output folder did not end.
    BrokenOff,
    /// There is nothing to go on with: the run has ended, and its report is there.
    AlreadyFinished,
    /// A run cannot go on: it was another one that broke off, or its input has changed.
    NotResumable,
    /// Another run writes into the output folder now.
    Locked,
    /// Nothing was scored: no article was read, or none could be.
    NothingScored,
    /// A mistake in an actor catalogue.
    Catalogue,
    /// A model directory that cannot be used.
    Model,
    /// A model that the chosen backend does not run.
    Backend,
    /// Numbers that the chosen backend does not compute in.
    Precision,
    /// A gold file that is not in one of the forms that are read.
    Gold,
    /// Tables of facts that do not fit each other, or that another version wrote.
    Facts,
}

impl Error {
    /// An error at a place, such as `my.toml:4`, with its remedy; an empty remedy is left out.
    pub fn new(
        kind: ErrorKind,
        place: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self(Box::new(Parts {
            kind,
            place: place.into(),
            problem: problem.into(),
            remedy: remedy.into(),
            io: None,
        }))
    }

    /// An [`ErrorKind::Io`] of this path, for `map_err`.
    pub fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let place = path.display().to_string();
        move |cause| {
            let mut error = Self::new(ErrorKind::Io, place, in_words(&cause), "");
            error.0.io = Some(cause.kind());
            error
        }
    }

    /// An [`ErrorKind::Model`].
    pub fn model(
        file: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(ErrorKind::Model, file, problem, remedy)
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file, folder or argument, with the line if there is one: `my.toml:4`.
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// What the system said of a file; `None` if the error is not the system's.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        self.0.io
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts {
            place,
            problem,
            remedy,
            ..
        } = &*self.0;
        write!(f, "{place}: {problem}")?;
        match remedy.is_empty() {
            true => Ok(()),
            false => write!(f, "; {remedy}"),
        }
    }
}

impl std::error::Error for Error {}

/// What the system said, without its numbers.
pub(crate) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder, not a file".to_owned(),
        io::ErrorKind::NotADirectory => "a part of this path is a file, not a folder".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::InvalidData => "the file is not valid UTF-8".to_owned(),
        _ => {
            let words = error.to_string();
            let end = words.find(" (os error ").unwrap_or(words.len());
            words[..end].to_owned()
        }
    }
}

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_place_problem_and_remedy() {
        let error = Error::new(ErrorKind::Gold, "a.jsonl:3", "no span", "give from and to");
        assert_eq!(error.to_string(), "a.jsonl:3: no span; give from and to");
        assert_eq!((error.kind(), error.io_kind()), (ErrorKind::Gold, None));
    }

    #[test]
    fn the_system_is_quoted_without_numbers() {
        let missing = std::fs::read("no/such/file").map_err(Error::io(Path::new("no/such/file")));
        let missing = missing.unwrap_err();
        assert_eq!(missing.to_string(), "no/such/file: no such file");
        assert_eq!(missing.io_kind(), Some(io::ErrorKind::NotFound));
        let odd = Error::io(Path::new("x"))(io::Error::from_raw_os_error(40));
        assert!(!odd.to_string().contains("os error"), "{odd}");
    }
}
