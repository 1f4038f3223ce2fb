"""Our own labels, as training/labels/ has them, with the sentences they are of. Needs nothing but Python."""

from __future__ import annotations

import csv
import json
from pathlib import Path

FOLDER = Path(__file__).parent / "labels"


def article_of(gid: str) -> str:
    """The article of a NewsMTSC target, from its id."""
    return "_".join(gid.split("_")[: 4 if gid.startswith("polusa") else 2])


def rows() -> list[tuple[str, dict[str, str]]]:
    """The rows of our own labels, each with its source."""
    found = []
    for source in ("wikinews", "dse", "newsmtsc"):
        with (FOLDER / f"{source}.csv").open(encoding="utf-8", newline="") as file:
            found += [(source, row) for row in csv.DictReader(file)]
    return found


def sentences_by_id(data: Path) -> dict[str, dict[str, str]]:
    """The sentences that labels name by id, by source."""
    found: dict[str, dict[str, str]] = {"newsmtsc": {}, "dse": {}}
    for line in (data / "newsmtsc/train.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for target in row["targets"]:
            found["newsmtsc"][target["Input.gid"]] = row["sentence_normalized"]
    for name in ("train-directed", "train-neutral-pairs"):
        for line in (data / f"dse/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found["dse"].setdefault(row["primary_gid"], row["sentence_normalized"])
    return found


def text_of(source: str, row: dict[str, str], known: dict[str, dict[str, str]]) -> str:
    """The sentence of a row."""
    return row.get("sentence") or known[source][row["id"]]


def kept_apart(data: Path) -> set[str]:
    """Sentences of articles that we choose by or report: not trained on under any convention."""
    known = sentences_by_id(data)
    ours = [(source, row) for source, row in rows() if row["split"] != "train"]
    sentences = {text_of(source, row, known) for source, row in ours}
    articles = {row["document"] for source, row in ours if source == "newsmtsc"}
    return sentences | {
        sentence for gid, sentence in known["newsmtsc"].items() if article_of(gid) in articles
    }
