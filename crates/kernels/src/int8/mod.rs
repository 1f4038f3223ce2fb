//! The encoder on 8-bit weights and activations.
//!
//! Weights have a scale for each output, activations one for each token, found as they come (dynamic
//! quantization; Zafrir et al., "Q8BERT", 2019). Sums are exact in 32 bits. The steps between two
//! products (dequantization, bias, GELU, residual and layer norm) run on rows that are still in the
//! cache. Embeddings, pooler and classifier stay in floating point.

mod attention;
mod ceiling;
mod encoder;
mod lanes;
mod linear;
mod operators;
mod sinks;

pub use ceiling::ceiling;
pub use encoder::{Balance, Magnitudes, QuantizedLayers, encode};
pub use operators::OperatorTime;
