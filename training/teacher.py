"""What a teacher makes of targets: its logits, and its states on the way to them.

A target is asked as `InputBuilder` builds it, in f32 through PyTorch, whatever the model directory stores its
weights in. Of each answer the logits are kept, the states of every token behind the layers in `LAYERS`, and that
of the first token behind the last layer, from which the classifier reads. (Behind the last layer nothing ever
asked the other tokens for anything.) The answers lie in a folder beside the runs, a chunk of targets at a time,
so that an interrupted teacher goes on where it was and a second student does not ask again.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from fixtures import load
from stance_data import LABELS, InputBuilder, Target
from train import Example, examples, inputs

LAYERS = (7, 11)
CHUNK = 1024
BATCH = 16


@dataclass(frozen=True)
class Answer:
    """Logits `[3]`, states `[tokens, layers, width]` in f16 and the first token's last state `[width]`."""

    logits: np.ndarray
    states: np.ndarray
    head: np.ndarray


@torch.inference_mode()
def answer(model: torch.nn.Module, asked: list[Example]) -> dict[str, np.ndarray]:
    """The arrays of one chunk, states of all its tokens in a row."""
    sizes = np.array([len(example.ids) for example in asked])
    starts = np.concatenate([[0], sizes.cumsum()])
    width = model.config.hidden_size
    found = {
        "logits": np.zeros((len(asked), len(LABELS)), np.float32),
        "heads": np.zeros((len(asked), width), np.float16),
        "states": np.zeros((starts[-1], len(LAYERS), width), np.float16),
    }
    order = np.argsort(sizes, kind="stable")
    for begin in range(0, len(order), BATCH):
        rows = order[begin : begin + BATCH]
        out = model(**inputs(model, [asked[row] for row in rows]), output_hidden_states=True)
        found["logits"][rows] = out.logits.numpy()
        found["heads"][rows] = out.hidden_states[-1][:, 0].numpy()
        for at, layer in enumerate(LAYERS):
            states = out.hidden_states[layer].numpy()
            for place, row in enumerate(rows):
                found["states"][starts[row] : starts[row + 1], at] = states[place, : sizes[row]]
    return found


def answers(directory: Path, targets: list[Target], runs: Path) -> list[Answer]:
    """The teacher's answer to each target, asked only where the folder of runs does not have it yet."""
    question = hashlib.sha256((directory / "newstance.json").read_bytes())
    for target in targets:
        question.update(json.dumps(astuple(target)).encode())
    kept = runs / f"answers-{question.hexdigest()[:12]}"
    kept.mkdir(parents=True, exist_ok=True)
    builder = InputBuilder(Tokenizer.from_file(str(directory / "tokenizer.json")))
    model, found = None, []
    for number, begin in enumerate(range(0, len(targets), CHUNK)):
        asked = examples(builder, targets[begin : begin + CHUNK])
        files = {part: kept / f"{number:03}-{part}.npy" for part in ("heads", "states", "logits")}
        # The logits are written last.
        if not files["logits"].exists():
            model = model or load(directory)
            started = time.time()
            arrays = answer(model, asked)
            for part, file in files.items():
                with file.with_suffix(".partial").open("wb") as out:
                    np.save(out, arrays[part])
                file.with_suffix(".partial").rename(file)
            print(f"teacher: chunk {number}, {time.time() - started:.0f} s", flush=True)
        arrays = {part: np.load(file, mmap_mode="r") for part, file in files.items()}
        start = 0
        for at, example in enumerate(asked):
            end = start + len(example.ids)
            found.append(Answer(np.array(arrays["logits"][at]), arrays["states"][start:end], arrays["heads"][at]))
            start = end
    return found
