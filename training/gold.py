"""Writes our own labels of a split in NewsMTSC's form, for `newstance eval`.

    python training/gold.py --data ../shared/data --split report --out report.jsonl [--source wikinews]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from own_labels import rows, sentences_by_id, text_of

POLARITY = {"negative": 2.0, "neutral": 4.0, "positive": 6.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", choices=["train", "choose", "report"], required=True)
    parser.add_argument("--source", choices=["wikinews", "dse", "newsmtsc"])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    known = sentences_by_id(args.data)
    with args.out.open("w", encoding="utf-8") as out:
        for source, row in rows():
            if row["split"] != args.split or args.source not in (None, source):
                continue
            sentence = text_of(source, row, known)
            start, end = int(row["from"]), int(row["to"])
            target = {"from": start, "to": end, "mention": sentence[start:end], "polarity": POLARITY[row["label"]]}
            out.write(json.dumps({"sentence_normalized": sentence, "targets": [target]}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
