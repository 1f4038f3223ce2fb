//! Pages, feeds and other XML.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newstance_fuzz::{forgive_other_crates, read_one_of};

fuzz_target!(init: forgive_other_crates(), |bytes: &[u8]| {
    read_one_of(&["a.html", "a.xml"], bytes);
});
