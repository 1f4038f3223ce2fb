"""Teaches MiniLM-L6 what a fine-tuned MPNet knows, on far more sentences than have labels.

    python training/distill.py --teacher models/accurate --data ../shared/data/newsmtsc \\
        --articles ../shared/data/articles/wikinews --run training/runs/fast-1

First the teacher, a model directory, answers for the train targets and those of pool.py (teacher.py). Then
the student learns its probabilities, where there are labels these too (Hinton et al., "Distilling the
Knowledge in a Neural Network", 2015), and its states: what linear layers make of the student's must come
near them (Jiao et al., "TinyBERT", Findings of EMNLP 2020). Both read the same tokens, one for one.
With --after a run is the next stage of another: it goes on from that one's student, and to its targets come
those of another draw.
With --int8-epochs the student's layers compute on 8 bits as the engine does in the last of the epochs, so
that what quantization costs is learned away (Jacob et al., CVPR 2018).

The defaults are the recipe of models/fast (EXPERIMENTS.md).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

import teacher
import train as trainer
from bases import base_directory, fresh_model
from pool import UNKNOWN, draw
from quantized import quantize_layers
from stance_data import InputBuilder, Target, read_groups
from train import DevSplits, Example, begin, finish, shared_options

KINDS = {
    "other": 12000,
    "wikinews": 7000,
    "renamed": 3000,
    "exchanged": 5000,
    "tone": 3000,
    "reworded": 0,
}
# The student's layers whose states are held against those behind teacher.LAYERS.
LAYERS = (3, 5)
# Standardized states further out than this are outliers of few channels.
FAR = 6.0


@dataclass
class Taught(Example):
    teacher: teacher.Answer


def train_targets(path: Path) -> list[Target]:
    """Train targets, and one further mention of each that has any."""
    targets = []
    for group in read_groups(path):
        for main, further in group:
            targets += [main, *further[:1]]
    return targets


def stages(recipe: dict, train: Path, articles: Path) -> list[list[Target]]:
    """The targets that a run and those before it drew, a list for each. Of the train targets, all are in the first."""
    earlier = []
    if recipe.get("after"):
        before = json.loads((Path(recipe["after"]) / "recipe.json").read_text())
        earlier = stages(before, train, articles)
    had = frozenset(target for stage in earlier for target in stage)
    kinds = {kind: recipe[kind] for kind in KINDS}
    drawn = draw(train, articles, kinds, len(earlier) + 1, had)
    if not earlier:
        drawn = train_targets(train) + drawn
    # So that the first of them, however many, are of all kinds.
    random.Random(7).shuffle(drawn)
    return [*earlier, drawn]


class Standard:
    """Channels of states brought to mean 0 and deviation 1, as measured on some of them."""

    def __init__(self, states: np.ndarray):
        states = states.astype(np.float32)
        self.mean = torch.from_numpy(states.mean(0))
        self.deviation = torch.from_numpy(states.std(0) + 1e-3)

    def __call__(self, states: np.ndarray) -> torch.Tensor:
        values = torch.from_numpy(states.astype(np.float32))
        return ((values - self.mean) / self.deviation).clamp(-FAR, FAR)


class States(nn.Module):
    """How far the student's states are from the teacher's, once linear layers, learned beside it, have widened them."""

    def __init__(self, width: int, answers: list[teacher.Answer]):
        super().__init__()
        wide = answers[0].head.shape[0]
        self.widened = nn.ModuleList(nn.Linear(width, wide) for _ in LAYERS)
        self.widened_head = nn.Linear(width, wide)
        some = answers[:1000]
        self.standard = Standard(np.concatenate([answer.states for answer in some]))
        self.standard_head = Standard(np.stack([answer.head for answer in some]))

    def forward(self, hidden: tuple[torch.Tensor, ...], batch: list[Taught]) -> torch.Tensor:
        states = self.standard(np.concatenate([example.teacher.states for example in batch]))
        far = []
        for at, (layer, widened) in enumerate(zip(LAYERS, self.widened)):
            own = torch.cat([row[: len(example.ids)] for row, example in zip(hidden[layer], batch)])
            far.append(functional.mse_loss(widened(own.float()), states[:, at]))
        head = self.standard_head(np.stack([example.teacher.head for example in batch]))
        return torch.stack(far).mean() + functional.mse_loss(self.widened_head(hidden[-1][:, 0].float()), head)


def taught(args: argparse.Namespace, states: States):
    """The teacher's probabilities, softened, the smoothed label where there is one, and its states."""

    def loss(out, batch: list[Taught]) -> torch.Tensor:
        logits = out.logits.float()
        answers = torch.from_numpy(np.stack([example.teacher.logits for example in batch]))
        heat = args.heat
        soft = functional.kl_div(
            functional.log_softmax(logits / heat, -1),
            functional.softmax(answers / heat, -1),
            reduction="none",
        ).sum(-1) * heat**2
        labels = torch.tensor([example.label for example in batch])
        hard = functional.cross_entropy(
            logits, labels, ignore_index=UNKNOWN, label_smoothing=args.smoothing, reduction="none"
        )
        known = labels != UNKNOWN
        told = torch.where(known, (1 - args.gold) * soft + args.gold * hard, soft).mean()
        return told + args.states * states(out.hidden_states, batch)

    return loss


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    shared_options(parser)
    parser.add_argument("--teacher", type=Path, required=True, help="a model directory")
    parser.add_argument("--articles", type=Path, required=True, help="folder of Wikinews articles")
    parser.add_argument("--after", type=Path, help="folder of the run to go on from")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=1.2e-4)
    parser.add_argument("--layer-decay", type=float, default=1.0)
    parser.add_argument("--head-rate", type=float, default=4.0)
    parser.add_argument("--frozen", type=int, default=0)
    parser.add_argument("--heat", type=float, default=2.0, help="temperature of distillation")
    parser.add_argument("--gold", type=float, default=0.3, help="weight of labels, where there are any")
    parser.add_argument("--states", type=float, default=1.0, help="weight of the teacher's states")
    for kind, size in KINDS.items():
        parser.add_argument(f"--{kind}", type=int, default=size, help="so many of them; see pool.py")
    parser.add_argument(
        "--int8-epochs", type=int, default=0, help="last epochs in which layers compute on 8 bits"
    )
    return parser.parse_args()


