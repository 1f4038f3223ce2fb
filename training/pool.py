"""Sentences and targets without a label, for a teacher to judge.

Kinds of which the train split has too few, or none:

- `other`: the people, places and pronouns of train sentences that nobody labelled;
- `wikinews`: those of Wikinews articles (CC BY 2.5, collected by W. van Atteveldt);
- `renamed`: train targets under another name;
- `exchanged`: two names of a train sentence in each other's place, so that who does what to whom is
  turned round;
- `reworded`: train sentences with words exchanged for others that stand near them in a model's table
  of words, opposites among them (Jiao et al., "TinyBERT", Findings of EMNLP 2020), asked about all
  their targets;
- `tone`: train and Wikinews sentences as a whole.
"""

from __future__ import annotations

import csv
import random
import re
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from bases import base_directory
from names import OTHERS, pool, renamed
from stance_data import Target, read_targets

UNKNOWN = -1
CANDIDATE = re.compile(
    r"\b(?:(?:the )?(?:[A-Z][\w.'’-]+ )*[A-Z][\w'’-]+\w|[Hh]e|[Ss]he|him|her|they|them|"
    r"[Tt]he (?:president|minister|government|party|company|senator|governor|mayor|police|court))\b"
)
# Capitalized, and no actors.
CALENDAR = set(
    "January February March April May June July August September October November December Monday "
    "Tuesday Wednesday Thursday Friday Saturday Sunday It In On At But And If As For To This That These "
    "Those There When While After Before What Why How We You Our My His Her Its Their No Not A An The I".split()
)
PROPER = re.compile(r"(?!(?:He|She|They|His|Her)\b)(?:the )?[A-Z][a-z]+(?: [A-Z][\w'’-]+)*")
SENTENCE = re.compile(r"(?<=[.!?][\"”’)]|[a-z0-9)][.!?])\s+(?=[\"“‘(]?[A-Z])")


def mentions(sentence: str) -> list[tuple[int, int]]:
    """Spans that may be actors."""
    found = []
    for match in CANDIDATE.finditer(sentence):
        start, end = match.span()
        text = match.group()
        if text.endswith(("'s", "’s")):
            end -= 2
        words = sentence[start:end].split()
        if words and not (len(words) == 1 and words[0] in CALENDAR | OTHERS - {"He", "She", "They"}):
            found.append((start, end))
    return found


def unlabelled(sentence: str, taken: list[tuple[int, int]]) -> list[Target]:
    spans = [
        (start, end)
        for start, end in mentions(sentence)
        if all(end <= other or start >= until for other, until in taken)
    ]
    return [Target(sentence, start, end, UNKNOWN) for start, end in spans]


def exchanged(sentence: str, first: tuple[int, int], second: tuple[int, int]) -> list[Target]:
    """The sentence with two spans in each other's place, asked about both."""
    (a, b), (c, d) = sorted((first, second))
    left, right = sentence[a:b], sentence[c:d]
    text = sentence[:a] + right + sentence[b:c] + left + sentence[d:]
    shift = len(right) - len(left)
    spans = [(a, a + len(right)), (c + shift, d)]
    return [Target(text, start, end, UNKNOWN) for start, end in spans]


class Thesaurus:
    """Words near each other in MiniLM's table of words."""

    NEAREST = 12
    WORD = re.compile(r"\b[a-z]{4,}\b")

    def __init__(self, sentences: list[str]):
        directory = base_directory("minilm")
        ids = Tokenizer.from_file(str(directory / "tokenizer.json")).get_vocab()
        table = load_file(directory / "model.safetensors")["embeddings.word_embeddings.weight"]
        words = sorted(word for word in ids if self.WORD.fullmatch(word))
        table = torch.nn.functional.normalize(table[[ids[word] for word in words]].float(), dim=-1)
        known = {word: at for at, word in enumerate(words)}
        used = sorted({word for sentence in sentences for word in self.WORD.findall(sentence)} & known.keys())
        self.near: dict[str, list[str]] = {}
        for start in range(0, len(used), 1024):
            part = used[start : start + 1024]
            likeness = table[[known[word] for word in part]] @ table.T
            for word, row in zip(part, likeness.topk(self.NEAREST + 1).indices.tolist()):
                self.near[word] = [words[at] for at in row if words[at] != word][: self.NEAREST]

    def reworded(
        self, sentence: str, spans: list[tuple[int, int]], share: float, rng: random.Random
    ) -> list[Target]:
        """The sentence with a share of its words exchanged, none of them in the spans, asked about these."""
        pieces, cursor, moved = [], 0, list(spans)
        for found in self.WORD.finditer(sentence):
            start, end = found.span()
            if found[0] not in self.near or any(start < until and begin < end for begin, until in spans):
                continue
            if rng.random() >= share:
                continue
            other = rng.choice(self.near[found[0]])
            pieces += [sentence[cursor:start], other]
            cursor = end
            growth = len(other) - (end - start)
            moved = [
                (begin + growth, until + growth) if at >= end else (begin, until)
                for (begin, until), (at, _) in zip(moved, spans)
            ]
        text = "".join(pieces) + sentence[cursor:]
        return [Target(text, begin, until, UNKNOWN) for begin, until in moved]


def wikinews(folder: Path) -> list[str]:
    sentences = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                for block in row["text"].split("\n"):
                    sentences.extend(SENTENCE.split(block.strip()))
    return [sentence for sentence in sentences if 30 <= len(sentence) <= 400]


def draw(
    train: Path, articles: Path, sizes: dict[str, int], seed: int, had: frozenset[Target] = frozenset()
) -> list[Target]:
    """So many targets of each kind, the same for the same seed, and none of those one has."""
    rng = random.Random(seed)
    targets = read_targets(train)
    by_sentence: dict[str, list[tuple[int, int]]] = {}
    for target in targets:
        by_sentence.setdefault(target.sentence, []).append((target.start, target.end))
    found: dict[str, list[Target]] = {kind: [] for kind in sizes}
    words = Thesaurus(list(by_sentence))
    for sentence, taken in by_sentence.items():
        others = unlabelled(sentence, taken)
        found["other"].extend(others)
        spans = taken + [(other.start, other.end) for other in others]
        for _ in range(2):
            asked = taken + rng.sample(spans[len(taken) :], min(2, len(others)))
            found["reworded"].extend(words.reworded(sentence, asked, 0.2, rng))
        found["tone"].append(Target(sentence, 0, 0, UNKNOWN))
        named = [(other.start, other.end) for other in others]
        named = [span for span in named if PROPER.fullmatch(sentence[slice(*span)]) and span[0]]
        known = [span for span in taken if PROPER.fullmatch(sentence[slice(*span)])]
        if named and known:
            found["exchanged"].extend(exchanged(sentence, rng.choice(known), rng.choice(named)))
    for sentence in wikinews(articles):
        found["tone"].append(Target(sentence, 0, 0, UNKNOWN))
        found["wikinews"].extend(unlabelled(sentence, []))
    names = pool(targets)
    for target in targets:
        other = renamed(target, names, rng)
        if other != target:
            found["renamed"].append(replace(other, label=UNKNOWN))
    drawn = []
    for kind, size in sizes.items():
        kept = [target for target in found[kind] if len(target.sentence) <= 500 and target not in had]
        drawn.extend(rng.sample(kept, min(size, len(kept))))
    return drawn
