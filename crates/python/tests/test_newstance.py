"""The installed package, as its users have it."""

import datetime
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import newstance
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from conftest import SAMPLES

ROWS = [json.loads(line) for line in (SAMPLES / "wire.jsonl").read_text(encoding="utf-8").splitlines()]
CRITICS = "Critics condemned Putin, but they praised Zelenskyy."


@pytest.fixture(scope="module")
def facts(engine):
    return engine.score(ROWS)


def test_the_package_is_the_installed_one():
    assert "site-packages" in newstance.__file__


def tables():
    return {
        "pandas": pd.DataFrame(ROWS),
        "polars": pl.DataFrame(ROWS),
        "pyarrow": pa.Table.from_pylist(ROWS),
        "batches": pa.Table.from_pylist(ROWS).to_reader(max_chunksize=1),
        "duckdb": duckdb.from_arrow(pa.Table.from_pylist(ROWS)),
    }


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "batches", "duckdb"])
def test_all_tables_have_the_same_facts(engine, facts, kind):
    found = engine.score(tables()[kind])
    assert found.documents.to_dicts() == facts.documents.to_dicts()
    assert found.mentions.to_dicts() == facts.mentions.to_dicts()
    assert len(found.rejected) == 0


def test_facts_are_read_by_pandas_polars_pyarrow_and_duckdb(facts):
    rows = facts.mentions.to_dicts()
    assert len(facts.mentions) == len(rows) > 5
    as_pandas = facts.mentions.to_pandas()
    assert list(as_pandas["actor"]) == [row["actor"] for row in rows]
    assert as_pandas["stance"].sum() == pytest.approx(sum(row["stance"] for row in rows))
    assert facts.mentions.to_polars()["surface"].to_list() == [row["surface"] for row in rows]
    mentions = facts.mentions.to_pyarrow()
    assert mentions.column_names == facts.mentions.column_names
    (count,) = duckdb.sql("select count(*) from mentions where stance < 0").fetchall()[0]
    assert count == sum(row["stance"] < 0 for row in rows)


def test_columns_may_have_any_name(engine):
    table = pd.DataFrame({"key": [7], "content": [CRITICS], "when": [datetime.date(2024, 9, 5)], "desk": ["x"]})
    facts = engine.score(table, text="content", id="key", published="when", keep=["desk"], source=None)
    (document,) = facts.documents.to_dicts()
    assert (document["article_id"], document["date"], document["desk"]) == ("7", "2024-09-05", "x")
    assert [row["label"] for row in facts.mentions.to_dicts()] == ["negative", "positive"]


def test_nulls_doubles_and_dates(engine):
    zone = datetime.timezone(datetime.timedelta(hours=-4))
    table = pa.table({
        "id": ["a", "b", "a", None],
        "text": [CRITICS, None, "Trump won.", "Trump lost."],
        "source": pa.array([{"name": "Ledger"}, None, None, None]),
        "published": pa.array([datetime.datetime(2024, 9, 5, 23, 30, tzinfo=zone)] * 4, pa.timestamp("us", "America/New_York")),
    })
    with pytest.warns(UserWarning, match="2 records were rejected"):
        facts = engine.score(table)
    documents = facts.documents.to_dicts()
    assert [it["article_id"] for it in documents] == ["a", "table:4"]
    assert (documents[0]["source"], documents[0]["date"]) == ("Ledger", "2024-09-05")
    assert [(it["place"], it["kind"]) for it in facts.rejected.to_dicts()] == [("record 2", "no-text"), ("record 3", "duplicate")]


def test_what_pandas_has_for_nothing_is_nothing(engine):
    rows = pd.DataFrame({"text": [CRITICS, float("nan")], "id": [1, 2]}).to_dict("records")
    with pytest.warns(UserWarning, match="1 articles were read; 1 records were rejected.*record 2 no text"):
        facts = engine.score(rows)
    assert facts.rejected.to_dicts()[0]["kind"] == "no-text"


def test_days_are_days_in_pandas(engine):
    facts = engine.score(pd.DataFrame({"text": [CRITICS], "published": ["2024-09-05"]}))
    assert list(facts.mentions.to_pandas()["date"].dt.month) == [9, 9]
    assert facts.mentions.to_pandas(date_as_object=True)["date"][0] == datetime.date(2024, 9, 5)


@pytest.mark.parametrize("table", [[], pd.DataFrame({"text": pd.Series([], dtype=str)}), pa.table({"text": pa.array([], pa.string())})])
def test_empty_tables_have_no_facts(engine, table):
    with pytest.warns(UserWarning, match="no article"):
        facts = engine.score(table)
    assert (len(facts.documents), len(facts.mentions), len(facts.rejected)) == (0, 0, 0)
    assert "article_id" in facts.documents.to_pandas().columns
    assert facts.mentions.to_dicts() == []


