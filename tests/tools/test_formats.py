"""Tools as they are sent, whatever they are made of."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

pytest.importorskip("openai")

from adapters.openai.replies import CASES
from eventflow import RunnableConfig, RunnableLambda, StructuredTool
from eventflow_openai.tools import to_openai_tool, to_tool_choice


def weather(city: str, days: Annotated[int, "how far ahead"] = 1) -> str:
    """How the weather will be."""
    return f"{city}: fine for {days}"


async def aweather(city: str, days: Annotated[int, "how far ahead"] = 1) -> str:
    """How the weather will be."""
    return weather(city, days)


aweather.__name__ = "weather"


class Weather(BaseModel):
    """How the weather will be."""

    city: str
    days: int = Field(1, description="how far ahead")


class Place(BaseModel):
    title: str
    alias: str | None = None


class Trip(BaseModel):
    stops: list[Place]


class Foreign:
    """A tool of another library."""

    name = "weather"
    description = "How the weather will be."
    args_schema = Weather


PARAMETERS = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer", "default": 1, "description": "how far ahead"},
    },
    "required": ["city"],
}
FUNCTION = {"name": "weather", "description": "How the weather will be.", "parameters": PARAMETERS}
TOOL = {"type": "function", "function": FUNCTION}
SCHEMA = {"title": "weather", "description": "How the weather will be.", **PARAMETERS}


class Host:
    def weather(self, city: str, days: Annotated[int, "how far ahead"] = 1) -> str:
        """How the weather will be."""
        return weather(city, days)


TOOLS = {
    "function": weather,
    "coroutine function": aweather,
    "method": Host().weather,
    "tool": StructuredTool.from_function(weather),
    "tool with a schema": StructuredTool.from_function(weather, args_schema=PARAMETERS),
    "tool of another library": Foreign(),
    "in the provider's format": TOOL,
    "function in the provider's format": FUNCTION,
    "JSON schema": SCHEMA,
    "another provider's format": {**FUNCTION, "input_schema": PARAMETERS},
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_whatever_a_tool_is_made_of(tool):
    assert to_openai_tool(tool) == TOOL


def test_models():
    assert to_openai_tool(Weather) == {"type": "function", "function": {**FUNCTION, "name": "Weather"}}


def test_a_model_without_a_docstring_has_no_description():
    assert to_openai_tool(Place)["function"]["description"] == ""


def test_a_function_without_a_docstring_is_described_by_its_name():
    def now() -> str:
        return "now"

    assert to_openai_tool(now)["function"] == {
        "name": "now",
        "description": "now",
        "parameters": {"type": "object", "properties": {}},
    }


def test_what_eventflow_gives_is_not_asked_of_the_model():
    def search(text: str, config: RunnableConfig) -> str:
        """Search."""
        return text

    assert list(to_openai_tool(search)["function"]["parameters"]["properties"]) == ["text"]


def test_other_kinds_of_tools_go_as_they_are():
    assert to_openai_tool({"type": "web_search"}, strict=True) == {"type": "web_search"}


def test_a_property_may_be_called_title():
    assert to_openai_tool(Place)["function"]["parameters"]["properties"]["title"] == {"type": "string"}


def test_strict_reaches_every_object():
    function = to_openai_tool(Trip, strict=True)["function"]
    assert function["strict"] is True
    for schema in (function["parameters"], function["parameters"]["$defs"]["Place"]):
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])


def test_not_strict_is_said_and_nothing_else_changed():
    assert to_openai_tool(weather, strict=False) == {
        "type": "function",
        "function": {**FUNCTION, "strict": False},
    }


@pytest.mark.parametrize("wrong", [1, "weather", RunnableLambda(len), {"colour": "red"}, Host()], ids=str)
def test_what_is_no_tool_is_refused(wrong):
    with pytest.raises(TypeError, match="cannot be bound as a tool"):
        to_openai_tool(wrong)


# ---- choosing


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        (False, None),
        (True, "required"),
        ("any", "required"),
        ("required", "required"),
        ("auto", "auto"),
        ("none", "none"),
        ("weather", {"type": "function", "function": {"name": "weather"}}),
        ({"type": "function", "function": {"name": "x"}}, {"type": "function", "function": {"name": "x"}}),
    ],
)
def test_choices(choice, sent):
    assert to_tool_choice(choice, [TOOL]) == sent


def test_a_choice_that_is_not_bound_is_refused(model):
    with pytest.raises(ValueError, match="tool_choice='wether' is no tool that is bound: say 'weather'"):
        model.bind_tools([weather], tool_choice="wether")


# ---- and bound


async def test_bound_tools_are_sent_and_called(server, model):
    server.says(CASES["a call in pieces"])
    bound = model.bind_tools([weather], tool_choice="any", parallel_tool_calls=False, strict=None, seed=1)
    for answer in (bound.invoke("hi"), await bound.ainvoke("hi")):
        (called,) = answer.tool_calls
        tool = StructuredTool.from_function(weather)
        assert tool.invoke(called).content == "Paris: fine for 1"
    for asked in server.asked:
        del asked.body["messages"], asked.body["model"]
        assert asked.body == {
            "tools": [TOOL],
            "tool_choice": "required",
            "parallel_tool_calls": False,
            "seed": 1,
        }


def test_several_strict_tools(server, model):
    model.bind_tools([weather, Trip, TOOL], strict=True).invoke("hi")
    assert [tool["function"].get("strict") for tool in server.body["tools"]] == [True, True, None]


def test_a_stop_can_be_bound_beside_them(server, model):
    list(model.bind_tools([weather]).bind(stop=["."]).stream("hi"))
    assert (server.body["stop"], server.body["tools"]) == (["."], [TOOL])
