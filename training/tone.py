"""Writes gold for the tone of sentences: the dev sentences whose labelled targets all agree.

    python training/tone.py --data ../shared/data/newsmtsc --out tone-dev.jsonl
    newstance eval tone-dev.jsonl

The tone of such a sentence is taken to be its targets' label; nobody labelled tone itself. A target
without a character asks the engine about the whole sentence.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from stance_data import LABELS, POLARITY, read_groups
from train import DEV


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    polarity = {label: value for value, label in POLARITY.items()}
    count = dict.fromkeys(LABELS, 0)
    with args.out.open("w", encoding="utf-8") as out:
        for split in DEV:
            for group in read_groups(args.data / f"{split}.jsonl"):
                labels = {main.label for main, _ in group}
                if len(labels) == 1:
                    label = labels.pop()
                    count[LABELS[label]] += 1
                    target = {"from": 0, "to": 0, "mention": "", "polarity": polarity[label]}
                    row = {"sentence_normalized": group[0][0].sentence, "targets": [target]}
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(count)


if __name__ == "__main__":
    main()
