"""Compares the tables of a folder in all formats, read by the programs that people read them with.

Usage: python3 formats.py FOLDER, which has each table as CSV, Parquet and JSON Lines, and tables.xlsx. Prints how many values
were compared.
"""

import csv
import datetime
import json
import sys
from pathlib import Path

import duckdb
import openpyxl
import pandas
import polars
from openpyxl.utils.escape import unescape


COUNTS = {"articles", "articles_total", "mentions", "negative", "neutral", "positive", "sentences", "words"}
COUNTS |= {"sentence_index", "start", "end", "offset"}


def is_none(value):
    return value is None or value != value or value is pandas.NaT or value == ""


def plain(value):
    """A value as CSV has it."""
    if is_none(value):
        return ""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6f}".replace("-0.000000", "0.000000")
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def cell(value, figure):
    if figure and value is not None:
        return float(value)
    # Office's own way of writing control characters.
    return unescape(value) if isinstance(value, str) else value


def rows_of(folder, table, sheets):
    """The rows of a table by each reader, with the types that it found."""
    path = str(folder / f"{table}.parquet")
    frame = pandas.read_parquet(path)
    yield "pandas", list(frame.columns), frame.itertuples(index=False, name=None)
    frame = polars.read_parquet(path)
    yield "polars", frame.columns, frame.rows()
    found = duckdb.connect().execute("select * from read_parquet(?)", [path])
    yield "duckdb", [column[0] for column in found.description], found.fetchall()
    lines = [json.loads(line) for line in (folder / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        for name, value in line.items():
            assert name not in COUNTS or isinstance(value, int), (table, name, value)
    yield "jsonl", list(lines[0]) if lines else None, [list(line.values()) for line in lines]
    header, *rows = sheets[table].iter_rows(values_only=True)
    # Figures are floats, of which Excel has no whole ones.
    figures = [name.startswith(("stance", "author_", "quoted_", "p_", "net", "share", "tone")) for name in header]
    rows = [[cell(value, figure) for value, figure in zip(row, figures)] for row in rows]
    yield "openpyxl", list(header), rows


def main(folder):
    sheets = openpyxl.load_workbook(folder / "tables.xlsx")
    compared = 0
    for path in sorted(folder.glob("*.csv")):
        header, *expected = csv.reader(open(path, encoding="utf-8", newline=""))
        for reader, columns, rows in rows_of(folder, path.stem, sheets):
            rows = list(rows)
            assert columns in (header, None), (path.stem, reader, columns)
            assert len(rows) == len(expected), (path.stem, reader, len(rows))
            for row, wanted in zip(rows, expected):
                found = [plain(value) for value in row]
                assert found == wanted, (path.stem, reader, found, wanted)
                compared += len(wanted)
    mentions = pandas.read_parquet(folder / "mentions.parquet")
    assert mentions["label"].dtype == "category" and mentions["stance"].dtype == "float64"
    assert polars.read_parquet(folder / "mentions.parquet").schema["date"] == polars.Date
    print(compared)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
