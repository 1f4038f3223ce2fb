"""Computes differences.csv again, with Python's standard library alone, and compares.

Usage: python3 differences.py BEFORE AFTER DIFFERENCES.CSV GROUPING, where GROUPING is actor, source or voice. Written from the
definitions in README. Intervals, Holm's correction and what is detectable are the same to the last digit or two; p-values are computed
from other random numbers, so they may differ by what 20,000 permutations allow.
"""

import csv
import math
import random
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import derived
from derived import REPLICATES, mean, printed, quantile, rounded, weights

PERMUTATIONS = 20_000


def samples(folder, grouping):
    """(actor, group) to [(cluster, stance in millionths)], an entry for each article."""
    derived.CLUSTERS.clear()
    derived.read_clusters(folder)
    documents = csv.DictReader(open(folder / "documents.csv", encoding="utf-8", newline=""))
    source = {row["article_id"]: row["source"] for row in documents}
    rows = list(csv.DictReader(open(folder / "mentions.csv", encoding="utf-8", newline="")))
    groups = defaultdict(list)
    for row in rows:
        if grouping == "source":
            group = source[row["article_id"]]
        elif grouping == "voice":
            group = "author" if row["voice"] == "author" else "quoted"
        else:
            group = ""
        groups[row["actor"], group].append(row)
    return {
        key: [(derived.CLUSTERS[article], stance) for article, stance in derived.stances_of(mentions).items()]
        for key, mentions in groups.items()
    }


def bootstrap(sample):
    sums, counts = [0] * REPLICATES, [0] * REPLICATES
    for cluster, stance in sample:
        for at, weight in enumerate(weights(cluster)):
            sums[at] += weight * stance
            counts[at] += weight
    return [rounded(Fraction(s, c * 10**6)) if c else None for s, c in zip(sums, counts)]


def by_cluster(sample):
    found = defaultdict(lambda: [0, 0.0])
    for cluster, stance in sample:
        found[cluster][0] += 1
        found[cluster][1] += stance / 1e6
    return found


def error_and_difference(pairs):
    """Of [((articles, sum) before, (articles, sum) after)] for each cluster: the standard error of the difference of means."""
    totals = [[sum(pair[side][at] for pair in pairs) for at in (0, 1)] for side in (0, 1)]
    means = [total / articles for articles, total in totals]
    parts = []
    for pair in pairs:
        residuals = [(total - articles * means[side]) / totals[side][0] for side, (articles, total) in enumerate(pair)]
        parts.append((residuals[1] - residuals[0]) ** 2)
    return math.sqrt(sum(parts)), means[1] - means[0]


def statistic(pairs):
    error, difference = error_and_difference(pairs)
    if abs(difference) < 1e-9:
        return 0.0
    return abs(difference) / error if error > 1e-9 else math.inf


def p_value(before, after):
    a, b = by_cluster(before), by_cluster(after)
    both = [(tuple(a[key]), tuple(b[key])) for key in sorted(a.keys() & b.keys())]
    first = [tuple(a[key]) for key in sorted(a.keys() - b.keys())]
    second = [tuple(b[key]) for key in sorted(b.keys() - a.keys())]
    nothing = (0, 0.0)

    def arranged(first, second, both):
        return [(it, nothing) for it in first] + [(nothing, it) for it in second] + both

    observed = statistic(arranged(first, second, both))
    chance = random.Random(1)
    single, reached = first + second, 1
    for _ in range(PERMUTATIONS):
        chance.shuffle(single)
        swapped = [pair if chance.random() < 0.5 else pair[::-1] for pair in both]
        reached += statistic(arranged(single[: len(first)], single[len(first) :], swapped)) >= observed * (1 - 1e-9)
    return reached / (PERMUTATIONS + 1), error_and_difference(arranged(first, second, both))[0]


def main(before, after, table, grouping):
    sides = [samples(Path(folder), grouping) for folder in (before, after)]
    rows = list(csv.DictReader(open(table, encoding="utf-8", newline="")))
    assert {(row["actor"], row["group"]) for row in rows} == set(sides[0]) | set(sides[1])
    tested = 0
    for row in rows:
        key = row["actor"], row["group"]
        first, second = (side.get(key, []) for side in sides)
        assert (int(row["articles_before"]), int(row["articles_after"])) == (len(first), len(second)), row
        if not first or not second:
            assert row["difference"] == "", row
            continue
        difference = mean([it for _, it in second]) - mean([it for _, it in first])
        assert row["difference"] == printed(difference), row
        if min(len({cluster for cluster, _ in sample}) for sample in (first, second)) < 5:
            assert row["p"] == row["difference_low"] == "", row
            continue
        pairs = zip(bootstrap(first), bootstrap(second))
        drawn = sorted(b - a for a, b in pairs if a is not None and b is not None)
        ends = printed(quantile(drawn, 25)), printed(quantile(drawn, 975))
        assert ends == (row["difference_low"], row["difference_high"]), (ends, row)
        p, error = p_value(first, second)
        spread = 4 * math.sqrt(p * (1 - p) * (1 / 4999 + 1 / PERMUTATIONS)) + 1e-3
        assert abs(p - float(row["p"])) < spread, (p, row)
        assert abs((1.959964 + 0.841621) * error - float(row["detectable"])) < 2e-6, row
        tested += 1
    values = sorted((float(row["p"]), at) for at, row in enumerate(rows) if row["p"])
    least = 0.0
    for rank, (p, at) in enumerate(values):
        least = max(least, min(1.0, p * (len(values) - rank)))
        assert abs(least - float(rows[at]["p_holm"])) < 1e-6, rows[at]
    print(tested)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main(*sys.argv[1:])
