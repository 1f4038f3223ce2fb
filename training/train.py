"""Fine-tunes an encoder for target-dependent sentiment on the NewsMTSC train split.

    python training/train.py --base mpnet --data ../shared/data/newsmtsc --run training/runs/mpnet-1

A run's folder gets `recipe.json`, `metrics.json`, the logits on the dev splits and `model.pt`, the
moving average of the weights. A run that was cut off goes on after its last whole epoch; one that
ended is not repeated. Batches, dropout, names and the new classifier all come from --seed.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from bases import base_directory, fresh_model
from metrics import measured
from names import pool, renamed
from stance_data import LABELS, InputBuilder, Target, joined, read_groups, read_targets, whole

DEV = ("rw-dev", "mt-dev")
# Learning rate of what is learned beside a model.
BESIDE = 1e-3


@dataclass
class Example:
    ids: list[int]
    types: list[int]
    label: int


def examples(builder: InputBuilder, targets: list[Target]) -> list[Example]:
    return [Example(*builder.build(target), target.label) for target in targets]


def epoch_targets(path: Path, args: argparse.Namespace, rng: random.Random) -> list[Target]:
    """The train targets of one epoch with the recipe's additions, each explained by its option."""
    targets, mains = [], []
    groups = read_groups(path)
    for group in groups:
        mixed = len({main.label for main, _ in group}) > 1
        for main, further in group:
            mains.append(main)
            for _ in range(args.mixed_copies if mixed else 1):
                targets.append(rng.choice([main, *further]) if rng.random() < args.further else main)
    names = pool(mains)
    targets = [
        renamed(target, names, rng) if rng.random() < args.rename else target for target in targets
    ]
    short = [main for main in mains if len(main.sentence) <= 220]
    pairs = 0
    while pairs < args.joined:
        first, second = rng.sample(short, 2)
        if first.label != second.label and first.sentence != second.sentence:
            targets.extend(joined(first, second, rng))
            pairs += 1
    asked = rng.sample(groups, int(args.tone * len(groups)))
    return targets + [whole(rng.choice(group)[0]) for group in asked]


def batches(examples: list, size: int, rng: random.Random) -> list[list]:
    """Batches of similar length in random order, shuffled anew each epoch."""
    shuffled = examples[:]
    rng.shuffle(shuffled)
    chunk = size * 32
    groups = []
    for start in range(0, len(shuffled), chunk):
        part = sorted(shuffled[start : start + chunk], key=lambda example: len(example.ids))
        groups.extend(part[i : i + size] for i in range(0, len(part), size))
    rng.shuffle(groups)
    return groups


def inputs(model: torch.nn.Module, batch: list) -> dict[str, torch.Tensor]:
    """Padded ids, attention mask and, where the encoder knows them, segments."""
    width = max(len(example.ids) for example in batch)
    ids = np.full((len(batch), width), model.config.pad_token_id)
    types = np.zeros_like(ids)
    mask = np.zeros_like(ids)
    for row, example in enumerate(batch):
        length = len(example.ids)
        ids[row, :length] = example.ids
        types[row, :length] = example.types
        mask[row, :length] = 1
    given = {"input_ids": ids, "attention_mask": mask}
    if model.config.model_type == "bert":
        given["token_type_ids"] = types
    return {name: torch.from_numpy(values).to(model.device, non_blocking=True) for name, values in given.items()}


@torch.inference_mode()
def logits_of(model: torch.nn.Module, examples: list, bf16: bool = False) -> np.ndarray:
    """Logits in the order of the examples; f32 unless bf16 is asked for."""
    model.eval()
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    out = np.zeros((len(examples), len(LABELS)), dtype=np.float32)
    with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=bf16):
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            given = inputs(model, [examples[row] for row in rows])
            out[rows] = model(**given).logits.float().cpu().numpy()
    return out


def depth_of(name: str, layers: int) -> int:
    """0 for what is below the first layer, n for layer n, and one more for the classifier."""
    if ".encoder.layer." in name:
        return 1 + int(name.split(".encoder.layer.")[1].split(".")[0])
    above = name.startswith("classifier.") or ".pooler." in name
    return layers + 1 if above else 0


