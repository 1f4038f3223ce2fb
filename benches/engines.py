"""Scores one corpus with the command, Python, Spark and Ray, in turns, and checks that all find the same.

    python benches/engines.py NEWS.csv... [ENGINE...]      engines: command, shards, python, spark, ray; by default all

Each file has the columns id and text, and is a round; benches/corpora.py distinct makes them. No two have a sentence in common, since
engines remember answers. It needs the wheel, pyarrow and what the engines need.

Seconds are those from a file (the command), a table in memory (Python, Ray) or a Parquet file (Spark) to the facts and derived tables:
files, tables in memory, or what executors keep of data frames. Start-up is what twenty articles take in the same round: programs, actors
and their models, jobs. Shares are of what is left. Medians over the rounds.
"""

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
TABLES = ["documents", "mentions", "articles", "actors", "timeline", "sources", "pairs"]
PROGRAM = Path(__file__).parents[1] / "target" / "release" / "newstance"
FEW = 20


def digests(facts, derived, folder):
    """Digests of the CSV of all tables."""
    for name in TABLES:
        table = getattr(facts if name in ("documents", "mentions") else derived, name)
        table.to_csv(folder / f"{name}.csv")
    return digests_of(folder)


def digests_of(folder):
    return {name: hashlib.sha256((folder / f"{name}.csv").read_bytes()).hexdigest()[:12] for name in TABLES}


class Command:
    def __init__(self, folder):
        self.out, self.corpus = folder / "command", folder / "corpus.csv"

    def take(self, table):
        from pyarrow import csv

        csv.write_csv(table, self.corpus)

    def run(self):
        score = [PROGRAM, "score", self.corpus, "-o", self.out, "--overwrite", "-q", "--threads", "2"]
        subprocess.run(score, check=True)

    def found(self):
        return digests_of(self.out)


class Shards(Command):
    """Four parts, one after another on this machine, and put together."""

    def __init__(self, folder):
        self.folder, self.out, self.corpus = folder / "parts", folder / "whole", folder / "corpus.csv"

    def run(self):
        parts = [self.folder / str(part) for part in range(1, 5)]
        for number, part in enumerate(parts, 1):
            score = [PROGRAM, "score", self.corpus, "-o", part, "--overwrite", "-q", "--shard", f"{number}/4"]
            subprocess.run(score, check=True)
        subprocess.run([PROGRAM, "aggregate", *parts, "-o", self.out, "--overwrite", "-q"], check=True)

    def found(self):
        # Documents and mentions stay in the parts.
        return {name: hashlib.sha256((self.out / f"{name}.csv").read_bytes()).hexdigest()[:12] for name in TABLES[2:]}


class Python:
    def __init__(self, folder):
        import newstance

        self.folder = folder / "python"
        self.folder.mkdir()
        self.engine = newstance.Engine(threads=2)

    def take(self, table):
        self.table = table

    def run(self):
        self.facts = self.engine.score(self.table, progress=False)
        self.derived = self.facts.aggregate()

    def found(self):
        return digests(self.facts, self.derived, self.folder)