def main() -> None:
    args = arguments()
    recipe = begin(args)
    if recipe is None:
        return
    drawn = stages(recipe, args.data / "train.jsonl", args.articles)
    targets = [target for stage in drawn for target in stage]
    answers = [
        answer for stage in drawn for answer in teacher.answers(args.teacher, stage, args.run.parent)
    ]
    builder = InputBuilder(Tokenizer.from_file(str(base_directory("minilm") / "tokenizer.json")))
    examples = [
        Taught(*builder.build(target), target.label, answer) for target, answer in zip(targets, answers)
    ]
    for example, target in zip(examples, targets):
        if len(example.ids) != len(example.teacher.states):
            raise SystemExit(f"teacher and student cut into different tokens: {target}")
    dev = DevSplits(args.data, builder)
    model = fresh_model("minilm", args.seed, args.dropout)
    if args.after:
        model.load_state_dict(torch.load(args.after / "model.pt", weights_only=True))
    started = time.time()
    print(f"{len(examples)} examples", flush=True)
    states = States(model.config.hidden_size, answers)

    def before(epoch: int) -> None:
        if epoch >= args.epochs - args.int8_epochs:
            quantize_layers(model)

    model = trainer.train(
        model,
        lambda epoch: examples,
        args,
        args.run,
        dev.report(args.bf16),
        taught(args, states),
        before,
        states,
    )
    finish(args.run, model, dev, (time.time() - started) / 60)


if __name__ == "__main__":
    main()