def parameter_groups(model: torch.nn.Module, args: argparse.Namespace) -> list[dict]:
    """AdamW groups: no decay on biases and norms, a faster head, slower lower layers."""
    layers = model.config.num_hidden_layers
    groups = []
    for name, parameter in model.named_parameters():
        rate = args.lr
        depth = depth_of(name, layers)
        if depth < args.frozen:
            parameter.requires_grad_(False)
            continue
        rate *= args.layer_decay ** (layers - depth) if depth <= layers else args.head_rate
        decay = 0.0 if name.endswith("bias") or "LayerNorm" in name else 0.01
        groups.append({"params": [parameter], "lr": rate, "peak": rate, "weight_decay": decay})
    return groups


class Average:
    """A moving average of a model's weights, moved every few steps to spare memory bandwidth."""

    EVERY = 4

    def __init__(self, model: torch.nn.Module, decay: float):
        self.model = copy.deepcopy(model)
        self.pairs = [
            (mean, weight)
            for mean, weight in zip(self.model.parameters(), model.parameters())
            if weight.requires_grad
        ]
        self.decay = decay

    @torch.no_grad()
    def follow(self, step: int, last: bool) -> None:
        if step % self.EVERY and not last:
            return
        decay = min(self.decay, step / (step + 9)) ** self.EVERY
        for mean, weight in self.pairs:
            mean.lerp_(weight, 1.0 - decay)


def smoothed(args: argparse.Namespace):
    """Cross-entropy with the labels, smoothed."""

    def loss(out, batch: list[Example]) -> torch.Tensor:
        labels = torch.tensor([example.label for example in batch], device=out.logits.device)
        return functional.cross_entropy(out.logits.float(), labels, label_smoothing=args.smoothing)

    return loss


def made_ahead(make: Callable[[int], list], epochs: int, processes: int) -> Callable[[int], list]:
    """Epochs by their number, as `make` makes them, which other processes do while one trains."""
    # Forked, they would wait for threads of PyTorch's that only their parent has.
    pool = ProcessPoolExecutor(max_workers=processes, mp_context=multiprocessing.get_context("spawn"))
    made = [pool.submit(make, number) for number in range(epochs)]
    return lambda number: made[number].result()