def test_a_catalogue_may_be_a_dict(engine):
    actors = {"actor": [{"id": "macron", "name": "Emmanuel Macron", "kind": "person", "names": ["Emmanuel Macron"]}]}
    own = newstance.Engine(actors)
    assert own.actors == ["macron"]
    (mention,) = own.explain("Critics condemned Emmanuel Macron.")
    assert (mention["actor"], mention["label"]) == ("macron", "negative")
    assert engine.actors == ["trump", "putin", "zelenskyy", "europe"]


def test_errors_tell_kind_place_and_remedy(engine, tmp_path):
    with pytest.raises(newstance.Error) as raised:
        newstance.Engine(model=tmp_path / "absent")
    assert raised.value.kind == "Model" and "absent" in raised.value.place
    with pytest.raises(newstance.Error, match="no column holds the text") as raised:
        engine.score([{"headline": "x"}])
    assert raised.value.kind == "Input" and raised.value.place == "table"
    (tmp_path / "a.toml").write_text("[[actor]]\n")
    with pytest.raises(newstance.Error, match="a.toml"):
        newstance.Engine(tmp_path / "a.toml")
    with pytest.raises(TypeError, match="is no table"):
        engine.score(7)
    with pytest.raises(TypeError, match="txt"):
        engine.score(ROWS, txt="body")
    with pytest.raises(newstance.Error, match='text is mapped to "maintext", which is no column'):
        engine.score(pd.DataFrame(ROWS), text="maintext")
    with pytest.raises(TypeError, match="Series is one column"):
        engine.score(pd.DataFrame(ROWS)["body"])
    with pytest.raises(TypeError, match="row 1 is no dict but str"):
        engine.score([CRITICS])
    with pytest.raises(TypeError, match="one table"):
        engine.score_iter(pd.DataFrame(ROWS))
    assert len(engine.score(ROWS, keep=None).documents) == 5
    with pytest.raises(ValueError, match='"sectoin" is to be kept, and is no column: there are id'):
        engine.score(ROWS, keep="sectoin")
    with pytest.raises(OSError, match="absent/x.html"):
        engine.score(ROWS).report().save("absent/x.html")
    with pytest.raises(ValueError, match="at least one"):
        newstance.Engine(threads=0)


def test_derived_tables_are_those_of_the_command(facts, command, tmp_path):
    derived = facts.aggregate(period="day", by="source")
    subprocess.run([command, "score", SAMPLES / "wire.jsonl", "-o", tmp_path / "out", "-q"], check=True)
    aggregate = [command, "aggregate", tmp_path / "out", "-o", tmp_path / "derived", "--period", "day", "--by", "source", "-q"]
    subprocess.run(aggregate, check=True)
    for name in ["actors", "articles", "timeline", "sources", "pairs", "breakdown"]:
        getattr(derived, name).to_csv(tmp_path / "python.csv")
        assert (tmp_path / "python.csv").read_bytes() == (tmp_path / "derived" / f"{name}.csv").read_bytes(), name
    assert facts.aggregate().breakdown is None
    # From a folder, from several facts, and of some days.
    assert newstance.aggregate(tmp_path / "out", period="day").timeline.to_dicts() == derived.timeline.to_dicts()
    first, second = newstance.Engine().score_iter([ROWS[:2], ROWS[2:]])
    assert newstance.aggregate([first, second]).actors.to_dicts() == derived.actors.to_dicts()
    assert len(facts.aggregate(within="2025-08-20", period="day").timeline) == 4
    assert "<th>mentions</th>" in derived._repr_html_() and "actors: 4" in repr(derived)


def test_what_aggregate_cannot_take_is_told(facts):
    with pytest.raises(newstance.Error, match="is in two of the corpora"):
        newstance.aggregate([facts, facts])
    with pytest.raises(ValueError, match='period: "fortnight" is none of day, week, month, year'):
        facts.aggregate(period="fortnight")
    with pytest.raises(newstance.Error, match="articles can be grouped by source, language"):
        facts.aggregate(by="desk")
    with pytest.raises(TypeError, match="int is no facts"):
        newstance.aggregate(7)


def test_files_are_scored_as_by_the_command(engine, command, tmp_path):
    subprocess.run([command, "score", SAMPLES, "-o", tmp_path / "command", "-q"], check=True)
    manifest = newstance.score_files(SAMPLES, tmp_path / "python", formats=["csv", "parquet"])
    assert manifest["counts"]["articles"] == 14
    for path in (tmp_path / "command").glob("*.csv"):
        assert (tmp_path / "python" / path.name).read_bytes() == path.read_bytes()
    assert len(pd.read_parquet(tmp_path / "python" / "mentions.parquet")) == manifest["counts"]["mentions"]
    facts = newstance.read_facts(tmp_path / "python")
    assert facts.manifest == manifest
    with pytest.raises(newstance.Error) as raised:
        engine.score_files([SAMPLES], tmp_path / "python")
    assert raised.value.kind == "OutputTaken"
    engine.score_files([SAMPLES], tmp_path / "python", existing="replace")
    with pytest.raises(ValueError, match="existing"):
        engine.score_files([SAMPLES], tmp_path / "python", existing="yes")


