"""`Forwarding`: each call goes to another runnable in its place."""

from collections.abc import Mapping
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import Runnable, RunnableLambda
from eventflow.runnables.forward import Forwarding


class Chooses(Forwarding[Any, Any]):
    """Runs the runnable of the name that stands in the metadata of the config."""

    def __init__(self, **others: Any) -> None:
        self.others = others

    @property
    def _owner(self) -> Runnable[Any, Any]:
        return self.others["a"]

    def _forward(self, config: Any, kwargs: Mapping[str, Any]) -> Any:
        name = (config or {}).get("metadata", {}).get("name", "a")
        return self.others[name], {**(config or {}), "tags": [name]}, {**kwargs, "by": 2}


class Named(RunnableLambda[Any, Any]):
    def who(self, config: Any = None) -> Any:
        return self.get_name(), (config or {}).get("tags")


CHOOSES: Any = Chooses(a=Named(lambda x, by: x * by, name="a"), b=Named(lambda x, by: -x * by, name="b"))
B: Any = {"metadata": {"name": "b"}}


async def test_every_verb_goes_to_the_one_in_its_place():
    async def two() -> Any:
        yield 2

    assert CHOOSES.invoke(2) == await CHOOSES.ainvoke(2) == 4
    assert CHOOSES.invoke(2, B) == await CHOOSES.ainvoke(2, B) == -4
    assert list(CHOOSES.stream(2, B)) == [chunk async for chunk in CHOOSES.astream(2, B)] == [-4]
    assert list(CHOOSES.transform(iter([2]), B)) == [c async for c in CHOOSES.atransform(two(), B)] == [-4]
    assert CHOOSES.batch([1, 2], B) == await CHOOSES.abatch([1, 2], B) == [-2, -4]


async def test_a_batch_may_go_to_several():
    assert CHOOSES.batch([1, 2], [{}, B]) == await CHOOSES.abatch([1, 2], [{}, B]) == [2, -4]
    assert CHOOSES.batch([1, 2], [B, B]) == [-2, -4]
    assert CHOOSES.batch([], []) == []


def test_it_has_no_run_of_its_own():
    with listen(phases=["start"]) as events:
        CHOOSES.invoke(2, B)
    assert [(event["name"], event["tags"]) for event in events] == [("b", ["b"])]


def test_its_attributes_are_those_of_its_owner():
    assert CHOOSES.who() == ("a", ["a"])
    assert CHOOSES.who(B) == ("b", ["b"])
    with pytest.raises(AttributeError):
        _ = CHOOSES.missing


def test_a_subclass_has_to_say_where_to():
    class Nowhere(Forwarding[Any, Any]): ...

    with pytest.raises(NotImplementedError, match="a subclass says what is called in its place"):
        Nowhere().invoke(1)
    with pytest.raises(NotImplementedError, match="a subclass says whose attributes it has"):
        Nowhere().inner_runnables()
