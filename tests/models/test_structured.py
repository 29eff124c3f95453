"""Answers as values: by a tool that has to be called, or by what the text says."""

import pytest
from pydantic import BaseModel, ValidationError
from typing_extensions import TypedDict

from eventflow.errors import ModelError, OutputParserException
from eventflow.messages import AIMessage, AIMessageChunk
from eventflow.models import (
    GenericFakeChatModel,
    ScriptedChatModel,
    structured_output,
    text_parser,
    tools_parser,
)
from eventflow.parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)


class Joke(BaseModel):
    """A joke."""

    setup: str
    stars: int = 0


class JokeKeys(TypedDict):
    """A joke."""

    setup: str
    stars: int


SCHEMA = {
    "title": "Joke",
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}, "stars": {"type": "integer"}},
    "required": ["setup"],
}
FUNCTION = {"name": "Joke", "description": "A joke.", "parameters": SCHEMA}
TOOL = {"type": "function", "function": FUNCTION}


def call(tool="Joke", **args):
    return AIMessage("", tool_calls=[{"name": tool, "args": args, "id": "1"}])


PIECES = [
    {"name": "Joke", "args": "", "id": "1", "index": 0},
    *({"args": text, "index": 0} for text in ('{"setup"', ': "Wh', 'y?", "st', 'ars": 1', "0}")),
]


async def answers(model, *args, **kwargs):
    """What all four verbs give; the last of a stream."""
    chain = model.with_structured_output(*args, **kwargs)
    *_, streamed = chain.stream("")
    *_, astreamed = [value async for value in chain.astream("")]
    return [chain.invoke(""), await chain.ainvoke(""), streamed, astreamed]


# ---- by a tool


async def test_an_instance_of_a_model():
    model = ScriptedChatModel(call(setup="Why?"), loop=True)
    assert await answers(model, Joke) == [Joke(setup="Why?")] * 4


@pytest.mark.parametrize(
    "schema", [SCHEMA, FUNCTION, TOOL, JokeKeys], ids=["schema", "function", "tool", "TypedDict"]
)
async def test_a_dictionary_for_a_schema(schema):
    tool = "JokeKeys" if schema is JokeKeys else "Joke"
    model = ScriptedChatModel(call(tool, setup="Why?"), loop=True)
    assert await answers(model, schema) == [{"setup": "Why?"}] * 4


def test_the_model_has_to_call_the_tool():
    model = ScriptedChatModel(call(setup="Why?"))
    model.with_structured_output(Joke, strict=True, parallel_tool_calls=False).invoke("")
    assert model.calls[0].kwargs == {
        "tools": [Joke],
        "tool_choice": "any",
        "strict": True,
        "parallel_tool_calls": False,
    }


async def test_it_comes_bit_by_bit():
    chain = ScriptedChatModel(PIECES, loop=True).with_structured_output(Joke)
    values = [Joke(setup="Wh"), Joke(setup="Why?"), Joke(setup="Why?", stars=1), Joke(setup="Why?", stars=10)]
    assert list(chain.stream("")) == values
    assert [value async for value in chain.astream("")] == values
    assert chain.invoke("") == values[-1]
    dictionaries = list(ScriptedChatModel(PIECES).with_structured_output(SCHEMA).stream(""))
    assert dictionaries[0] == {}
    assert dictionaries[-1] == {"setup": "Why?", "stars": 10}


async def test_views_of_it_come_bit_by_bit():
    chain = ScriptedChatModel(PIECES, loop=True).with_structured_output(Joke, partial=True)
    streamed = list(chain.stream(""))
    assert [repr(value) for value in streamed] == [
        "Partial[Joke]()",
        "Partial[Joke](setup='Wh')",
        "Partial[Joke](setup='Why?')",
        "Partial[Joke](setup='Why?')",
        "Joke(setup='Why?', stars=10)",
    ]
    assert [value async for value in chain.astream("")] == streamed
    assert chain.invoke("") == streamed[-1]
    raw = ScriptedChatModel(PIECES).with_structured_output(Joke, partial=True, include_raw=True)
    assert raw.invoke("")["parsed"] == streamed[-1]


@pytest.mark.parametrize("schema", [SCHEMA, JokeKeys])
def test_views_are_of_models_only(schema):
    with pytest.raises(ValueError, match="partial=True needs a pydantic model"):
        ScriptedChatModel("").with_structured_output(schema, partial=True)
    with pytest.raises(ValueError, match="partial=True needs a pydantic model"):
        text_parser(schema, partial=True)


async def test_of_two_calls_the_first_counts():
    message = AIMessage("", tool_calls=[*call(setup="Why?").tool_calls, *call(setup="Who?").tool_calls])
    assert await answers(ScriptedChatModel(message, loop=True), Joke) == [Joke(setup="Why?")] * 4


# ---- with the message


async def test_the_message_beside_the_value():
    for whole in await answers(ScriptedChatModel(PIECES, loop=True), Joke, include_raw=True):
        assert whole["raw"].tool_calls[0]["args"] == {"setup": "Why?", "stars": 10}
        assert whole["parsed"] == Joke(setup="Why?", stars=10)
        assert whole["parsing_error"] is None


