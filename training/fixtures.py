"""Writes the numbers that the Rust tests compare the native engine with.

    python training/fixtures.py --model models/fast --data ../shared/data/newsmtsc --out tests/fixtures

The model is loaded by transformers as any user would load it, in f32. Two files:

- logits-own.jsonl: sentences written for newstance, with token ids, segments and logits;
- logits-newsmtsc.jsonl: 200 targets of the dev splits by file and place (their sentences stay
  where they are), with their number of tokens and logits.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

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
    ("They met " + "Vladimir Vladimirovich " * 40 + "there.", "Vladimir Vladimirovich " * 39 + "Vladimir"),
]


@torch.inference_mode()
def logits(model, ids: list[int], types: list[int]) -> list[float]:
    out = model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types]))
    return [round(value, 6) for value in out.logits[0].tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(2)
    model = BertForSequenceClassification.from_pretrained(args.model, torch_dtype=torch.float32)
    model.eval()
    builder = InputBuilder(Tokenizer.from_file(str(args.model / "tokenizer.json")))
    args.out.mkdir(parents=True, exist_ok=True)

    with (args.out / "logits-own.jsonl").open("w", encoding="utf-8") as out:
        for sentence, surface in OWN:
            start = sentence.index(surface)
            ids, types = builder.build(Target(sentence, start, start + len(surface), 0))
            row = {
                "sentence": sentence,
                "start": start,
                "end": start + len(surface),
                "ids": ids,
                "segments": types,
                "logits": logits(model, ids, types),
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")

    with (args.out / "logits-newsmtsc.jsonl").open("w", encoding="utf-8") as out:
        for name in ("rw-dev.jsonl", "mt-dev.jsonl"):
            targets = read_targets(args.data / name)
            longest = max(range(len(targets)), key=lambda index: len(targets[index].sentence))
            chosen = {index * len(targets) // 100 for index in range(100)} | {longest}
            for index in sorted(chosen):
                ids, types = builder.build(targets[index])
                row = {
                    "file": name,
                    "index": index,
                    "tokens": len(ids),
                    "logits": logits(model, ids, types),
                }
                out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
