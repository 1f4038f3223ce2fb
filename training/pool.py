"""Sentences and targets without a label, for a teacher to judge.

Kinds of which the labelled sentences have too few, or none:

- `other`: their people, places and pronouns that nobody labelled;
- `wikinews`: those of Wikinews articles (CC BY 2.5, collected by W. van Atteveldt);
- `renamed`: labelled targets under another name;
- `exchanged`: two names of a sentence in each other's place, so that who does what to whom is
  turned round;
- `framed`: sentences as what somebody says, doubts or denies;
- `reworded`: sentences with words exchanged for others that stand near them in a model's table
  of words, opposites among them (Jiao et al., "TinyBERT", Findings of EMNLP 2020), asked about
  their targets;
- `tone`: sentences as a whole.
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
from names import OTHERS, renamed
from mixture import Mixture
from stance_data import OURS, Target

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
# Words that are capitalized only because they begin a sentence.
SMALL = set(
    "The A An In On At By For From It He She They We This That These Those There His Her Their Its As After Before While "
    "When With Since Although Some Many Most Two Three But And".split()
)
# Behind which a sentence is said, doubted or denied.
FRAMES = (
    "Nobody believes that",
    "Few people think that",
    "It is not true that",
    "There is no evidence that",
    "A spokesman denied that",
    "The court rejected claims that",
    "It has never been shown that",
    "It was wrongly reported that",
    "Officials said that",
    "Critics say that",
    "Supporters say that",
    "A report found that",
    "Everybody knows that",
    "If the allegations are right,",
    "The inquiry will ask whether",
)
WIKINEWS = "articles/wikinews"
# Articles that are read elsewhere, by row from 0.
KEPT_APART = {"wikinews_2019": {43, 122, 133}, "wikinews_2020": {11}}
LONGEST = 400
LONGEST_SHOWN = 500
# How often the teacher is asked in which convention.
SHARES = {OURS: 0.6, "newsmtsc": 0.25, "dse": 0.1, "sentfin": 0.05}
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


def framed(sentence: str, spans: list[tuple[int, int]], rng: random.Random) -> list[Target]:
    """The sentence as what somebody says, doubts or denies, asked about the spans."""
    first, _, rest = sentence.partition(" ")
    frame = rng.choice(FRAMES) + " "
    head = first.lower() if first in SMALL else first
    text = f"{frame}{head} {rest}"
    return [Target(text, start + len(frame), end + len(frame), UNKNOWN) for start, end in spans]


def wikinews(folder: Path) -> list[str]:
    sentences = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            for number, row in enumerate(csv.DictReader(rows)):
                if number in KEPT_APART.get(file.stem, ()):
                    continue
                for block in row["text"].split("\n"):
                    sentences.extend(SENTENCE.split(block.strip()))
    return [sentence for sentence in sentences if 30 <= len(sentence) <= LONGEST]


class Pool:
    """Draws so many targets of each kind from the sentences of a mixture and from Wikinews."""

    def __init__(self, mixture: Mixture, sizes: dict[str, int]):
        self.sizes = sizes
        self.known = mixture.labelled()
        self.taken: dict[str, list[tuple[int, int]]] = {}
        for target in self.known:
            self.taken.setdefault(target.sentence, []).append((target.start, target.end))
        apart = mixture.sentences_apart
        self.wikinews = [it for it in wikinews(mixture.data / WIKINEWS) if it not in apart]
        self.names = mixture.names

    def candidates(self, rng: random.Random) -> dict[str, list[Target]]:
        found: dict[str, list[Target]] = {kind: [] for kind in self.sizes}
        for sentence, taken in self.taken.items():
            others = unlabelled(sentence, taken)
            found["other"].extend(others)
            spans = taken + [(other.start, other.end) for other in others]
            if sentence[0].isalpha():
                found["framed"].extend(framed(sentence, rng.sample(spans, min(2, len(spans))), rng))
            found["tone"].append(Target(sentence, 0, 0, UNKNOWN))
            named = [(other.start, other.end) for other in others]
            named = [span for span in named if PROPER.fullmatch(sentence[slice(*span)]) and span[0]]
            proper = [span for span in taken if PROPER.fullmatch(sentence[slice(*span)])]
            if named and proper:
                found["exchanged"].extend(exchanged(sentence, rng.choice(proper), rng.choice(named)))
        for sentence in self.wikinews:
            found["tone"].append(Target(sentence, 0, 0, UNKNOWN))
            found["wikinews"].extend(unlabelled(sentence, []))
        for target in self.known:
            other = renamed(target, self.names, rng)
            if other != target:
                found["renamed"].append(replace(other, label=UNKNOWN))
        if size := self.sizes["reworded"]:
            # Reworded are only as many sentences as are asked for: two targets of each.
            some = rng.sample(list(self.taken), min(size, len(self.taken)))
            words = Thesaurus(some)
            for sentence in some:
                spans = rng.sample(self.taken[sentence], min(2, len(self.taken[sentence])))
                found["reworded"].extend(words.reworded(sentence, spans, 0.2, rng))
        return found

    def draw(self, seed: int) -> list[Target]:
        """The same targets for the same seed, each under one of the conventions."""
        rng = random.Random(seed)
        drawn = []
        for kind, targets in self.candidates(rng).items():
            kept = [target for target in targets if len(target.sentence) <= LONGEST_SHOWN]
            for target in rng.sample(kept, min(self.sizes[kind], len(kept))):
                (convention,) = rng.choices(list(SHARES), list(SHARES.values()))
                drawn.append(replace(target, convention=convention))
        return drawn
