"""Macro F1, calibration and its error, in plain numpy."""

from __future__ import annotations

from dataclasses import asdict, dataclass

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


@dataclass(frozen=True)
class Calibration:
    """How logits become those of calibrated probabilities, as in src/model/calibration.rs."""

    temperature: float
    sharpening: float

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        logits = logits.astype(np.float64)
        far = np.linalg.norm(logits - logits.mean(1, keepdims=True), axis=1, keepdims=True)
        return logits * far.clip(1e-9) ** self.sharpening / self.temperature


# A likelihood ratio that chance exceeds once in twenty (chi-square, one degree of freedom).
BY_CHANCE = 3.84


def fit_calibration(logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """The calibration that makes the labels likeliest, on a grid; with no sharpening unless that makes
    them likelier by more than chance would."""
    rows = np.arange(len(labels))

    def unlikelihood(calibration: Calibration) -> float:
        return float(-np.log(softmax(calibration(logits))[rows, labels].clip(1e-12)).sum())

    def best(sharpening: float) -> Calibration:
        middle, width = 1.0, 8.0
        while width > 1.0005:
            grid = middle * np.geomspace(1 / width, width, 17)
            middle = min(grid, key=lambda temperature: unlikelihood(Calibration(temperature, sharpening)))
            width **= 0.25
        return Calibration(round(float(middle), 3), sharpening)

    plain = best(0.0)
    sharp = min((best(step / 20) for step in range(-10, 61)), key=unlikelihood)
    by_chance = 2 * (unlikelihood(plain) - unlikelihood(sharp)) < BY_CHANCE
    return plain if by_chance else sharp


def measured(logits: dict[str, np.ndarray], labels: dict[str, np.ndarray]) -> dict:
    """Scores of each split and of all `together`, and calibration errors with one calibration fitted on
    all."""
    together = (np.concatenate(list(logits.values())), np.concatenate([labels[name] for name in logits]))
    calibration = fit_calibration(*together)
    found: dict = asdict(calibration)
    parts = [(name, values, labels[name]) for name, values in logits.items()]
    for name, values, gold in (*parts, ("together", *together)):
        found[name] = scores(values, gold)
        found[name]["ece"] = calibration_error(calibration(values), gold)
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
