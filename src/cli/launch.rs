//! `--backend torch` is run by `newstance-torch`, which lies beside `newstance`.
//!
//! A program that links libtorch needs it before `main` begins. If it is gone, the system's loader ends
//! the program in words of its own; a program that does not link it can say what to do.

use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a command line in `newstance-torch`, and gives its exit code; on Unix, that takes this process over.
pub fn run(arguments: &[OsString]) -> u8 {
    match start(arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("newstance: {message}");
            1
        }
    }
}

fn start(arguments: &[OsString]) -> Result<u8, String> {
    let this = env::current_exe().map_err(|error| format!("cannot find itself: {error}"))?;
    let torch = this.with_file_name(format!("newstance-torch{EXE_SUFFIX}"));
    if !torch.exists() {
        return Err(format!(
            "{}: no such program; --backend torch needs it: see \"Your own model\" in the README for how \
             to build it",
            torch.display()
        ));
    }
    let cannot_start = |error: io::Error| format!("{}: {error}", torch.display());
    check(&torch).map_err(cannot_start)??;
    hand_over(Command::new(&torch).args(arguments)).map_err(cannot_start)
}

/// Starts it for nothing, to learn whether the system finds libtorch.
fn check(torch: &Path) -> io::Result<Result<(), String>> {
    let probe = Command::new(torch)
        .arg("--version")
        .stdin(Stdio::null())
        .output()?;
    if probe.status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(format!(
        "{} does not start: libtorch 2.4 is no longer where it was at build time; name the folder of its \
         libraries in LD_LIBRARY_PATH, or run `just libtorch` and build again ({})",
        torch.display(),
        String::from_utf8_lossy(&probe.stderr).trim()
    )))
}

#[cfg(unix)]
fn hand_over(command: &mut Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;

    Err(command.exec())
}

#[cfg(not(unix))]
fn hand_over(command: &mut Command) -> io::Result<u8> {
    let code = command.status()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_start_is_explained() {
        let message = check(Path::new("/bin/false")).unwrap().unwrap_err();
        assert!(message.contains("libtorch 2.4 is no longer"), "{message}");
        assert!(message.contains("LD_LIBRARY_PATH"), "{message}");
        assert_eq!(check(Path::new("/bin/true")).unwrap(), Ok(()));
        assert!(check(Path::new("/no/such/program")).is_err());
    }
}
