//! What a user of the command can do about an error of the library, which knows no flags.

use crate::corpus::RejectedKind;
use crate::{Error, ErrorKind};

/// A hint about an error, on a line of its own; empty if the message says it all.
pub fn of(error: &anyhow::Error) -> String {
    let kind = error.downcast_ref::<Error>().map(Error::kind);
    match kind.and_then(of_kind) {
        Some(hint) => format!("\nhint: {hint}"),
        None => String::new(),
    }
}

fn of_kind(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::UnknownFormat => "--input-format names the format",
        ErrorKind::OutputTaken => "--overwrite replaces them",
        ErrorKind::BrokenOff => "--resume goes on with it, --overwrite starts anew",
        ErrorKind::NotResumable => "--overwrite starts anew",
        ErrorKind::Backend => {
            "--backend torch runs other architectures: see \"Your own model\" in the README"
        }
        ErrorKind::Precision => "--precision names the numbers: int8 or f32 in the native engine",
        _ => return None,
    })
}

/// A hint about rejected records of a kind.
pub fn of_rejected(kind: RejectedKind) -> Option<&'static str> {
    match kind {
        RejectedKind::NoText => Some("--map text=FIELD names the field that holds the text"),
        RejectedKind::Field => {
            Some("--map OURS=THEIRS names the input's fields by their own names")
        }
        RejectedKind::Date => Some("--map published=FIELD names another field for the date"),
        _ => None,
    }
}
