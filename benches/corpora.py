"""Makes the large corpora that aggregate, report, compare and score are timed on.

    python3 benches/corpora.py articles NEWS.csv ROWS OUT.csv      repeats the rows of a CSV file; its first column is the id
    python3 benches/corpora.py distinct NEWS.csv ROWS OUT.csv [FIRST]   recombines the sentences of its column text, each with a number
                                                                   of its own from FIRST on, so that nothing is scored or copied twice
    python3 benches/corpora.py facts SCORED MENTIONS OUT           repeats a scored folder: OUT has Parquet, OUT-csv has CSV

Repetitions have ids of their own. Those of facts have 97 outlets, 900 days and sentences of their own, too. A scored folder needs
Parquet (`newstance score ... --format both`), and this script polars.
"""

import csv
import datetime
import itertools
import json
import random
import re
import sys
from pathlib import Path


def articles(source, rows, target):
    csv.field_size_limit(2**31 - 1)
    with open(source, newline="", encoding="utf-8") as file:
        header, *known = csv.reader(file)
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        repeated = ([f"{row[0]}-{time}", *row[1:]] for time in itertools.count() for row in known)
        writer.writerows(itertools.islice(repeated, rows))


SENTENCES = 10


def distinct(source, rows, target, first=0):
    csv.field_size_limit(2**31 - 1)
    with open(source, newline="", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    pieces = [piece for text in texts for piece in re.split(r"(?<=[a-z][.!?]) +(?=[A-Z])", " ".join(text.split()))]
    # Of two sentences, or of a headline without a stop before one, the first would come again.
    known = [piece for piece in pieces if 5 < len(piece.split()) < 60 and re.fullmatch(r"[A-Z][^.!?:;“”\"]+[.!?]", piece)]
    chosen = random.Random(first + 1)
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        for row in range(first, first + rows):
            words = (f"{sentence[:-1]} in case {row}-{at}{sentence[-1]}" for at, sentence in enumerate(chosen.choices(known, k=SENTENCES)))
            writer.writerow([row, " ".join(words)])


def facts(source, least, target):
    import polars as pl

    mentions = pl.read_parquet(source / "mentions.parquet")
    documents = pl.read_parquet(source / "documents.parquet").filter(pl.col("mentions") > 0)
    of_time = []
    for time in range(-(-least // mentions.height)):
        places = range(documents.height)
        new = documents.select("article_id").with_columns(
            source=pl.Series([f"Outlet {(place * 7919 + time * 104729) % 97}" for place in places]),
            date=pl.Series([datetime.date(2022, 1, 1) + datetime.timedelta(days=(place * 31 + time * 17) % 900) for place in places]),
        )
        renamed = pl.col("article_id") + f"#{time}"
        of_time.append([
            documents.update(new, on="article_id").with_columns(renamed, copy_of=pl.lit(None, dtype=pl.String)),
            mentions.update(new, on="article_id").with_columns(renamed, sentence=pl.col("sentence") + f" ({time})"),
        ])
    documents, mentions = (pl.concat(tables) for tables in zip(*of_time))
    manifest = json.loads((source / "manifest.json").read_text())
    manifest["counts"] |= {"articles": documents.height, "mentions": mentions.height}
    for form, folder in [("parquet", target), ("csv", target.with_name(f"{target.name}-csv"))]:
        folder.mkdir(parents=True)
        manifest["tables"]["formats"] = [form]
        (folder / "manifest.json").write_text(json.dumps(manifest))
        for name, table in [("documents", documents), ("mentions", mentions)]:
            path = folder / f"{name}.{form}"
            if form == "parquet":
                table.write_parquet(path)
            else:
                table.write_csv(path, float_precision=6)
    print(f"{documents.height} articles, {mentions.height} mentions")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["articles", source, rows, target]:
            articles(source, int(rows), target)
        case ["distinct", source, rows, target, *first]:
            distinct(source, int(rows), target, *map(int, first))
        case ["facts", source, least, target]:
            facts(Path(source), int(least), Path(target))
        case _:
            sys.exit(__doc__)
