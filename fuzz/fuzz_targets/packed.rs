//! Files that hold others, and packed ones.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newstance_fuzz::{forgive_other_crates, read_one_of};

fuzz_target!(init: forgive_other_crates(), |bytes: &[u8]| {
    read_one_of(
        &[
            "a.zip",
            "a.tar",
            "a.docx",
            "a.jsonl.gz",
            "a.jsonl.zst",
            "a.jsonl.bz2",
            "a.jsonl.xz",
        ],
        bytes,
    );
});
