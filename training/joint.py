"""Goes on from a model with all labels together (mixture.py), each under its convention's marker.

    python training/joint.py --start models/accurate --data ../shared/data --run training/runs/joint-1

The sets that models are chosen by are measured after each epoch. A run that was cut off goes on after its last whole
epoch; with --halves an epoch is half of the targets, so that less is lost.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from bases import FirstTokenOfBert, FirstTokenOfMPNet, mark_conventions
from fixtures import load
from metrics import Calibration, calibration_error, fit_calibration, scores
from mixture import Mixture, to_choose_by
from stance_data import LABELS, InputBuilder, Target
from train import Example, begin, examples, logits_of, made_ahead, shared_options, smoothed, train

SIZES = {"newsmtsc": 10000, "apart": 1500, "sentfin": 2500, "joined": 400}


def both_right(targets: list[Target], logits: np.ndarray) -> float:
    """The share of pairs, two targets each, of which both are right."""
    right = logits.argmax(1) == np.array([target.label for target in targets])
    return float(right.reshape(-1, 2).all(1).mean())


class Measured:
    """Sets that a model is measured on, those of `to_choose_by` among them."""

    def __init__(self, targets: dict[str, list[Target]], builder: InputBuilder):
        self.targets = targets
        self.examples = {name: examples(builder, targets) for name, targets in self.targets.items()}

        self.labels = {name: np.array([it.label for it in found]) for name, found in targets.items()}

    def measure(self, model: torch.nn.Module, bf16: bool) -> tuple[dict, dict, Calibration]:
        """Logits and figures of each set, and the calibration fitted on our own labels, by which errors of
        calibration are."""
        labels = self.labels
        logits = {name: logits_of(model, rows, bf16) for name, rows in self.examples.items()}
        calibration = fit_calibration(logits["own"], labels["own"])
        found: dict = {}
        for name, values in logits.items():
            found[name] = scores(values, labels[name])
            found[name]["ece"] = calibration_error(calibration(values), labels[name])
        polar = labels["dse"] != LABELS.index("neutral")
        found["dse"]["polar_right"] = float((logits["dse"].argmax(1) == labels["dse"])[polar].mean())
        for name in found:
            if name.endswith("pairs"):
                found[name]["both_right"] = both_right(self.targets[name], logits[name])
        return logits, found, calibration

    def report(self, bf16: bool):
        def report(average, epoch: int, loss: float, seconds: float) -> None:
            found = summary(self.measure(average, bf16)[1])
            print(f"epoch {epoch + 1}: loss {loss:.4f}, {seconds:.0f} s; {found}", flush=True)

        return report


def summary(found: dict) -> str:
    own = found["own"]
    return (
        f"own macro F1 {own['macro_f1']:.4f}, accuracy {own['accuracy']:.4f}, ECE {own['ece']:.4f}; "
        f"rw-dev {found['rw-dev']['macro_f1']:.4f}, mt-dev {found['mt-dev']['macro_f1']:.4f}; "
        f"DSE polar {found['dse']['polar_right']:.4f}; pairs {found['pairs']['both_right']:.4f}"
    )


def start(directory: Path, dropout: float) -> tuple[torch.nn.Module, InputBuilder]:
    """A model directory as a model to train. Where it has one convention, others' markers are at their beginning."""
    model = load(directory)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropout
    if "conventions" not in json.loads((directory / "newstance.json").read_text(encoding="utf-8")):
        mark_conventions(model, directory)
    last = model.base_model.encoder.layer[-1].attention
    last.__class__ = {"bert": FirstTokenOfBert, "mpnet": FirstTokenOfMPNet}[model.config.model_type]
    return model, InputBuilder(Tokenizer.from_file(str(directory / "tokenizer.json")))


@dataclass
class Epochs:
    """Examples of every epoch."""

    mixture: Mixture
    builder: InputBuilder
    seed: int

    def __call__(self, number: int) -> list[Example]:
        return examples(self.builder, self.mixture.epoch(number, self.seed))


def mixture_options(parser: argparse.ArgumentParser) -> None:
    """Options of what is learned from, for `mixture_of`."""
    parser.add_argument("--halves", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--rename", type=float, default=0.2)
    parser.add_argument("--further", type=float, default=0.3)
    parser.add_argument("--mixed-copies", type=int, default=2)
    parser.add_argument("--pair-copies", type=int, default=3)
    parser.add_argument("--tone", type=float, default=0.1)
    for part, size in SIZES.items():
        parser.add_argument(f"--{part}", type=int, default=size)


def mixture_of(args: argparse.Namespace) -> Mixture:
    return Mixture(
        args.data,
        {part: getattr(args, part) for part in SIZES},
        args.rename,
        args.further,
        args.mixed_copies,
        args.pair_copies,
        args.tone,
        args.halves,
    )


def finish(run: Path, model: torch.nn.Module, chosen: Measured, minutes: float) -> None:
    """Writes what a run has come to."""
    logits, found, calibration = chosen.measure(model, False)
    found |= {"calibration": asdict(calibration), "minutes": minutes}
    torch.save({name: tensor.cpu() for name, tensor in model.state_dict().items()}, run / "model.pt")
    np.savez(run / "chosen-logits.npz", **logits)
    (run / "metrics.json").write_text(json.dumps(found, indent=2) + "\n")
    (run / "state.pt").unlink(missing_ok=True)
    print(summary(found), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    shared_options(parser)
    mixture_options(parser)
    parser.add_argument("--start", type=Path, required=True, help="the model directory to go on from")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--layer-decay", type=float, default=0.95)
    parser.add_argument("--head-rate", type=float, default=4.0)
    parser.add_argument("--frozen", type=int, default=4)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if begin(args) is None:
        return
    torch.manual_seed(args.seed)
    model, builder = start(args.start, args.dropout)
    made = made_ahead(Epochs(mixture_of(args), builder, args.seed), args.epochs, args.threads)
    chosen = Measured(to_choose_by(args.data), builder)
    began = time.time()
    model = train(model.to(args.device), made, args, args.run, chosen.report(args.bf16), smoothed(args))
    finish(args.run, model, chosen, (time.time() - began) / 60)


if __name__ == "__main__":
    main()
