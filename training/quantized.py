"""Layers that compute as the engine's on 8 bits do, for training.

Weights have 127 steps to either side for each output, inputs as many for each token; what GELU gives
has its zero at 22 of 255 steps (src/model/native/int8). Gradients pass the rounding as if it were not
there (Bengio et al., "Estimating or Propagating Gradients Through Stochastic Neurons", 2013).
"""

from __future__ import annotations

import torch
from torch import nn

# GELU's zero, and how far below it goes.
ZERO = 22
LOWEST = 0.171


def through(values: torch.Tensor, rounded: torch.Tensor) -> torch.Tensor:
    """The rounded values, with the gradient of the others."""
    return values + (rounded - values).detach()


def steps_of(values: torch.Tensor) -> torch.Tensor:
    return values.detach().abs().amax(-1, keepdim=True).clamp_min(1e-12) / 127


def symmetric(values: torch.Tensor) -> torch.Tensor:
    step = steps_of(values)
    return through(values, (values / step).round() * step)


def activated(values: torch.Tensor) -> torch.Tensor:
    above = 255 - ZERO
    most = values.detach().amax(-1, keepdim=True).clamp_min(LOWEST * above / ZERO)
    step = most / above
    return through(values, (values / step).round().clamp(-ZERO, above) * step)


class QuantizedLinear(nn.Linear):
    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(symmetric(inputs), symmetric(self.weight), self.bias)


class QuantizedOutput(nn.Linear):
    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(activated(inputs), symmetric(self.weight), self.bias)


def quantize_layers(model: nn.Module) -> None:
    """Lets the encoder's linear layers compute on 8 bits from now on."""
    for name, module in model.base_model.encoder.named_modules():
        if type(module) is nn.Linear:
            is_wide = name.endswith(".output.dense") and ".attention." not in name
            module.__class__ = QuantizedOutput if is_wide else QuantizedLinear
