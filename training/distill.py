"""Teaches MiniLM-L6 what a fine-tuned MPNet knows, on far more sentences than have labels.

    python training/distill.py --teachers models/accurate --data ../shared/data/newsmtsc \\
        --articles ../shared/data/articles/wikinews --run training/runs/fast-1

First the teachers, model directories, judge the train targets and those of pool.py, through the engine
itself, which is the fastest way; what they say is kept beside the runs, so that a second student does
not ask again. Then the student learns the mean of the teachers' probabilities and, where there are
labels, these too (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015). With
--int8-epochs its layers compute on 8 bits as the engine does in the last of them, so that what
quantization costs is learned away (Jacob et al., CVPR 2018).

The defaults are the recipe of run fast-3 (EXPERIMENTS.md).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import subprocess
import tempfile
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
from stance_data import LABELS, InputBuilder, read_groups
from train import DevSplits, Example, begin, finish, shared_options

KINDS = {
    "other": 6500,
    "wikinews": 3500,
    "renamed": 2000,
    "exchanged": 3000,
    "reworded": 0,
    "tone": 1000,
}


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


def judged(teacher: Path, asked: list[Asked], args: argparse.Namespace) -> np.ndarray:
    """A teacher's probabilities of each target, kept beside the run under a hash of teacher and questions."""
    rows = []
    for target in (a.target for a in asked):
        span = {"from": target.start, "to": target.end, "mention": target.sentence[target.start : target.end]}
        # The engine reads labelled targets; what is written here is never looked at.
        rows.append({"sentence_normalized": target.sentence, "targets": [{**span, "polarity": 4}]})
    questions = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    who = (teacher / "newstance.json").read_bytes()
    kept = args.run.parent / f"judged-{hashlib.sha256(who + questions.encode()).hexdigest()[:12]}.npy"
    if not kept.exists():
        started = time.time()
        with tempfile.TemporaryDirectory() as folder:
            asking, answers = Path(folder, "asked.jsonl"), Path(folder, "answers.csv")
            asking.write_text(questions, encoding="utf-8")
            command = [args.engine, "eval", asking, "--model", teacher, "--predictions", answers, "--json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            with answers.open(encoding="utf-8", newline="") as lines:
                read = [[float(row[f"p_{label}"]) for label in LABELS] for row in csv.DictReader(lines)]
        np.save(kept, np.array(read, dtype=np.float32))
        print(f"{teacher} judged {len(read)} targets in {time.time() - started:.0f} s", flush=True)
    return np.load(kept)


def worth_learning(asked: list[Asked], probabilities: np.ndarray, args: argparse.Namespace) -> list[int]:
    """Which targets the student learns from: all where something is said, few where nothing is.

    Most mentions in news are neutral in neutral sentences, from which there is little to learn. What a
    student lacks are sentences that portray one target so and another one otherwise.
    """
    stances = probabilities[:, 2] - probabilities[:, 0]
    spread: dict[str, list[float]] = {}
    for a, stance in zip(asked, stances):
        low, high = spread.setdefault(a.target.sentence, [stance, stance])
        spread[a.target.sentence] = [min(low, stance), max(high, stance)]
    rng = random.Random(1)
    kept = []
    for at, a in enumerate(asked):
        low, high = spread[a.target.sentence]
        says = max(-low, high) > 0.4
        if a.source in ("train", "further") or says or rng.random() < args.neutral:
            kept.append(at)
    return kept


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
    parser.add_argument("--teachers", type=Path, nargs="+", required=True, help="model directories")
    parser.add_argument("--engine", type=Path, default=Path("target/release/newstance"))
    parser.add_argument("--articles", type=Path, required=True, help="folder of Wikinews articles")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=1.2e-4)
    parser.add_argument("--layer-decay", type=float, default=1.0)
    parser.add_argument("--head-rate", type=float, default=4.0)
    parser.add_argument("--frozen", type=int, default=0)
    parser.add_argument("--heat", type=float, default=2.0, help="temperature of distillation")
    parser.add_argument("--gold", type=float, default=0.3, help="weight of labels, where there are any")
    for kind, size in KINDS.items():
        parser.add_argument(f"--{kind}", type=int, default=size, help="so many of them; see pool.py")
    parser.add_argument(
        "--neutral", type=float, default=1.0, help="share kept of targets of which nothing is said"
    )
    parser.add_argument(
        "--int8-epochs", type=int, default=0, help="last epochs in which layers compute on 8 bits"
    )
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if begin(args) is None:
        return
    train_file = args.data / "train.jsonl"
    kinds = {kind: getattr(args, kind) for kind in KINDS}
    asked = train_targets(train_file) + draw(train_file, args.articles, kinds, seed=1)
    probabilities = np.mean([judged(teacher, asked, args) for teacher in args.teachers], axis=0)
    builder = InputBuilder(Tokenizer.from_file(str(base_directory("minilm") / "tokenizer.json")))
    logits = np.log(probabilities.clip(1e-6))
    examples = [
        Taught(*builder.build(asked[at].target), asked[at].target.label, logits[at])
        for at in worth_learning(asked, probabilities, args)
    ]
    dev = DevSplits(
        args.data, lambda targets: [Example(*builder.build(t), t.label) for t in targets]
    )
    model = fresh_model("minilm", args.seed, args.dropout)
    started = time.time()
    print(f"{len(examples)} examples of {len(asked)} judged", flush=True)

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