class Spark:
    def __init__(self, folder):
        import newstance
        import newstance.spark
        from pyspark.sql import SparkSession

        self.module, self.folder = newstance.spark, folder / "spark"
        self.folder.mkdir()
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.memory": "4g",
            "spark.sql.session.timeZone": "UTC",
            "spark.local.dir": str(folder),
        }
        builder = SparkSession.builder.master("local[2]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.spark = builder.getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")
        self.engine, self.facts = newstance.Engine(threads=1), None

    def take(self, table):
        import pyarrow.parquet as pq

        path = self.folder / "corpus.parquet"
        pq.write_table(table, path, row_group_size=-(-table.num_rows // 8))
        # One file in two parts, in order: of several files, Spark takes the largest first.
        self.spark.conf.set("spark.sql.files.maxPartitionBytes", str(path.stat().st_size // 2 + 1024))
        self.spark.conf.set("spark.sql.files.openCostInBytes", "1024")
        if self.facts:
            self.facts.unpersist()
        self.path = str(path)

    def run(self):
        self.facts = self.module.score(self.spark.read.parquet(self.path), self.engine)
        self.derived = self.module.aggregate(self.facts)
        self.articles = self.derived.articles.count()


    def found(self):
        facts = self.facts.collect()
        found = digests(facts, facts.aggregate(), self.folder)
        for name in ("actors", "timeline", "sources", "pairs"):
            getattr(self.derived, name).to_csv(self.folder / f"{name}.csv")
        assert self.articles == len(facts.aggregate().articles)
        return found | {name: digest for name, digest in digests_of(self.folder).items() if name not in TABLES[:3]}


class Ray:
    def __init__(self, folder):
        import newstance
        import newstance.ray
        import ray
        import ray.data

        self.module, self.folder, self.ray = newstance.ray, folder / "ray", ray
        self.folder.mkdir()
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        # All actors are there when the first is given something, so that start-up is that of all.
        context.wait_for_min_actors_s = 60
        self.engine = newstance.Engine(threads=1)

    def take(self, table):
        # Actors should end at about the same time.
        rows = -(-table.num_rows // 32)
        self.blocks = [table.slice(start, rows) for start in range(0, table.num_rows, rows)]

    def run(self):
        self.facts = self.module.score(self.ray.data.from_arrow(self.blocks), self.engine)
        self.derived = self.module.aggregate(self.facts)

    def found(self):
        return digests(self.facts.collect(), self.derived, self.folder)


def table_of(corpus):
    import pyarrow as pa
    from pyarrow import csv

    options = csv.ParseOptions(newlines_in_values=True)
    types = csv.ConvertOptions(column_types={"id": pa.string(), "text": pa.string()})
    return csv.read_csv(corpus, parse_options=options, convert_options=types)


ENGINES = {"command": Command, "shards": Shards, "python": Python, "spark": Spark, "ray": Ray}


def timed(engine, table):
    engine.take(table)
    started = time.perf_counter()
    engine.run()
    return time.perf_counter() - started


def main(*arguments):
    import pyarrow.compute as pc

    corpora = [it for it in arguments if it not in ENGINES]
    names = [it for it in arguments if it in ENGINES] or list(ENGINES)
    seconds = {name: [] for name in names}
    starts = {name: [] for name in names}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        engines = {name: ENGINES[name](Path(folder)) for name in names}
        for round, corpus in enumerate([corpora[0], *corpora]):
            table = table_of(corpus)
            # Other sentences than those that are timed.
            texts = pc.replace_substring(table.column("text"), " in case ", f" as to {round} ")
            few = table.set_column(1, "text", texts).slice(0, FEW)
            for name, engine in engines.items():
                start = timed(engine, few)
                # The first round is for programs that are slow at first.
                if round:
                    starts[name].append(start)
                    seconds[name].append(timed(engine, table))
        found = {name: engine.found() for name, engine in engines.items()}
    expected = found.get("command") or found[names[0]]
    left = {name: statistics.median(seconds[name]) - statistics.median(starts[name]) for name in names}
    usual = left.get("command") or left[names[0]]
    print("engine    seconds  start-up  of the command  the same tables")
    for name in names:
        same = [table for table, digest in found[name].items() if digest == expected[table]]
        other = [table for table in found[name] if table not in same]
        verdict = f"all {len(same)}" if not other else f"not {', '.join(other)}"
        whole, start = statistics.median(seconds[name]), statistics.median(starts[name])
        print(f"{name:8}  {whole:7.2f}  {start:8.2f}  {100 * usual / left[name]:12.1f} %  {verdict}")
    if any(found[name][table] != expected[table] for name in names for table in found[name]):
        sys.exit("engines differ")


if __name__ == "__main__":
    main(*sys.argv[1:])
