"""Tools: what they take, what they give, and what they tell."""

import threading
from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from eventflow import (
    BaseTool,
    RunHandle,
    RunnableConfig,
    RunnableLambda,
    ToolMessage,
    current_run,
    dispatch_custom_event,
    listen,
)


class Add(BaseTool):
    name: str = "add"
    description: str = "Adds."

    def _run(self, a: int, b: int = 2) -> int:
        return a + b


class AddArguments(BaseModel):
    """Two numbers."""

    a: int
    b: int = Field(2, alias="plus")


class Checked(Add):
    args_schema: type[BaseModel] = AddArguments


def call(args: dict[str, Any], id: str | None = "c1", name: str = "add") -> dict[str, Any]:
    return {"type": "tool_call", "name": name, "args": args, "id": id}


async def both(tool: BaseTool, input: Any, config: Any = None) -> Any:
    """What it gives, which must be the same in sync and async code."""
    output = tool.invoke(input, config)
    assert await tool.ainvoke(input, config) == output
    assert list(tool.stream(input, config)) == [output]
    return output


@pytest.mark.parametrize(
    ("input", "output"),
    [
        ({"a": 1}, 3),
        ({"a": 1, "b": 5}, 6),
        (call({"a": 1}), ToolMessage("3", name="add", tool_call_id="c1")),
        (call({"a": 1}, name="other"), ToolMessage("3", name="add", tool_call_id="c1")),
        (call({"a": 1}, id=None), 3),
        ({"type": "tool_call", "name": "add", "args": {"a": 1}}, 3),
    ],
)
async def test_what_it_takes(input, output):
    assert await both(Add(), input) == output


async def test_text_is_the_first_argument():
    class Shout(BaseTool):
        name: str = "shout"
        description: str = "Shouts."

        def _run(self, config: RunnableConfig, text: str, end: str = "!") -> str:
            return text.upper() + end

    assert await both(Shout(), "hi") == "HI!"
    assert await both(Checked(), "5") == 7
    assert await both(Add(args_schema={"properties": {"b": {}, "a": {}}}), {"a": 1}) == 3


@pytest.mark.parametrize("input", [5, None, ["a"]])
def test_what_has_no_arguments_is_refused(input):
    with pytest.raises(TypeError, match=rf"tool 'add' takes a dict of .*, not {type(input).__name__}"):
        Add().invoke(input)


def test_options_beside_the_input_are_refused():
    with pytest.raises(TypeError, match="tool 'add' was called with b beside its input"):
        Add().invoke({"a": 1}, b=2)


async def test_arguments_are_checked_by_the_schema():
    assert await both(Checked(), {"a": "1", "plus": "3"}) == 4
    with pytest.raises(ValidationError, match="AddArguments"):
        Checked().invoke({"b": 1})


def test_a_json_schema_checks_nothing():
    schema = {"title": "x", "type": "object", "properties": {"a": {"type": "integer"}}}
    tool = Add(args_schema=schema)
    assert tool.invoke({"a": 1.5}) == 3.5
    assert tool.args == {"a": {"type": "integer"}}
    assert tool.get_input_jsonschema() == schema
    assert tool.tool_call_schema == {**schema, "title": "add", "description": "Adds."}
    assert tool.get_input_schema()({"a": 1}).root == {"a": 1}


def test_what_the_model_is_told():
    tool = Add()
    assert tool.args == {
        "a": {"title": "A", "type": "integer"},
        "b": {"default": 2, "title": "B", "type": "integer"},
    }
    assert tool.tool_call_schema.model_json_schema() == {
        "title": "add",
        "description": "Adds.",
        "type": "object",
        "properties": tool.args,
        "required": ["a"],
    }
    assert Checked().get_input_schema() is AddArguments
    assert Checked().tool_call_schema.model_json_schema()["title"] == "add"
    assert Add(name="plus", description="More.").tool_call_schema.__name__ == "plus"


async def test_async_work_of_its_own():
    class Both(Add):
        async def _arun(self, a: int, run_manager: Any = None) -> str:
            return f"awaited {a} {type(run_manager).__name__}"

    assert await Both().ainvoke({"a": 1}) == "awaited 1 RunHandle"
    assert Both().invoke({"a": 1}) == 3


async def test_work_that_may_block_is_done_in_a_thread():
    class Where(BaseTool):
        name: str = "where"
        description: str = "Says where."

        def _run(self) -> int:
            return threading.get_ident()

    assert Where().invoke({}) == threading.get_ident()
    assert await Where().ainvoke({}) != threading.get_ident()


# ---- its run


class Telling(BaseTool):
    name: str = "telling"
    description: str = "Tells."
    inner: Any = None

    def _run(self, a: int, config: RunnableConfig, run_manager: Any = None, callbacks: Any = None) -> Any:
        assert isinstance(run_manager, RunHandle)
        assert isinstance(callbacks, RunHandle)
        assert run_manager.node is current_run()
        dispatch_custom_event("half", a)
        return self.inner.invoke(a, config), config["tags"]


async def test_what_it_tells():
    inner = RunnableLambda(lambda x: x + 1, name="inner")
    tool = Telling(inner=inner, tags=["own"], metadata={"m": 1})
    outer = RunnableLambda(lambda x: tool.invoke(x, {"tags": ["given"]}), name="outer")
    with listen() as events:
        assert await outer.ainvoke({"a": 1}) == (2, ["given"])
    seen = list(events)
    assert [(event["event"], event["name"], len(event["parent_ids"])) for event in seen] == [
        ("on_chain_start", "outer", 0),
        ("on_tool_start", "telling", 1),
        ("on_custom_event", "half", 1),
        ("on_chain_start", "inner", 2),
        ("on_chain_end", "inner", 2),
        ("on_tool_end", "telling", 1),
        ("on_chain_end", "outer", 0),
    ]
    start = seen[1]
    assert (start["data"], sorted(start["tags"]), start["metadata"]) == (
        {"input": {"a": 1}},
        ["given", "own"],
        {"m": 1},
    )
    assert seen[3]["tags"] == ["given"]


@pytest.mark.parametrize("input", [{"a": 1, "b": 2}, call({"a": 1, "b": 2}), "1"])
def test_events_show_the_arguments(input):
    tool = Checked() if input == "1" else Add()
    with listen(include_types=["tool"], phases=["start"]) as events:
        (RunnableLambda(lambda x: x) | tool).invoke(input)
    shown = {"a": "1"} if input == "1" else {"a": 1, "b": 2}
    assert [event["data"]["input"] for event in events] == [shown]


def test_an_error_ends_its_run():
    class Fails(Add):
        def _run(self, a: int) -> int:
            raise OSError("no")

    for tool, input, error in (
        (Fails(), {"a": 1}, OSError),
        (Checked(), {}, ValidationError),
        (Add(), 5, TypeError),
    ):
        with listen(phases=["error"]) as events, pytest.raises(error):
            tool.invoke(input)
        assert [event["event"] for event in events] == ["on_tool_error"]


def test_it_is_a_step_like_any_other():
    chain = RunnableLambda(lambda x: {"a": x}) | Add() | str
    assert chain.invoke(1) == "3"
    assert [node.name for node in chain.get_graph().nodes.values()][2] == "add"
    assert Add().with_retry().invoke({"a": 1}) == 3
    assert Add().batch([{"a": 1}, {"a": 2}]) == [3, 4]
