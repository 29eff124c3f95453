"""Tools that yield: what they give, and what is told of it."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import RunnableLambda, StrOutputParser, ToolMessage, listen
from eventflow.events import fold
from eventflow.tools import BaseTool, StructuredTool, ToolException, tool
from eventflow.tools.generators import yields_of
from eventflow.tools.output import as_tool_message


def call(**args: Any) -> dict[str, Any]:
    return {"type": "tool_call", "name": "t", "args": args, "id": "c1"}


def message(content: Any, status: str = "success", artifact: Any = None, name: str = "t") -> ToolMessage:
    return ToolMessage(content, name=name, tool_call_id="c1", status=status, artifact=artifact)


def words(text: str = "a b"):
    """Yields words."""
    yield from text.split()


def working(text: str = "a"):
    """Works, then says what it has found."""
    yield "working"
    yield {"progress": 0.5}
    return [text]


def nothing():
    """Yields nothing."""
    return
    yield


def numbers(n: int = 3):
    """Yields numbers."""
    yield from range(n)


def lists():
    """Yields lists."""
    yield [1]
    yield [2, 3]


def maybe(returns: bool = False):
    """May return something."""
    yield "a"
    yield "b"
    if returns:
        return "whole"
    return None


def async_of(function: Any) -> Any:
    """The same function as an async generator, which cannot return anything."""

    async def function_(**kwargs: Any) -> AsyncIterator[Any]:
        for chunk in function(**kwargs):
            yield chunk

    return function_


async def every_way(made: BaseTool, args: Any) -> tuple[Any, list[Any]]:
    """What it gives and its chunks, the same in sync and async code, watched and not, for a call and without."""
    output, chunks = made.invoke(args), list(made.stream(args))
    with listen() as listening:
        assert (made.invoke(args), list(made.stream(args))) == (output, chunks)
    assert await made.ainvoke(args) == output
    assert [chunk async for chunk in made.astream(args)] == chunks
    asked = call(**args)
    whole = made.invoke(asked)
    with listen() as listening_to_a_call:
        assert await made.ainvoke(asked) == whole
        assert list(made.stream(asked)) == [chunk async for chunk in made.astream(asked)] == [whole]
    assert told(listening) == (chunks * 2, [output] * 2)  # what is invoked tells its chunks, too
    assert told(listening_to_a_call) == (chunks * 3, [whole] * 3)
    return whole, chunks


def told(listening: Any) -> tuple[list[Any], list[Any]]:
    """The chunks and the outputs in events."""
    events = list(listening)
    return (
        [event["data"]["chunk"] for event in events if event["event"] == "on_tool_stream"],
        [event["data"]["output"] for event in events if event["event"] == "on_tool_end"],
    )


@pytest.mark.parametrize(
    ("function", "args", "output", "chunks"),
    [
        (words, {}, "ab", ["a", "b"]),
        (numbers, {}, 3, [0, 1, 2]),
        (lists, {}, [1, 2, 3], [[1], [2, 3]]),
        (nothing, {}, None, []),
        (working, {}, ["a"], ["working", {"progress": 0.5}, ["a"]]),
        (maybe, {"returns": True}, "whole", ["a", "b", "whole"]),
        (maybe, {}, "ab", ["a", "b", "ab"]),  # it might have returned something: the last one is the whole
    ],
)
async def test_what_it_gives(function, args, output, chunks):
    made = tool("t", "d")(function)
    assert made.invoke(args) == output
    assert await every_way(made, args) == (as_tool_message(output, tool_call_id="c1", name="t"), chunks)


async def test_async_generators():
    made = StructuredTool(name="t", description="d", coroutine=async_of(words))
    assert await made.ainvoke({"text": "x y z"}) == "xyz"
    assert [chunk async for chunk in made.astream({"text": "x y"})] == ["x", "y"]
    assert [chunk async for chunk in made.astream(call(text="x y"))] == [message("xy")]
    with listen() as events:
        await made.ainvoke(call(text="x y"))
    assert told(events) == (["x", "y"], [message("xy")])
    with pytest.raises(TypeError, match="can only be awaited"):
        list(made.stream({}))
    with pytest.raises(TypeError, match="can only be awaited"):
        made.invoke({})


async def test_one_of_two_functions_yields():
    async def awaited(text: str = "") -> str:
        return "awaited"

    made = StructuredTool.from_function(words, awaited, name="t")
    assert list(made.stream({})) == ["a", "b"]
    assert [chunk async for chunk in made.astream({})] == ["awaited"]
    with listen(phases=["stream"]) as events:
        await made.ainvoke({})
    assert list(events) == []


async def test_a_class_whose_run_yields():
    class Words(BaseTool):
        name: str = "t"
        description: str = "d"

        def _run(self, text: str):
            yield from text.split()

    assert await every_way(Words(), {"text": "a b"}) == (message("ab"), ["a", "b"])

    class AWords(Words):
        async def _arun(self, text: str):
            for word in text.split():
                yield word.upper()

    assert [chunk async for chunk in AWords().astream("a b")] == ["A", "B"]
    assert await AWords().ainvoke("a b") == "AB"


@given(st.lists(st.text(max_size=3)))
def test_chunks_add_up_to_the_output(pieces):
    def pieces_() -> Any:
        yield from pieces

    made = tool("t", "d")(pieces_)
    assert fold(made.stream({})) == made.invoke({}) == ("".join(pieces) if pieces else None)
    with listen(phases=["stream"]) as events:
        whole = made.invoke(call())
    text = fold(told(events)[0])
    assert whole.content == ("null" if text is None else text)


async def test_content_and_artifact():
    def found(text: str):
        yield "searching"
        return f"found {text}", {"raw": text}

    made = tool("t", "d", response_format="content_and_artifact")(found)
    assert made.invoke({"text": "x"}) == "found x"
    whole = message("found x", artifact={"raw": "x"})
    assert await every_way(made, {"text": "x"}) == (whole, ["searching", "found x"])
    wrong = tool("t", "d", response_format="content_and_artifact")(words)
    with pytest.raises(ValueError, match=r"a two-tuple .* Tool 't' has to return"):
        list(wrong.stream({}))


def refusing(text: str):
    """Begins, and refuses."""
    yield "begun. "
    raise ToolException("No.")


def finding(text: str):
    """Begins, refuses, and might have returned something."""
    yield "begun"
    if text:
        raise ToolException("No.")
    return "found"


async def test_a_failure_that_is_handled():
    """What is told of it comes last: added to what there was, or in place of it where the last one is the whole."""
    made = tool("t", "d", handle_tool_error=True)(refusing)
    assert await every_way(made, {"text": "x"}) == (message("begun. No.", "error"), ["begun. ", "No."])
    made = tool("t", "d", handle_tool_error="failed")(finding)
    assert await every_way(made, {"text": "x"}) == (message("failed", "error"), ["begun", "failed"])


async def test_a_failure_that_is_not_handled():
    made = tool("t", "d")(refusing)
    stream = made.stream({"text": "x"})
    assert next(stream) == "begun. "
    with pytest.raises(ToolException, match="No"):
        next(stream)
    with listen() as events, pytest.raises(ToolException):
        await made.ainvoke({"text": "x"})
    assert [event["event"] for event in events] == ["on_tool_start", "on_tool_stream", "on_tool_error"]


async def test_arguments_that_do_not_fit():
    made = tool("t", "d", handle_validation_error=True)(numbers)
    text = "Tool input validation error"
    assert await every_way(made, {"n": "many"}) == (message(text, "error"), [text])


async def test_leaving_early_closes_it():
    left: list[str] = []

    def endless() -> Any:
        try:
            while True:
                yield "a"
        finally:
            left.append("sync")

    async def aendless() -> Any:
        try:
            while True:
                yield "a"
        finally:
            left.append("async")

    made = StructuredTool.from_function(endless, aendless, name="t", description="d")
    with listen(phases=["end", "error"]) as events:
        stream: Any = made.stream({})
        next(stream)
        stream.close()
        async with contextlib.aclosing(made.astream({})) as astream:
            await anext(astream)
    assert left == ["sync", "async"]
    assert [event["event"] for event in events] == ["on_tool_error", "on_tool_error"]


async def test_v2_shows_no_chunks_of_tools():
    made = tool("t", "d")(words)
    shown = [event["event"] async for event in made.astream_events(call(), version="v2")]
    assert shown == ["on_tool_start", "on_tool_end"]
    assert [event["event"] for event in made.stream_events({})] == [
        "on_tool_start",
        "on_tool_stream",
        "on_tool_stream",
        "on_tool_end",
    ]


async def test_in_a_chain_its_output_is_passed_on_whole():
    chain = tool("t", "d")(working) | RunnableLambda(lambda x: x)
    assert chain.invoke({}) == await chain.ainvoke({}) == fold(chain.stream({})) == ["a"]
    chain = tool("t", "d")(words) | StrOutputParser()
    assert list(chain.stream(call())) == ["ab"]
    assert list(chain.stream({})) == ["a", "b"]


def test_inner_runs_are_children():
    inner = RunnableLambda(lambda x: x, name="inner")

    def outer() -> Any:
        """Runs."""
        yield str(inner.invoke(1))
        yield str(inner.invoke(2))

    made = tool(outer)
    with listen(phases=["start"]) as events:
        list(made.stream({}))
    assert [(event["name"], len(event["parent_ids"])) for event in events] == [
        ("outer", 0),
        ("inner", 1),
        ("inner", 1),
    ]


# ---- which functions yield


def ends_early(x):
    if x:
        return
    yield 1


def passes_on():
    return (yield from working())


def explicitly_none():
    yield 1
    return None


@pytest.mark.parametrize(
    ("function", "sync", "returns"),
    [
        (words, True, False),
        (nothing, True, False),
        (ends_early, True, False),
        (explicitly_none, True, False),
        (working, True, True),
        (maybe, True, True),
        (passes_on, True, True),
        (len, False, False),
        (lambda: 1, False, False),
    ],
)
def test_what_a_function_is(function, sync, returns):
    assert yields_of(function) == (sync, False, returns)


def test_other_callables():
    class Callable_:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self):
            yield 1

    assert yields_of(Callable_()).sync
    assert yields_of(async_of(words)) == (False, True, False)
