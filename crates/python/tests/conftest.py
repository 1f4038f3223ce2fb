"""What the tests have in common."""

import json
import os
import sys
from pathlib import Path

import newstance
import pytest

SAMPLES = Path(__file__).parents[3] / "samples"
#: Spark's workers are of this environment.
os.environ["PYSPARK_PYTHON"] = sys.executable


@pytest.fixture(scope="session")
def rows():
    return [json.loads(line) for line in (SAMPLES / "wire.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def engine():
    return newstance.Engine()


@pytest.fixture(scope="session")
def command():
    """The command that came with the package."""
    return str(Path(sys.executable).parent / "newstance")
