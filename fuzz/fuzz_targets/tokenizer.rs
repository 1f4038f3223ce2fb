//! The tokenizer of a model.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use newstance_fuzz::{ask, forgive_other_crates, model};

fuzz_target!(init: forgive_other_crates(), |bytes: &[u8]| {
    let model = model();
    fs::write(model.join("tokenizer.json"), bytes).unwrap();
    ask(&model);
});