def train(
    model,
    epoch_examples,
    args: argparse.Namespace,
    run: Path,
    report,
    loss_of,
    beside: torch.nn.Module | None = None,
) -> torch.nn.Module:
    """Trains `model` and returns the model to use: the moving average of its weights.

    `epoch_examples(number)` gives one epoch's examples, always of the same number, and `loss_of` the loss
    of what the model makes of a batch. What `loss_of` itself has to learn is `beside` the model, which then shows its
    states, too.
    """
    groups = parameter_groups(model, args)
    if beside is not None:
        groups.append({"params": list(beside.parameters()), "lr": BESIDE, "peak": BESIDE, "weight_decay": 0.0})
    optimizer = torch.optim.AdamW(groups, eps=1e-6, fused=True)
    average = Average(model, args.average)
    per_epoch = math.ceil(len(epoch_examples(0)) / args.batch)
    steps = args.epochs * per_epoch
    warmup = max(1, int(0.06 * steps))
    kept, first = run / "state.pt", 0
    if kept.exists():
        state = torch.load(kept, weights_only=False)
        model.load_state_dict(state["model"])
        if beside is not None:
            beside.load_state_dict(state["beside"])
        average.model.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["dropout"])
        if model.device.type == "cuda":
            torch.cuda.set_rng_state(state["dropout on cuda"])
        first = state["epochs"]
        print(f"goes on after epoch {first}", flush=True)
    step = first * per_epoch
    for epoch in range(first, args.epochs):
        rng = random.Random(1000 * args.seed + epoch)
        model.train()
        started, total = time.time(), torch.zeros((), device=model.device)
        for batch in batches(epoch_examples(epoch), args.batch, rng):
            scale = min((step + 1) / warmup, max(0.0, (steps - step) / (steps - warmup)))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * scale
            with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=args.bf16):
                out = model(**inputs(model, batch), output_hidden_states=beside is not None)
            loss = loss_of(out, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.detach()
            step += 1
            average.follow(step, step == steps)
            if step % 50 == 0:
                print(f"step {step} of {steps}, {time.time() - started:.0f} s", flush=True)
        report(average.model, epoch, total.item() / per_epoch, time.time() - started)
        if epoch + 1 < args.epochs:
            state = {
                "epochs": epoch + 1,
                "model": model.state_dict(),
                "beside": None if beside is None else beside.state_dict(),
                "average": average.model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "dropout": torch.get_rng_state(),
                "dropout on cuda": torch.cuda.get_rng_state() if model.device.type == "cuda" else None,
            }
            torch.save(state, kept.with_suffix(".partial"))
            kept.with_suffix(".partial").rename(kept)
    return average.model


class DevSplits:
    """What models are measured on; nothing is ever trained on it."""

    def __init__(self, data: Path, builder: InputBuilder):
        targets = {name: read_targets(data / f"{name}.jsonl") for name in DEV}
        self.examples = {name: examples(builder, rows) for name, rows in targets.items()}
        self.labels = {name: np.array([t.label for t in rows]) for name, rows in targets.items()}

    def measure(self, model: torch.nn.Module, bf16: bool) -> tuple[dict, dict]:
        """Logits and figures of each split."""
        logits = {name: logits_of(model, rows, bf16) for name, rows in self.examples.items()}
        return logits, measured(logits, self.labels)

    def report(self, bf16: bool):
        def report(average, epoch: int, loss: float, seconds: float) -> None:
            _, found = self.measure(average, bf16)
            figures = "; ".join(f"{name} macro F1 {found[name]['macro_f1']:.4f}" for name in DEV)
            print(f"epoch {epoch + 1}: loss {loss:.4f}, {seconds:.0f} s; {figures}", flush=True)

        return report


def finish(run: Path, model: torch.nn.Module, dev: DevSplits, minutes: float) -> None:
    """Writes what a run has come to."""
    logits, found = dev.measure(model, False)
    torch.save(model.state_dict(), run / "model.pt")
    np.savez(run / "dev-logits.npz", **logits)
    (run / "metrics.json").write_text(json.dumps({"minutes": minutes, **found}, indent=2) + "\n")
    (run / "state.pt").unlink(missing_ok=True)
    print(json.dumps({"minutes": minutes, **found}), flush=True)


def begin(args: argparse.Namespace) -> dict | None:
    """Opens the folder of a run and gives its recipe; none where the run is done."""
    if (args.run / "metrics.json").exists():
        print(f"{args.run} is done")
        return None
    places = ("data", "run", "threads")
    recipe = {
        key: str(value) if isinstance(value, Path) else value
        for key, value in vars(args).items()
        if key not in places
    }
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n")
    print(f"recipe {json.dumps(recipe)}", flush=True)
    torch.set_num_threads(args.threads)
    return recipe


def shared_options(parser: argparse.ArgumentParser) -> None:
    """Options of every trainer."""
    parser.add_argument("--data", type=Path, required=True, help="folder of NewsMTSC files")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument(
        "--average", type=float, default=0.99, help="decay of the moving average of the weights"
    )
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="bf16 autocast: fast where the CPU has AVX-512 BF16 or AMX",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    shared_options(parser)
    parser.add_argument("--base", choices=["minilm", "mpnet"], default="mpnet")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument(
        "--layer-decay", type=float, default=0.95, help="factor of the rate from a layer to the one below"
    )
    parser.add_argument("--head-rate", type=float, default=4.0, help="factor for the classifier")
    parser.add_argument(
        "--frozen", type=int, default=4, help="embeddings and lowest layers left as they are; 0 for none"
    )
    parser.add_argument(
        "--further", type=float, default=0.3, help="share of targets replaced by a further mention"
    )
    parser.add_argument(
        "--rename", type=float, default=0.3, help="share of targets under another name (names.py)"
    )
    parser.add_argument(
        "--mixed-copies", type=int, default=2, help="copies of targets in sentences of two labels"
    )
    parser.add_argument(
        "--tone", type=float, default=0.2, help="share of sentences also asked about without a target"
    )
    parser.add_argument(
        "--joined", type=int, default=0, help="pairs of sentences joined into one (see joined())"
    )
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if begin(args) is None:
        return
    directory = base_directory(args.base)
    builder = InputBuilder(Tokenizer.from_file(str(directory / "tokenizer.json")))

    train_file = args.data / "train.jsonl"
    dev = DevSplits(args.data, builder)
    model = fresh_model(args.base, args.seed, args.dropout).to(args.device)
    started = time.time()
    model = train(
        model,
        lambda epoch: examples(builder, epoch_targets(train_file, args, random.Random(1000 * args.seed + epoch))),
        args,
        args.run,
        dev.report(args.bf16),
        smoothed(args),
    )
    finish(args.run, model, dev, (time.time() - started) / 60)


if __name__ == "__main__":
    main()
