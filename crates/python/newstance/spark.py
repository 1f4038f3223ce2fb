"""newstance on Spark: stance scoring of data frames, from Spark 3.5 on.

>>> import newstance, newstance.spark                                       # doctest: +SKIP
>>> engine = newstance.Engine(actors="my.toml")                             # doctest: +SKIP
>>> facts = newstance.spark.score(df, engine, text="body", id="article_id") # doctest: +SKIP
>>> facts.mentions.write.parquet("mentions")                                # doctest: +SKIP
>>> newstance.spark.aggregate(facts).timeline.to_pandas()                   # doctest: +SKIP
"""

import pyarrow as pa
from pyspark import StorageLevel, TaskContext
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from . import _Aggregator, _Planner, _survey
from ._parts import (
    PartPlan,
    PartScorer,
    arguments_of,
    engine_here,
    facts_of_nothing,
    from_ipc,
    nested,
    slim,
    to_ipc,
    unnested,
)

__all__ = ["Derived", "Facts", "aggregate", "score"]

#: Rows that Spark hands over at a time: ten thousand articles, its own number, may be a hundred megabytes.
_ROWS = 512
_ROWS_SETTING = "spark.sql.execution.arrow.maxRecordsPerBatch"
#: The column that says which partition a row is of. TaskContext does not where a later step puts partitions together.
_PART = "_newstance_part"


class Facts:
    """What was found: data frames with the columns of documents.csv, mentions.csv and rejected.csv.

    They are computed once, when they are first used, and kept on the executors' disks until unpersist. manifest: what was run on what.
    """

    def __init__(self, scored, manifest):
        self._scored, self.manifest = scored, manifest

    @property
    def documents(self):
        """A row an article."""
        return self._scored.where("document is not null").select("document.*")

    @property
    def mentions(self):
        """A row a mention."""
        return self._scored.select(F.explode("mentions").alias("mention")).select("mention.*")

    @property
    def rejected(self):
        """A row a record that was not scored, or not as it is."""
        return self._scored.where("rejected is not null").select("rejected.*")

    def collect(self):
        """All facts in this process, as newstance.Facts."""
        scored = self._scored
        # Spark 3.5 has no public method.
        table = scored.toArrow() if hasattr(scored, "toArrow") else pa.Table.from_batches(
            scored._collect_as_arrow(), _arrow_schema(self)
        )
        return unnested(table, self.manifest)

    def unpersist(self):
        """Gives the disks back."""
        self._scored.unpersist()


def _arrow_schema(facts):
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(facts._scored.schema)


class Derived:
    """The derived tables: actors, timeline, sources, pairs and breakdown are newstance.Tables in this process, articles is a data frame."""

    def __init__(self, tables, articles):
        self.actors, self.timeline, self.sources = tables.actors, tables.timeline, tables.sources
        self.pairs, self.breakdown, self.articles = tables.pairs, tables.breakdown, articles

    def __repr__(self):
        return f"newstance.spark.Derived(actors: {len(self.actors)}, timeline: {len(self.timeline)} rows)"

    def _repr_html_(self):
        return self.actors._repr_html_()


