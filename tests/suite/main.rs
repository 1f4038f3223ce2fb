//! The real program on real text, and the library as other programs use it: one binary, one module a
//! subject.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod cli;
mod columns;
mod commands;
mod common;
mod compare;
mod encoders;
mod facts;
mod golden_rules;
mod independence;
mod models;
mod page;
mod parity;
mod properties;
mod readers;
mod resume;
mod runs;
mod shapes;
mod shipped;
mod tables;
mod torture;
