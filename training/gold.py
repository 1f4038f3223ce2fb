"""Writes our own labels of a split in NewsMTSC's form, for `newstance eval`.

    python training/gold.py --data ../shared/data --split report --out report.jsonl [--source wikinews]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from mixture import label_rows, sentences_by_id
from stance_data import LABELS, POLARITY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", choices=["train", "choose", "report"], required=True)
    parser.add_argument("--source", choices=["wikinews", "dse", "newsmtsc"])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    known = sentences_by_id(args.data)
    polarity = {LABELS[index]: value for value, index in POLARITY.items()}
    with args.out.open("w", encoding="utf-8") as out:
        for source, row in label_rows():
            if row["split"] != args.split or args.source not in (None, source):
                continue
            sentence = row.get("sentence") or known[source][row["id"]]
            start, end = int(row["from"]), int(row["to"])
            target = {"from": start, "to": end, "mention": sentence[start:end], "polarity": polarity[row["label"]]}
            out.write(json.dumps({"sentence_normalized": sentence, "targets": [target]}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
