"""Draws mentions to be labelled: `python training/labels/draw.py --sentences FILE --out FOLDER`.

`--sentences` is what `cargo run --release --example sentences` prints of the Wikinews articles. Sentences of DSE
and NewsMTSC are read from `--data`. Mentions that `--had` holds are not drawn again. Writes `items.jsonl`, one
mention a line, with the split that its article belongs to.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from own_labels import article_of  # noqa: E402
from names import OTHERS  # noqa: E402
from pool import CALENDAR, KEPT_APART  # noqa: E402

WORD = r"[A-Z][\w'’.&-]*\w"
NAMED = rf"{WORD}(?:,? (?:(?:of|the|and|for|bin|al|de|van|von|der|du|la) )*{WORD})*"
ROLES = (
    "president|minister|government|party|company|senator|governor|mayor|police|court|officials?|army|union|agency|"
    "administration|opposition|authorities|ministry|prosecutors|protesters|council|team|airline|bank"
)
CANDIDATE = re.compile(rf"\b(?:{NAMED}|[Hh]e|[Ss]he|him|[Tt]hey|them|[Tt]he (?:\w+ )?(?:{ROLES}))\b")
SMALL = re.compile(r"^(?:(?:The|A|An|In|On|At|By|For|From|But|And|As|If|After|Before|While|When|With|Since|Although|Former) )+")
LONGEST = 400
CONTEXT = 300
# What opens a sentence or an answer and names nobody.
OPENERS = set("So Well Yeah Yes OK Okay Also Now Then Here Today Earlier Later Still Yet Once Some Many Most Such".split())
UNCLEAR = re.compile(r"[Tt]hey|them")
# Mentions for each split and source; what no actor is falls out later.
SIZES = {
    "wikinews": {"report": 460, "choose": 310, "train": 3300},
    "dse": {"report": 450, "choose": 300, "train": 2550},
    "newsmtsc": {"report": 410, "choose": 275, "train": 2560},
}


def mentions(sentence: str) -> list[tuple[int, int]]:
    """Spans that may be actors: names, pronouns, and roles such as "the president"."""
    found = []
    for match in CANDIDATE.finditer(sentence):
        start, end = match.span()
        # A word that is capitalized because it begins the sentence.
        if small := SMALL.match(sentence[start:end]):
            start += small.end()
        text = sentence[start:end]
        if text.endswith(("'s", "’s")):
            end, text = end - 2, text[:-2]
        words = text.split()
        if not words or words[0] in OPENERS or re.search(r"['’](?:m|ll|ve|re|d|t)\b", text):
            continue
        if all(word.strip(".,") in (CALENDAR | OTHERS) - {"He", "She", "They"} for word in words):
            continue
        alone = len(words) == 1 and start == 0 and not re.fullmatch(r"He|She|They|[A-Z][\w.-]*[A-Z][\w.-]*", text)
        # One word that opens a sentence is often none: taken if the sentence goes on as after a name.
        if alone and not re.match(r"(?:['’]s)? (?:is|was|has|had|said|will|would|told|also|who|and)\b", sentence[end:]):
            continue
        found.append((start, end))
    return found


def key(source: str, sentence: str, start: int) -> tuple[str, str, int]:
    return source, sentence, start


def wikinews(path: Path, rng: random.Random) -> list[dict]:
    """Candidates of the articles; `before` is the end of what the article says before."""
    items, before = [], {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        last = before.get(row["document"], "")
        before[row["document"]] = f"{last} {row['text']}".replace("\n", " ").strip()[-CONTEXT:]
        text = row["text"]
        # Two brackets open a turn of an interview.
        if not 30 <= len(text) <= LONGEST or "\n" in text or text.startswith("(("):
            continue
        for start, end in mentions(text):
            # Of things more often than of people.
            if UNCLEAR.fullmatch(text[start:end]) and rng.random() < 0.7:
                continue
            items.append(
                dict(source="wikinews", document=row["document"], offset=row["start"], before=last, sentence=text, start=start, end=end)
            )
    return items


def newsmtsc(path: Path) -> list[dict]:
    items = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for target in row["targets"]:
            gid = target["Input.gid"]
            items.append(
                dict(
                    source="newsmtsc", id=gid, document=article_of(gid),
                    before="", sentence=row["sentence_normalized"], start=target["from"], end=target["to"],
                )
            )  # fmt: skip
    return items


def dse(folder: Path) -> list[dict]:
    """Both entities of a pair, and candidates of their sentences."""
    found: dict[str, dict] = {}
    for name in ("train-directed", "train-neutral-pairs"):
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = row["sentence_normalized"]
            entry = found.setdefault(text, {"id": row["primary_gid"], "spans": set()})
            spans = [(it["from"], it["to"]) for it in row["targets"] + ([row["holder"]] if "holder" in row else [])]
            entry["spans"].update(spans)
    items = []
    for text, entry in found.items():
        if not 30 <= len(text) <= LONGEST:
            continue
        spans = set(entry["spans"])
        spans |= {it for it in mentions(text) if all(it[1] <= at or it[0] >= to for at, to in entry["spans"])}
        for start, end in sorted(spans):
            items.append(
                dict(source="dse", id=entry["id"], document=text, before="", sentence=text, start=start, end=end)
            )
    return items


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=17)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)

    had = [json.loads(line) for line in (arguments.data / "natural/labels.jsonl").read_text(encoding="utf-8").splitlines()]
    taken = {(it["sentence_normalized"], it["targets"][0]["from"]) for it in had}
    had_sentences = {it["sentence_normalized"] for it in had}
    apart = set()
    for name, rows in KEPT_APART.items():
        with (arguments.data / f"articles/wikinews/{name}.csv").open(encoding="utf-8", newline="") as file:
            apart |= {row["url"] for at, row in enumerate(csv.DictReader(file)) if at in rows}

    pools = {
        "wikinews": [it for it in wikinews(arguments.sentences, rng) if it["document"] not in apart],
        "newsmtsc": newsmtsc(arguments.data / "newsmtsc/train.jsonl"),
        "dse": dse(arguments.data / "dse"),
    }
    drawn = []
    for source, items in pools.items():
        items = [it for it in items if (it["sentence"], it["start"]) not in taken]
        by_document: dict[str, list[dict]] = {}
        for item in items:
            by_document.setdefault(item["document"], []).append(item)
        documents = sorted(by_document)
        rng.shuffle(documents)
        # Articles are dealt to splits whole. What is only reported and chosen on has no sentence of the first labels.
        at, share = 0, {"wikinews": 12, "newsmtsc": 3, "dse": 1}[source]
        for split in ("report", "choose", "train"):
            size, got = SIZES[source][split], []
            while at < len(documents) and (split == "train" or len(got) < size):
                own = by_document[documents[at]]
                at += 1
                if split != "train":
                    own = [it for it in own if it["sentence"] not in had_sentences]
                    own = rng.sample(own, min(share, len(own)))
                elif source == "dse":
                    own = rng.sample(own, 1)
                got += [dict(it, split=split) for it in own]
            drawn += rng.sample(got, min(size, len(got)))
    rng.shuffle(drawn)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "items.jsonl").open("w", encoding="utf-8") as out:
        for number, item in enumerate(drawn):
            out.write(json.dumps(dict(number=number, **item), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
