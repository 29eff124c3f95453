"""The stream modes of other distributions, as modes of a graph."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import pytest
from typing_extensions import TypedDict

from eventflow.errors import PluginError
from eventflow.graph import START, StateGraph
from eventflow.plugins import entries


class Count(TypedDict):
    n: int


class Names:
    filters = {"phases": ["start"], "exclude_names": ["hidden"]}  # noqa: RUF012

    def __call__(self, event: Any) -> Any:
        yield event["name"]


class Entry:
    """An entry point, as far as it is looked at."""

    dist = None

    def __init__(self, name: str, loads: Any) -> None:
        self.name, self.value, self._loads = name, f"there:{name}", loads

    def load(self) -> Any:
        if isinstance(self._loads, Exception):
            raise self._loads
        return self._loads


@pytest.fixture
def _installed(monkeypatch):
    found = [Entry("names", Names), Entry("broken", ImportError("no"))]
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: found if group == entries.MODES else []
    )


def graph() -> Any:
    built = StateGraph(Count).add_node("a", lambda s: {"n": 1}).add_node("hidden", lambda s: {"n": 2})
    return built.add_edge(START, "a").add_edge("a", "hidden").compile(name="graph")


@pytest.mark.usefixtures("_installed")
async def test_a_mode_of_another_distribution():
    assert [*graph().stream({"n": 0}, stream_mode="names")] == ["graph", "a"]
    assert [part async for part in graph().astream({"n": 0}, stream_mode="names")] == ["graph", "a"]
    tagged = [*graph().stream({"n": 0}, stream_mode=["names", "updates"])]
    assert tagged == [
        ("names", "graph"),
        ("names", "a"),
        ("updates", {"a": {"n": 1}}),
        ("updates", {"hidden": {"n": 2}}),
    ]


@pytest.mark.usefixtures("_installed")
def test_a_broken_one_is_refused_by_name():
    with pytest.raises(PluginError, match="broken"):
        graph().stream({"n": 0}, stream_mode="broken")
    with pytest.raises(ValueError, match="partial_json, broken, names"):
        graph().stream({"n": 0}, stream_mode="nobody")
