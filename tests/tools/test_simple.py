"""Tools of one value."""

import pytest
from pydantic import BaseModel

from eventflow import ToolMessage
from eventflow.tools import Tool, ToolException, convert_to_openai_tool, tool


async def ashout(text: str) -> str:
    return text.upper() + "!"


SHOUT = Tool("shout", str.upper, "Shouts.", coroutine=ashout)


@pytest.mark.parametrize("input", ["hi", {"tool_input": "hi"}, {"__arg1": "hi"}, {"any": "hi"}])
async def test_it_takes_one_value_whatever_it_is_called(input):
    assert (SHOUT.invoke(input), await SHOUT.ainvoke(input)) == ("HI", "HI!")
    if isinstance(input, dict):
        call = {"type": "tool_call", "name": "shout", "args": input, "id": "c"}
        assert SHOUT.invoke(call) == ToolMessage("HI", name="shout", tool_call_id="c")


@pytest.mark.parametrize(("input", "count"), [({}, 0), ({"a": "1", "b": "2"}, 2)])
async def test_it_takes_no_more_and_no_less(input, count):
    with pytest.raises(
        ToolException, match=rf"Too many arguments to single-input tool shout. .* was given {count}"
    ):
        SHOUT.invoke(input)
    told = SHOUT.model_copy(update={"handle_tool_error": "one, please"})
    assert (told.invoke(input), await told.ainvoke(input)) == ("one, please", "one, please")


def test_what_the_model_is_told():
    assert SHOUT.args == {"tool_input": {"type": "string"}}
    assert SHOUT.is_single_input
    assert convert_to_openai_tool(SHOUT)["function"] == {
        "name": "shout",
        "description": "Shouts.",
        "parameters": {
            "type": "object",
            "properties": {"__arg1": {"type": "string"}},
            "required": ["__arg1"],
        },
    }
    assert list(SHOUT.get_input_schema().model_fields) == ["tool_input"]


def test_a_schema_of_its_own():
    class Arguments(BaseModel):
        times: int

    made = Tool("double", lambda times: times * 2, "Doubles.", args_schema=Arguments)
    assert (made.invoke("2"), list(made.args), list(made.get_input_schema().model_fields)) == (
        4,
        ["times"],
        ["times"],
    )
    assert list(made.tool_call_schema.model_json_schema()["properties"]) == ["times"]


async def test_ways_to_make_one():
    assert Tool.from_function(str.upper, "shout", "Shouts.", return_direct=True) == Tool(
        "shout", str.upper, "Shouts.", return_direct=True
    )
    only_async = Tool("shout", None, "Shouts.", coroutine=ashout)
    assert await only_async.ainvoke("a") == "A!"
    assert await Tool("shout", ashout, "Shouts.").ainvoke("a") == "A!"
    with pytest.raises(ValueError, match="tool 'shout' has no function"):
        Tool("shout", None, "Shouts.")

    @tool(infer_schema=False)
    def words(text):
        """Yields words."""
        yield from text.split()

    assert list(words.stream("a b")) == ["a", "b"]
    assert [chunk async for chunk in words.astream("a b")] == ["a", "b"]
