"""Keys of inputs, the cache in memory, and what it takes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from eventflow import HumanMessage
from eventflow.errors import CodecError
from eventflow.graph import START, CachePolicy, InMemoryNodeCache, StateGraph
from eventflow.graph.cache import BaseNodeCache, CacheKey, default_cache_key

data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(data, st.randoms())
def test_the_order_of_keys_does_not_matter(value: Any, random: Any):
    def shuffled(one: Any) -> Any:
        if isinstance(one, list):
            return [shuffled(item) for item in one]
        if not isinstance(one, dict):
            return one
        keys = [*one]
        random.shuffle(keys)
        return {key: shuffled(one[key]) for key in keys}

    assert default_cache_key(shuffled(value)) == default_cache_key(value)


@dataclass
class Point:
    x: int


class Model(BaseModel):
    x: int


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], (1,)),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, [["a", 1]]),
        ({1}, [1]),
        ({1: 2}, {"1": 2}),
        (Point(1), Point(2)),
        (Point(1), {"x": 1}),
        (Point(1), Model(x=1)),
        (HumanMessage("a"), HumanMessage("b")),
        (True, 1),
    ],
)
def test_what_differs_has_another_key(one: Any, other: Any):
    assert default_cache_key(one) != default_cache_key(other)
    assert default_cache_key(one) == default_cache_key(one)


def test_a_key_of_what_is_no_data():
    policy = CachePolicy()
    with pytest.raises(CodecError, match=r"node 'n' has a cache policy.*CachePolicy\(key_func"):
        policy.key("node 'n'", object())


def test_keys_as_bytes():
    assert CachePolicy(key_func=lambda x: b"\xff").key("", 1) == "ff"


KEY: CacheKey = (("module.function", "node"), "key")
OTHER: CacheKey = (("module.function", "other"), "key")


def test_what_is_kept_is_a_copy():
    cache = InMemoryNodeCache()
    value = [("log", ["a"])]
    cache.set({KEY: (value, None)})
    value[0][1].append("b")
    cache.get([KEY])[KEY][0][1].append("c")
    assert cache.get([KEY, OTHER]) == {KEY: [("log", ["a"])]}


def test_what_is_too_old_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    cache = InMemoryNodeCache()
    cache.set({KEY: (1, 10.0), OTHER: (2, None)})
    now = 109.0
    assert cache.get([KEY, OTHER]) == {KEY: 1, OTHER: 2}
    now = 110.0
    assert cache.get([KEY, OTHER]) == {OTHER: 2}


async def test_forgetting():
    cache = InMemoryNodeCache()
    await cache.aset({KEY: (1, None), OTHER: (2, None)})
    await cache.aclear([KEY[0]])
    assert await cache.aget([KEY, OTHER]) == {OTHER: 2}
    cache.clear()
    assert cache.get([OTHER]) == {}


class Slow(BaseNodeCache):
    """A cache of the user's own, sync only."""

    def __init__(self) -> None:
        self.kept: dict[CacheKey, Any] = {}

    def get(self, keys: Any) -> Any:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def set(self, pairs: Any) -> None:
        self.kept |= {key: value for key, (value, _) in pairs.items()}

    def clear(self, namespaces: Any = None) -> None:
        self.kept.clear()


async def test_a_cache_of_ones_own():
    calls: list[int] = []

    def work(x: int) -> int:
        calls.append(x)
        return x * 2

    cache = Slow()
    graph = StateGraph(int).add_node("work", work, cache_policy=CachePolicy()).add_edge(START, "work")
    compiled = graph.compile(cache=cache)
    assert [compiled.invoke(1), await compiled.ainvoke(1), await compiled.ainvoke(2)] == [2, 2, 4]
    assert calls == [1, 2]
    await compiled.aclear_cache()
    assert cache.kept == {}


def test_graphs_inside_use_the_cache_of_the_one_around_them():
    calls: list[int] = []

    def work(x: int) -> int:
        calls.append(x)
        return x * 2

    inner = (
        StateGraph(int).add_node("work", work, cache_policy=CachePolicy()).add_edge(START, "work").compile()
    )
    graph = (
        StateGraph(int).add_node("inner", inner).add_edge(START, "inner").compile(cache=InMemoryNodeCache())
    )
    assert [graph.invoke(1), graph.invoke(1)] == [2, 2]
    assert calls == [1]


def test_there_is_no_such_node():
    graph = StateGraph(int).add_node("a", abs).add_edge(START, "a").compile(cache=InMemoryNodeCache())
    with pytest.raises(ValueError, match="clear_cache: 'b' is no node: there are a"):
        graph.clear_cache(["b"])
