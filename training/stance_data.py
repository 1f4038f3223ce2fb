"""Targets and the target-dependent input of newstance models.

The input of one target is, in token ids,

    [CLS] left [unused0] target [unused1] right [SEP] target [SEP]

The first marker says whose convention of labelling the answer is to follow (CONVENTIONS). The
three pieces of the sentence are tokenized apart, so that no token straddles the
border of a target, and no text of an article can be taken for a marker. The Rust side
(`src/model/input.rs`) builds the same ids; `fixtures.py` writes numbers that hold the
two to each other.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

LABELS = ("negative", "neutral", "positive")
POLARITY = {2.0: 0, 4.0: 1, 6.0: 2}
OPEN_MARKER = "[unused0]"
CLOSE_MARKER = "[unused1]"
# What a portrayal is, annotators of different data sets answer differently. A model learns each convention under
# a marker of its own; inference asks in ours.
OURS = "newstance"
CONVENTIONS = {OURS: OPEN_MARKER, "newsmtsc": "[unused2]", "dse": "[unused3]", "sentfin": "[unused4]"}
MAX_LENGTH = 192
MAX_TARGET = 24


@dataclass(frozen=True)
class Target:
    """One span of a sentence and how the sentence portrays it (0, 1, 2 as in LABELS)."""

    sentence: str
    start: int
    end: int
    label: int
    convention: str = OURS


def read_targets(path: Path, convention: str = OURS) -> list[Target]:
    """All main targets of a file in NewsMTSC's form, in file order."""
    targets = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for target in row["targets"]:
                targets.append(
                    Target(
                        row["sentence_normalized"],
                        target["from"],
                        target["to"],
                        POLARITY[target["polarity"]],
                        convention,
                    )
                )
    return targets


def read_groups(path: Path, convention: str = OURS) -> list[list[tuple[Target, list[Target]]]]:
    """Per sentence, each main target with its coreferential further mentions."""
    groups = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            sentence = row["sentence_normalized"]
            group = []
            for target in row["targets"]:
                label = POLARITY[target["polarity"]]
                main = Target(sentence, target["from"], target["to"], label, convention)
                further = [
                    Target(sentence, mention["from"], mention["to"], label, convention)
                    for mention in target.get("further_mentions", [])
                ]
                group.append((main, further))
            groups.append(group)
    return groups


def joined(first: Target, second: Target, rng: random.Random) -> list[Target]:
    """Two sentences as one, each target keeping its label.

    Real sentences with two targets of opposite polarity are rare in the train split (401 of
    7,752); a joined pair can only be solved by reading the target, not the sentence.
    """
    glue = rng.choice([" ", " ", "; ", ", while ", ", and "])
    head = first.sentence if glue == " " else first.sentence.rstrip(".! ")
    if first.end > len(head):
        head = first.sentence
    text = head + glue + second.sentence
    shift = len(head) + len(glue)
    return [
        replace(first, sentence=text),
        replace(second, sentence=text, start=second.start + shift, end=second.end + shift),
    ]


def whole(target: Target) -> Target:
    """The question for the tone of the target's sentence: no target in it.

    Nobody labelled tone. A sentence's is taken to be how it portrays its labelled targets, all of
    which answer for it, one at a time.
    """
    return replace(target, start=0, end=0)


class InputBuilder:
    """Token ids of a target, as the shipped model directory's `newstance.json` describes."""

    def __init__(self, tokenizer: Tokenizer, max_length: int = MAX_LENGTH):
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True
        self.tokenizer = tokenizer
        self.max_length = max_length
        bert = tokenizer.token_to_id("<s>") is None
        first, last = ("[CLS]", "[SEP]") if bert else ("<s>", "</s>")
        self.cls, self.sep, self.close = (
            tokenizer.token_to_id(token) for token in (first, last, CLOSE_MARKER)
        )
        self.open = {name: tokenizer.token_to_id(marker) for name, marker in CONVENTIONS.items()}

    def pieces(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def build(self, target: Target) -> tuple[list[int], list[int]]:
        """Token ids and segment ids: `[CLS] sentence [SEP]` where no target is asked about."""
        if target.start == target.end:
            sentence = self.pieces(target.sentence)[: self.max_length - 2]
            return [self.cls, *sentence, self.sep], [0] * (len(sentence) + 2)
        left = self.pieces(target.sentence[: target.start])
        middle = self.pieces(target.sentence[target.start : target.end])[:MAX_TARGET]
        right = self.pieces(target.sentence[target.end :])
        room = self.max_length - 5 - 2 * len(middle)
        left, right = window(left, right, room)
        first = [self.cls, *left, self.open[target.convention], *middle, self.close, *right, self.sep]
        second = [*middle, self.sep]
        return first + second, [0] * len(first) + [1] * len(second)


def window(left: list[int], right: list[int], room: int) -> tuple[list[int], list[int]]:
    """At most `room` tokens around the target, half a side where both sides are long."""
    if len(left) + len(right) <= room:
        return left, right
    half = room // 2
    if len(left) <= half:
        return left, right[: room - len(left)]
    if len(right) <= room - half:
        return left[len(left) - (room - len(right)) :], right
    return left[len(left) - half :], right[: room - half]
