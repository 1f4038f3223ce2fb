//! How the command speaks: colours, progress and log lines.

use std::io::{self, IsTerminal};

use anstream::ColorChoice;
use clap::ValueEnum;
use tracing::Level;

/// Options that every subcommand has.
#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// No progress, no log lines, no table.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log more: what was loaded, and how long it took.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Form of log lines on standard error: text for people, json for machines.
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t = Log::Text)]
    log: Log,
    /// Colours: auto if the output is a terminal, always or never.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    color: Color,
}

/// Form of log lines.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Log {
    Text,
    Json,
}

/// When there are colours.
#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl OutputArgs {
    /// Sets colours and log for the whole process.
    pub fn apply(&self) {
        let choice = match self.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        choice.write_global();
        let level = match (self.quiet, self.verbose) {
            (true, _) => Level::WARN,
            (false, true) => Level::DEBUG,
            // On a terminal, a bar shows the progress.
            (false, false) if self.has_bar() => Level::WARN,
            (false, false) => Level::INFO,
        };
        let log = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(io::stderr)
            .with_target(false)
            .with_ansi(false);
        match self.log {
            Log::Text => log.init(),
            Log::Json => log.json().flatten_event(true).init(),
        }
    }

    /// Whether progress is a bar rather than log lines.
    pub fn has_bar(&self) -> bool {
        !self.quiet && self.log == Log::Text && io::stderr().is_terminal()
    }
}
