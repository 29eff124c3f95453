"""Answers as values: by a tool that has to be called, or by a form that the provider guarantees."""

import pytest
from pydantic import BaseModel

pytest.importorskip("anthropic")

from adapters.anthropic.replies import call, end, said, start, text, thought
from eventflow import OutputParserException


class Joke(BaseModel):
    """A joke."""

    setup: str
    laughs: int = 0


SCHEMA = {
    "title": "Joke",
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}},
    "required": ["setup"],
}
CALLED = [start(), *said(0, "Here: "), *call(1, "Joke", '{"setup": ', '"Why?"}'), *end("tool_use")]
THINKING = {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize(("schema", "value"), [(Joke, Joke(setup="Why?")), (SCHEMA, {"setup": "Why?"})])
async def test_by_a_tool_that_has_to_be_called(schema, value, server, model):
    server.says(CALLED)
    asked = model.with_structured_output(schema)
    assert asked.invoke("hi") == await asked.ainvoke("hi") == value
    assert list(asked.stream("hi"))[-1] == value
    assert [tool["name"] for tool in server.body["tools"]] == ["Joke"]
    assert server.body["tool_choice"]["type"] in ("any", "tool")


def test_the_raw_answer_too(server, model):
    server.says(CALLED, text("no call"))
    asked = model.with_structured_output(Joke, include_raw=True)
    given = asked.invoke("hi")
    assert (given["parsed"], given["raw"].text, given["parsing_error"]) == (
        Joke(setup="Why?"),
        "Here: ",
        None,
    )
    given = asked.invoke("hi")
    assert (given["parsed"], given["raw"].text) == (None, "no call")
    assert isinstance(given["parsing_error"], OutputParserException)


@pytest.mark.parametrize("how", ["of the model", "of the call"])
async def test_a_model_that_thinks_is_not_made_to_call(how, server, make):
    server.says([start(), *thought(0, "hm"), *call(1, "Joke", '{"setup": "Why?"}'), *end("tool_use")])
    if how == "of the model":
        asked = make(thinking=THINKING, max_tokens=2000).with_structured_output(Joke)
    else:
        asked = make(max_tokens=2000).with_structured_output(Joke, thinking=THINKING)
    assert asked.invoke("hi") == await asked.ainvoke("hi") == Joke(setup="Why?")
    assert "tool_choice" not in server.body
    server.says(text("I would rather not."))
    with pytest.raises(OutputParserException):
        asked.invoke("hi")


@pytest.mark.parametrize("thinking", [None, THINKING, {"type": "disabled"}])
@pytest.mark.parametrize(("schema", "value"), [(Joke, Joke(setup="Why?")), (SCHEMA, {"setup": "Why?"})])
async def test_by_a_form(schema, value, thinking, server, make):
    server.says(text('{"setup": ', '"Why?"}'))
    asked = make(thinking=thinking, effort="low").with_structured_output(schema, method="json_schema")
    assert asked.invoke("hi") == await asked.ainvoke("hi") == value
    form = server.body["output_config"]["format"]
    assert server.body["output_config"]["effort"] == "low"
    assert form["type"] == "json_schema"
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["required"] == ["setup"]
    assert "tools" not in server.body


def test_another_method_is_refused(model):
    with pytest.raises(ValueError, match="no method 'json_mode'"):
        model.with_structured_output(Joke, method="json_mode")
