//! The arithmetic of newstance's encoder. All `unsafe` of the project is in [`gemm`] and [`isa`].
//!
//! | module | owns |
//! | --- | --- |
//! | [`isa`] | one file per instruction set behind the trait [`isa::Isa`], and a portable reference |
//! | [`int8`] | the encoder on 8-bit weights and activations, written once over [`isa::Isa`] |
//! | [`gemm`] | products of `f32` matrices |
//! | [`activation`] | GELU, softmax and layer norm in `f32` |
//! | [`layers`] | the weights of an encoder, as they are read |
//! | [`relative`] | biases of attention by the distance of tokens |
//!
//! The crate is optimized in dev builds, too: unoptimized, one sentence would take seconds.

pub mod activation;
#[allow(unsafe_code, reason = "the gemm crate's entry point is unsafe")]
pub mod gemm;
pub mod int8;
#[allow(unsafe_code, reason = "intrinsics read and write through pointers")]
pub mod isa;
pub mod layers;
pub mod relative;
