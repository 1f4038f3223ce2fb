//! What a model says of itself: its config.json and newstance.json, one behind the other.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use newstance_fuzz::{ask, forgive_other_crates, model};

fuzz_target!(init: forgive_other_crates(), |bytes: &[u8]| {
    let model = model();
    let between = bytes.iter().position(|&byte| byte == 0);
    let (config, description) = bytes.split_at(between.unwrap_or(bytes.len()));
    fs::write(model.join("config.json"), config).unwrap();
    match description.split_first() {
        Some((_, description)) => fs::write(model.join("newstance.json"), description).unwrap(),
        None => drop(fs::remove_file(model.join("newstance.json"))),
    }
    ask(&model);
});
