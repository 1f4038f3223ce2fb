//! The file: template, styles, scripts and packed data.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::data::Data;

const TEMPLATE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/page.css");
/// In the order in which they build on each other.
const SCRIPTS: [&str; 7] = [
    include_str!("assets/data.js"),
    include_str!("assets/stats.js"),
    include_str!("assets/select.js"),
    include_str!("assets/elements.js"),
    include_str!("assets/evidence.js"),
    include_str!("assets/figures.js"),
    include_str!("assets/main.js"),
];
/// What tells a page of newstance from other files.
const GENERATOR: &str = "<meta name=\"generator\" content=\"newstance\">";
/// Where it is at most.
const HEAD_BYTES: u64 = 2048;

/// The page of some data.
pub(super) fn page(data: &Data) -> String {
    let script = format!("\"use strict\";\n{}", SCRIPTS.concat());
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(STYLE)
    );
    let mut page = TEMPLATE.to_owned();
    for (name, value) in [
        ("{{generator}}", GENERATOR),
        ("{{policy}}", &policy),
        ("{{style}}", STYLE),
        ("{{script}}", &script),
        // Last, so that nothing in it is replaced.
        ("{{data}}", &packed(data)),
    ] {
        page = page.replacen(name, value, 1);
    }
    page
}

/// As a content security policy names what it allows.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// JSON, packed by gzip, in base64: no byte of it means anything to HTML.
fn packed(data: &Data) -> String {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let json = serde_json::to_vec(data).expect("data without maps of odd keys");
    packer.write_all(&json).expect("memory takes all bytes");
    STANDARD.encode(packer.finish().expect("memory takes all bytes"))
}

/// Whether a file is a page of newstance.
pub(in super::super) fn is_page(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && String::from_utf8_lossy(&head).contains(GENERATOR)
}
