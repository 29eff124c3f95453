"""Answers as values, by all methods and both endpoints; refusals."""

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

pytest.importorskip("openai")

from adapters.openai import responses_replies as responses
from adapters.openai.replies import USAGE, call, chunk
from adapters.openai.replies import text as completion
from eventflow import OutputParserException
from eventflow.jsonstream import JsonStream
from eventflow.parsers import Partial
from eventflow_openai import ChatOpenAI, OpenAIRefusalError
from eventflow_openai.compatible import ChatDeepSeek


class Joke(BaseModel):
    """A joke."""

    setup: str
    rating: int = 0


class Pun(TypedDict):
    """A pun."""

    word: str


JOKE = '{"setup": "Why?", "rating": 3}'
SAYS = {
    "completions": {
        "json": completion(JOKE[:9], JOKE[9:]),
        "call": [call(id="c1", name="Joke", args=JOKE), chunk(finish="tool_calls", usage=USAGE)],
        "refusal": [chunk(refusal="I can"), chunk(refusal="not."), chunk(finish="stop")],
        "half": completion(JOKE[:9], finish="length"),
    },
    "responses": {
        "json": responses.events([responses.message(responses.text(JOKE))]),
        "call": responses.events([responses.call(JOKE, "Joke")]),
        "refusal": responses.events([responses.message(responses.refusal("I cannot."))]),
        "half": responses.events([responses.message(responses.text(JOKE[:9]))], "incomplete"),
    },
}
METHODS = {"json_schema": "json", "json_mode": "json", "function_calling": "call"}

methods = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(params=["completions", "responses", "v1"])
def asked(request, make):
    """A model, and what its server may say."""
    if request.param == "v1":
        return make(use_responses_api=True, output_version="v1"), SAYS["responses"]
    return make(use_responses_api=request.param == "responses"), SAYS[request.param]


@methods
async def test_an_instance(method, asked, server):
    model, says = asked
    server.says(says[METHODS[method]])
    chain = model.with_structured_output(Joke, method=method)
    joke = Joke(setup="Why?", rating=3)
    assert chain.invoke("hi") == await chain.ainvoke("hi") == joke
    assert list(chain.stream("hi"))[-1] == joke
    assert [one async for one in chain.astream("hi")][-1] == joke


@methods
async def test_views_until_the_instance_is_there(method, asked, server):
    model, says = asked
    server.says(says[METHODS[method]])
    chain = model.with_structured_output(Joke, method=method, partial=True)
    *views, joke = chain.stream("hi")
    assert joke == chain.invoke("hi") == Joke(setup="Why?", rating=3)
    assert all(isinstance(view, Partial) for view in views)
    assert [one async for one in chain.astream("hi")] == [*views, joke]


@methods
async def test_each_character_is_read_once(method, asked, server, monkeypatch):
    model, says = asked
    server.says(says[METHODS[method]])
    fed = []
    feed = JsonStream.feed
    monkeypatch.setattr(JsonStream, "feed", lambda self, text: fed.append(len(text)) or feed(self, text))
    for schema in (Joke, {"title": "Joke", "type": "object", "properties": {}}):
        fed.clear()
        list(model.with_structured_output(schema, method=method).stream("hi"))
        assert sum(fed) == len(JOKE)


@methods
async def test_the_raw_message_with_it(method, asked, server):
    model, says = asked
    server.says(says[METHODS[method]])
    chain = model.with_structured_output(Joke, method=method, include_raw=True)
    for given in (chain.invoke("hi"), await chain.ainvoke("hi")):
        assert (given["parsed"], given["parsing_error"]) == (Joke(setup="Why?", rating=3), None)
        assert given["raw"].usage_metadata["total_tokens"] == 18


@methods
async def test_a_refusal_is_an_error(method, asked, server):
    model, says = asked
    server.says(says["refusal"])
    chain = model.with_structured_output(Joke, method=method)
    with pytest.raises(OpenAIRefusalError, match=r"^I cannot\.$"):
        chain.invoke("hi")
    with pytest.raises(OpenAIRefusalError):
        await chain.ainvoke("hi")
    with pytest.raises(OpenAIRefusalError):
        list(chain.stream("hi"))
    given = model.with_structured_output(Joke, method=method, include_raw=True).invoke("hi")
    assert (given["parsed"], type(given["parsing_error"])) == (None, OpenAIRefusalError)


