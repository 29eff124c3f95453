"""Tools: what they take, what they give, and what they tell."""

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from eventflow import (
    BaseTool,
    RunHandle,
    RunnableConfig,
    RunnableLambda,
    StructuredTool,
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


# ---- the rest of its life


async def test_the_id_of_the_call_is_in_every_event():
    tool = Add()
    with listen() as events:
        tool.invoke(call({"a": 1}))
        await tool.ainvoke({"a": 1})
        RunnableLambda(lambda x: tool.invoke(x)).invoke(call({"a": 1}, id="c2"))
    told = [(event["event"], event["data"].get("tool_call_id")) for event in events]
    assert told == [
        ("on_tool_start", "c1"),
        ("on_tool_end", "c1"),
        ("on_tool_start", None),
        ("on_tool_end", None),
        ("on_chain_start", None),
        ("on_tool_start", "c2"),
        ("on_tool_end", "c2"),
        ("on_chain_end", None),
    ]


async def test_v2_is_langchains_contract():
    """The id with errors only, and at the root the input as it was given."""
    tool, asked = Add(), call({"a": 1})
    for input, shown in ((asked, asked), ({"a": 1}, {"a": 1}), ("1", "1")):
        v2 = [event["data"] async for event in Checked().astream_events(input, version="v2")]
        assert v2[0] == {"input": shown}
        assert [*v2[1]] == ["output"]
        args = {"a": "1"} if input == "1" else {"a": 1}
        default = [event["data"]["input"] for event in Checked().stream_events(input, phases=["start"])]
        assert default == [args]
    chain = RunnableLambda(lambda x: x) | tool
    events = [event async for event in chain.astream_events(asked, version="v2", include_types=["tool"])]
    assert [event["data"].get("input") for event in events] == [{"a": 1}, {"a": 1}]
    for wrong, id in ((call({}), "c1"), ({}, None)):
        stream = tool.astream_events(wrong, version="v2")
        await anext(stream)
        failed = await anext(stream)
        assert (failed["event"], failed["data"]["tool_call_id"]) == ("on_tool_error", id)
        with pytest.raises((TypeError, ValidationError)):
            await anext(stream)


def test_its_own_callbacks_hear_it():
    told: list[Any] = []

    class Handler:
        def on_tool_start(self, serialized, input_str, *, inputs, tool_call_id, **kwargs):
            told.append((serialized["name"], input_str, inputs, tool_call_id))

    tool = Add(callbacks=[Handler()])
    tool.invoke(call({"a": 1}))
    tool.invoke({"a": 1}, {"callbacks": [Handler()]})
    assert told == [("add", "{'a': 1}", {"a": 1}, "c1"), *[("add", "{'a': 1}", {"a": 1}, None)] * 2]


async def test_as_older_programs_call_it():
    tool = Add()
    assert tool.run({"a": 1}) == await tool.arun({"a": 1}) == 3
    asked = {"tool_call_id": "c1", "tags": ["x"]}
    with listen(phases=["start"]) as events:
        assert tool.run({"a": 1}, **asked) == await tool.arun({"a": 1}, **asked)
    assert [(event["tags"], event["data"]["tool_call_id"]) for event in events] == [(["x"], "c1")] * 2
    assert Checked().run("5") == 7


def test_what_the_model_is_told_is_made_once():
    for tool in (Add(), Checked(), StructuredTool.from_function(Add()._run, name="add", description="Adds.")):
        assert tool.tool_call_schema is tool.tool_call_schema
    assert Add().tool_call_schema is Add().tool_call_schema
    assert Add().is_single_input is False


def test_what_it_is_shown_as():
    assert repr(Add(name="plus", extras={"x": 1})) == "Add(name='plus', extras={'x': 1})"


@pytest.mark.parametrize("args", [None, "text", [1]])
def test_a_call_without_arguments_is_refused(args):
    with pytest.raises(TypeError, match="tool 'add' takes a dict of arguments"):
        Add().invoke({"type": "tool_call", "name": "add", "args": args, "id": "c1"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(json_values, st.text(min_size=1, max_size=5), st.booleans())
def test_what_a_call_brings_the_message_brings_back(value, id, is_checked):
    """The arguments arrive as they are, and what comes back says the same, for the same call."""

    class Echo(BaseTool):
        name: str = "echo"
        description: str = "Echoes."

        def _run(self, value: Any) -> Any:
            return {"value": value}

    tool = Echo()
    if is_checked:
        tool = Echo(args_schema=tool.get_input_schema())
    asked = {"type": "tool_call", "name": "echo", "args": {"value": value}, "id": id}
    before = json.dumps(asked)
    message = tool.invoke(asked)
    assert json.loads(message.content) == {"value": value}
    assert (message.tool_call_id, message.name, message.status) == (id, "echo", "success")
    assert tool.invoke(asked["args"]) == {"value": value}
    assert json.dumps(asked) == before
