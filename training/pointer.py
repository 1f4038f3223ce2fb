"""A trial: a pointer beside the classifier, to who speaks and whose attitude it is.

    python training/pointer.py --start models/fast --data ../shared/data --run training/runs/pointer-1 \\
        --ask out/mentions.csv

The last layer's tokens are asked where the name of the words' *speaker* and of the attitude's *holder* begins and ends (as
spans are in Devlin et al., "BERT", NAACL 2019). The first token stands for the author, the one that ends the sentence
for somebody whom the sentence doesn't name. Learned beside stance, from our own labels (`speaker`, `holder`), the holders of DSE and GUM's attributions.
For each --ask, the rows of a mentions.csv are written again into the run's folder, the speaker as the pointer has it, so
that both can be held to the same gold. What came of it is in EXPERIMENTS.md; the engine has no pointer.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers.models.bert.modeling_bert import BertAttention
from transformers.models.mpnet.modeling_mpnet import MPNetAttention

from joint import start
from own_labels import kept_apart, rows, sentences_by_id, text_of
from pool import unlabelled
from stance_data import LABELS, MAX_TARGET, POLARITY, InputBuilder, Target, window
from train import Example, begin, inputs, made_ahead, shared_options, train

# What a pointer is not asked for.
UNKNOWN = -100
# Longest name, in tokens.
LONGEST = 16
SPEAKER, HOLDER = 0, 1


@dataclass
class Pointed(Example):
    """A target with the first and last token of speaker and holder, and how many tokens may be pointed to."""

    places: tuple[tuple[int, int], tuple[int, int]]
    width: int


@dataclass
class Asked:
    """A target's tokens, each with its place in the sentence."""

    ids: list[int]
    spans: list[tuple[int, int]]

    @property
    def end(self) -> int:
        """The token that ends the sentence."""
        return len(self.spans) - 1

    def place(self, start: int, end: int) -> tuple[int, int]:
        """First and last token of a span of the sentence, the sentence's end where it lies outside of the tokens."""
        inside = [at for at, (a, b) in enumerate(self.spans) if a < end and b > start and b > a]
        return (inside[0], inside[-1]) if inside else (self.end, self.end)


def asked(builder: InputBuilder, target: Target) -> Asked:
    def pieces(start: int, end: int) -> list[tuple[int, tuple[int, int]]]:
        found = builder.tokenizer.encode(target.sentence[start:end], add_special_tokens=False)
        return [(token, (start + a, start + b)) for token, (a, b) in zip(found.ids, found.offsets)]

    ids, _ = builder.build(target)
    middle = pieces(target.start, target.end)[:MAX_TARGET]
    room = builder.max_length - 5 - 2 * len(middle)
    left, right = window(pieces(0, target.start), pieces(target.end, len(target.sentence)), room)
    nothing = (0, 0)
    spans = [nothing, *(it[1] for it in left), nothing, *(it[1] for it in middle), nothing]
    return Asked(ids, [*spans, *(it[1] for it in right), nothing])


