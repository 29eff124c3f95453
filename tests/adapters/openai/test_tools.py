"""Tools as the provider is told of them, and which of them it is to call."""

from typing import Annotated

import pytest
from pydantic import BaseModel

pytest.importorskip("openai")

from adapters.openai.replies import CASES
from eventflow import StructuredTool, convert_to_openai_tool
from eventflow_openai.tools import to_tool_choice


def weather(city: str, days: Annotated[int, "how far ahead"] = 1) -> str:
    """How the weather will be."""
    return f"{city}: fine for {days}"


class Trip(BaseModel):
    stops: list[str]


TOOL = convert_to_openai_tool(weather)


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
    assert [tool["function"].get("strict") for tool in server.body["tools"]] == [True] * 3


def test_a_stop_can_be_bound_beside_them(server, model):
    list(model.bind_tools([weather]).bind(stop=["."]).stream("hi"))
    assert (server.body["stop"], server.body["tools"]) == (["."], [TOOL])
