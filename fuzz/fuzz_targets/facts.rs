//! The facts of a scored corpus, one of its files changed: its documents or its mentions.

#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use newstance::report::{Scored, each_mention};
use newstance_fuzz::{folder, forgive_other_crates};

const SCORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/scored");
const FILES: [&str; 3] = ["documents.parquet", "mentions.parquet", "manifest.json"];

/// The files as they were written.
static WHOLE: LazyLock<[Vec<u8>; 3]> =
    LazyLock::new(|| FILES.map(|name| fs::read(Path::new(SCORED).join(name)).unwrap()));

fuzz_target!(init: forgive_other_crates(), |bytes: &[u8]| {
    let Some((&chosen, content)) = bytes.split_first() else {
        return;
    };
    let folder = folder();
    for (at, (name, whole)) in FILES.iter().zip(&*WHOLE).enumerate() {
        let is_chosen = at == chosen as usize % FILES.len();
        fs::write(folder.path().join(name), if is_chosen { content } else { whole }).unwrap();
    }
    // Whether they are refused is not said here, only that they are read to their end.
    drop(each_mention(&Scored::all(folder.path()), |_| ()));
});
