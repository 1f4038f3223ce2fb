//! Who is mentioned and who speaks, in any text.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use newstance::actors::{Catalogue, Recognizer};
use newstance_testing::mentions_slice_back;

static RECOGNIZER: LazyLock<Recognizer> =
    LazyLock::new(|| Recognizer::new(Catalogue::default()).with_first_person());

fuzz_target!(|bytes: &[u8]| {
    mentions_slice_back(&RECOGNIZER, &String::from_utf8_lossy(bytes));
});
