"""A derived table, actors.csv by default, from the printed documents.csv and mentions.csv, with Python's standard library alone.

Usage: python3 derived.py FOLDER [actors|timeline|sources|pairs], which holds these two and manifest.json; writes the table to standard
output. Written from the definitions in README, not from the Rust code.
"""

import csv
import hashlib
import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, getcontext
from fractions import Fraction
from pathlib import Path

REPLICATES = 1000
SEED = b"newstance bootstrap 1"
MASK = (1 << 64) - 1
getcontext().prec = 60


def rounded(number):
    """A fraction in millionths; halves go away from zero."""
    scaled = number * 10**6
    quotient = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return int(quotient.quantize(Decimal(1), ROUND_HALF_UP))


def printed(millionths):
    if millionths is None:
        return ""
    sign = "-" if millionths < 0 else ""
    return f"{sign}{abs(millionths) // 10**6}.{abs(millionths) % 10**6:06}"


def mean(values):
    return rounded(Fraction(sum(values), len(values) * 10**6))


def poisson_bounds():
    """P(count <= k) of a Poisson(1) variate, in 32 bits."""
    term, total, bounds = 1 / Decimal(1).exp(), Decimal(0), []
    for k in range(20):
        term = term / k if k else term
        total += term
        bound = int((total * 2**32 - Decimal("0.5")).to_integral_value(ROUND_CEILING))
        if bound < 2**32:
            bounds.append(bound)
    return bounds


BOUNDS = poisson_bounds()


def weights(cluster):
    state = int.from_bytes(hashlib.sha256(SEED + cluster.encode()).digest()[:8], "little")
    drawn = []
    while len(drawn) < REPLICATES:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        drawn += [sum(bits >= bound for bound in BOUNDS) for bits in (z & 0xFFFFFFFF, z >> 32)]
    return drawn


def quantile(values, per_mille):
    place = per_mille * (len(values) - 1)
    below, rest = place // 1000, place % 1000
    low, high = values[below], values[min(below + 1, len(values) - 1)]
    return rounded(Fraction(low * (1000 - rest) + high * rest, 1000 * 10**6))


CLUSTERS = {}


def read_clusters(folder):
    """An article and its copies are resampled together, by the first one's id."""
    documents = csv.DictReader(open(folder / "documents.csv", encoding="utf-8", newline=""))
    CLUSTERS.update((row["article_id"], row["copy_of"] or row["article_id"]) for row in documents)


def interval(stances):
    """Of article stances by article id."""
    if len({CLUSTERS[article] for article in stances}) < 5:
        return None, None
    sums, counts = [0] * REPLICATES, [0] * REPLICATES
    for article, stance in stances.items():
        for at, weight in enumerate(weights(CLUSTERS[article])):
            sums[at] += weight * stance
            counts[at] += weight
    means = sorted(rounded(Fraction(s, c * 10**6)) for s, c in zip(sums, counts) if c)
    return quantile(means, 25), quantile(means, 975)


def stances_of(mentions):
    """Article stances by article id."""
    sentences = defaultdict(lambda: defaultdict(list))
    for it in mentions:
        stance = rounded(Fraction(it["p_positive"]) - Fraction(it["p_negative"]))
        assert printed(stance) == it["stance"], it
        sentences[it["article_id"]][it["sentence_index"]].append(stance)
    return {
        article: mean([mean(values) for values in by_sentence.values()])
        for article, by_sentence in sentences.items()
    }


def counted(mentions):
    return [sum(it["label"] == label for it in mentions) for label in ("negative", "neutral", "positive")]


def pairs(folder):
    sys.stdout.reconfigure(newline="")
    rows = list(csv.DictReader(open(folder / "mentions.csv", encoding="utf-8", newline="")))
    actors = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["actors"]
    out = csv.writer(sys.stdout)
    header = ["holder", "actor", "articles", "articles_total", "mentions", "negative", "neutral", "positive"]
    voices = {"stance": {"author", "direct", "indirect"}, "author_stance": {"author"}}
    voices["quoted_stance"] = {"direct", "indirect"}
    out.writerow(header + [f"{name}{end}" for name in voices for end in ("", "_low", "_high")])
    for actor in actors:
        of_actor = [row for row in rows if row["actor"] == actor["id"]]
        total = len({row["article_id"] for row in of_actor})
        found = []
        for holder in {row["holder"] for row in of_actor}:
            mine = [row for row in of_actor if row["holder"] == holder]
            articles = len({row["article_id"] for row in mine})
            row = [holder, actor["id"], articles, total, len(mine), *counted(mine)]
            for of in voices.values():
                stances = stances_of([it for it in mine if it["voice"] in of])
                row.append(printed(mean(list(stances.values())) if stances else None))
                row += map(printed, interval(stances))
            found.append(((-articles, -len(mine), holder.encode()), row))
        out.writerows(row for _, row in sorted(found))


