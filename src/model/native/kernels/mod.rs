//! The arithmetic below the encoder; the only place with `unsafe`.

pub mod activation;
pub mod gemm;
