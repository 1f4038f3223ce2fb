"""newstance on Ray: stance scoring of Ray Data's datasets.

>>> import newstance, newstance.ray                                         # doctest: +SKIP
>>> engine = newstance.Engine(actors="my.toml")                             # doctest: +SKIP
>>> facts = newstance.ray.score(ds, engine, text="body", id="article_id")   # doctest: +SKIP
>>> facts.mentions.write_parquet("mentions")                                # doctest: +SKIP
>>> newstance.ray.aggregate(facts).timeline.to_pandas()                     # doctest: +SKIP
"""

import functools

import pyarrow as pa
import ray
import ray.data

from . import _Aggregator, _Planner, _survey
from ._parts import arguments_of, engine_here, facts_of_nothing, nested, slim, unnested

__all__ = ["Facts", "aggregate", "score"]

#: Columns of plans beside those of the articles.
_PREFIX = "_newstance_"
#: Rows that an actor is given at a time.
_ROWS = 512


class Facts:
    """What was found: datasets with the columns of documents.csv, mentions.csv and rejected.csv.

    They are computed once, when they are first used, and kept in Ray's object store. manifest: what was run on what.
    """

    def __init__(self, scored, manifest):
        self._lazy, self.manifest = scored, manifest

    @functools.cached_property
    def _scored(self):
        return self._lazy.materialize()

    def _rows(self, take):
        manifest = self.manifest
        return self._scored.map_batches(
            lambda table: getattr(unnested(table, manifest), take).to_pyarrow(),
            batch_format="pyarrow",
            batch_size=None,
            zero_copy_batch=True,
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
        return unnested(pa.concat_tables(ray.get(self._scored.to_arrow_refs())), self.manifest)


class _Scorer:
    """An actor: an engine and what all parts have in common."""

    def __init__(self, made_of, threads, order, columns):
        self._engine = engine_here(made_of, threads)
        self._order, self._columns = order, columns

    def __call__(self, table):
        own = [name for name in table.column_names if not name.startswith(_PREFIX)]
        plan = table.select([_PREFIX + name for name in ("record", "number", "copy_of")])
        plan = plan.rename_columns(["record", "number", "copy_of"])
        facts, _ = self._engine._score_part(table.select(own), plan, self._order, 0, **self._columns)
        return nested(facts)


def score(ds, engine, *, name="table", workers=None, threads=1, batch_rows=_ROWS, **columns):
    """Scores the articles of a dataset, one a row, with a pool of actors.

    engine: a newstance.Engine. Each actor makes one of the same actors and model, with `threads` threads. This package must be there on all
    nodes, and so must a model other than fast (`newstance models add`).
    text, title, id, source, published, url, keep, name: as in Engine.score.
    workers: actors; by default one for each `threads` CPUs of the cluster.
    batch_rows: rows that an actor is given at a time; fewer where articles are books.

    The columns that are read are kept in Ray's object store, which goes to disk where memory ends: they are read first to find repeated
    ids and copies in all of them.
    """
    columns, read = arguments_of(ds.columns(), columns)
    columns["name"] = name
    # What a row is called, and which of two copies is the first, is a matter of their order.
    ray.data.DataContext.get_current().execution_options.preserve_order = True
    ds.context.execution_options.preserve_order = True
    ds = ds.select_columns(read).materialize()
    order, plan = _plan(ds, name, columns)
    workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)
    nothing = facts_of_nothing(engine, columns)
    scored = ds.zip(plan).map_batches(
        _Scorer,
        fn_constructor_args=(engine._made_of(), threads, order, columns),
        batch_format="pyarrow",
        batch_size=batch_rows,
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=threads,
    )
    return Facts(scored, nothing.manifest)


def _plan(ds, name, columns):
    """What the dates of a dataset tell, and a dataset of the plan of each of its rows."""

    def survey(table):
        if not table.num_rows:
            return table
        rows, (day_first, month_first), _ = _survey(table, 0, **columns)
        rows = rows.to_pyarrow()
        told = pa.array([(day_first, month_first)] + [None] * (rows.num_rows - 1), pa.list_(pa.int64()))
        return rows.append_column("order", told)

    surveys = ds.map_batches(survey, batch_format="pyarrow", batch_size=None, zero_copy_batch=True)
    surveys = [table for table in ray.get(surveys.to_arrow_refs()) if table.num_rows]
    order = [0, 0]
    for table in surveys:
        for told in table.column("order").drop_null().to_pylist():
            order = [before + more for before, more in zip(order, told)]
    planner = _Planner(name, tuple(order))
    plans = [pa.table(planner.plan(table.drop_columns(["order"]))) for table in surveys]
    named = [plan.rename_columns([_PREFIX + column for column in plan.column_names]) for plan in plans]
    return tuple(order), ray.data.from_arrow(named)


def aggregate(facts, *, period=None, by=()):
    """The derived tables of facts, with the figures of the command, digit for digit: newstance.Derived, in this process.

    Facts come to this process block by block, without texts, so that its memory grows by the table articles alone.
    """
    aggregator = _Aggregator(facts.manifest, period=period, by=by)
    slimmed = facts._scored.map_batches(slim, batch_format="pyarrow", batch_size=None, zero_copy_batch=True)
    for table in slimmed.iter_batches(batch_format="pyarrow", batch_size=None):
        aggregator.add(unnested(table, facts.manifest))
    return aggregator.complete()
