"""Makes the gold of references from two annotators' marked articles.

    python3 tests/gold/settle.py --differences differences.csv        # how far they agree, and where they don't
    python3 tests/gold/settle.py --decided tests/gold/decided.csv     # writes build.jsonl and report.jsonl

annotators/ has what each of the two wrote: articles with the marks of GUIDELINE.md. `decided.csv` is differences.csv with a
column `choice`: a, b or neither. Of each style the even numbers are built on, the odd ones only reported.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

MARK = re.compile(r"\[\[([^\[\]|]+)\|([a-z+]+)\|([a-z0-9]+)\|([^\[\]|]+)\]\]")
HEAD = re.compile(r"DATE: (\S+)\n\n(.*?)\n\n", re.DOTALL)


@dataclass(frozen=True)
class Reference:
    start: int
    end: int
    actors: tuple[str, ...]
    kind: str
    voice: str
    speaker: str

    def words(self) -> str:
        """As it is marked."""
        voice = self.voice if self.voice == "author" else f"{self.voice}:{self.speaker}"
        return f"{'+'.join(self.actors)}|{self.kind}|{voice}"


FOLDER = Path(__file__).parent


def annotated(who: str) -> dict[str, str]:
    """The marked articles of an annotator."""
    with (FOLDER / "annotators" / f"{who}.jsonl").open(encoding="utf-8") as lines:
        return {row["doc"]: row["marked"] for row in map(json.loads, lines)}


def read(marked: str) -> tuple[str, list[Reference]]:
    """An article's text and its references."""
    text, references, at = [], [], 0
    length = 0
    for found in MARK.finditer(marked):
        text.append(marked[at : found.start()])
        length += found.start() - at
        words, actors, kind, voice = found.groups()
        voice, _, speaker = voice.partition(":")
        references.append(
            Reference(length, length + len(words), tuple(sorted(actors.split("+"))), kind, voice, speaker or "author")
        )
        text.append(words)
        length += len(words)
        at = found.end()
    return "".join([*text, marked[at:]]), references


def overlap(a: Reference, b: Reference) -> bool:
    return a.start < b.end and b.start < a.end


def same_speaker(a: str, b: str) -> bool:
    """Whether one name is the other in full."""
    a_words, b_words = (set(re.findall(r"\w+", name.lower())) for name in (a, b))
    return a_words <= b_words or b_words <= a_words


def agree(a: Reference, b: Reference) -> bool:
    return (a.actors, a.kind, a.voice) == (b.actors, b.kind, b.voice) and same_speaker(a.speaker, b.speaker)


def longer(a: Reference, b: Reference) -> Reference:
    """The agreed reference, its speaker with the fuller name."""
    return replace(a, speaker=max(a.speaker, b.speaker, key=len))


def pairs(a: list[Reference], b: list[Reference]) -> list[tuple[Reference | None, Reference | None]]:
    """References of the two, those that overlap side by side."""
    left, found = list(b), []
    for reference in a:
        other = next((it for it in left if overlap(reference, it)), None)
        if other:
            left.remove(other)
        found.append((reference, other))
    return found + [(None, it) for it in left]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--differences", type=Path)
    parser.add_argument("--decided", type=Path)
    args = parser.parse_args()
    decided = {}
    if args.decided:
        with args.decided.open(encoding="utf-8", newline="") as file:
            decided = {(row["doc"], int(row["start"]), int(row["end"])): row["choice"] for row in csv.DictReader(file)}
    counts: Counter = Counter()
    rows, gold = [], {"build": [], "report": []}
    of_b = annotated("b")
    for doc, marked in annotated("a").items():
        (text, a), (text_b, b) = read(marked), read(of_b[doc])
        assert text == text_b, doc
        head = HEAD.match(text)
        start = head.start(2)
        references = []
        for one, other in pairs(a, b):
            counts["all"] += 1
            counts["both"] += bool(one and other)
            if one and other:
                counts["actors"] += one.actors == other.actors
                counts["kind"] += one.kind == other.kind
                counts["voice"] += one.voice == other.voice
                counts["speaker"] += same_speaker(one.speaker, other.speaker)
            if one and other and agree(one, other):
                counts["agreed"] += 1
                references.append(longer(one, other))
                continue
            some = one or other
            choice = decided.get((doc, some.start, some.end))
            if choice == "a" and one:
                references.append(one)
            elif choice == "b" and other:
                references.append(other)
            rows.append(
                {
                    "doc": doc,
                    "start": some.start,
                    "end": some.end,
                    "words": text[some.start : some.end],
                    "a": one.words() if one else "-",
                    "b": other.words() if other else "-",
                    "context": text[max(0, some.start - 150) : some.start]
                    + "[["
                    + text[some.start : some.end]
                    + "]]"
                    + text[some.end : some.end + 100],
                }
            )
        half = "build" if int(doc[-2:]) % 2 == 0 else "report"
        gold[half].append(
            {
                "doc": doc,
                "date": head[1],
                "title": head[2],
                "text": text[start:],
                "references": [
                    {
                        "start": it.start - start,
                        "end": it.end - start,
                        "actors": list(it.actors),
                        "kind": it.kind,
                        "voice": it.voice,
                        "speaker": it.speaker,
                    }
                    for it in sorted(references, key=lambda it: it.start)
                    if it.start >= start
                ],
            }
        )
    both = max(1, counts["both"])
    print(f"{counts['all']} references, {100 * counts['both'] / max(1, counts['all']):.1f} % marked by both; of these the same")
    print(", ".join(f"{name} {100 * counts[name] / both:.1f} %" for name in ("actors", "kind", "voice", "speaker")))
    print(f"{len(rows)} differences")
    if args.differences:
        with args.differences.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    if args.decided:
        for half, articles in gold.items():
            lines = (json.dumps(article, ensure_ascii=False) for article in articles)
            (FOLDER / f"{half}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
