//! Lets executables find libtorch where it was when they were built.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // torch-sys tells it where the `torch` feature is on.
    if let Ok(folder) = env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
        println!("cargo::rustc-env=NEWSTANCE_LIBTORCH={folder}");
    }
}
