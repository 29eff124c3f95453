"""`tool` in all its forms."""

import functools
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from eventflow import RunnableLambda, ToolMessage
from eventflow.tools import BaseTool, StructuredTool, Tool, convert_to_tool, tool


def add(a: int, b: int = 2) -> int:
    """Adds."""
    return a + b


async def aadd(a: int, b: int = 2) -> int:
    """Adds, awaited."""
    return a + b


class Numbers(BaseModel):
    """Two numbers."""

    a: int = Field(description="the first")
    b: int = 2


DIRECTLY = {"type": "tool_call", "name": "x", "args": {"a": 1}, "id": "c"}


@pytest.mark.parametrize(
    ("made", "name", "description"),
    [
        (tool(add), "add", "Adds."),
        (tool()(add), "add", "Adds."),
        (tool("plus")(add), "plus", "Adds."),
        (tool("plus", "More.")(add), "plus", "More."),
        (tool("plus", description="More.")(add), "plus", "More."),
        (tool(add, description="More."), "add", "More."),
        (tool(description="More.")(add), "add", "More."),
        (tool(args_schema=Numbers)(add), "add", "Adds."),
    ],
)
async def test_forms(made, name, description):
    assert (type(made), made.name, made.description) == (StructuredTool, name, description)
    assert made.invoke({"a": "1"}) == await made.ainvoke({"a": "1"}) == 3
    assert made.invoke(DIRECTLY) == ToolMessage("3", name=name, tool_call_id="c")


async def test_a_coroutine_function_can_only_be_awaited():
    made = tool(aadd)
    assert await made.ainvoke({"a": 1}) == 3
    with pytest.raises(TypeError, match=r"aadd .* can only be awaited"):
        made.invoke({"a": 1})


async def test_an_object_that_is_awaited_when_it_is_called():
    class Add:
        async def __call__(self, a: int) -> int:
            return a + 1

    assert await tool("add", "Adds.")(Add()).ainvoke({"a": "1"}) == 2


def test_a_runnable():
    runnable = RunnableLambda(lambda x: x["a"] + 1, name="inner")
    named = tool("plus", runnable)
    assert (named.name, named.description) == (
        "plus",
        "Takes {'properties': {'a': {'title': 'A'}}, 'required': ['a'], 'title': 'inner_input', 'type': 'object'}.",
    )
    described = tool("plus", runnable, description="Adds one.", return_direct=True)
    assert (described.description, described.return_direct, described.invoke({"a": 1})) == (
        "Adds one.",
        True,
        2,
    )
    assert tool(runnable).name == "inner"
    assert tool("plus", "Adds one.")(runnable).description == "Adds one."
    assert tool("plus", runnable, args_schema=Numbers).invoke({"a": "1"}) == 2


def test_options_reach_the_tool():
    made = tool(
        return_direct=True,
        response_format="content_and_artifact",
        extras={"cache": True},
        handle_tool_error=True,
        handle_validation_error="no",
    )(add)
    assert (made.return_direct, made.response_format, made.extras) == (
        True,
        "content_and_artifact",
        {"cache": True},
    )
    assert (made.handle_tool_error, made.handle_validation_error) == (True, "no")


def test_a_docstring_is_read():
    def weather(city: str, days: Annotated[int, "how many"] = 1) -> str:
        """The weather.

        Args:
            city: where.
        """

    made = tool(parse_docstring=True)(weather)
    assert made.description == "The weather."
    assert {name: schema["description"] for name, schema in made.args.items()} == {
        "city": "where.",
        "days": "how many",
    }
    assert "Args:" in tool(weather).description
    assert "description" not in tool(weather).args["city"]


def test_a_docstring_that_says_nothing_is_refused_unless_told_otherwise():
    with pytest.raises(
        ValueError, match=r"Found invalid Google-Style docstring. That of add lacks a section"
    ):
        tool(parse_docstring=True)(add)
    made = tool(parse_docstring=True, error_on_invalid_docstring=False)(add)
    assert made.description == "Adds."
    assert StructuredTool.from_function(add, parse_docstring=True).description == "Adds."


def test_a_function_of_one_text():
    made = tool(infer_schema=False)(lambda_with_doc := shout)
    assert (type(made), made.description, made.invoke("hi")) == (Tool, "Shouts.", "HI")
    assert lambda_with_doc is made.func


def shout(text):
    """Shouts."""
    return text.upper()


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: tool(3), TypeError, "must be a string or a callable .* Got <class 'int'>"),
        (lambda: tool("n")(3), TypeError, "must be a string or a callable"),
        (
            lambda: tool(lambda a: a),
            ValueError,
            "must have a docstring if description not provided: <lambda> has",
        ),
        (
            lambda: tool(infer_schema=False)(lambda a: a),
            ValueError,
            "when infer_schema is False. <lambda> has none",
        ),
        (lambda: tool(description="d")(functools.partial(Nameless())), ValueError, "has no __name__"),
        (
            lambda: tool("n", RunnableLambda(add), args_schema={"title": "x"}),
            TypeError,
            "must be a pydantic model",
        ),
        (lambda: tool(nonsense=True)(add), TypeError, r"tool\(\) takes no nonsense: it takes description, "),
    ],
)
def test_what_is_refused(make, error, text):
    with pytest.raises(error, match=text):
        make()


class Nameless:
    def __call__(self, a: int) -> int:
        return a


# ---- methods


class Counter:
    def __init__(self, start: int) -> None:
        self.start = start

    @tool
    def add(self, a: int) -> int:
        """Adds to the start."""
        return self.start + a

    @tool
    async def aadd(self, a: int) -> int:
        """Adds to the start."""
        return self.start + a

    def plain(self, a: int) -> int:
        """Adds to the start."""
        return self.start + a


async def test_a_method_is_a_tool_of_each_object():
    one, ten = Counter(1), Counter(10)
    assert (one.add.invoke({"a": "1"}), ten.add.invoke({"a": 1})) == (2, 11)
    assert await ten.aadd.ainvoke({"a": 1}) == 11
    assert list(Counter.add.args) == list(one.add.args) == ["a"]
    assert tool(ten.plain).invoke({"a": "1"}) == 11


def test_a_tool_that_is_an_attribute_is_itself():
    made = tool(add)

    class Agent:
        helper = made

    assert Agent().helper is Agent.helper is made


# ---- whatever stands for a tool


def test_what_can_be_run_becomes_a_tool():
    made = tool(add)
    assert convert_to_tool(made) is made
    assert convert_to_tool(add).invoke({"a": 1}) == 3
    assert convert_to_tool(RunnableLambda(lambda x: x["a"], name="r")).name == "r"
    assert isinstance(convert_to_tool(Counter(1).plain), BaseTool)


@pytest.mark.parametrize("thing", [Numbers, {"name": "x"}, 3, "x"])
def test_what_only_describes_a_tool_cannot_be_run(thing: Any):
    with pytest.raises(TypeError, match="cannot be run as a tool, it only describes one"):
        convert_to_tool(thing)
