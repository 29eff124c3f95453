"""Tools as they are sent, whatever they are made of."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from eventflow import RunnableConfig, RunnableLambda, StructuredTool, convert_to_openai_tool


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
    assert convert_to_openai_tool(tool) == TOOL


def test_models():
    assert convert_to_openai_tool(Weather) == {
        "type": "function",
        "function": {**FUNCTION, "name": "Weather"},
    }


def test_a_model_without_a_docstring_has_no_description():
    assert convert_to_openai_tool(Place)["function"]["description"] == ""


def test_a_function_without_a_docstring_has_no_description():
    def now() -> str:
        return "now"

    assert convert_to_openai_tool(now)["function"] == {
        "name": "now",
        "description": "",
        "parameters": {"type": "object", "properties": {}},
    }


def test_what_eventflow_gives_is_not_asked_of_the_model():
    def search(text: str, config: RunnableConfig) -> str:
        """Search."""
        return text

    assert list(convert_to_openai_tool(search)["function"]["parameters"]["properties"]) == ["text"]


def test_other_kinds_of_tools_go_as_they_are():
    assert convert_to_openai_tool({"type": "web_search"}, strict=True) == {"type": "web_search"}


def test_a_property_may_be_called_title():
    assert convert_to_openai_tool(Place)["function"]["parameters"]["properties"]["title"] == {
        "type": "string"
    }


def test_strict_reaches_every_object():
    function = convert_to_openai_tool(Trip, strict=True)["function"]
    assert function["strict"] is True
    for schema in (function["parameters"], function["parameters"]["properties"]["stops"]["items"]):
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])


def test_not_strict_is_said_and_nothing_else_changed():
    assert convert_to_openai_tool(weather, strict=False) == {
        "type": "function",
        "function": {**FUNCTION, "strict": False},
    }


@pytest.mark.parametrize("wrong", [1, "weather", RunnableLambda(len), {"colour": "red"}, Host()], ids=str)
def test_what_is_no_tool_is_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="cannot be bound as a tool"):
        convert_to_openai_tool(wrong)
