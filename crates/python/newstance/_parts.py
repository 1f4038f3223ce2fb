"""What engines on many machines have in common: a corpus is surveyed part by part, then scored part by part as one.

A part's records are read twice. First for its survey: which records are articles, their ids, and what copies are known by. The surveys of
all parts, in order, make plans: the number of each article in the corpus, and what it is a copy of. With these, a part is scored as if all
that is before it had been read, so that documents and mentions are those of one run.
"""

import warnings

import pyarrow as pa
import pyarrow.compute as pc

from . import _engine, _native

FIELDS = ("text", "title", "id", "source", "published", "url")
#: Columns of mentions that no derived table is computed from.
NOT_DERIVED = ("source", "title", "url", "surface", "antecedent", "speaker", "sentence")


def arguments_of(names, given):
    """Arguments that name columns, as Engine.score takes them, and the columns that are read; each that is named is there."""
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
    return columns, _native.columns_read(names, **columns)


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
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def from_ipc(buffer):
    """The table of such bytes."""
    with pa.ipc.open_stream(buffer) as stream:
        return stream.read_all()


def structs(table):
    """The rows of a table as one array of structs, without dictionaries, which Spark does not take."""
    fields, arrays = [], []
    for field, column in zip(table.schema, table.columns):
        if pa.types.is_dictionary(field.type):
            field = pa.field(field.name, field.type.value_type, field.nullable)
            column = pc.cast(column, field.type)
        fields.append(field)
        arrays.append(pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], field.type))
    return pa.StructArray.from_arrays(arrays, fields=fields)


def nested(facts):
    """Facts as one table: a row an article, with its mentions, and a row a rejected record."""
    documents, mentions, rejected = (
        it.to_pyarrow() for it in (facts.documents, facts.mentions, facts.rejected)
    )
    counts = pc.cumulative_sum(pc.cast(documents.column("mentions"), pa.int32())).to_pylist()
    documents, mentions, rejected = structs(documents), structs(mentions), structs(rejected)
    lists = pa.ListArray.from_arrays(pa.array([0, *counts], pa.int32()), mentions)

    def column(before, behind):
        return pa.concat_arrays([before, behind])

    articles, others = len(documents), len(rejected)
    return pa.table({
        "document": column(documents, pa.nulls(others, documents.type)),
        "mentions": column(lists, pa.nulls(others, lists.type)),
        "rejected": column(pa.nulls(articles, rejected.type), rejected),
    })


def unnested(table, manifest):
    """The facts of such a table."""

    def rows(column):
        array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        return array

    def flat(array):
        return pa.Table.from_arrays(array.flatten(), names=[field.name for field in array.type])

    articles = table.filter(pc.is_valid(table.column("document")))
    others = table.filter(pc.is_valid(table.column("rejected")))
    return _native.Facts.of_tables(
        flat(rows(articles.column("document"))),
        flat(rows(articles.column("mentions")).flatten()),
        flat(rows(others.column("rejected"))),
        manifest,
    )


def slim(table):
    """Such a table without the texts that no derived table is computed from."""
    articles = table.filter(pc.is_valid(table.column("document")))
    mentions = pa.concat_arrays(articles.column("mentions").chunks or [pa.array([], table.schema.field("mentions").type)])
    values = mentions.flatten()
    arrays = [
        pa.nulls(len(values), field.type) if field.name in NOT_DERIVED else array
        for field, array in zip(values.type, values.flatten())
    ]
    fields = [field.with_nullable(True) for field in values.type]
    values = pa.StructArray.from_arrays(arrays, fields=fields)
    lengths = pc.list_value_length(mentions).to_pylist()
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    mentions = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)
    return pa.table({
        "document": articles.column("document"),
        "mentions": mentions,
        "rejected": articles.column("rejected"),
    })


class PartPlan:
    """The plan of a part, in few bytes: a bit a record, and the names of what copies are copies of."""

    def __init__(self, records, articles, plans, digest):
        """Of plans of its pieces; so many records and articles are before it, and digest is that of its records."""
        self._records, self._articles, self._digest = records, articles, digest
        plan = pa.concat_tables([pa.table(plan) for plan in plans])
        self.records_in = plan.num_rows
        self.articles_in = plan.num_rows - plan.column("number").null_count
        self._packed = to_ipc(pa.table({
            "article": pc.is_valid(plan.column("number")),
            "copy_of": plan.column("copy_of"),
        }))

    def unpack(self):
        """A row a record: its number in the corpus, among articles, and what it is a copy of; and the digest."""
        packed = from_ipc(self._packed).combine_chunks()
        article = packed.column("article")
        numbers = pc.add(pc.cumulative_sum(pc.cast(article, pa.int64())), self._articles)
        rows = pa.table({
            "record": pa.array(range(self._records + 1, self._records + packed.num_rows + 1), pa.int64()),
            "number": pc.if_else(article, numbers, pa.scalar(None, pa.int64())),
            "copy_of": packed.column("copy_of"),
        })
        return rows, self._digest


class PartScorer:
    """Scores a part of a corpus piece by piece, and checks that it is what it was when it was surveyed."""

    def __init__(self, engine, order, columns, plan):
        self._engine, self._order, self._columns = engine, order, columns
        self._plan, self._expected = plan.unpack() if plan is not None else (None, 0)
        self._rows, self._digest = 0, 0

    def score(self, table):
        """The facts of the next piece."""
        planned = 0 if self._plan is None else self._plan.num_rows
        if self._rows + table.num_rows > planned:
            raise changed()
        plan = self._plan.slice(self._rows, table.num_rows)
        self._rows += table.num_rows
        facts, self._digest = self._engine._score_part(
            table, plan, self._order, self._digest, **self._columns
        )
        return facts

    def finish(self):
        """Checks that no record was missing."""
        planned = 0 if self._plan is None else self._plan.num_rows
        if (self._rows, self._digest) != (planned, self._expected):
            raise changed()


def changed():
    return RuntimeError(
        "the data has other rows, or the same in another order, when it is read again; "
        "write it to Parquet and read that, or cache it, before it is scored"
    )
