//! What several integration tests share.

use std::path::{Path, PathBuf};

/// A folder of `../shared/data`, or `None` with a message where it is absent.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new("../shared/data").join(folder);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}
