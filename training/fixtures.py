"""Writes the numbers that the Rust tests compare the native engine with.

    python training/fixtures.py --model models/fast --data ../shared/data/newsmtsc --out tests/fixtures

The model is run by transformers in f32; weights stored in 8 bits are multiplied out first. Two files,
of which the names begin with the model's:

- fast-own.jsonl: sentences written for newstance, with token ids, segments and logits;
- fast-newsmtsc.jsonl: 200 targets of the dev splits by file and place (their sentences stay
  where they are), with their number of tokens and logits.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForSequenceClassification

from stance_data import InputBuilder, Target, read_targets

OWN = [
    ("Critics accused Putin of war crimes.", "Putin"),
    ("Voters adore Trump.", "Trump"),
    ("The two leaders met in Oslo on Monday.", "leaders"),
    ("Putin praised Trump, who mocked Europe.", "Putin"),
    ("Putin praised Trump, who mocked Europe.", "Trump"),
    ("Putin praised Trump, who mocked Europe.", "Europe"),
    ("“Zelenskyy’s courage inspires us,” said the Élysée – without irony.", "Zelenskyy"),
    ("Er lobte die Européens 😀 und Ångström [SEP] [unused0] trotzdem.", "Européens"),
    ("Trump", "Trump"),
    ("EU", "EU"),
    ("It was a costly, humiliating and entirely avoidable defeat for the Kremlin.", "Kremlin"),
    ("Nobody doubts that European leaders acted quickly, generously and well.", "European leaders"),
    ("A" + " very" * 300 + " long sentence about Putin" + " and more" * 300 + ".", "Putin"),
    ("Putin left" + " and left" * 400 + ".", "Putin"),
    ("He said again" + " and again" * 400 + " that Trump won.", "Trump"),
    # As a whole, for the tone.
    ("Putin praised Trump, who mocked Europe.", ""),
    ("Putin" + " left and left" * 200 + ".", ""),
    ("They met " + "Vladimir Vladimirovich " * 40 + "there.", "Vladimir Vladimirovich " * 39 + "Vladimir"),
]


def load(directory: Path) -> torch.nn.Module:
    """The model in f32, its weights multiplied out where they are stored in 8 bits."""
    stored = {}
    for file in sorted(directory.glob("*.safetensors")):
        stored.update(load_file(file))
    weights = {}
    for name, tensor in stored.items():
        if name.endswith(("_scale", "_factor")):
            continue
        weight = tensor.float()
        if f"{name}_scale" in stored:
            weight = weight * stored[f"{name}_scale"][:, None]
        weights[name] = weight * stored.get(f"{name}_factor", torch.tensor(1.0))
    config = AutoConfig.from_pretrained(directory)
    model = AutoModelForSequenceClassification.from_config(config, torch_dtype=torch.float32)
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or any("position_ids" not in name for name in missing):
        raise SystemExit(f"{directory} does not fit: missing {missing[:3]}, unexpected {unexpected[:3]}")
    return model.eval()


def segments_of(model, types: list[int]) -> list[int]:
    """Segments as the engine has them: one for all tokens where the encoder knows no others."""
    return types if model.config.model_type == "bert" else [0] * len(types)


@torch.inference_mode()
def logits(model, ids: list[int], types: list[int]) -> list[float]:
    segments = {"token_type_ids": torch.tensor([types])} if model.config.model_type == "bert" else {}
    out = model(input_ids=torch.tensor([ids]), **segments)
    return [round(value, 6) for value in out.logits[0].tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(2)
    model = load(args.model)
    name = args.model.name
    builder = InputBuilder(Tokenizer.from_file(str(args.model / "tokenizer.json")))
    args.out.mkdir(parents=True, exist_ok=True)

    with (args.out / f"{name}-own.jsonl").open("w", encoding="utf-8") as out:
        for sentence, surface in OWN:
            start = sentence.index(surface)
            ids, types = builder.build(Target(sentence, start, start + len(surface), 0))
            types = segments_of(model, types)
            row = {
                "sentence": sentence,
                "start": start,
                "end": start + len(surface),
                "ids": ids,
                "segments": types,
                "logits": logits(model, ids, types),
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")

    with (args.out / f"{name}-newsmtsc.jsonl").open("w", encoding="utf-8") as out:
        for file in ("rw-dev.jsonl", "mt-dev.jsonl"):
            targets = read_targets(args.data / file)
            longest = max(range(len(targets)), key=lambda index: len(targets[index].sentence))
            chosen = {index * len(targets) // 100 for index in range(100)} | {longest}
            for index in sorted(chosen):
                ids, types = builder.build(targets[index])
                row = {
                    "file": file,
                    "index": index,
                    "tokens": len(ids),
                    "logits": logits(model, ids, types),
                }
                out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
