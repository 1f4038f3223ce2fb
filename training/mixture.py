"""What the models learn from: our own labels first, and other data sets, each under its convention's marker.

| part | convention | what |
| --- | --- | --- |
| own | newstance | training/labels/: mentions of Wikinews, DSE and NewsMTSC under our guideline |
| pairs | newstance | training/labels/pairs.csv: sentences of our own writing that differ in what is said of whom |
| newsmtsc | newsmtsc | NewsMTSC's train split as it was labelled |
| dse | dse | directed sentiment of one entity towards another, and pairs without any |
| sentfin | sentfin | financial headlines, of which those with several labels are taken twice |
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

from names import pool, renamed
from own_labels import FOLDER, kept_apart, rows, sentences_by_id, text_of
from stance_data import LABELS, Target, joined, read_groups, read_targets, whole

CHALLENGE = Path(__file__).parent.parent / "tests" / "challenge"


def read_own(data: Path, split: str) -> list[Target]:
    """Our own labels of a split: `train`, `choose` or `report`."""
    known = sentences_by_id(data)
    targets = []
    for source, row in rows():
        if row["split"] == split:
            sentence = text_of(source, row, known)
            label = LABELS.index(row["label"])
            targets.append(Target(sentence, int(row["from"]), int(row["to"]), label))
    return targets


def read_pairs(path: Path) -> list[Target]:
    """Sentences of our own writing, a CSV of `class,pair,label,from,to,sentence`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Target(row["sentence"], int(row["from"]), int(row["to"]), LABELS.index(row["label"]))
            for row in csv.DictReader(file)
        ]


@dataclass
class Mixture:
    """The targets of every epoch. `halves` deals them to two epochs, so that a state is kept more often."""

    data: Path
    sizes: dict[str, int]
    rename: float
    further: float
    mixed_copies: int
    pair_copies: int
    tone: float
    halves: bool

    def __post_init__(self) -> None:
        self.sentences_apart = apart = kept_apart(self.data)

        def groups(file: str, convention: str) -> list:
            found = read_groups(self.data / file, convention)
            return [group for group in found if group[0][0].sentence not in apart]

        self.own = [it for it in read_own(self.data, "train") if it.sentence not in apart]
        self.pairs = read_pairs(FOLDER / "pairs.csv")
        self.newsmtsc = groups("newsmtsc/train.jsonl", "newsmtsc")
        self.directed = [main for group in groups("dse/train-directed.jsonl", "dse") for main, _ in group]
        self.apart = [main for group in groups("dse/train-neutral-pairs.jsonl", "dse") for main, _ in group]
        self.sentfin = groups("sentfin/headlines.jsonl", "sentfin")
        self.names = pool([main for group in self.newsmtsc for main, _ in group] + self.own)

    def labelled(self) -> list[Target]:
        """Every labelled target once, but for further mentions."""
        mains = [main for group in self.newsmtsc + self.sentfin for main, _ in group]
        return self.own + self.pairs + mains + self.directed + self.apart

    def epoch(self, number: int, seed: int) -> list[Target]:
        """The targets of an epoch, always of the same number."""
        rng = random.Random(1000 * seed + (number // 2 if self.halves else number))
        targets = self.own + self.pairs * self.pair_copies
        for groups, size in ((self.newsmtsc, self.sizes["newsmtsc"]), (self.sentfin, self.sizes["sentfin"])):
            found = []
            for group in groups:
                mixed = len({main.label for main, _ in group}) > 1
                for main, further in group:
                    for _ in range(self.mixed_copies if mixed else 1):
                        found.append(rng.choice([main, *further]) if rng.random() < self.further else main)
            targets += rng.sample(found, min(size, len(found)))
        targets += self.directed + rng.sample(self.apart, self.sizes["apart"])
        targets = [renamed(it, self.names, rng) if rng.random() < self.rename else it for it in targets]
        short = [it for it in self.own if len(it.sentence) <= 220]
        pairs = 0
        while pairs < self.sizes["joined"]:
            first, second = rng.sample(short, 2)
            if first.label != second.label and first.sentence != second.sentence:
                targets += joined(first, second, rng)
                pairs += 1
        asked = rng.sample(self.newsmtsc, int(self.tone * len(self.newsmtsc)))
        targets += [whole(rng.choice(group)[0]) for group in asked]
        rng.shuffle(targets)
        if not self.halves:
            return targets
        half = len(targets) // 2
        return targets[half:] if number % 2 else targets[:half]


def to_choose_by(data: Path) -> dict[str, list[Target]]:
    """The sets that models are chosen by, each in its convention. Nothing is ever trained on them."""
    return {
        "own": read_own(data, "choose"),
        "rw-dev": read_targets(data / "newsmtsc/rw-dev.jsonl", "newsmtsc"),
        "mt-dev": read_targets(data / "newsmtsc/mt-dev.jsonl", "newsmtsc"),
        "dse": read_targets(data / "dse/valid-directed.jsonl", "dse"),
        "pairs": read_pairs(CHALLENGE / "build.csv"),
    }
