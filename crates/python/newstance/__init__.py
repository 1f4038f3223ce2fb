"""Stance scoring for news: how is each actor portrayed, in whose words, and how does that change?

>>> import newstance
>>> engine = newstance.Engine()
>>> facts = engine.score([{"text": "Critics condemned Putin."}])
>>> facts.mentions["label"]
['negative']
>>> facts.aggregate().actors["mentions"]
[0, 1, 0, 0]
"""

import functools
import sys

from ._native import Derived, Engine, Error, Facts, Page, Table, __version__, aggregate, read_facts, report

__all__ = [
    "Derived",
    "Engine",
    "Error",
    "Facts",
    "Page",
    "Table",
    "__version__",
    "aggregate",
    "read_facts",
    "report",
    "score_files",
]


def score_files(
    inputs,
    output,
    *,
    actors=None,
    model="fast",
    threads=None,
    first_person=False,
    any_language=False,
    tone=False,
    **how,
):
    """Scores files into a folder of tables, as the command `newstance score` does, and gives the manifest as a dict.

    actors, model, threads, first_person, any_language, tone: as those of Engine.
    Others: as those of Engine.score_files.
    """
    engine = Engine(
        actors,
        model,
        threads=threads,
        first_person=first_person,
        any_language=any_language,
        tone=tone,
    )
    return engine.score_files(inputs, output, **how)


@functools.lru_cache(maxsize=4)
def _engine(*made_of):
    """An engine that was sent to this process; those made of the same are one."""
    return Engine._of_text(*made_of)


def _main():
    """The command `newstance`."""
    import signal

    from . import _native

    # The command catches signals itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_native.main(sys.argv))