def named(asked: Asked, sentence: str, name: str) -> tuple[int, int]:
    """Where a name is in a sentence; its end where it isn't."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence)
    return asked.place(*found.span()) if found else (asked.end, asked.end)


AUTHOR = (0, 0)
NOT_ASKED = (UNKNOWN, UNKNOWN)


def pointed(builder: InputBuilder, target: Target, speaker, holder) -> Pointed:
    found = asked(builder, target)
    _, types = builder.build(target)

    def place(who) -> tuple[int, int]:
        if who is None:
            return NOT_ASKED
        if isinstance(who, tuple):
            return found.place(*who)
        return AUTHOR if who == "author" else named(found, target.sentence, who)

    return Pointed(found.ids, types, target.label, (place(speaker), place(holder)), len(found.spans))


def of_own_labels(data: Path) -> list[tuple]:
    known, apart = sentences_by_id(data), kept_apart(data)
    made = []
    for source, row in rows():
        if row["split"] == "train" and text_of(source, row, known) not in apart:
            target = Target(text_of(source, row, known), int(row["from"]), int(row["to"]), LABELS.index(row["label"]))
            polar = row["label"] != "neutral"
            made.append((target, row["speaker"] or "author", (row["holder"] or "author") if polar else None))
    return made


def of_dse(data: Path) -> list[tuple]:
    made = []
    for line in (data / "dse/train-directed.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        holder = (row["holder"]["from"], row["holder"]["to"])
        for it in row["targets"]:
            target = Target(row["sentence_normalized"], it["from"], it["to"], POLARITY[it["polarity"]], "dse")
            made.append((target, None, holder))
    return made


def of_gum(data: Path) -> list[tuple]:
    """Candidates inside and outside of what attributions attribute, a few of each sentence. Their stance nobody labelled."""
    made, rng = [], random.Random(1)
    quotes: dict[str, list[dict]] = {}
    texts: dict[str, str] = {}
    for line in (data / "gum/attribution.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts[row["doc"]] = row["text"]
        quotes[row["doc"]] = [it for it in row["quotes"] if it["cue"]]
    for line in (data / "gum/sentences.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = texts.get(row["doc"])
        for start, end in ((it["start"], it["end"]) for it in row["sentences"]) if text else ():
            sentence = text[start:end]
            for it in rng.sample(found := unlabelled(sentence, []), min(3, len(found))):
                over = [
                    quote
                    for quote in quotes[row["doc"]]
                    if any(s["start"] <= start + it.start and start + it.end <= s["end"] for s in quote["spans"])
                ]
                inner = min(over, key=lambda quote: sum(s["end"] - s["start"] for s in quote["spans"]), default=None)
                who = "author" if inner is None else (inner.get("speaker_name") or inner["speaker"] or "").strip(" ,.:")
                made.append((Target(sentence, it.start, it.end, UNKNOWN), who, None))
    return made


@dataclass
class Epochs:
    """The same examples in every epoch."""

    builder: InputBuilder
    found: list[tuple]

    def __call__(self, number: int) -> list[Pointed]:
        return [pointed(self.builder, *it) for it in self.found]


class Pointers(nn.Module):
    """Logits of the first and the last token of speaker and holder."""

    def __init__(self, width: int):
        super().__init__()
        self.ends = nn.Linear(width, 4)

    def forward(self, states: torch.Tensor, widths: list[int]) -> torch.Tensor:
        """`[targets, 2, 2, tokens]`: speaker and holder, first and last."""
        logits = self.ends(states.float()).transpose(1, 2)
        beyond = torch.arange(logits.shape[-1], device=logits.device) >= torch.tensor(widths, device=logits.device)[:, None]
        return logits.masked_fill(beyond[:, None], -1e4).unflatten(1, (2, 2))


def learned(pointers: Pointers, smoothing: float):
    def loss(out, batch: list[Pointed]) -> torch.Tensor:
        device = out.logits.device
        labels = torch.tensor([it.label for it in batch], device=device)
        stance = functional.cross_entropy(
            out.logits.float(), labels, ignore_index=UNKNOWN, label_smoothing=smoothing, reduction="sum"
        )
        where = pointers(out.hidden_states[-1], [it.width for it in batch])
        places = torch.tensor([it.places for it in batch], device=device)
        told = functional.cross_entropy(
            where.flatten(0, 2), places.flatten(), ignore_index=UNKNOWN, reduction="sum"
        )
        return (stance + told / 2) / len(batch)

    return loss


@torch.inference_mode()
def speakers(model: nn.Module, pointers: Pointers, builder: InputBuilder, targets: list[Target]) -> list[str]:
    """`author`, a name of the sentence, or nothing for somebody outside of it."""
    model.eval()
    answers = []
    for at in range(0, len(targets), 32):
        batch = [pointed(builder, target, None, None) for target in targets[at : at + 32]]
        out = model(**inputs(model, batch), output_hidden_states=True)
        where = pointers(out.hidden_states[-1], [it.width for it in batch])[:, SPEAKER].log_softmax(-1).cpu()
        for target, it, (first, last) in zip(targets[at:], batch, where):
            both = first[:, None] + last[None, :]
            allowed = torch.ones_like(both, dtype=torch.bool).triu().tril(LONGEST)
            begin, end = divmod(int(both.masked_fill(~allowed, -1e9).argmax()), both.shape[1])
            spans = asked(builder, target).spans
            if begin == 0:
                answers.append("author")
            elif end == it.width - 1:
                answers.append("")
            else:
                answers.append(target.sentence[spans[begin][0] : spans[end][1]].strip())
    return answers


def targets_of(mentions: list[dict]) -> list[Target]:
    """The targets of a mentions.csv. Of two of the same words in a sentence, the second is the second."""
    found, seen = [], Counter()
    for row in mentions:
        key = (row["article_id"], row["part"], row["sentence_index"], row["surface"])
        start = -1
        for _ in range(seen[key] + 1):
            start = row["sentence"].find(row["surface"], start + 1)
        seen[key] += 1
        start = max(start, 0)
        found.append(Target(row["sentence"], start, start + len(row["surface"]), UNKNOWN))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    shared_options(parser)
    parser.add_argument("--start", type=Path, required=True, help="the model directory to go on from")
    parser.add_argument("--ask", type=Path, nargs="*", default=[], help="files of mentions to name the speakers of")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--layer-decay", type=float, default=1.0)
    parser.add_argument("--head-rate", type=float, default=4.0)
    parser.add_argument("--frozen", type=int, default=0)
    args = parser.parse_args()
    files, args.ask = args.ask, []
    if begin(args) is None:
        return
    torch.manual_seed(args.seed)
    model, builder = start(args.start, args.dropout)
    # All tokens of the last layer are asked.
    last = model.base_model.encoder.layer[-1].attention
    last.__class__ = {"bert": BertAttention, "mpnet": MPNetAttention}[model.config.model_type]
    found = of_own_labels(args.data) + of_dse(args.data) + of_gum(args.data)
    print(f"{len(found)} targets with a speaker or a holder", flush=True)
    made = made_ahead(Epochs(builder, found), args.epochs, args.threads)
    model = model.to(args.device)
    pointers = Pointers(model.config.hidden_size).to(args.device)
    began = time.time()

    def report(_, epoch: int, loss: float, seconds: float) -> None:
        print(f"epoch {epoch + 1}: loss {loss:.4f}, {seconds:.0f} s", flush=True)

    # The pointers themselves are no average; so the model that goes with them is the last one.
    train(model, made, args, args.run, report, learned(pointers, args.smoothing), pointers)
    for number, file in enumerate(files):
        with file.open(encoding="utf-8", newline="") as lines:
            mentions = list(csv.DictReader(lines))
        said = speakers(model, pointers, builder, targets_of(mentions))
        with (args.run / f"asked-{number}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, mentions[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows({**row, "speaker": who or "unnamed"} for row, who in zip(mentions, said))
    (args.run / "metrics.json").write_text(json.dumps({"minutes": (time.time() - began) / 60}) + "\n")


if __name__ == "__main__":
    main()