def main(folder):
    sys.stdout.reconfigure(newline="")
    rows = list(csv.DictReader(open(folder / "mentions.csv", encoding="utf-8", newline="")))
    documents = list(csv.DictReader(open(folder / "documents.csv", encoding="utf-8", newline="")))
    assert sum(int(row["mentions"]) for row in documents) == len(rows)
    actors = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["actors"]
    voices = {"stance": {"author", "direct", "indirect"}, "author_stance": {"author"}}
    voices["quoted_stance"] = {"direct", "indirect"}
    out = csv.writer(sys.stdout)
    header = ["actor", "name", "articles", "sentences", "mentions", "share_of_voice"]
    header += ["negative", "neutral", "positive", "net"]
    out.writerow(header + [f"{name}{end}" for name in voices for end in ("", "_low", "_high")])
    for actor in actors:
        mine = [row for row in rows if row["actor"] == actor["id"]]
        labels = counted(mine)
        row = [actor["id"], actor["name"], len({it["article_id"] for it in mine})]
        row += [len({(it["article_id"], it["sentence_index"]) for it in mine}), len(mine)]
        row += [printed(rounded(Fraction(len(mine), max(len(rows), 1)))), *labels]
        row.append(printed(rounded(Fraction(labels[2] - labels[0], len(mine))) if mine else None))
        for of in voices.values():
            stances = stances_of([it for it in mine if it["voice"] in of])
            row.append(printed(mean(list(stances.values())) if stances else None))
            row += map(printed, interval(stances))
        out.writerow(row)


def period_of(day, length):
    """The first day of the period that a day is in."""
    day = date.fromisoformat(day)
    starts = {"day": day, "week": day - timedelta(day.weekday()), "month": day.replace(day=1)}
    return starts.get(length, day.replace(month=1, day=1))


def following(start, length):
    days = {"day": 1, "week": 7, "month": 32, "year": 366}[length]
    return period_of((start + timedelta(days)).isoformat(), length)


def grouped(folder, first):
    """timeline.csv or sources.csv: an actor's articles in each period, or outlet."""
    sys.stdout.reconfigure(newline="")
    rows = list(csv.DictReader(open(folder / "mentions.csv", encoding="utf-8", newline="")))
    documents = list(csv.DictReader(open(folder / "documents.csv", encoding="utf-8", newline="")))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    length = manifest["period"]
    group = {}
    for row in documents:
        if row["scored"] == "true" and (first == "source" or row["date"]):
            name = row["source"].encode() if first == "source" else period_of(row["date"], length)
            group[row["article_id"]] = name
    names = sorted(set(group.values()))
    if first == "period" and names:
        start, names = names[0], [names[0]]
        while (start := following(start, length)) <= max(group.values()):
            names.append(start)
    voices = {"stance": {"author", "direct", "indirect"}, "author_stance": {"author"}}
    voices["quoted_stance"] = {"direct", "indirect"}
    out = csv.writer(sys.stdout)
    header = [first, "actor", "articles", "articles_total", "mentions", "negative", "neutral", "positive"]
    out.writerow(header + [f"{name}{end}" for name in voices for end in ("", "_low", "_high")])
    for name in names:
        within = [row for row in rows if group.get(row["article_id"]) == name]
        for actor in manifest["actors"]:
            mine = [row for row in within if row["actor"] == actor["id"]]
            row = [name.decode() if first == "source" else name.isoformat(), actor["id"]]
            row += [len({it["article_id"] for it in mine}), sum(it == name for it in group.values()), len(mine), *counted(mine)]
            for of in voices.values():
                stances = stances_of([it for it in mine if it["voice"] in of])
                row.append(printed(mean(list(stances.values())) if stances else None))
                row += map(printed, interval(stances))
            out.writerow(row)


TABLES = {
    "actors": main,
    "pairs": pairs,
    "timeline": lambda folder: grouped(folder, "period"),
    "sources": lambda folder: grouped(folder, "source"),
}

if __name__ == "__main__":
    read_clusters(Path(sys.argv[1]))
    TABLES[(sys.argv[2:] or ["actors"])[0]](Path(sys.argv[1]))
