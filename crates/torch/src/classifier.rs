//! What the torch backend asks of a model, whatever its architecture.

use tch::Tensor;

/// A sequence classifier of some architecture, with libtorch's tensors.
pub(super) trait Classifier: Send {
    /// Logits, `[sequences, classes]`.
    fn logits(&self, inputs: &Inputs) -> Tensor;
}

/// A batch filled up to its longest sequence: `[sequences, tokens]` each.
pub(super) struct Inputs {
    pub ids: Tensor,
    pub segments: Tensor,
    /// 1 where a token is, 0 where padding is.
    pub mask: Tensor,
}
