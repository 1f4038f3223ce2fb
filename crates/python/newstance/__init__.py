"""Stance scoring for news: how is each actor portrayed, in whose words, and how does that change?

>>> import newstance
>>> engine = newstance.Engine()
>>> facts = engine.score([{"text": "Critics condemned Putin."}])
>>> facts.mentions.to_dicts()[0]["label"]
'negative'
"""

from ._native import Engine, Error, Facts, Table, __version__

__all__ = ["Engine", "Error", "Facts", "Table", "__version__"]
