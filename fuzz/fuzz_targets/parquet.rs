//! Columns of a corpus.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newstance_fuzz::{forgive_other_crates, read};

fuzz_target!(init: forgive_other_crates(), |bytes: &[u8]| {
    read("a.parquet", bytes);
});
