"""Draws quality against speed, for the README, from what `newstance eval --json` printed.

    newstance eval rw-dev.jsonl --json >fast-rw.json      # and so on
    python training/curve.py --point fast fast-rw.json fast-mt.json \\
        --point accurate accurate-rw.json accurate-mt.json --out models/curve.svg

Dashed lines are what Hamborg & Donnay (EACL 2021) published for GRU-TSC on the test splits; how fast it is, they do not say.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

SPLITS = {"rw-dev": "#1f6f8b", "mt-dev": "#c8553d"}
PUBLISHED = {"rw-dev": 83.1, "mt-dev": 82.5}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 60, 610, 30, 310
SLOWEST, FASTEST = 10, 1000
WORST, BEST = 72, 90


def x(speed: float) -> float:
    return LEFT + (RIGHT - LEFT) * math.log(speed / SLOWEST) / math.log(FASTEST / SLOWEST)


def y(f1: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * (f1 - WORST) / (BEST - WORST)


def text(at: tuple[float, float], words: str, anchor: str = "start", color: str = "#333") -> str:
    return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" fill="{color}">{words}</text>'


def line(start: tuple[float, float], end: tuple[float, float], color: str, more: str = "") -> str:
    (a, b), (c, d) = start, end
    return f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" stroke="{color}"{more}/>'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--point", nargs=3, action="append", metavar=("NAME", "RW", "MT"), required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        text((LEFT, 18), "macro F1 (%)"),
        text((RIGHT, HEIGHT - 12), "targets a second, two cores, AVX2", "end"),
    ]
    for f1 in range(WORST + 2, BEST + 1, 4):
        drawn.append(line((LEFT, y(f1)), (RIGHT, y(f1)), "#e4e4e4"))
        drawn.append(text((LEFT - 8, y(f1) + 4), str(f1), "end"))
    for speed in (10, 30, 100, 300, 1000):
        drawn.append(text((x(speed), BOTTOM + 18), f"{speed:,}", "middle"))
    drawn.append(line((LEFT, BOTTOM), (RIGHT, BOTTOM), "#333"))
    points: dict[str, list[tuple[float, float]]] = {split: [] for split in SPLITS}
    names = []
    for name, *files in args.point:
        for split, file in zip(SPLITS, files):
            figures = json.loads(Path(file).read_text())
            points[split].append((x(figures["sentences_per_second"]), y(100 * figures["macro_f1"])))
        last = [of_split[-1] for of_split in points.values()]
        # Above the first point, where no line comes from, and below the others.
        names.append(text((last[0][0] + 10, last[0][1] + (16 if names else -8)), name))
    for number, (split, color) in enumerate(SPLITS.items()):
        published = y(PUBLISHED[split])
        drawn.append(line((LEFT, published), (RIGHT, published), color, ' stroke-dasharray="5 4"'))
        ordered = sorted(points[split])
        drawn += [line(a, b, color, ' stroke-width="2"') for a, b in zip(ordered, ordered[1:])]
        drawn += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5" fill="{color}"/>' for a, b in ordered]
        drawn.append(text((RIGHT, TOP + 16 + 16 * number), f"NewsMTSC {split}", "end", color))
    drawn.append(text((RIGHT, TOP + 48), "dashed: GRU-TSC as published, on the test splits", "end"))
    args.out.write_text("\n".join([*drawn, *names, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
