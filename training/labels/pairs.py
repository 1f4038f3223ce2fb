"""Makes CSV of pairs written as `CLASS|PAIR|LABEL|SENTENCE with [[target]]`: `pairs.py OUT FILE...`."""

import csv
import sys
from pathlib import Path

LABELS = {"neg": "negative", "neu": "neutral", "pos": "positive"}


def main(out: str, files: list[str]) -> None:
    with open(out, "w", encoding="utf-8", newline="") as to:
        writer = csv.writer(to, lineterminator="\n")
        writer.writerow(["class", "pair", "label", "from", "to", "sentence"])
        for file in files:
            for line in Path(file).read_text(encoding="utf-8").splitlines():
                if not line.strip():
                    continue
                kind, pair, label, text = (part.strip() for part in line.split("|"))
                before, rest = text.split("[[")
                target, after = rest.split("]]")
                start = len(before)
                writer.writerow([kind, pair, LABELS[label], start, start + len(target), before + target + after])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