def test_facts_are_saved_and_read_back(engine, tmp_path):
    facts = engine.score([row | {"desk": "x"} for row in ROWS], keep="desk")
    facts.save(tmp_path / "out")
    again = newstance.read_facts(tmp_path / "out")
    assert again.documents.to_dicts() == facts.documents.to_dicts()
    assert again.mentions.to_dicts() == facts.mentions.to_dicts()
    assert again.documents["desk"] == ["x"] * 5
    with pytest.raises(newstance.Error):
        facts.save(tmp_path / "out")
    facts.save(tmp_path / "out", replace=True)
    with pytest.raises(newstance.Error, match="absent"):
        newstance.read_facts(tmp_path / "absent")


def test_a_page_is_shown_in_a_notebook(facts, tmp_path):
    page = facts.report()
    assert page.html.startswith("<!doctype html>") and "<iframe srcdoc=\"&lt;!doctype" in page._repr_html_()
    page.save(tmp_path / "report.html")
    facts.save(tmp_path / "out")
    of_folder = newstance.report(tmp_path / "out", compare=facts, period="day")
    assert len(of_folder.html) > len(page.html)


def test_engines_and_facts_are_pickled(engine, facts):
    again = pickle.loads(pickle.dumps(facts))
    assert again.mentions.to_dicts() == facts.mentions.to_dicts() and again.manifest == facts.manifest
    table = pickle.loads(pickle.dumps(facts.mentions))
    assert table.to_pyarrow() == facts.mentions.to_pyarrow()
    own = newstance.Engine({"actor": [{"id": "macron", "name": "Emmanuel Macron", "kind": "person", "names": ["Macron"]}]}, threads=1)
    sent = pickle.dumps(own)
    assert pickle.loads(sent).actors == ["macron"]
    assert pickle.loads(sent) is pickle.loads(sent)


def test_tables_are_looked_into(facts):
    assert facts.mentions.head(2).to_dicts() == facts.mentions.to_dicts()[:2]
    assert facts.mentions["actor"] == [row["actor"] for row in facts.mentions.to_dicts()]
    assert len(facts.mentions.head(0)) == 0 and facts.mentions.head(0)["actor"] == []
    with pytest.raises(KeyError, match="the columns are article_id"):
        facts.mentions["stanse"]
    assert facts.mentions.about["stance"] == "p_positive - p_negative, from -1 to 1."
    assert "95 % interval" in facts.aggregate().timeline.about["stance_low"]


def test_tone_first_person_and_languages(engine):
    own = newstance.Engine(tone=True, first_person=True, any_language=True)
    rows = [{"text": "\"I am a winner,\" Trump said."}, {"text": "Putin hat gelogen, und das ist nicht gut, sagte der Kanzler."}]
    facts = own.score(rows)
    assert "pronoun1" in facts.mentions["kind"] and facts.documents["scored"] == [True, True]
    assert None not in facts.mentions["tone"]
    assert engine.score(rows).documents["scored"] == [True, False]


def test_models_are_found_by_their_names(command, tmp_path):
    environment = os.environ | {"NEWSTANCE_MODELS": str(tmp_path / "models")}
    model = SAMPLES.parent / "models" / "fast"
    subprocess.run([command, "models", "add", model, "--name", "mine"], check=True, env=environment)
    code = "import newstance; print(newstance.Engine(model='mine').explain('Critics condemned Putin.')[0]['label'])"
    run = subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True)
    assert run.stdout == "negative\n"
    with pytest.raises(newstance.Error, match="did you mean `balanced`"):
        newstance.Engine(model="balancd")


def test_mistakes_in_a_dict_of_actors_are_told_by_their_entry():
    good = {"id": "macron", "name": "Emmanuel Macron", "kind": "person", "names": ["Macron"]}
    with pytest.raises(newstance.Error) as raised:
        newstance.Engine({"actor": [good, good | {"id": "m 2"}]})
    assert raised.value.place == "actors[\"actor\"][1]"
    with pytest.raises(newstance.Error, match=r'taken by the actor of actors\["actor"\]\[0\]'):
        newstance.Engine([good, good])
    assert newstance.Engine([good]).actors == ["macron"]


