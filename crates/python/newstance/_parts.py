"""What engines on many machines have in common: parts of a corpus are scored apart from each other, and found the same as in one run.

Each part is scored piece by piece, and surveyed on the way: which records are articles, their ids, and what copies are known by. The surveys
of all parts, in order, make plans: the number of each article in the corpus, what it is a copy of, and whether another has its id. By these,
the facts of each part are settled.

What a piece gives is one row: its part, its survey, its facts, and those again without texts, for derived tables; each as bytes, so that
no engine on the way looks into them. Facts that are settled are a row an article with its mentions, or a row a rejected record.
"""

import hashlib
import itertools
import warnings

import pyarrow as pa
import pyarrow.compute as pc

from . import _engine, _native

FIELDS = ("text", "title", "id", "source", "published", "url")
#: Columns of mentions that no derived table is computed from.
NOT_DERIVED = ("source", "title", "url", "surface", "antecedent", "speaker", "sentence")


def arguments_of(names, given):
    """Arguments that name columns, as Engine.score takes them; the columns that are read; and those that may be dates."""
    unknown = [name for name in given if name not in (*FIELDS, "keep")]
    if unknown:
        raise TypeError(f"no such argument: {unknown[0]}; there are {', '.join(FIELDS)} and keep")
    keep = given.get("keep") or ()
    keep = [keep] if isinstance(keep, str) else list(keep)
    columns = {key: value for key, value in given.items() if key != "keep" and value is not None}
    for name in [*columns.values(), *keep]:
        if name not in names and name.split(".")[0] not in names:
            raise ValueError(f"{name!r} is no column: there are {', '.join(names)}")
    columns["keep"] = keep
    return columns, *_native.columns_read(names, **columns)


def facts_of_nothing(engine, columns):
    """Facts without an article: the schemas of tables, and the manifest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return engine.score([], keep=columns["keep"], progress=False)


def engine_here(made_of, threads):
    """An engine of this process with so many threads, made once."""
    text, model, _, *others = made_of
    return _engine(text, model, threads, *others)


def to_ipc(table):
    """A table as compressed bytes."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def from_ipc(buffer):
    """The table of such bytes."""
    with pa.ipc.open_stream(buffer) as stream:
        return stream.read_all()


def _together(column):
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _structs(table, without=()):
    """The rows of a table as one array of structs: without dictionaries, which Spark does not take, and some columns without values."""
    fields, arrays = [], []
    for field, column in zip(table.schema, table.columns):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        fields.append(pa.field(field.name, kind))
        if field.name in without:
            arrays.append(pa.nulls(len(column), kind))
        else:
            arrays.append(_together(pc.cast(column, kind)))
    return pa.StructArray.from_arrays(arrays, fields=fields)


