"""Tools as the provider is told of them, and which of them it is to call."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

pytest.importorskip("anthropic")

from adapters.anthropic.replies import CASES
from eventflow import StructuredTool
from eventflow_anthropic.tools import to_request_tool, to_tool_choice


def weather(city: str, days: Annotated[int, "how far ahead"] = 1) -> str:
    """How the weather will be."""
    return f"{city}: fine for {days}"


class Trip(BaseModel):
    """Where to go."""

    stops: list[str] = Field(min_length=3)
    guide: str | None = None


TOLD = {
    "name": "weather",
    "description": "How the weather will be.",
    "input_schema": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "default": 1, "description": "how far ahead"},
        },
        "required": ["city"],
    },
}
SCHEMA = {"title": "now", "description": "The time.", "type": "object", "properties": {}}
NOW = {"name": "now", "description": "The time.", "input_schema": {"type": "object", "properties": {}}}


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        (weather, TOLD),
        (StructuredTool.from_function(weather), TOLD),
        (SCHEMA, NOW),
        ({"type": "function", "function": {"name": "now", "description": "The time."}}, NOW),
        ({"name": "now", "description": "The time.", "parameters": {}}, NOW),
        (NOW, NOW),
        ({**NOW, "cache_control": {"type": "ephemeral"}}, {**NOW, "cache_control": {"type": "ephemeral"}}),
        ({"type": "custom", **NOW}, {"type": "custom", **NOW}),
        ({"type": "web_search_20250305", "name": "web_search", "max_uses": 3},) * 2,
        ({"type": "mcp_toolset", "mcp_server_name": "it"},) * 2,
    ],
    ids=str,
)
def test_tools(tool, told):
    assert to_request_tool(tool) == told


def test_a_model_is_a_tool():
    told = to_request_tool(Trip)
    assert (told["name"], told["description"]) == ("Trip", "Where to go.")
    assert told["input_schema"]["required"] == ["stops"]
    assert "strict" not in told


def test_extras_of_a_tool_that_the_provider_knows():
    tool = StructuredTool.from_function(weather)
    tool.extras = {"cache_control": {"type": "ephemeral"}, "of_another_provider": 1}
    assert to_request_tool(tool) == {**TOLD, "cache_control": {"type": "ephemeral"}}


def test_a_strict_tool():
    told = to_request_tool(Trip, strict=True)
    schema = told["input_schema"]
    assert told["strict"] is True
    assert (schema["required"], schema["additionalProperties"]) == (["stops"], False)
    assert "minItems" not in schema["properties"]["stops"]
    assert to_request_tool(Trip, strict=False)["strict"] is False


def test_what_is_no_tool_is_refused():
    with pytest.raises(TypeError, match="cannot be bound as a tool"):
        to_request_tool(42)


# ---- choosing


@pytest.mark.parametrize(
    ("choice", "parallel", "sent"),
    [
        (None, None, None),
        (False, None, None),
        (True, None, {"type": "any"}),
        ("any", None, {"type": "any"}),
        ("required", None, {"type": "any"}),
        ("auto", None, {"type": "auto"}),
        ("none", None, {"type": "none"}),
        ("none", False, {"type": "none"}),
        ("weather", None, {"type": "tool", "name": "weather"}),
        ({"type": "tool", "name": "x"}, None, {"type": "tool", "name": "x"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (None, True, {"type": "auto", "disable_parallel_tool_use": False}),
        ("any", False, {"type": "any", "disable_parallel_tool_use": True}),
        ("weather", False, {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}),
    ],
)
def test_choices(choice, parallel, sent):
    assert to_tool_choice(choice, [TOLD], parallel) == sent


def test_a_choice_that_is_not_bound_is_refused(model):
    with pytest.raises(ValueError, match="tool_choice='wether' is no tool that is bound: say 'weather'"):
        model.bind_tools([weather], tool_choice="wether")


# ---- and bound


async def test_bound_tools_are_sent_and_called(server, model):
    server.says(CASES["a call in pieces"])
    search = {"type": "web_search_20250305", "name": "web_search"}
    bound = model.bind_tools([weather, search], tool_choice="any", parallel_tool_calls=False, top_k=1)
    for answer in (bound.invoke("hi"), await bound.ainvoke("hi")):
        (called,) = answer.tool_calls
        assert weather(**called["args"]) == "Paris: fine for 1"
    assert server.body["tools"] == [TOLD, search]
    assert server.body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert server.body["top_k"] == 1


def test_nothing_is_sent_of_what_was_not_said(server, model):
    model.bind_tools([weather]).invoke("hi")
    assert "tool_choice" not in server.body