BAD = {
    "text": (AIMessage("No."), "the model was to call Joke, and said 'No.'"),
    "another tool": (call("Poem"), "the model called 'Poem', which is not one of its tools: Joke"),
    "not valid": (call(stars=1), "the call of 'Joke' is not a valid Joke: setup: Field required"),
    "half": (PIECES[:-1], "the call of 'Joke' cannot be read: the arguments are not a complete JSON object"),
}


@pytest.mark.parametrize(("turn", "why"), BAD.values(), ids=BAD)
async def test_a_bad_answer(turn, why):
    model = ScriptedChatModel(turn, loop=True)
    with pytest.raises(OutputParserException) as caught:
        model.with_structured_output(Joke).invoke("")
    assert str(caught.value).startswith(why)
    with pytest.raises(OutputParserException):
        list(model.with_structured_output(Joke).stream(""))


@pytest.mark.parametrize(("turn", "why"), BAD.values(), ids=BAD)
async def test_a_bad_answer_beside_its_message(turn, why):
    model = ScriptedChatModel(turn, loop=True)
    for whole in await answers(model, Joke, include_raw=True):
        assert whole["parsed"] is None
        assert isinstance(whole["parsing_error"], OutputParserException)
        assert str(whole["parsing_error"]).startswith(why)
        assert whole["raw"].id


async def test_what_is_not_valid_has_pydantics_error():
    whole = ScriptedChatModel(call(stars=1)).with_structured_output(Joke, include_raw=True).invoke("")
    assert isinstance(whole["parsing_error"].__cause__, ValidationError)
    assert whole["parsing_error"].llm_output == '{"stars": 1}'


async def test_a_model_that_fails_is_no_bad_answer():
    model = ScriptedChatModel(ModelError("down"), loop=True)
    chain = model.with_structured_output(Joke, include_raw=True)
    with pytest.raises(ModelError, match="down"):
        chain.invoke("")
    with pytest.raises(ModelError, match="down"):
        list(chain.stream(""))
    with pytest.raises(ModelError, match="down"):
        await chain.ainvoke("")
    with pytest.raises(ModelError, match="down"):
        [value async for value in chain.astream("")]


# ---- wrong use


def test_a_model_that_cannot_bind_tools():
    with pytest.raises(NotImplementedError, match="override bind_tools"):
        GenericFakeChatModel(messages=iter([])).with_structured_output(Joke)


def test_a_method_that_the_model_does_not_have():
    with pytest.raises(
        ValueError, match="ScriptedChatModel has no method 'json_mode': use 'function_calling'"
    ):
        ScriptedChatModel("").with_structured_output(Joke, method="json_mode")


def test_what_describes_nothing():
    with pytest.raises(ValueError, match="a dictionary with the keys type cannot be bound as a tool"):
        ScriptedChatModel("").with_structured_output({"type": "object"})
    with pytest.raises(TypeError):
        ScriptedChatModel("").with_structured_output(1)


# ---- for providers


def test_which_parser():
    assert isinstance(tools_parser(Joke), PydanticToolsParser)
    assert isinstance(tools_parser(SCHEMA), JsonOutputKeyToolsParser)
    assert isinstance(text_parser(Joke), PydanticOutputParser)
    assert isinstance(text_parser(SCHEMA), JsonOutputParser)


@pytest.mark.parametrize(("schema", "value"), [(Joke, Joke(setup="Why?")), (SCHEMA, {"setup": "Why?"})])
def test_text_as_a_value(schema, value):
    class Provider(ScriptedChatModel):
        def with_structured_output(self, schema, *, include_raw=False, **kwargs):
            return structured_output(self.bind(format="json"), text_parser(schema), include_raw)

    model = Provider(['{"setup": ', '"Why?"}'], "No.", loop=True)
    assert model.with_structured_output(schema).invoke("") == value
    assert model.calls[0].kwargs == {"format": "json"}
    whole = model.with_structured_output(schema, include_raw=True).invoke("")
    assert (whole["parsed"], whole["parsing_error"].llm_output) == (None, "No.")
    assert list(model.with_structured_output(schema).stream(""))[-1] == value


async def test_the_runs_are_those_of_langchain():
    model = ScriptedChatModel(PIECES, call(stars=1))
    chain = model.with_structured_output(Joke, include_raw=True)

    async def runs():
        events = [event async for event in chain.astream_events("", version="v2")]
        return [(len(e["parent_ids"]), e["name"]) for e in events if e["event"].endswith("_start")]

    read = [
        (0, "RunnableSequence"),
        (1, "RunnableParallel<raw>"),
        (2, "ScriptedChatModel"),
        (1, "RunnableWithFallbacks"),
        (2, "RunnableAssign<parsed,parsing_error>"),
        (3, "RunnableParallel<parsed,parsing_error>"),
        (4, "RunnableSequence"),
        (5, "RunnableLambda"),
        (5, "PydanticToolsParser"),
        (4, "RunnableLambda"),
    ]
    unread = [(2, "RunnableAssign<parsed>"), (3, "RunnableParallel<parsed>"), (4, "RunnableLambda")]
    assert sorted(await runs()) == sorted(read)
    assert sorted(await runs()) == sorted(read + unread)


def test_chunks_of_the_message_are_told_of():
    chain = ScriptedChatModel(PIECES).with_structured_output(Joke, include_raw=True)
    told = [e["data"]["chunk"] for e in chain.stream_events("") if e["event"] == "on_chat_model_stream"]
    assert all(isinstance(chunk, AIMessageChunk) for chunk in told)
    assert len(told) == len(PIECES)
