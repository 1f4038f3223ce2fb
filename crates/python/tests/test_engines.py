"""One corpus through the command, four shards, Python, Spark and Ray: the same tables, to the byte."""

import csv
import os
import shutil
import subprocess
import warnings

import newstance
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FACTS = ["documents", "mentions", "rejected"]
DERIVED = ["articles", "actors", "timeline", "sources", "pairs", "breakdown"]
NAME = "corpus.parquet"
COLUMNS = ["id", "title", "body", "published", "outlet", "desk"]
HOW = {"source": "outlet", "keep": ["desk"], "name": NAME}
STORY = (
    "Critics condemned Putin in Moscow on Friday, and they praised Zelenskyy for his courage in the long and bitter war that has gone on "
    "for years without an end in sight for anybody."
)
#: What is found in one part by what another tells: ids that come twice, copies, the order of day and month; and records of all sorts.
UNTIDY = [
    {"id": "copy", "title": "Friday", "body": STORY, "published": "03/04/2025", "outlet": "Ledger", "desk": "world"},
    {"body": "Trump lied to them.", "published": "03/04/2025"},
    {"id": "copy", "title": "Twice", "body": "Putin lied to them.", "outlet": "Ledger"},
    {"id": "empty", "title": "Empty", "outlet": "Ledger"},
    {"id": "again", "title": "Again", "body": STORY, "published": "15/04/2025", "outlet": "Wire", "desk": "world"},
    {"id": "cut", "title": "Cut", "body": "Zelenskyy was praised. [+12 chars]", "published": "not a day", "outlet": "Wire"},
]


@pytest.fixture(scope="module")
def corpus(rows):
    repeated = [row | {"id": f"{row['id']}-{time}", "body": f"{time}. {row['body']}"} for time in range(8) for row in rows]
    everything = [{name: row.get(name) for name in COLUMNS} for row in [*UNTIDY, *repeated, UNTIDY[1], UNTIDY[5]]]
    return pa.Table.from_pylist(everything, pa.schema([(name, pa.string()) for name in COLUMNS]))


