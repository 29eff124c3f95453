"""`RunnablePassthrough`, `RunnableAssign`, `RunnablePick`: the input as it is, with more, or with less."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.events import AddableDict
from eventflow.runnables import (
    RunnableAssign,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnablePick,
)


async def letters(text: str) -> AsyncIterator[str]:
    for letter in text:
        yield letter


async def collected(chunks: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in chunks]


# ---- passthrough


async def test_what_goes_in_comes_out():
    same = RunnablePassthrough()
    value = object()
    assert same.invoke(value) is value
    assert await same.ainvoke(value) is value
    assert list(same.transform(iter("ab"))) == await collected(same.atransform(letters("ab"))) == ["a", "b"]


async def test_a_function_is_called_with_the_whole():
    seen: list[Any] = []
    same = RunnablePassthrough(seen.append)
    assert same.invoke("x") == "x"
    assert await same.ainvoke("y") == "y"
    assert list(same.transform(iter("ab"))) == ["a", "b"]
    assert await collected(same.atransform(letters("cd"))) == ["c", "d"]
    assert seen == ["x", "y", "ab", "cd"]


async def test_an_async_function_is_awaited():
    seen: list[Any] = []

    async def look(x: str) -> None:
        seen.append(x)

    for same in (RunnablePassthrough(look), RunnablePassthrough(afunc=look)):
        assert await same.ainvoke("x") == "x"
        assert await collected(same.atransform(letters("ab"))) == ["a", "b"]
        assert same.invoke("y") == "y"  # nobody can await it here
    assert seen == ["x", "ab", "x", "ab"]


async def test_of_two_functions_the_one_of_the_colour_is_called():
    seen: list[str] = []

    async def alook(x: str) -> None:
        seen.append("async")

    same = RunnablePassthrough(lambda x: seen.append("sync"), alook)
    same.invoke("x")
    await same.ainvoke("x")
    assert seen == ["sync", "async"]


def test_a_function_that_asks_for_the_config_gets_it():
    seen: list[Any] = []

    def look(x: str, config: Any) -> None:
        seen.append(config["tags"])

    RunnablePassthrough(look).invoke("x", {"tags": ["t"]})
    assert seen == [["t"]]


def test_a_function_that_fails_ends_the_run():
    def refuse(x: str) -> None:
        raise ValueError("no")

    with listen() as events, pytest.raises(ValueError, match="no"):
        RunnablePassthrough(refuse).invoke("x")
    assert [event["event"] for event in events] == ["on_chain_start", "on_chain_error"]


# ---- assign


ADDS = RunnablePassthrough.assign(b=lambda d: d["a"] + "!", c=lambda d: d["a"] * 2)


async def test_keys_are_added():
    assert ADDS.invoke({"a": "x"}) == {"a": "x", "b": "x!", "c": "xx"}
    assert await ADDS.ainvoke({"a": "x"}) == {"a": "x", "b": "x!", "c": "xx"}
    assert ADDS.get_name() == "RunnableAssign<b,c>"
    assert [*ADDS.mapper.steps__] == ["b", "c"]


async def test_keys_are_replaced():
    replaces = RunnablePassthrough.assign(a=lambda d: d["a"] + "!")
    assert replaces.invoke({"a": "x", "b": "y"}) == {"a": "x!", "b": "y"}
    assert list(replaces.stream({"a": "x", "b": "y"})) == [{"b": "y"}, {"a": "x!"}]
    assert await collected(replaces.astream({"a": "x"})) == [{"a": "x!"}]


def test_the_input_is_left_as_it_is():
    given = {"a": "x"}
    ADDS.invoke(given)
    assert given == {"a": "x"}


async def test_what_is_there_passes_before_what_is_added():
    def source(x: str) -> Iterator[dict[str, str]]:
        yield AddableDict(a=x)
        yield AddableDict(z=x)

    async def asource(x: str) -> AsyncIterator[dict[str, str]]:
        for chunk in source(x):
            yield chunk

    sequence = RunnableLambda(source, asource) | RunnablePassthrough.assign(b=lambda d: d["a"] + "!")
    expected = [{"a": "x"}, {"z": "x"}, {"b": "x!"}]
    assert list(sequence.stream("x")) == expected
    assert await collected(sequence.astream("x")) == expected


@pytest.mark.parametrize("input", ["text", None, [("a", 1)]])
async def test_an_input_that_is_no_dict_is_refused(input):
    text = r"input to RunnablePassthrough.assign\(\) must be a dict.*RunnableAssign<b,c>.*put a dict"
    for act in (ADDS.invoke, lambda x: list(ADDS.stream(x))):
        with pytest.raises(ValueError, match=text):
            act(input)
    with pytest.raises(ValueError, match=text):
        await ADDS.ainvoke(input)
    with pytest.raises(ValueError, match=text):
        await collected(ADDS.astream(input))


def test_assign_as_a_method():
    assert RunnableLambda(lambda x: {"a": x}).assign(b=lambda d: d["a"]).invoke(1) == {"a": 1, "b": 1}


def test_assign_as_a_class():
    made = RunnableAssign(RunnableParallel(b=lambda d: d["a"]))
    assert made.invoke({"a": 1}) == {"a": 1, "b": 1}
    assert list(made.inner_runnables()) == [made.mapper]
    assert "RunnableAssign" in repr(made)


async def test_leaving_a_stream_closes_the_source():
    closed: list[str] = []

    def source(x: str) -> Iterator[dict[str, str]]:
        try:
            yield {"a": x}
            yield {"b": x}
        finally:
            closed.append("sync")

    async def asource(x: str) -> AsyncIterator[dict[str, str]]:
        try:
            yield {"a": x}
            yield {"b": x}
        finally:
            closed.append("async")

    sequence = RunnableLambda(source, asource) | RunnablePassthrough.assign(c=lambda d: 1)
    stream: Any = sequence.stream("x")
    next(stream)
    stream.close()
    astream: Any = sequence.astream("x")
    await anext(astream)
    await astream.aclose()
    assert closed == ["sync", "async"]


# ---- pick


async def test_one_key_is_a_value_and_several_are_a_dict():
    given = {"a": 0, "b": 1, "c": 2}
    assert RunnablePick("a").invoke(given) == await RunnablePick("a").ainvoke(given) == 0
    assert RunnablePick(["a", "c"]).invoke(given) == {"a": 0, "c": 2}
    assert RunnablePick("missing").invoke(given) is None
    assert RunnablePick(["missing", "a"]).invoke(given) == {"a": 0}
    assert RunnablePick(["missing"]).invoke(given) is None


async def test_only_what_is_picked_comes_as_a_chunk():
    def source(x: str) -> Iterator[dict[str, Any]]:
        yield {"a": x}
        yield {"b": 0}
        yield {"c": None}

    async def asource(x: str) -> AsyncIterator[dict[str, Any]]:
        for chunk in source(x):
            yield chunk

    runnable = RunnableLambda(source, asource)
    assert list(runnable.pick("a").stream("x")) == ["x"]
    assert list(runnable.pick("b").stream("x")) == [0]
    assert list(runnable.pick("c").stream("x")) == []
    assert list(runnable.pick(["a", "b"]).stream("x")) == [{"a": "x"}, {"b": 0}]
    assert await collected(runnable.pick(["a", "b"]).astream("x")) == [{"a": "x"}, {"b": 0}]


async def test_picking_from_what_is_no_dict_is_refused():
    text = r"input to RunnablePick must be a dict, and RunnablePick<a> was given str"
    with pytest.raises(ValueError, match=text):
        RunnablePick("a").invoke("text")
    with pytest.raises(ValueError, match=text):
        await collected(RunnablePick("a").astream("text"))


def test_names():
    assert RunnablePick(["a", "b"]).get_name() == "RunnablePick<a,b>"
    assert RunnablePick("a", name="mine").get_name() == "mine"
    assert repr(RunnablePick("a")) == "RunnablePick('a')"
    assert RunnablePassthrough(name="mine").get_name() == "mine"
