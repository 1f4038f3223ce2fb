"""Draws quality against speed, for the README, from what `newstance eval --json` printed.

    newstance eval report.jsonl --json >fast.json      # and so on, with --model
    python training/curve.py --point fast fast.json --point balanced balanced.json \\
        --point accurate accurate.json --processor "AVX-512" --out models/curve.svg

Bars are 95 % intervals over sentences.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

COLOR = "#1f6f8b"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 60, 610, 36, 270
SLOWEST, FASTEST = 100, 3000
WORST, BEST = 70, 90


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
    parser.add_argument("--point", nargs=2, action="append", metavar=("NAME", "FIGURES"), required=True)
    parser.add_argument("--processor", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        text((LEFT, 18), "macro F1 (%) of 1,219 mentions of the news, 95 % intervals"),
        text((RIGHT, HEIGHT - 12), f"targets a second, two cores, {args.processor}, int8", "end"),
    ]
    for f1 in range(WORST, BEST + 1, 5):
        drawn.append(line((LEFT, y(f1)), (RIGHT, y(f1)), "#e4e4e4"))
        drawn.append(text((LEFT - 8, y(f1) + 4), str(f1), "end"))
    for speed in (100, 300, 1000, 3000):
        drawn.append(text((x(speed), BOTTOM + 18), f"{speed:,}", "middle"))
    drawn.append(line((LEFT, BOTTOM), (RIGHT, BOTTOM), "#333"))
    points = []
    for name, file in args.point:
        figures = json.loads(Path(file).read_text())
        at = (x(figures["sentences_per_second"]), y(100 * figures["macro_f1"]))
        interval = figures["intervals"]["macro_f1"]
        low, high = (interval["low"], interval["high"]) if isinstance(interval, dict) else interval
        drawn.append(line((at[0], y(100 * low)), (at[0], y(100 * high)), COLOR))
        drawn.append(text((at[0] + 10, at[1] - 8), f'{name}, {100 * figures["macro_f1"]:.1f}'))
        points.append(at)
    points.sort()
    drawn += [line(a, b, COLOR, ' stroke-width="2"') for a, b in zip(points, points[1:])]
    drawn += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5" fill="{COLOR}"/>' for a, b in points]
    args.out.write_text("\n".join([*drawn, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