@pytest.fixture(scope="module")
def folder(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines")
    pq.write_table(corpus, folder / NAME)
    return folder


@pytest.fixture(scope="module")
def run(command, folder):
    def run(*arguments, codes=(0,)):
        done = subprocess.run([command, *arguments, "-q"], cwd=folder, check=False, capture_output=True, text=True)
        assert done.returncode in codes, done.stderr

    return run


def read(folder, names):
    return {name: (folder / f"{name}.csv").read_bytes() for name in names}


@pytest.fixture(scope="module")
def expected(folder, run):
    """The files of the command."""
    run("score", NAME, "-o", "out", "--map", "source=outlet", "--keep", "desk", codes=[3])
    run("aggregate", "out", "-o", "derived", "--by", "desk")
    found = read(folder / "out", FACTS) | read(folder / "derived", DERIVED)
    documents = list(csv.DictReader((folder / "out" / "documents.csv").open(encoding="utf-8")))
    assert sum(row["copy_of"] == "copy" for row in documents) == 1
    assert documents[1]["article_id"] == f"{NAME}:2" and documents[1]["date"] == "2025-04-03"
    assert found["rejected"].count(b"duplicate id") == 2
    return found


def same(folder, facts, derived, expected, but=()):
    """Whether tables have the bytes of the command's."""
    tables = {name: getattr(facts, name) for name in FACTS} | {name: getattr(derived, name) for name in DERIVED if name not in but}
    folder.mkdir()
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv")
    found = read(folder, tables)
    assert [name for name in tables if found[name] != expected[name]] == []


def test_four_shards(folder, run, expected):
    parts = [f"part-{number}" for number in range(1, 5)]
    for number, part in enumerate(parts, 1):
        shard = ["--shard", f"{number}/4"]
        run("score", NAME, "-o", part, "--map", "source=outlet", "--keep", "desk", *shard, codes=[0, 3])
    run("aggregate", *parts, "-o", "whole", "--by", "desk")
    whole = read(folder / "whole", DERIVED)
    assert whole == {name: expected[name] for name in DERIVED}
    for name in FACTS:
        lines = [line for part in parts for line in read(folder / part, [name])[name].splitlines()[1:]]
        assert sorted(lines) == sorted(expected[name].splitlines()[1:])


@pytest.mark.filterwarnings("ignore:.*records were rejected")
def test_python(tmp_path, corpus, engine, expected):
    facts = engine.score(corpus, **HOW)
    same(tmp_path / "tables", facts, facts.aggregate(by="desk"), expected)


needs_java = pytest.mark.skipif(not shutil.which("java") and "CI" not in os.environ, reason="Spark needs Java")


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1"}
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@needs_java
@pytest.mark.parametrize("batch_rows", [7, 512])
def test_spark(tmp_path, spark, corpus, engine, expected, batch_rows):
    import newstance.spark

    rows = [tuple(row.values()) for row in corpus.to_pylist()]
    df = spark.createDataFrame(spark.sparkContext.parallelize(rows, 3), ", ".join(f"{name} string" for name in COLUMNS))
    facts = newstance.spark.score(df, engine, batch_rows=batch_rows, **HOW)
    derived = newstance.spark.aggregate(facts, by="desk")
    collected = facts.collect()
    same(tmp_path / "tables", collected, derived, expected, but=["articles"])
    collected.aggregate().articles.to_csv(tmp_path / "articles.csv")
    assert (tmp_path / "articles.csv").read_bytes() == expected["articles"]

    # Data frames, also where partitions are put together.
    assert facts.documents.count() == len(collected.documents)
    assert facts.rejected.coalesce(1).count() == len(collected.rejected)
    stances = sorted((row["article_id"], row["start"], row["stance"]) for row in facts.mentions.coalesce(1).collect())
    own = collected.mentions
    assert stances == sorted(zip(own["article_id"], own["start"], own["stance"]))
    articles = sorted((row["article_id"], row["actor"], row["stance"]) for row in derived.articles.collect())
    own = collected.aggregate().articles
    assert articles == sorted(zip(own["article_id"], own["actor"], own["stance"]))
    facts.unpersist()


@needs_java
def test_spark_tells_if_a_part_that_was_lost_is_another_when_it_is_read_again(tmp_path, spark, engine):
    import newstance.spark

    path = tmp_path / "days.json"

    def write(day):
        path.write_text("\n".join(f'{{"id": {row}, "text": "Critics condemned Putin on {day}."}}' for row in range(3)))

    write("Monday")
    df = spark.read.json(str(path))
    facts = newstance.spark.score(df, engine)
    facts.unpersist()
    assert facts.mentions.count() == 3
    write("Sunday")
    with pytest.raises(Exception, match="when it is read again"):
        facts.mentions.count()


@needs_java
def test_spark_takes_days_and_nested_fields_and_nothing(spark, engine):
    import datetime

    import newstance.spark

    row = (1, ("Ledger",), datetime.date(2024, 9, 5), "Critics condemned Putin.")
    df = spark.createDataFrame([row], "id long, source struct<name: string>, published date, text string")
    facts = newstance.spark.score(df, engine)
    (document,) = facts.documents.collect()
    assert (document["article_id"], document["source"], document["date"]) == ("1", "Ledger", datetime.date(2024, 9, 5))
    nothing = newstance.spark.score(df.where("id > 1"), engine)
    assert (nothing.documents.count(), nothing.mentions.count(), nothing.rejected.count()) == (0, 0, 0)
    assert newstance.spark.aggregate(nothing).actors["mentions"] == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="'body' is no column: there are id, source"):
        newstance.spark.score(df, engine, text="body")
    with pytest.raises(TypeError, match="no such argument: txt"):
        newstance.spark.score(df, engine, txt="text")


@pytest.fixture(scope="module")
def cluster():
    import ray
    import ray.data

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray
    ray.shutdown()


def test_ray(tmp_path, cluster, corpus, engine, expected):
    import newstance.ray

    third = -(-corpus.num_rows // 3)
    for part in range(3):
        pq.write_table(corpus.slice(part * third, third), tmp_path / f"{part}.parquet")
    ds = cluster.data.read_parquet([str(tmp_path / f"{part}.parquet") for part in range(3)])
    facts = newstance.ray.score(ds, engine, batch_rows=10, **HOW)
    collected = facts.collect()
    same(tmp_path / "tables", collected, newstance.ray.aggregate(facts, by="desk"), expected)
    assert facts.mentions.count() == len(collected.mentions)
    assert facts.documents.columns() == collected.documents.column_names
    threads = newstance.ray.score(ds, engine, threads=2, **HOW)
    assert threads.collect().mentions.to_dicts() == collected.mentions.to_dicts()