def _with_mentions(facts, without=()):
    """Documents as structs, and the mentions of each as a list of such."""
    documents, mentions = facts.documents.to_pyarrow(), facts.mentions.to_pyarrow()
    ends = pc.cumulative_sum(pc.cast(_together(documents.column("mentions")), pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return _structs(documents), pa.ListArray.from_arrays(offsets, _structs(mentions, without))


def nested(facts):
    """Facts as one table: a row an article with its mentions, then a row a rejected record."""
    documents, mentions = _with_mentions(facts)
    rejected = _structs(facts.rejected.to_pyarrow())
    articles, others = len(documents), len(rejected)
    return pa.table({
        "document": pa.concat_arrays([documents, pa.nulls(others, documents.type)]),
        "mentions": pa.concat_arrays([mentions, pa.nulls(others, mentions.type)]),
        "rejected": pa.concat_arrays([pa.nulls(articles, rejected.type), rejected]),
    })


def unnested(table, manifest):
    """The facts of such a table."""

    def flat(array):
        return pa.Table.from_arrays(array.flatten(), names=[field.name for field in array.type])

    articles = table.filter(pc.is_valid(table.column("document")))
    others = table.filter(pc.is_valid(table.column("rejected")))
    return _native.Facts.of_tables(
        flat(_together(articles.column("document"))),
        flat(_together(articles.column("mentions")).flatten()),
        flat(_together(others.column("rejected"))),
        manifest,
    )


#: What a piece gives: its part, what its survey is known by, its survey, its facts, and those without texts.
PIECE = pa.schema([
    ("part", pa.int64()),
    ("digest", pa.int64()),
    ("survey", pa.binary()),
    ("facts", pa.binary()),
    ("slim", pa.binary()),
])


def digest_of(survey):
    """What a survey is known by."""
    return int.from_bytes(hashlib.blake2b(survey, digest_size=8).digest(), "big", signed=True)


class PartScorer:
    """Scores a part of a corpus piece by piece."""

    def __init__(self, engine, part, order, columns):
        self._engine, self._part, self._order, self._columns = engine, part, order, columns
        self._records = 0

    def score(self, table):
        """What the next piece gives."""
        facts, survey = self._engine._score_part(table, self._records, self._order, **self._columns)
        self._records += table.num_rows
        documents, mentions = _with_mentions(facts, NOT_DERIVED)
        slim = pa.table({"document": documents, "mentions": mentions})
        survey, facts, slim = (to_ipc(table) for table in (survey.to_pyarrow(), nested(facts), slim))
        return pa.table([[self._part], [digest_of(survey)], [survey], [facts], [slim]], schema=PIECE)


class PartPlan:
    """The plan of a part, in few bytes: a bit a record, and the names of what copies are copies of."""

    def __init__(self, records, articles, plans, digests):
        """Of plans of its pieces, and what their surveys are known by; so many records and articles are before it."""
        self._records, self._articles, self.digests = records, articles, frozenset(digests)
        plan = pa.concat_tables([plan.to_pyarrow() for plan in plans])
        #: Records and articles up to its end.
        self.records = records + plan.num_rows
        self.articles = articles + plan.num_rows - plan.column("number").null_count
        self._packed = to_ipc(pa.table({
            "article": pc.is_valid(plan.column("number")),
            "copy_of": plan.column("copy_of"),
        }))

    def unpack(self):
        """A row a record: its number in the corpus, that among articles, and what it is a copy of."""
        packed = from_ipc(self._packed)
        article = packed.column("article")
        numbers = pc.add(pc.cumulative_sum(pc.cast(article, pa.int64())), self._articles)
        return pa.table({
            "record": pa.array(range(self._records + 1, self.records + 1), pa.int64()),
            "number": pc.if_else(article, numbers, pa.scalar(None, pa.int64())),
            "copy_of": packed.column("copy_of"),
        })


def plans_of(name, pieces):
    """The plans of all parts by their names, from (part, survey) of all pieces in order."""
    planner, plans = _native.Planner(name), {}
    records = articles = 0
    for part, of_part in itertools.groupby(pieces, key=lambda piece: piece[0]):
        surveys = [survey for _, survey in of_part]
        of_pieces = [planner.plan(from_ipc(survey)) for survey in surveys]
        plan = plans[part] = PartPlan(records, articles, of_pieces, map(digest_of, surveys))
        records, articles = plan.records, plan.articles
    return plans


class Settler:
    """Settles the facts of parts by their plans."""

    def __init__(self, plans, name, manifest):
        self._plans, self._name, self._manifest = plans, name, manifest
        self._part, self._plan = None, None

    def settle(self, part, digest, rows):
        """The facts of rows of a piece."""
        plan = self._plans.get(part)
        if plan is None or digest not in plan.digests:
            # An engine that has lost what it kept reads and scores the part again.
            raise RuntimeError(
                "a part of the data has other rows, or the same in another order, when it is read again; "
                "write it to Parquet and read that, or cache it, before it is scored"
            )
        if part != self._part:
            self._part, self._plan = part, plan.unpack()
        return _native.settled(unnested(rows, self._manifest), self._plan, self._name)

    def nested(self, pieces):
        """Those of pieces, as tables."""
        for piece in pieces.select(["part", "digest", "facts"]).to_pylist():
            yield nested(self.settle(piece["part"], piece["digest"], from_ipc(piece["facts"])))


def slim_of(blob, nothing):
    """The rows of a piece without texts; nothing: the rows of facts of nothing."""
    rows = from_ipc(blob)
    others = pa.nulls(rows.num_rows, nothing.schema.field("rejected").type)
    return rows.append_column("rejected", others)