def test_progress_is_shown_if_it_is_wanted(engine, capfd):
    engine.score(ROWS, progress=False)
    assert capfd.readouterr().err == ""
    from newstance._progress import Bar

    bar = Bar(10, True)
    bar._bar.delay = 0
    bar.show(10)
    bar.close()
    assert bar._bar.n == 10


def test_the_command_comes_with_the_package(command):
    version = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout
    assert version == f"newstance {newstance.__version__}\n"
    wrong = subprocess.run([command, "score"], check=False, capture_output=True, text=True)
    assert wrong.returncode == 2 and "Usage: newstance score" in wrong.stderr


def test_a_stream_is_scored_table_by_table(engine, facts):
    found = list(engine.score_iter(([row | {"desk": "x"}] for row in ROWS), keep=["desk"]))
    mentions = [row["surface"] for it in found for row in it.mentions.to_dicts()]
    assert mentions == [row["surface"] for row in facts.mentions.to_dicts()]
    assert found[0].documents.column_names[-1] == "desk"


def test_they_show_themselves(engine, facts):
    assert repr(engine).startswith("newstance.Engine(trump, putin, zelenskyy, europe;")
    assert repr(facts.mentions).startswith(f"newstance.Table(mentions: {len(facts.mentions)} rows;")
    assert facts._repr_html_().count("<tr>") == 11
    hostile = engine.score([{"id": "<script>", "text": CRITICS}])
    assert "<script>" not in hostile._repr_html_() and "&lt;script&gt;" in hostile._repr_html_()


def test_all_that_is_public_is_documented():
    for kind in [newstance.Engine, newstance.Facts, newstance.Table, newstance.Derived, newstance.Page, newstance.Error]:
        assert kind.__doc__
        public = [name for name in vars(kind) if not name.startswith("_")]
        assert all(getattr(kind, name).__doc__ for name in public), kind
    assert "published=None" in newstance.Engine.score.__text_signature__


def test_explain(engine):
    putin, zelenskyy = engine.explain(CRITICS)
    assert CRITICS[putin["start"] : putin["end"]] == putin["surface"] == "Putin"
    assert putin["stance"] < 0 < zelenskyy["stance"]
    assert engine.explain("") == []


def in_worker(engine):
    return engine.score(ROWS).mentions.to_dicts()


def in_new_process(_):
    return newstance.Engine(threads=1).score(ROWS).mentions.to_dicts()


def test_a_forked_process_scores(engine, facts):
    # The parent's threads are there, and not in the child.
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for mentions in pool.imap(in_worker_of_fork, range(2)):
            assert mentions == facts.mentions.to_dicts()


def in_worker_of_its_own(engine):
    own = newstance.Engine(threads=2)
    facts = own.score(ROWS)
    assert facts.aggregate().actors.to_dicts() == engine.score(ROWS).aggregate().actors.to_dicts()
    assert len(facts.report().html) > 10_000
    return facts.mentions.to_dicts()


def test_a_forked_process_makes_engines(engine, facts):
    # Sent to it by pickle, and made there, where the parent has used all its threads.
    facts.aggregate()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map_async(in_worker_of_its_own, [engine] * 2).get(timeout=60)
    assert found == [facts.mentions.to_dicts()] * 2


ENGINE = None


def in_worker_of_fork(_):
    return in_worker(ENGINE)


@pytest.fixture(autouse=True)
def shared(engine):
    global ENGINE
    ENGINE = engine


def test_a_spawned_process_scores(facts):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(in_new_process, [0]) == [facts.mentions.to_dicts()]


def many(articles):
    return ({"id": str(at), "text": f"On day {at}, critics condemned Putin in report {at}."} for at in range(articles))


def test_other_threads_run_while_it_scores(engine):
    rows, ticks, done = list(many(4_000)), 0, threading.Event()
    worker = threading.Thread(target=lambda: (engine.score(rows), done.set()))
    worker.start()
    while not done.is_set():
        ticks += 1
        time.sleep(0.005)
    worker.join()
    assert ticks > 20


def test_an_interrupt_ends_it():
    code = (
        "import newstance, sys\n"
        "engine = newstance.Engine()\n"
        "print('ready', flush=True)\n"
        "rows = [{'id': str(at), 'text': f'On day {at}, critics condemned Putin in report {at}.'} for at in range(200_000)]\n"
        "print('rows', flush=True)\n"
        "try:\n"
        "    engine.score(rows)\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(7)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n" and process.stdout.readline() == "rows\n"
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 7


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_does_not_grow_with_calls(engine):
    rows = list(many(10_000))
    engine.score(rows)
    before = resident()
    for _ in range(9):
        engine.score(rows)
    assert resident() - before < 50


def test_examples_in_the_documentation_are_true():
    import doctest

    failed, tried = doctest.testmod(newstance)
    assert (failed, tried > 3) == (0, True)
