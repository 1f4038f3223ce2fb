"""Fits when `accurate` is asked instead of `fast`, and writes it into accurate's newstance.json.

    newstance eval choose.jsonl --predictions fast.csv
    python training/cascade.py --predictions fast.csv --first fast --model models/accurate

`accurate` is asked about the share of targets of which `fast` is least sure: of its most probable label, the probability
below which that share lies, rounded down to a hundredth.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from pathlib import Path

LABELS = ("negative", "neutral", "positive")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--predictions", type=Path, required=True, help="what the first model says of gold targets")
    parser.add_argument("--first", default="fast", help="the first model's name")
    parser.add_argument("--model", type=Path, required=True, help="the second model's directory")
    parser.add_argument("--share", type=float, default=0.2)
    args = parser.parse_args()
    with args.predictions.open(encoding="utf-8", newline="") as file:
        surest = sorted(max(float(row[f"p_{label}"]) for label in LABELS) for row in csv.DictReader(file))
    below = math.floor(100 * surest[int(args.share * len(surest))]) / 100
    asked = sum(probability < below for probability in surest)
    print(f"below {below}: {asked} of {len(surest)} targets")
    path = args.model / "newstance.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    description["cascade"] = {"first": args.first, "below": below}
    path.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
