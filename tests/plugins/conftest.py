"""An empty folder on `sys.path` for each test, to install distributions in."""

import sys

import pytest

from eventflow.plugins.entries import SWITCH


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where to install; what was imported from there is forgotten afterwards."""
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(file.stem, None)
