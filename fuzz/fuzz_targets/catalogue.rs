//! A catalogue, and a text that is read with it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newstance::actors::{Catalogue, Recognizer};
use newstance_testing::mentions_slice_back;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(catalogue) = Catalogue::parse(&text, "catalogue.toml") {
        catalogue.doubtful_names();
        // Its own text names its actors.
        mentions_slice_back(&Recognizer::new(catalogue), &text);
    }
});
