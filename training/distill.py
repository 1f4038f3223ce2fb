"""Teaches MiniLM-L6 what a fine-tuned MPNet knows, on far more sentences than have labels.

    python training/distill.py --teacher training/runs/mpnet-1 --data ../shared/data/newsmtsc \\
        --articles ../shared/data/articles/wikinews --run training/runs/fast-1

First the teacher judges the train targets and those of pool.py; its logits are kept beside its
weights, so that a second student does not ask again. Then the student learns the teacher's
probabilities and, where there are labels, these too (Hinton et al., "Distilling the Knowledge in a
Neural Network", 2015). In the last epochs its layers compute on 8 bits as the engine does, so that
what quantization costs is learned away (Jacob et al., CVPR 2018).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

import train as trainer
from bases import base_directory, fresh_model
from pool import UNKNOWN, Asked, draw
from quantized import quantize_layers
from stance_data import InputBuilder, read_groups
from train import DevSplits, Example, begin, finish, logits_of, shared_options


@dataclass
class Taught(Example):
    teacher: np.ndarray


def train_targets(path: Path) -> list[Asked]:
    """Train targets and their further mentions."""
    asked = []
    for group in read_groups(path):
        for main, further in group:
            asked.append(Asked(main, "train"))
            asked.extend(Asked(other, "further") for other in further[:1])
    return asked


def teacher_logits(run: Path, asked: list[Asked], args: argparse.Namespace) -> np.ndarray:
    """What the teacher says of each target, kept in its folder under a hash of the question."""
    question = json.dumps([[a.target.sentence, a.target.start, a.target.end] for a in asked])
    kept = run / f"judged-{hashlib.sha256(question.encode()).hexdigest()[:12]}.npy"
    if kept.exists():
        return np.load(kept)
    builder = InputBuilder(Tokenizer.from_file(str(base_directory("mpnet") / "tokenizer.json")))
    model = fresh_model("mpnet", 0, 0.0)
    model.load_state_dict(torch.load(run / "model.pt", weights_only=True))
    started = time.time()
    parts = []
    for start in range(0, len(asked), 2048):
        part = [Example(*builder.build(a.target), UNKNOWN) for a in asked[start : start + 2048]]
        parts.append(logits_of(model, part, bf16=args.bf16))
        print(f"judged {start + len(part)} of {len(asked)}, {time.time() - started:.0f} s", flush=True)
    logits = np.concatenate(parts)
    np.save(kept, logits)
    return logits


def taught(args: argparse.Namespace):
    """The teacher's probabilities, softened, and the smoothed label where there is one."""

    def loss(logits: torch.Tensor, batch: list[Taught]) -> torch.Tensor:
        teacher = torch.from_numpy(np.stack([example.teacher for example in batch]))
        heat = args.heat
        soft = functional.kl_div(
            functional.log_softmax(logits / heat, -1),
            functional.softmax(teacher / heat, -1),
            reduction="none",
        ).sum(-1) * heat**2
        labels = torch.tensor([example.label for example in batch])
        hard = functional.cross_entropy(
            logits, labels, ignore_index=UNKNOWN, label_smoothing=args.smoothing, reduction="none"
        )
        known = labels != UNKNOWN
        return torch.where(known, (1 - args.gold) * soft + args.gold * hard, soft).mean()

    return loss


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    shared_options(parser)
    parser.add_argument("--teacher", type=Path, required=True, help="folder of the teacher's run")
    parser.add_argument("--articles", type=Path, required=True, help="folder of Wikinews articles")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--layer-decay", type=float, default=1.0)
    parser.add_argument("--head-rate", type=float, default=4.0)
    parser.add_argument("--frozen", type=int, default=0)
    parser.add_argument("--heat", type=float, default=2.0, help="temperature of distillation")
    parser.add_argument("--gold", type=float, default=0.3, help="weight of labels, where there are any")
    parser.add_argument("--other", type=int, default=9000, help="unlabelled targets of train sentences")
    parser.add_argument("--wikinews", type=int, default=4000)
    parser.add_argument("--renamed", type=int, default=3000)
    parser.add_argument("--exchanged", type=int, default=2500)
    parser.add_argument(
        "--int8-epochs", type=int, default=1, help="last epochs in which layers compute on 8 bits"
    )
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if begin(args) is None:
        return
    train_file = args.data / "train.jsonl"
    kinds = {kind: getattr(args, kind) for kind in ("other", "wikinews", "renamed", "exchanged")}
    asked = train_targets(train_file) + draw(train_file, args.articles, kinds, seed=1)
    judged = teacher_logits(args.teacher, asked, args)
    builder = InputBuilder(Tokenizer.from_file(str(base_directory("minilm") / "tokenizer.json")))
    examples = [
        Taught(*builder.build(a.target), a.target.label, row) for a, row in zip(asked, judged)
    ]
    dev = DevSplits(
        args.data, lambda targets: [Example(*builder.build(t), t.label) for t in targets]
    )
    model = fresh_model("minilm", args.seed, args.dropout)
    started = time.time()
    print(f"{len(examples)} examples", flush=True)

    def before(epoch: int) -> None:
        if epoch >= args.epochs - args.int8_epochs:
            quantize_layers(model)

    model = trainer.train(
        model,
        lambda rng: examples,
        args,
        args.run,
        dev.report(args.bf16),
        taught(args),
        before,
    )
    finish(args.run, model, dev, (time.time() - started) / 60)


if __name__ == "__main__":
    main()
