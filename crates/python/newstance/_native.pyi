from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Optional, Union

_Path = Union[str, "PathLike[str]"]
_Period = Literal["day", "week", "month", "year"]
_Facts = Union["Facts", _Path, Sequence[Union["Facts", _Path]]]

__version__: str

def main(arguments: Sequence[str]) -> int:
    """Runs the command with these arguments, the program's name first; gives its exit code."""

class Error(Exception):
    """What went wrong, where, and what can be done about it."""

    kind: str
    place: str

class Table:
    """A table. Whatever reads Arrow takes it as it is, without copying: pandas, polars, pyarrow, DuckDB."""

    @property
    def column_names(self) -> list[str]: ...
    @property
    def about(self) -> dict[str, str]:
        """What each column holds."""
    def __len__(self) -> int: ...
    def __getitem__(self, column: str) -> list[Any]:
        """The values of a column, as a list."""
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object: ...
    def head(self, rows: int = 10) -> Table:
        """The first rows, as a table."""
    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dicts; days are texts as JSON has them."""
    def to_pandas(self, **arguments: Any) -> Any:
        """The table as pandas has it, days as datetime64; needs pandas and pyarrow. Arguments are those of pyarrow's to_pandas."""
    def to_polars(self) -> Any:
        """The table as polars has it; needs polars."""
    def to_pyarrow(self) -> Any:
        """The table as pyarrow has it; needs pyarrow."""
    def to_csv(self, path: _Path) -> None:
        """Writes the table as CSV, with the bytes of the file that `newstance score` writes of it."""

class Facts:
    """What an engine found: the tables of documents.csv, mentions.csv and rejected.csv."""

    @property
    def documents(self) -> Table: ...
    @property
    def mentions(self) -> Table: ...
    @property
    def rejected(self) -> Table: ...
    @property
    def manifest(self) -> dict[str, Any]:
        """What was run on what, as manifest.json has it: versions, hashes, counts, timings."""
    @staticmethod
    def of_tables(documents: Any, mentions: Any, rejected: Any, manifest: Mapping[str, Any]) -> Facts:
        """Facts that another program has kept as tables, and the manifest that came with them."""
    def aggregate(
        self, *, period: Optional[_Period] = None, by: Union[str, Sequence[str]] = (), within: Optional[str] = None
    ) -> Derived:
        """The tables that are computed from the facts: see newstance.aggregate."""
    def report(
        self,
        *,
        compare: Optional[_Facts] = None,
        period: Optional[_Period] = None,
        within: Optional[str] = None,
        before: Optional[str] = None,
    ) -> Page:
        """A page of the facts, which a notebook shows: see newstance.report."""
    def save(self, folder: _Path, *, replace: bool = False) -> None:
        """Writes facts and derived tables into a folder, as `newstance score` does: the command's report, compare and sample read it."""

class Derived:
    """The tables that are computed from facts. `about` of a table says what its columns hold.

    The stance of an article is the mean over its sentences of the mean over their mentions; that of actors, periods, outlets and holders is
    the mean over articles. Author's and quoted stance are the same over those mentions alone, so the stance of all need not lie between
    them. stance_low and stance_high are the ends of a 95 % interval, and absent where fewer than five articles are behind it.
    """

    @property
    def actors(self) -> Table: ...
    @property
    def articles(self) -> Table: ...
    @property
    def timeline(self) -> Table: ...
    @property
    def sources(self) -> Table: ...
    @property
    def pairs(self) -> Table: ...
    @property
    def breakdown(self) -> Optional[Table]: ...

class Page:
    """A page of facts: one HTML file that needs no network. A notebook shows it."""

    @property
    def html(self) -> str: ...
    def save(self, path: _Path) -> None:
        """Writes the page into a file."""

class Engine:
    """A catalogue of actors and a model, loaded once.

    actors: a catalogue file, or what it holds as a dict or the list of its actors; by default Trump, Putin, Zelenskyy and Europe.
    model: "fast", "balanced", "accurate", the name of one that `newstance models add` has put in its place, or a folder.
    threads: that score; by default one a processor.
    first_person: whether "I" and "we" of an actor's own quotations are mentions.
    any_language: whether articles are scored that are not in English.
    tone: whether mentions tell the tone of their sentence, too.
    """

    def __init__(
        self,
        actors: Union[_Path, Mapping[str, Any], Sequence[Mapping[str, Any]], None] = None,
        model: _Path = "fast",
        *,
        threads: Optional[int] = None,
        first_person: bool = False,
        any_language: bool = False,
        tone: bool = False,
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
        keep: Union[str, Sequence[str], None] = (),
        name: str = "table",
        progress: Optional[bool] = None,
    ) -> Facts:
        """Scores the articles of a table, one a row.

        The names of columns are guessed where they are not given, as the command does.
        """
    def score_iter(self, tables: Iterable[Any], **columns: Any) -> Iterator[Facts]:
        """Scores tables one by one. Ids and copies are told within a table."""
    def score_files(
        self,
        inputs: Union[_Path, Sequence[_Path]],
        output: _Path,
        *,
        text: Optional[str] = None,
        title: Optional[str] = None,
        id: Optional[str] = None,
        source: Optional[str] = None,
        published: Optional[str] = None,
        url: Optional[str] = None,
        keep: Union[str, Sequence[str], None] = (),
        input_format: Optional[str] = None,
        period: _Period = "month",
        formats: Union[str, Sequence[str]] = ("csv",),
        existing: Literal["keep", "replace", "resume"] = "keep",
        limit: Optional[int] = None,
        progress: Optional[bool] = None,
    ) -> dict[str, Any]:
        """Scores files into a folder of tables, as the command `newstance score` does, and gives the manifest as a dict."""
    def explain(self, text: str) -> list[dict[str, Any]]:
        """The mentions of a text."""

def aggregate(
    facts: _Facts,
    *,
    period: Optional[_Period] = None,
    by: Union[str, Sequence[str]] = (),
    within: Optional[str] = None,
) -> Derived:
    """Computes the derived tables, with the figures of `newstance score` and `newstance aggregate`.

    facts: what an engine's score has given, a folder that `newstance score` wrote, or several of these whose articles differ.
    period: how long the periods of the timeline are; by default those of the run, months if it had none.
    by: columns of documents whose values group articles in breakdown: source, language or kept ones; each by period if one is given.
    within: only articles of these days: "2020", "2020-09", "2020-09-07" or "FROM..TO".
    """

def read_facts(folder: _Path) -> Facts:
    """Reads the facts of a folder that `newstance score` or score_files wrote."""

def report(
    facts: _Facts,
    *,
    compare: Optional[_Facts] = None,
    period: Optional[_Period] = None,
    within: Optional[str] = None,
    before: Optional[str] = None,
) -> Page:
    """Makes a page of facts: figures with intervals, filters by actor, outlet, period and voice, and the sentences behind each figure.

    compare: other, earlier facts to set beside these.
    before: only articles of these days from the earlier facts, which are the same ones unless compare is given.
    """
