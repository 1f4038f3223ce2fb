//! Lets the executable find libtorch where it was at build time.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // torch-sys says where it is.
    if let Ok(folder) = env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
