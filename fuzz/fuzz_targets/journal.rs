//! The journal of a run that broke off, its lines with checksums that fit.

#![no_main]

use std::fmt::Write;
use std::fs;

use libfuzzer_sys::fuzz_target;
use newstance::report::{Existing, Report, ReportOptions};
use newstance_fuzz::folder;
use sha2::{Digest, Sha256};

fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    let out = folder.path().join("out");
    let options = ReportOptions {
        existing: Existing::Resume,
        ..ReportOptions::default()
    };
    if !out.is_dir() {
        drop(Report::create(&out, &options).unwrap());
    }
    let mut sealed = String::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let sum = format!("{:x}", Sha256::digest(line.as_bytes()));
        writeln!(sealed, "{} {line}", &sum[..16]).unwrap();
    }
    fs::write(out.join(".newstance-run/journal"), sealed).unwrap();
    if let Ok(report) = Report::create(&out, &options) {
        let resume = report.resume().clone();
        drop(report);
        let again = Report::create(&out, &options).unwrap();
        assert_eq!(again.resume(), &resume, "going on twice is going on once");
    }
});