def score(df, engine, *, name="table", batch_rows=_ROWS, **columns):
    """Scores the articles of a data frame, one a row, on all executors.

    engine: a newstance.Engine. Each Python process of an executor makes one of the same actors and model, once, with spark.task.cpus
    threads. This package must be there on all of them, and so must a model other than fast (`newstance models add`).
    text, title, id, source, published, url, keep, name: as in Engine.score.
    batch_rows: rows that Spark hands over at a time, set for the session; fewer where articles are books.

    The data frame is read twice: first to find repeated ids and copies in all of it. If its rows may come in another order the second time,
    as they may behind a shuffle, cache it or write it to Parquet first; a change is noticed, and ends the job.
    """
    spark = df.sparkSession
    columns, read = arguments_of(df.columns, columns)
    columns["name"] = name
    if int(spark.conf.get(_ROWS_SETTING)) > batch_rows:
        spark.conf.set(_ROWS_SETTING, str(batch_rows))
    df = df.select(*(F.col(f"`{column}`") for column in read), F.spark_partition_id().alias(_PART))
    order, plans = _plan(df, name, columns)
    plans = spark.sparkContext.broadcast(plans)
    nothing, made_of = facts_of_nothing(engine, columns), engine._made_of()

    def score_part(batches):
        scorer = None
        for batch in batches:
            if scorer is None:
                part = batch.column(_PART)[0].as_py()
                engine = engine_here(made_of, TaskContext.get().cpus())
                scorer = PartScorer(engine, order, columns, plans.value.get(part))
            facts = scorer.score(pa.Table.from_batches([batch]).drop_columns([_PART]))
            yield from nested(facts).to_batches()
        if scorer is not None:
            scorer.finish()

    scored = df.mapInArrow(score_part, from_arrow_schema(nested(nothing).schema))
    return Facts(scored.persist(StorageLevel.DISK_ONLY), nothing.manifest)


def _plan(df, name, columns):
    """What the dates of a data frame tell, and a plan for each of its partitions."""

    def survey_part(batches):
        digest = 0
        for batch in batches:
            part = batch.column(_PART)[0].as_py()
            rows = pa.Table.from_batches([batch]).drop_columns([_PART])
            survey, (day_first, month_first), digest = _survey(rows, digest, **columns)
            yield pa.RecordBatch.from_pydict({
                "part": pa.array([part], pa.int32()),
                "day_first": pa.array([day_first], pa.int64()),
                "month_first": pa.array([month_first], pa.int64()),
                "digest": [f"{digest:x}"],
                "survey": pa.array([to_ipc(survey.to_pyarrow())], pa.binary()),
            })

    schema = "part int, day_first long, month_first long, digest string, survey binary"
    surveys = df.mapInArrow(survey_part, schema).persist(StorageLevel.DISK_ONLY)
    try:
        told = surveys.agg(F.sum("day_first"), F.sum("month_first")).first()
        order = (told[0] or 0, told[1] or 0)
        planner, plans, pieces = _Planner(name, order), {}, []
        records = articles = 0
        part = digest = None

        def close():
            nonlocal records, articles, pieces
            if pieces:
                plans[part] = PartPlan(records, articles, pieces, int(digest, 16))
                records += plans[part].records_in
                articles += plans[part].articles_in
                pieces = []

        # Partition by partition, in their order.
        for row in surveys.toLocalIterator():
            if row["part"] != part:
                close()
                part = row["part"]
            digest = row["digest"]
            pieces.append(planner.plan(from_ipc(row["survey"])))
        close()
        return order, plans
    finally:
        surveys.unpersist()


def aggregate(facts, *, period=None, by=()):
    """The derived tables of facts, with the figures of the command, digit for digit.

    Facts come to this process partition by partition, without texts, so that its memory does not grow with the corpus. The table articles,
    which does, stays a data frame.
    """
    manifest = facts.manifest

    def slim_part(batches):
        for batch in batches:
            table = slim(pa.Table.from_batches([batch]))
            yield pa.RecordBatch.from_pydict({"facts": pa.array([to_ipc(table)], pa.binary())})

    def articles_part(batches):
        for batch in batches:
            found = unnested(pa.Table.from_batches([batch]), manifest).aggregate().articles
            yield from found.to_pyarrow().to_batches()

    aggregator = _Aggregator(manifest, period=period, by=by, articles=False)
    for row in facts._scored.mapInArrow(slim_part, "facts binary").toLocalIterator():
        aggregator.add(unnested(from_ipc(row["facts"]), manifest))
    tables = aggregator.complete()
    schema = from_arrow_schema(tables.articles.to_pyarrow().schema)
    return Derived(tables, facts._scored.mapInArrow(articles_part, schema))
