"""newstance on Ray: stance scoring of Ray Data's datasets.

>>> import newstance, newstance.ray                                         # doctest: +SKIP
>>> engine = newstance.Engine(actors="my.toml")                             # doctest: +SKIP
>>> facts = newstance.ray.score(ds, engine, text="body", id="article_id")   # doctest: +SKIP
>>> facts.mentions.write_parquet("mentions")                                # doctest: +SKIP
>>> newstance.ray.aggregate(facts).timeline.to_pandas()                     # doctest: +SKIP
"""

import uuid

import pyarrow as pa
import ray
import ray.data
from ray.experimental import get_object_locations

from . import _native
from ._parts import (
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

__all__ = ["Facts", "aggregate", "score"]

#: Rows that an actor takes at a time.
_ROWS = 512
#: Batches as they lie in the object store.
_BLOCKS = {"batch_format": "pyarrow", "batch_size": None, "zero_copy_batch": True}


class Facts:
    """What was found: datasets with the columns of documents.csv, mentions.csv and rejected.csv.

    They lie in Ray's object store. manifest: what was run on what.
    """

    def __init__(self, scored, plans, name, nothing):
        self._scored, self._plans, self._name, self._nothing = scored, plans, name, nested(nothing)
        self.manifest = manifest = nothing.manifest
        shared, empty = ray.put(plans), self._nothing

        def settle(pieces):
            settler = Settler(ray.get(shared), name, manifest)
            return pa.concat_tables([empty, *settler.nested(pieces)])

        self._settled = scored.map_batches(settle, **_BLOCKS)

    def _rows(self, take):
        manifest = self.manifest
        return self._settled.map_batches(
            lambda table: getattr(unnested(table, manifest), take).to_pyarrow(), **_BLOCKS
        )

    @property
    def documents(self):
        """A row an article."""
        return self._rows("documents")

    @property
    def mentions(self):
        """A row a mention."""
        return self._rows("mentions")

    @property
    def rejected(self):
        """A row a record that was not scored, or not as it is."""
        return self._rows("rejected")

    def collect(self):
        """All facts in this process, as newstance.Facts."""
        tables = self._settled.iter_batches(batch_format="pyarrow", batch_size=None)
        return unnested(pa.concat_tables([self._nothing, *tables]), self.manifest)


class _Scorer:
    """An actor: an engine, and what the dates of the dataset told."""

    def __init__(self, made_of, threads, order, columns):
        self._engine = engine_here(made_of, threads)
        self._order, self._columns = order, columns

    def __call__(self, table):
        # Each batch is a part of its own.
        scorer = PartScorer(self._engine, uuid.uuid4().int >> 65, self._order, self._columns)
        return scorer.score(table)


def score(ds, engine, *, name="table", workers=None, threads=1, batch_rows=_ROWS, **columns):
    """Scores the articles of a dataset, one a row, with a pool of actors.

    engine: a newstance.Engine. Each actor makes one of the same actors and model, with `threads` threads. This package must be there on all
    nodes, and so must a model other than fast (`newstance models add`).
    text, title, id, source, published, url, keep, name: as in Engine.score.
    workers: actors; by default one for each `threads` CPUs of the cluster. Each should get ten blocks of the dataset or more (`ds.repartition`), so
    that all end at about the same time.
    batch_rows: rows that an actor takes at a time; fewer where articles are books.

    The job runs now; repeated ids and copies are found in all of the dataset behind it.
    """
    columns, read, dates = arguments_of(ds.columns(), columns)
    # What a row is called, and which of two copies is the first, is a matter of their order.
    for context in (ray.data.DataContext.get_current(), ds.context):
        context.execution_options.preserve_order = True
    order = _order(ds, dates, columns)
    workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)
    # A step that leaves out nothing would be one more task a block.
    articles = ds if set(ds.columns()) == set(read) else ds.select_columns(read)
    scored = articles.map_batches(
        _Scorer,
        fn_constructor_args=(engine._made_of(), threads, order, columns),
        batch_format="pyarrow",
        batch_size=batch_rows,
        compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=2),
        # Actors that had all CPUs would wait for ever for whoever reads.
        num_cpus=threads - 1 or 0.5,
    )
    scored = scored.materialize()
    pieces = ((piece["part"], piece["survey"]) for piece in _pieces(scored, "survey"))
    return Facts(scored, plans_of(name, pieces), name, facts_of_nothing(engine, columns))


@ray.remote
def _columns_of(block, columns):
    return block.select(columns)


def _pieces(scored, column):
    """What each piece has in a column, in order."""
    columns = ["part", "digest", column]
    blocks = scored.to_arrow_refs()
    here, places = ray.get_runtime_context().get_node_id(), get_object_locations(blocks)
    # Of large blocks on other nodes, only the column travels; small ones are on none.
    there = [place["node_ids"] for place in map(places.get, blocks)]
    picked = [
        _columns_of.remote(block, columns) if nodes and here not in nodes else block for block, nodes in zip(blocks, there)
    ]
    while picked:
        yield from ray.get(picked.pop(0)).select(columns).to_pylist()


def _order(ds, dates, columns):
    """What the dates of a dataset tell of the order of day and month. Only texts do."""
    kinds = dict(zip(ds.schema().names, ds.schema().types))
    is_text = lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    dates = [name for name in dates if is_text(kinds[name])]
    if not dates:
        return 0, 0

    def of_block(table):
        day_first, month_first = _native.order_of_dates(table, **columns)
        return pa.table({"day_first": [day_first], "month_first": [month_first]})

    told = ds.select_columns(dates).map_batches(of_block, **_BLOCKS)
    return told.sum("day_first") or 0, told.sum("month_first") or 0


def aggregate(facts, *, period=None, by=()):
    """The derived tables of facts, with the figures of the command, digit for digit: newstance.Derived, in this process.

    Facts come to this process piece by piece, without texts, so that its memory grows by the table articles alone.
    """
    manifest = facts.manifest
    aggregator = _native.Aggregator(manifest, period=period, by=by)
    settler = Settler(facts._plans, facts._name, manifest)
    for piece in _pieces(facts._scored, "slim"):
        rows = slim_of(piece["slim"], facts._nothing)
        aggregator.add(settler.settle(piece["part"], piece["digest"], rows))
    return aggregator.complete()
