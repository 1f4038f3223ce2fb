"""Teaches MiniLM-L6 what a fine-tuned MPNet knows, on far more targets than have labels.

    python training/distill.py --teacher models/accurate --data ../shared/data --run training/runs/fast-2

An epoch has the labelled targets of mixture.py and others of pool.py, which the teacher alone judges, in all conventions;
each epoch draws its own. The student learns the teacher's probabilities, where there are labels these too (Hinton et al., "Distilling the
Knowledge in a Neural Network", 2015), and its states: what linear layers make of the student's must come
near them (Jiao et al., "TinyBERT", Findings of EMNLP 2020). Both read the same tokens, one for one.

The defaults are the recipe of models/fast (EXPERIMENTS.md).
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from bases import base_directory, fresh_model
from fixtures import load
from joint import Measured, finish, mixture_of, mixture_options, start
from mixture import Mixture, to_choose_by
from pool import UNKNOWN, Pool
from stance_data import InputBuilder
from train import Example, begin, inputs, made_ahead, shared_options, train

KINDS = {
    "other": 16000,
    "wikinews": 8000,
    "renamed": 4000,
    "exchanged": 6000,
    "framed": 6000,
    "reworded": 8000,
    "tone": 3000,
}
# The student's layers whose states are held against those behind the teacher's.
LAYERS = {3: 7, 5: 11}
# Standardized states further out than this are outliers of few channels.
FAR = 6.0
# Answers by which the teacher's states are standardized.
SOME = 512


@dataclass
class Taught(Example):
    """A target as the student reads it, and as the teacher does."""

    asked: Example


@dataclass
class Epochs:
    """Examples of every epoch, those with labels among others."""

    mixture: Mixture
    pool: Pool
    student: InputBuilder
    teacher: InputBuilder
    seed: int

    def __call__(self, number: int) -> list[Taught]:
        targets = self.mixture.epoch(number, self.seed) + self.pool.draw(1000 * self.seed + number)
        random.Random(number).shuffle(targets)
        made = []
        for target in targets:
            asked = Example(*self.teacher.build(target), target.label)
            example = Taught(*self.student.build(target), target.label, asked)
            if len(example.ids) != len(asked.ids):
                raise SystemExit(f"teacher and student cut into different tokens: {target}")
            made.append(example)
        return made


@dataclass
class Answers:
    """Logits `[targets, 3]`, states of all their tokens `[tokens, width]` for each of LAYERS, and the first tokens' last
    states `[targets, width]`. (Behind the last layer nothing ever asked the other tokens for anything.)"""

    logits: torch.Tensor
    states: list[torch.Tensor]
    heads: torch.Tensor


def unpadded(states: torch.Tensor, batch: list[Example]) -> torch.Tensor:
    sizes = torch.tensor([len(example.ids) for example in batch], device=states.device)
    return states[torch.arange(states.shape[1], device=states.device) < sizes[:, None]]


class Teacher:
    """A model that answers as it is asked, in f32 or in bf16 by autocast."""

    def __init__(self, directory: Path, device: str, bf16: bool):
        self.model = load(directory).to(device)
        self.bf16 = bf16

    @torch.no_grad()
    def __call__(self, asked: list[Example]) -> Answers:
        with torch.autocast(self.model.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            out = self.model(**inputs(self.model, asked), output_hidden_states=True)
        hidden = out.hidden_states
        states = [unpadded(hidden[layer], asked).float() for layer in LAYERS.values()]
        return Answers(out.logits.float(), states, hidden[-1][:, 0].float())


class Standard(nn.Module):
    """Channels of states brought to mean 0 and deviation 1, as measured on some of them."""

    def __init__(self, states: torch.Tensor):
        super().__init__()
        self.register_buffer("mean", states.mean(0))
        self.register_buffer("deviation", states.std(0) + 1e-3)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return ((states - self.mean) / self.deviation).clamp(-FAR, FAR)


class States(nn.Module):
    """How far the student's states are from the teacher's, once linear layers, learned beside it, have widened them."""

    def __init__(self, width: int, some: list[Answers]):
        super().__init__()
        wide = some[0].heads.shape[1]
        self.widened = nn.ModuleList(nn.Linear(width, wide) for _ in LAYERS)
        self.widened_head = nn.Linear(width, wide)
        self.standard = nn.ModuleList(
            Standard(torch.cat([answers.states[at] for answers in some])) for at in range(len(LAYERS))
        )
        self.standard_head = Standard(torch.cat([answers.heads for answers in some]))

    def forward(self, hidden: tuple[torch.Tensor, ...], batch: list[Taught], answers: Answers) -> torch.Tensor:
        far = [
            functional.mse_loss(widened(unpadded(hidden[layer], batch).float()), standard(states))
            for layer, widened, standard, states in zip(LAYERS, self.widened, self.standard, answers.states)
        ]
        head = self.standard_head(answers.heads)
        return torch.stack(far).mean() + functional.mse_loss(self.widened_head(hidden[-1][:, 0].float()), head)


def taught(args: argparse.Namespace, teacher: Teacher, states: States):
    """The teacher's probabilities, softened, the smoothed label where there is one, and its states."""

    def loss(out, batch: list[Taught]) -> torch.Tensor:
        answers = teacher([example.asked for example in batch])
        logits = out.logits.float()
        heat = args.heat
        soft = functional.kl_div(
            functional.log_softmax(logits / heat, -1),
            functional.softmax(answers.logits / heat, -1),
            reduction="none",
        ).sum(-1) * heat**2
        labels = torch.tensor([example.label for example in batch], device=logits.device)
        hard = functional.cross_entropy(
            logits, labels, ignore_index=UNKNOWN, label_smoothing=args.smoothing, reduction="none"
        )
        told = torch.where(labels != UNKNOWN, (1 - args.gold) * soft + args.gold * hard, soft).mean()
        return told + args.states * states(out.hidden_states, batch, answers)

    return loss


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    shared_options(parser)
    mixture_options(parser)
    parser.add_argument("--teacher", type=Path, required=True, help="a model directory")
    parser.add_argument("--start", type=Path, help="the model directory to go on from; else the base")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--layer-decay", type=float, default=1.0)
    parser.add_argument("--head-rate", type=float, default=4.0)
    parser.add_argument("--frozen", type=int, default=0)
    parser.add_argument("--heat", type=float, default=2.0, help="temperature of distillation")
    parser.add_argument("--gold", type=float, default=0.3, help="weight of labels, where there are any")
    parser.add_argument("--states", type=float, default=1.0, help="weight of the teacher's states")
    for kind, size in KINDS.items():
        parser.add_argument(f"--{kind}-targets", type=int, default=size, help="so many an epoch; see pool.py")
    parser.set_defaults(batch=64)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if begin(args) is None:
        return
    torch.manual_seed(args.seed)
    if args.start:
        model, student = start(args.start, args.dropout)
    else:
        model = fresh_model("minilm", args.seed, args.dropout)
        student = InputBuilder(Tokenizer.from_file(str(base_directory("minilm") / "tokenizer.json")))
    model = model.to(args.device)
    asked_as = InputBuilder(Tokenizer.from_file(str(args.teacher / "tokenizer.json")))
    mixture = mixture_of(args)
    pool = Pool(mixture, {kind: getattr(args, f"{kind}_targets") for kind in KINDS})
    made = made_ahead(Epochs(mixture, pool, student, asked_as, args.seed), args.epochs, args.threads)
    chosen = Measured(to_choose_by(args.data), student)
    teacher = Teacher(args.teacher, args.device, args.bf16)
    some = [example.asked for example in made(0)[:SOME]]
    some_answers = [teacher(some[at : at + args.batch]) for at in range(0, len(some), args.batch)]
    states = States(model.config.hidden_size, some_answers).to(args.device)
    began = time.time()
    model = train(
        model, made, args, args.run, chosen.report(args.bf16), taught(args, teacher, states), states
    )
    finish(args.run, model, chosen, (time.time() - began) / 60)


if __name__ == "__main__":
    main()