@methods
def test_half_an_answer_is_an_error(method, asked, server):
    model, says = asked
    server.says(says["half"])
    with pytest.raises(OutputParserException):
        model.with_structured_output(Joke, method=method).invoke("hi")


def test_dictionaries(server, make):
    schema = {"title": "Joke", "type": "object", "properties": {"setup": {"type": "string"}}}
    server.says(completion('{"word": "bus"}'))
    for form in (Pun, schema):
        assert make().with_structured_output(form).invoke("hi") == {"word": "bus"}
    server.says(completion('{"any": 1}'))
    assert make().with_structured_output(method="json_mode").invoke("hi") == {"any": 1}


# ---- what is sent


STRICT = {
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}, "rating": {"default": 0, "type": "integer"}},
    "required": ["setup", "rating"],
    "additionalProperties": False,
}
LOOSE = {**STRICT, "required": ["setup"]}
del LOOSE["additionalProperties"]


def sent_by(server, chain):
    chain.invoke("hi")
    return {key: value for key, value in server.body.items() if key not in ("messages", "model")}


@pytest.mark.parametrize(
    ("strict", "schema", "said"),
    [(None, STRICT, {"strict": True}), (True, STRICT, {"strict": True}), (False, LOOSE, {"strict": False})],
)
def test_by_schema(strict, schema, said, server, make):
    server.says(completion(JOKE))
    told = {"name": "Joke", "description": "A joke.", "schema": schema, **said}
    assert sent_by(server, make().with_structured_output(Joke, strict=strict, seed=1)) == {
        "response_format": {"type": "json_schema", "json_schema": told},
        "seed": 1,
    }


def test_by_mode(server, make):
    server.says(completion(JOKE))
    sent = sent_by(server, make().with_structured_output(Joke, method="json_mode"))
    assert sent == {"response_format": {"type": "json_object"}}


def test_by_a_call(server, make):
    server.says(SAYS["completions"]["call"])
    sent = sent_by(server, make().with_structured_output(Joke, method="function_calling", strict=True))
    assert (sent["parallel_tool_calls"], sent["tools"][0]["function"]["strict"]) == (False, True)
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "Joke"}}


@pytest.mark.parametrize("name", ["gpt-4", "gpt-4-turbo", "gpt-3.5-turbo"])
def test_models_that_cannot_follow_a_schema_call_a_tool(name, server, make):
    server.says(SAYS["completions"]["call"])
    assert "tools" in sent_by(server, make(model=name).with_structured_output(Joke))
    assert "response_format" in sent_by(server, make(model="gpt-4o").bind(response_format=Joke))


def test_so_do_deepseeks(server):
    server.says(SAYS["completions"]["call"])
    model = ChatDeepSeek(model="deepseek-chat", base_url=server.url, api_key="k")
    assert "tools" in sent_by(server, model.with_structured_output(Joke))


def test_tools_beside_it(server, make):
    def weather(city: str) -> str:
        """How the weather is."""
        return city

    chain = make().with_structured_output(Joke, tools=[weather])
    server.says(completion(JOKE))
    sent = sent_by(server, chain)
    assert (sent["tools"][0]["function"]["name"], sent["response_format"]["type"]) == (
        "weather",
        "json_schema",
    )
    server.says([call(id="c1", name="weather", args='{"city": "Rome"}'), chunk(finish="tool_calls")])
    assert chain.invoke("hi") is None


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"method": "magic"}, "there is no method='magic': say 'json_schema'"),
        ({"schema": None}, "method='json_schema' needs a schema: give one, or say method='json_mode'"),
        ({"method": "json_mode", "tools": []}, "method='json_mode' takes no tools beside the schema"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        ChatOpenAI(api_key="k").with_structured_output(**{"schema": Joke, **given})
