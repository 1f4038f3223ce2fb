//! The arithmetic below the encoder; the only place with `unsafe`.

pub mod activation;
#[allow(unsafe_code, reason = "the gemm crate's entry point is unsafe")]
pub mod gemm;
#[allow(unsafe_code, reason = "intrinsics read and write through pointers")]
pub mod int8;
