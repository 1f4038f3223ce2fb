from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, Optional, Union

__version__: str

class Error(Exception):
    """What went wrong, where, and what can be done about it."""

    kind: str
    place: str

class Table:
    """A table of facts. Whatever reads Arrow takes it as it is, without copying: pandas, polars, pyarrow, DuckDB."""

    @property
    def column_names(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object: ...
    def to_dicts(self) -> list[dict[str, Any]]: ...
    def to_pandas(self, **arguments: Any) -> Any: ...
    def to_polars(self) -> Any: ...
    def to_pyarrow(self) -> Any: ...

class Facts:
    """What an engine found: the tables of documents.csv, mentions.csv and rejected.csv."""

    @property
    def documents(self) -> Table: ...
    @property
    def mentions(self) -> Table: ...
    @property
    def rejected(self) -> Table: ...

class Engine:
    """A catalogue of actors and a model, loaded once.

    actors: a catalogue file, or what it holds as a dict; by default Trump, Putin, Zelenskyy and Europe.
    model: "fast", or the folder of a model.
    threads: that score; by default one a processor.
    first_person: whether "I" and "we" of an actor's own quotations are mentions.
    any_language: whether articles are scored that are not in English.
    """

    def __init__(
        self,
        actors: Union[str, "PathLike[str]", Mapping[str, Any], None] = None,
        model: Union[str, "PathLike[str]"] = "fast",
        *,
        threads: Optional[int] = None,
        first_person: bool = False,
        any_language: bool = False,
    ) -> None: ...
    @property
    def actors(self) -> list[str]: ...
    def score(
        self,
        table: Any,
        *,
        text: Optional[str] = None,
        title: Optional[str] = None,
        id: Optional[str] = None,
        source: Optional[str] = None,
        published: Optional[str] = None,
        url: Optional[str] = None,
        keep: Sequence[str] = (),
        name: str = "table",
    ) -> Facts:
        """Scores the articles of a table, one a row.

        The names of columns are guessed where they are not given, as the command does.
        """
    def score_iter(self, tables: Iterable[Any], **columns: Any) -> Iterator[Facts]:
        """Scores tables one by one. Ids and copies are told within a table."""
    def explain(self, text: str) -> list[dict[str, Any]]:
        """The mentions of a text."""
