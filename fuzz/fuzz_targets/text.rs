//! The splitter, with quotations, on any text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newstance::text::Document;
use newstance_testing::sentences_cover;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    sentences_cover(&text);
    let document = Document::new(&text, "");
    for quotation in document.quotations() {
        assert!(text.get(quotation.bytes.clone()).is_some());
    }
});
