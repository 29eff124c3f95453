"""The same tools from two libraries: what they give, what the model is told, and what is told of them."""

import asyncio
import warnings
from typing import Annotated, Any, NotRequired

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

pytest.importorskip("langchain_core")

import langchain_core.messages
import langchain_core.runnables
import langchain_core.tools

import eventflow
from properties.trees import Side

OURS = Side(eventflow)
PEER = Side(langchain_core.tools, langchain_core.runnables, langchain_core.messages)


class Item(BaseModel):
    n: int


class Arguments(BaseModel):
    """What it takes."""

    a: int
    items: list[Item] = []


def add(a: int, b: Annotated[int, "the other"] = 2) -> int:
    """Adds."""
    return a + b


async def aadd(a: int) -> str:
    """Adds, awaited."""
    return f"awaited {a}"


def of_items(a: int, items: list[Item]) -> list[str]:
    """Says what they are."""
    return [type(item).__name__ for item in items] + [str(a)]


def tools(lib: Side) -> dict[str, Any]:
    class Add(lib.BaseTool):
        name: str = "add"
        description: str = "Adds."

        def _run(self, a: int, b: int = 2) -> Any:
            return {"sum": a + b}

    make = lib.StructuredTool.from_function
    return {
        "class": Add(),
        "checked class": Add(args_schema=Arguments),
        "function": make(add),
        "both": make(add, aadd, name="both", description="Both."),
        "schema": make(of_items, args_schema=Arguments),
        "inferred": make(of_items),
        "unchecked": make(add, infer_schema=False),
        "json": make(
            add, args_schema={"title": "t", "type": "object", "properties": {"a": {"type": "integer"}}}
        ),
    }


INPUTS = [
    {"a": 1},
    {"a": "1"},
    {"a": "no"},
    {"a": 1, "b": 3},
    {"a": 1, "items": [{"n": 1}]},
    {"a": 1, "unknown": 3},
    {},
    {"type": "tool_call", "name": "x", "args": {"a": 1}, "id": "c"},
    {"type": "tool_call", "name": "x", "args": {"a": 1}, "id": None},
    {"id": "c", "name": "x", "args": {"a": 1}},
]


def result(call: Any) -> Any:
    """What it gives, as plain data, or the type of what it raises."""
    try:
        output = call()
    except Exception as error:
        return type(error).__name__
    return output.model_dump() if hasattr(output, "model_dump") else output


@pytest.mark.parametrize("input", INPUTS, ids=str)
@pytest.mark.parametrize("name", tools(OURS))
def test_what_they_give(name, input):
    ours, theirs = tools(OURS)[name], tools(PEER)[name]
    assert result(lambda: ours.invoke(input)) == result(lambda: theirs.invoke(input))
    assert result(lambda: asyncio.run(ours.ainvoke(input))) == result(
        lambda: asyncio.run(theirs.ainvoke(input))
    )


@pytest.mark.parametrize("name", [name for name in tools(OURS) if name != "unchecked"])
def test_what_the_model_is_told(name):
    ours, theirs = tools(OURS)[name], tools(PEER)[name]
    assert (ours.name, ours.description, ours.args) == (theirs.name, theirs.description, theirs.args)
    if name != "json":
        assert ours.tool_call_schema.model_json_schema() == theirs.tool_call_schema.model_json_schema()


@pytest.mark.parametrize("input", INPUTS[:3], ids=str)
@pytest.mark.parametrize("name", ["class", "function"])
async def test_what_is_told_of_them(name, input):
    async def told(tool):
        events = []
        try:
            async for event in tool.astream_events(input, version="v2"):
                events.append((event["event"], event["name"], event["data"].get("output")))  # noqa: PERF401
        except Exception as error:
            events.append(type(error).__name__)
        return events

    assert await told(tools(OURS)[name]) == await told(tools(PEER)[name])


def test_runnables_as_tools():
    def typed(lib: Side) -> Any:
        def total(x: Arguments) -> Any:
            return "called"

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return lib.RunnableLambda(total).as_tool()

    ours, theirs = typed(OURS), typed(PEER)
    assert (ours.name, ours.description, ours.args) == (theirs.name, theirs.description, theirs.args)
    assert ours.invoke({"a": "1"}) == theirs.invoke({"a": "1"}) == "called"


# ---- what is different


def test_arguments_of_a_function_that_is_not_checked():
    ours, theirs = tools(OURS)["unchecked"], tools(PEER)["unchecked"]
    assert (list(ours.args), list(theirs.args)) == (["a", "b"], ["args", "config", "kwargs"])


def test_a_key_that_need_not_be_there_is_not_required():
    class Keys(TypedDict):
        a: int
        b: NotRequired[str]

    def keys(x: Keys) -> str:
        return str(dict(x))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = OURS.RunnableLambda(keys).as_tool(), PEER.RunnableLambda(keys).as_tool()
    assert result(lambda: ours.invoke({"a": 1})) == "{'a': 1}"
    assert result(lambda: theirs.invoke({"a": 1})) == "ValidationError"


def test_arguments_of_unknown_names_are_passed_on():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (lib.RunnableLambda(lambda x: x).as_tool(name="t") for lib in (OURS, PEER))
    assert (ours.invoke({"a": 1}), theirs.invoke({"a": 1})) == ({"a": 1}, {})
