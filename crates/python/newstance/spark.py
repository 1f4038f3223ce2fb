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
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StringType

from . import _native
from ._parts import (
    PIECE,
    PartScorer,
    Settler,
    arguments_of,
    engine_here,
    facts_of_nothing,
    nested,
    plans_of,
    slim_of,
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

    They lie on the executors' disks until unpersist. manifest: what was run on what.
    """

    def __init__(self, scored, plans, name, nothing):
        self._scored, self._plans, self._name, self._nothing = scored, plans, name, nested(nothing)
        self.manifest = manifest = nothing.manifest
        shared = scored.sparkSession.sparkContext.broadcast(plans)

        def settle_part(batches):
            settler = Settler(shared.value, name, manifest)
            for batch in batches:
                for table in settler.nested(pa.Table.from_batches([batch])):
                    yield from table.to_batches()

        pieces = scored.select("part", "digest", "facts")
        self._settled = pieces.mapInArrow(settle_part, from_arrow_schema(self._nothing.schema))

    @property
    def documents(self):
        """A row an article."""
        return self._settled.where("document is not null").select("document.*")

    @property
    def mentions(self):
        """A row a mention."""
        return self._settled.select(F.explode("mentions").alias("mention")).select("mention.*")

    @property
    def rejected(self):
        """A row a record that was not scored, or not as it is."""
        return self._settled.where("rejected is not null").select("rejected.*")

    def collect(self):
        """All facts in this process, as newstance.Facts."""
        return unnested(_to_arrow(self._settled), self.manifest)

    def unpersist(self):
        """Gives the disks back."""
        self._scored.unpersist()


def _to_arrow(df):
    """All rows in this process; Spark 3.5 has no public method for it."""
    if hasattr(df, "toArrow"):
        return df.toArrow()
    return pa.Table.from_batches(df._collect_as_arrow(), to_arrow_schema(df.schema))


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

    The job runs now; repeated ids and copies are found in all of the data frame behind it.
    """
    spark = df.sparkSession
    columns, read, dates = arguments_of(df.columns, columns)
    if int(spark.conf.get(_ROWS_SETTING)) > batch_rows:
        spark.conf.set(_ROWS_SETTING, str(batch_rows))
    order = _order(df, dates, columns)
    rows = df.select(*(F.col(f"`{column}`") for column in read), F.spark_partition_id().alias(_PART))
    nothing, made_of = facts_of_nothing(engine, columns), engine._made_of()

    def score_part(batches):
        scorer = None
        for batch in batches:
            if scorer is None:
                part = batch.column(_PART)[0].as_py()
                engine = engine_here(made_of, TaskContext.get().cpus())
                scorer = PartScorer(engine, part, order, columns)
            yield from scorer.score(pa.Table.from_batches([batch]).drop_columns([_PART])).to_batches()

    scored = rows.mapInArrow(score_part, from_arrow_schema(PIECE)).persist(StorageLevel.DISK_ONLY)
    # All partitions at once; what comes next takes them one by one.
    scored.select(F.count("part")).collect()
    pieces = scored.select("part", "survey").toLocalIterator()
    return Facts(scored, plans_of(name, pieces), name, nothing)


def _order(df, dates, columns):
    """What the dates of a data frame tell of the order of day and month. Only texts do."""
    kinds = dict(zip(df.columns, df.schema.fields))
    dates = [name for name in dates if isinstance(kinds[name].dataType, StringType)]
    if not dates:
        return 0, 0

    def of_part(batches):
        for batch in batches:
            day_first, month_first = _native.order_of_dates(pa.Table.from_batches([batch]), **columns)
            yield pa.RecordBatch.from_pydict({"day_first": [day_first], "month_first": [month_first]})

    told = df.select(*(F.col(f"`{name}`") for name in dates))
    told = told.mapInArrow(of_part, "day_first long, month_first long")
    row = told.agg(F.sum("day_first"), F.sum("month_first")).first()
    return row[0] or 0, row[1] or 0


def aggregate(facts, *, period=None, by=()):
    """The derived tables of facts, with the figures of the command, digit for digit.

    Facts come to this process piece by piece, without texts, so that its memory does not grow with the corpus. The table articles, which
    does, stays a data frame.
    """
    manifest = facts.manifest
    aggregator = _native.Aggregator(manifest, period=period, by=by, articles=False)
    settler = Settler(facts._plans, facts._name, manifest)
    for part, digest, slim in facts._scored.select("part", "digest", "slim").toLocalIterator():
        aggregator.add(settler.settle(part, digest, slim_of(slim, facts._nothing)))
    tables = aggregator.complete()

    def articles_part(batches):
        for batch in batches:
            found = unnested(pa.Table.from_batches([batch]), manifest).aggregate().articles
            yield from found.to_pyarrow().to_batches()

    schema = from_arrow_schema(tables.articles.to_pyarrow().schema)
    return Derived(tables, facts._settled.mapInArrow(articles_part, schema))
