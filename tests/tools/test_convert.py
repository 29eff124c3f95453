"""Runnables as tools."""

import operator
import typing
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from eventflow import (
    PromptTemplate,
    RunnableLambda,
    RunnableParallel,
    StructuredTool,
    ToolMessage,
    convert_runnable_to_tool,
    listen,
)


class Keys(typing.TypedDict):
    a: int
    b: typing.NotRequired[str]


class Point(BaseModel):
    """Where it is."""

    x: int
    y: int = 2


def keys(x: Keys) -> Any:
    """Functions are not asked for their docstrings."""
    return dict(x)


def point(p: Point) -> int:
    return p.x + p.y


def shout(text: str) -> str:
    return text.upper()


async def both(tool: Any, input: Any) -> Any:
    output = tool.invoke(input)
    assert await tool.ainvoke(input) == output
    return output


@pytest.mark.parametrize(
    ("runnable", "args", "input", "output"),
    [
        (RunnableLambda(keys), ["a", "b"], {"a": "1"}, {"a": 1}),
        (RunnableLambda(keys), ["a", "b"], {"a": 1, "b": "x"}, {"a": 1, "b": "x"}),
        (RunnableLambda(point), ["x", "y"], {"x": 1}, 3),
        (RunnableLambda(shout), ["tool_input"], "hi", "HI"),
        (RunnableLambda(shout), ["tool_input"], {"tool_input": "hi"}, "HI"),
        (RunnableLambda(lambda x: x["a"] + x.get("b", 1)), ["a", "b"], {"a": 1}, 2),
        (RunnableLambda(operator.itemgetter("a")), ["a"], "text", "text"),
        (RunnableLambda(lambda x: x), [], {"any": 1}, {"any": 1}),
        (
            PromptTemplate.from_template("{a}-{b}") | (lambda p: p.text),
            ["a", "b"],
            {"a": "1", "b": "2"},
            "1-2",
        ),
        (RunnableParallel(p=keys, q=operator.itemgetter("c")) | len, ["a", "b", "c"], {"a": 1, "c": 2}, 2),
        (RunnableLambda(point).with_retry().bind(), ["x", "y"], {"x": 1, "y": 0}, 1),
    ],
)
async def test_what_it_takes_is_what_the_runnable_takes(runnable, args, input, output):
    tool = runnable.as_tool(name="t")
    assert isinstance(tool, StructuredTool)
    assert list(tool.args) == args
    assert await both(tool, input) == output


async def test_arguments_that_are_given_by_type():
    tool = RunnableLambda(lambda x: x).as_tool(arg_types={"n": int, "texts": list[str]})
    assert await both(tool, {"n": "1", "texts": []}) == {"n": 1, "texts": []}
    with pytest.raises(ValidationError):
        tool.invoke({"n": 1})


async def test_arguments_that_are_given_as_a_schema():
    tool = RunnableLambda(shout).as_tool(Point)
    assert list(tool.args) == ["x", "y"]
    assert await both(RunnableLambda(repr).as_tool(Point, name="p"), {"x": "1"}) == "{'x': 1, 'y': 2}"


def test_names_and_descriptions():
    tool = RunnableLambda(keys).as_tool()
    assert tool.name == "keys"
    assert tool.description.startswith("Takes {'properties': {'a': {'title': 'A', 'type': 'integer'}")
    told = RunnableLambda(keys).as_tool(name="n", description="d")
    assert (told.name, told.description) == ("n", "d")


def lists(x: list[int]) -> Any: ...
def anything(x: dict[str, Any]) -> Any: ...


@pytest.mark.parametrize("function", [lists, anything])
def test_what_has_no_arguments_is_refused(function):
    with pytest.raises(
        TypeError, match=rf"which arguments '{function.__name__}' takes .* give args_schema= or"
    ):
        RunnableLambda(function).as_tool()
    assert RunnableLambda(function).as_tool(arg_types={"a": int}).invoke({"a": 1}) is None


def test_a_tool_call():
    tool = convert_runnable_to_tool(RunnableLambda(point), name="p")
    output = tool.invoke({"type": "tool_call", "name": "p", "args": {"x": 1}, "id": "c"})
    assert output == ToolMessage("3", name="p", tool_call_id="c")


def test_the_runnable_is_a_child_of_the_tool():
    tool = RunnableLambda(point).as_tool(name="tool")
    with listen(phases=["start"]) as events:
        tool.invoke({"x": 1}, {"tags": ["t"]})
    assert [(event["event"], event["name"], len(event["parent_ids"]), event["tags"]) for event in events] == [
        ("on_tool_start", "tool", 0, ["t"]),
        ("on_chain_start", "point", 1, ["t"]),
    ]
