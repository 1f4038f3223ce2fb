"""Makes the label files of what annotators wrote: `python training/labels/settle.py --work FOLDER`.

The folder has `items.jsonl` of draw.py, `in/BATCH.json` (numbers of items) and `out/BATCH.txt`, an annotator's lines
`NUMBER|LABEL|VOICE|SPEAKER|HOLDER`. Where annotators of an item differ, most votes decide; where that is a tie,
`out/settled.txt` (lines `ITEM|LABEL`), for which somebody reads the item again, has the word. Prints kappa.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from own_labels import article_of  # noqa: E402

LABELS = {"neg": "negative", "neu": "neutral", "pos": "positive", "x": "no actor"}
VOICES = {"a": "author", "d": "direct", "i": "indirect", "": ""}
POLARITY = {2.0: "neg", 4.0: "neu", 6.0: "pos"}
COLUMNS = ["id", "document", "from", "to", "label", "voice", "speaker", "holder", "split", "labels"]
TEXT_COLUMNS = ["before", "sentence"]


@dataclass(frozen=True)
class Vote:
    annotator: str
    label: str
    voice: str
    speaker: str
    holder: str


def votes(work: Path) -> dict[int, list[Vote]]:
    """What annotators said of each item, in the order of the batches' names."""
    found: dict[int, list[Vote]] = {}
    for file in sorted((work / "out").glob("*-*.txt")):
        numbers = json.loads((work / "in" / f"{file.stem}.json").read_text())
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                number, *rest = (part.strip() for part in line.split("|"))
                found.setdefault(numbers[int(number) - 1], []).append(Vote(file.stem, *rest))
    return found


def kappa(pairs: list[tuple[str, str]]) -> float:
    """Cohen's kappa of two annotators' labels."""
    agreed = sum(a == b for a, b in pairs) / len(pairs)
    first, second = (Counter(side) for side in zip(*pairs))
    by_chance = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return (agreed - by_chance) / (1 - by_chance)


def settled(work: Path) -> dict[int, str]:
    file = work / "out" / "settled.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {int(number): label for number, label in (line.split("|")[:2] for line in lines if line.strip())}


def most(values: list[str]) -> str | None:
    """The value with most votes; none if two have as many."""
    ranked = Counter(values).most_common(2)
    return None if len(ranked) == 2 and ranked[0][1] == ranked[1][1] else ranked[0][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--natural", type=Path, default=Path("../shared/data/natural/labels.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("training/labels"))
    args = parser.parse_args()
    items = [json.loads(line) for line in (args.work / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    decided, given = settled(args.work), votes(args.work)
    rows: dict[str, list[dict]] = {"wikinews": [], "dse": [], "newsmtsc": []}
    open_items = []
    splits: dict[tuple[str, str], str] = {}
    for item in items:
        said = given.get(item["number"])
        if not said:
            continue
        label = decided.get(item["number"]) or most([vote.label for vote in said])
        if label is None:
            open_items.append(item["number"])
            continue
        splits[item["source"], item["document"]] = item["split"]
        if label == "x":
            continue
        # Voice, speaker and holder are of one annotator, the first who gave this label.
        vote = next((vote for vote in said if vote.label == label), said[0])
        rows[item["source"]].append(
            {
                "id": item.get("id", f"{item['document']}#{item.get('offset')}"),
                "document": item["document"] if item["source"] != "dse" else item["id"],
                "from": item["start"],
                "to": item["end"],
                "label": LABELS[label],
                "voice": VOICES[vote.voice],
                "speaker": vote.speaker,
                "holder": vote.holder if label != "neu" else "",
                "split": item["split"],
                "labels": " ".join(vote.label for vote in said),
                "before": item["before"],
                "sentence": item["sentence"],
            }
        )
    (args.work / "open.json").write_text(json.dumps(open_items))

    for split in ("report", "choose", "train"):
        of_split = [given[it["number"]] for it in items if it["split"] == split and it["number"] in given]
        several = [said for said in of_split if len(said) > 1]
        pairs = [(a.label, b.label) for said in several for a, b in combinations(said, 2)]
        actors = [pair for pair in pairs if "x" not in pair]
        if pairs:
            print(f"{split}: {len(several)} items of several annotators, kappa {kappa(pairs):.3f}, "
                  f"without 'no actor' {kappa(actors):.3f}, agreement {sum(a == b for a, b in actors) / len(actors):.3f}")  # fmt: skip

    # The first labels: one annotator each, no holder.
    fields = {}
    for line in args.natural.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        target = row["targets"][0]
        source = row["source"].split("_")[0]
        fields.setdefault(source, []).append((row, target))
    urls = {}
    for year in ("2019", "2020"):
        path = args.natural.parent.parent / f"articles/wikinews/wikinews_{year}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            urls[f"wikinews_{year}"] = [row["url"] for row in csv.DictReader(file)]
    dse_ids = {}
    for name in ("train-directed", "train-neutral-pairs"):
        for line in (args.natural.parent.parent / f"dse/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            dse_ids.setdefault(row["sentence_normalized"], row["primary_gid"])
    dropped = Counter()
    for source, found in fields.items():
        for row, target in found:
            sentence = row["sentence_normalized"]
            if source == "wikinews":
                document = urls[row["source"]][int(row["doc"])]
                identity = f"{document}#"
            elif source == "newsmtsc":
                identity = row["doc"]
                document = article_of(identity)
            else:
                identity = document = dse_ids.get(sentence, row["doc"])
            key = sentence if source == "dse" else document
            # What only reports and chooses shares no article with what trains.
            if splits.get((source, key), "train") != "train":
                dropped[source] += 1
                continue
            rows[source].append(
                {
                    "id": identity, "document": document, "from": target["from"], "to": target["to"],
                    "label": LABELS[POLARITY[target["polarity"]]], "voice": target["voice"],
                    "speaker": "" if target["voice"] == "author" else target["speaker"], "holder": "",
                    "split": "train", "labels": POLARITY[target["polarity"]], "before": row["before"],
                    "sentence": sentence,
                }
            )  # fmt: skip
    for source, found in rows.items():
        found.sort(key=lambda row: (row["split"], row["id"], row["from"]))
        columns = COLUMNS + (TEXT_COLUMNS if source == "wikinews" else [])
        with (args.out / f"{source}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
        print(source, len(found), dict(Counter((row["split"], row["label"]) for row in found)))
    print("left out of the first labels, their article being reported or chosen on:", dict(dropped))
    print("ties to be read again:", len(open_items))


if __name__ == "__main__":
    main()
