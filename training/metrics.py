"""Macro F1, calibration error and temperature, in plain numpy."""

from __future__ import annotations

import numpy as np

from stance_data import LABELS


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def scores(logits: np.ndarray, labels: np.ndarray) -> dict:
    """Accuracy, F1 of each label and their unweighted mean."""
    predicted = logits.argmax(axis=1)
    f1 = {}
    for index, label in enumerate(LABELS):
        hits = int(((predicted == index) & (labels == index)).sum())
        claimed = int((predicted == index).sum())
        actual = int((labels == index).sum())
        f1[label] = 2 * hits / (claimed + actual) if claimed + actual else 0.0
    return {
        "macro_f1": sum(f1.values()) / len(f1),
        "accuracy": float((predicted == labels).mean()),
        "f1": f1,
        "targets": len(labels),
    }


def calibration_error(logits: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): equal-width bins of the top probability."""
    probabilities = softmax(logits.astype(np.float64))
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for index in range(bins):
        inside = bin_of == index
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return float(error)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of the least negative log-likelihood, on a grid of 0.001."""
    grid = np.arange(0.5, 4.0, 0.001)
    rows = np.arange(len(labels))

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(logits.astype(np.float64) / temperature)[rows, labels]).mean())

    return round(float(min(grid, key=loss)), 3)


def measured(logits: dict[str, np.ndarray], labels: dict[str, np.ndarray]) -> dict:
    """Scores of each split and of all `together`, and calibration errors with one temperature fitted on
    all."""
    temperature = fit_temperature(
        np.concatenate(list(logits.values())), np.concatenate([labels[name] for name in logits])
    )
    found: dict = {"temperature": temperature}
    parts = [(name, values, labels[name]) for name, values in logits.items()]
    together = (np.concatenate(list(logits.values())), np.concatenate([labels[name] for name in logits]))
    for name, values, gold in (*parts, ("together", *together)):
        found[name] = scores(values, gold)
        found[name]["ece"] = calibration_error(values / temperature, gold)
    return found


def reliability(logits: np.ndarray, labels: np.ndarray, bins: int = 10) -> list[tuple]:
    """For each bin of the top probability that is not empty: its start, targets, their mean probability
    and the share of them that is right."""
    probabilities = softmax(logits.astype(np.float64))
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = []
    for index in range(bins):
        inside = bin_of == index
        if inside.any():
            rows.append(
                (index / bins, int(inside.sum()), confidence[inside].mean(), correct[inside].mean())
            )
    return rows
