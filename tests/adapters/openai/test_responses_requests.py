"""The Responses API's parameters: who is asked, and in which words."""

import pytest
from pydantic import BaseModel

pytest.importorskip("openai")

from adapters.openai.replies import text as completion
from adapters.openai.responses_replies import OUTPUTS, events

WEB = {"type": "web_search"}
FUNCTION = {
    "name": "weather",
    "description": "How it is.",
    "parameters": {"type": "object", "properties": {}},
}


class Joke(BaseModel):
    """A joke."""

    setup: str


@pytest.fixture(autouse=True)
def _answers(server):
    server.says(events(OUTPUTS["text"]))


def sent_by(server, asked, **call):
    """What is sent beside input and model."""
    asked.invoke("hi", **call)
    return {key: value for key, value in server.body.items() if key not in ("input", "model")}


# ---- who is asked


@pytest.mark.parametrize(
    "said",
    [
        {"use_responses_api": True},
        {"output_version": "responses/v1"},
        {"reasoning": {"effort": "low"}},
        {"include": ["reasoning.encrypted_content"]},
        {"truncation": "auto"},
        {"use_previous_response_id": True},
        {"model_kwargs": {"text": {"verbosity": "low"}}},
        {"model_kwargs": {"tools": [WEB]}},
    ],
    ids=str,
)
def test_the_responses_api_is_asked_where_it_is_needed(said, server, make):
    make(**said).invoke("hi")
    assert server.asked[0].path == "/v1/responses"


@pytest.mark.parametrize(
    "said",
    [{"previous_response_id": "resp_1"}, {"tools": [WEB]}, {"conversation": "conv_1"}, {"background": True}],
    ids=str,
)
def test_or_by_a_call(said, server, make):
    make().invoke("hi", **said)
    assert server.asked[0].path == "/v1/responses"
    assert said.items() <= server.body.items()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"store": True},
        {"verbosity": "low"},
        {"reasoning_effort": "low"},
        {"output_version": "v1"},
        {"use_previous_response_id": False},
        {"use_responses_api": False, "temperature": 1},
        {"model_kwargs": {"tools": [{"type": "function", "function": FUNCTION}]}},
        {"model_kwargs": {"tools": [{"type": "custom", "custom": {"name": "sql"}}]}},
    ],
    ids=str,
)
def test_else_chat_completions_are(said, server, make):
    server.says(completion("fine"))
    make(**said).invoke("hi")
    assert server.asked[0].path == "/v1/chat/completions"


def test_what_chat_completions_cannot_do_is_refused(make):
    with pytest.raises(
        ValueError, match="chat completions have no reasoning: do not say use_responses_api=False"
    ):
        make(reasoning={"effort": "low"}, use_responses_api=False).invoke("hi")
    with pytest.raises(ValueError, match="chat completions have no web_search"):
        make(use_responses_api=False).bind_tools([WEB]).invoke("hi")


@pytest.mark.parametrize(
    "said", [{"stop": ["."]}, {"seed": 1}, {"n": 2}, {"frequency_penalty": 0.1}], ids=str
)
def test_what_the_responses_api_cannot_do_is_refused(said, server, make):
    (name,) = said
    with pytest.raises(ValueError, match=f"the Responses API has no '{name}': leave it out"):
        make(use_responses_api=True, **said).invoke("hi")
    with pytest.raises(ValueError, match=f"'{name}'"):
        list(make(use_responses_api=True).stream("hi", **said))
    assert server.asked == []


# ---- in which words


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({}, {}),
        ({"temperature": 0, "top_p": 0.5}, {"temperature": 0, "top_p": 0.5}),
        ({"max_tokens": 5}, {"max_output_tokens": 5}),
        ({"reasoning_effort": "low"}, {"reasoning": {"effort": "low"}}),
        (
            {"reasoning_effort": "low", "reasoning": {"summary": "auto"}},
            {"reasoning": {"effort": "low", "summary": "auto"}},
        ),
        ({"verbosity": "low"}, {"text": {"verbosity": "low"}}),
        (
            {"verbosity": "low", "model_kwargs": {"text": {"format": {"type": "text"}}}},
            {"text": {"verbosity": "low", "format": {"type": "text"}}},
        ),
        ({"store": False, "truncation": "auto"}, {"store": False, "truncation": "auto"}),
        ({"service_tier": "flex", "user": "ann"}, {"service_tier": "flex", "user": "ann"}),
        ({"model_kwargs": {"instructions": "be brief"}}, {"instructions": "be brief"}),
        ({"extra_body": {"top_k": 3}}, {"top_k": 3}),
        ({"stop": [], "n": 1}, {}),
        (
            {"logprobs": True, "top_logprobs": 2, "include": ["a"]},
            {"include": ["a", "message.output_text.logprobs"], "top_logprobs": 2},
        ),
    ],
    ids=str,
)
def test_parameters_of_the_model(said, sent, server, make):
    assert sent_by(server, make(use_responses_api=True, **said)) == sent


def test_a_call_overrules_the_model(server, make):
    model = make(use_responses_api=True, max_tokens=5, temperature=0)
    assert sent_by(server, model, max_tokens=7, temperature=1) == {"max_output_tokens": 7, "temperature": 1}


def test_streaming_needs_no_options(server, make):
    list(make(use_responses_api=True).stream("hi"))
    assert {key: value for key, value in server.body.items() if key not in ("input", "model")} == {
        "stream": True
    }


def test_tools_are_flat(server, make):
    custom = {"type": "custom", "custom": {"name": "sql"}}
    bound = make().bind_tools(
        [WEB, FUNCTION, custom], tool_choice="weather", strict=True, parallel_tool_calls=False
    )
    sent = sent_by(server, bound)
    assert sent["tools"][0] == WEB
    assert sent["tools"][1] == {
        "type": "function",
        "name": "weather",
        "description": "How it is.",
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False, "required": []},
        "strict": True,
    }
    assert sent["tools"][2] == {"type": "custom", "name": "sql"}
    assert sent["tool_choice"] == {"type": "function", "name": "weather"}
    assert sent["parallel_tool_calls"] is False


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("any", "required"),
        ("auto", "auto"),
        ("web_search", WEB),
        ("sql", {"type": "custom", "name": "sql"}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "function", "name": "f"}),
        ({"type": "function", "name": "f"}, {"type": "function", "name": "f"}),
    ],
)
def test_choices(choice, sent, server, make):
    custom = {"type": "custom", "custom": {"name": "sql"}}
    assert sent_by(server, make().bind_tools([WEB, custom], tool_choice=choice))["tool_choice"] == sent


def test_flat_words_are_nested_for_chat_completions(server, make):
    server.says(completion("fine"))
    choice, form = {"type": "function", "name": "weather"}, {"type": "json_schema", "name": "F", "schema": {}}
    bound = make().bind_tools([{"type": "function", **FUNCTION}], tool_choice=choice, response_format=form)
    assert sent_by(server, bound)["tools"] == [{"type": "function", "function": FUNCTION}]
    assert server.body["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    assert server.body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "F", "schema": {}},
    }


SCHEMA = {
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}},
    "required": ["setup"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("bind", [True, False])
def test_the_form_of_an_answer(bind, server, make):
    model = make()
    told = (
        model.bind_tools([WEB], response_format=Joke)
        if bind
        else model.bind(response_format=Joke, tools=[WEB])
    )
    assert sent_by(server, told)["text"]["format"] == {
        "type": "json_schema",
        "name": "Joke",
        "description": "A joke.",
        "schema": SCHEMA,
        "strict": True,
    }


def test_the_form_of_an_answer_of_chat_completions(server, make):
    server.says(completion("{}"))
    make().bind_tools([FUNCTION], response_format=Joke).invoke("hi")
    assert server.body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "Joke", "description": "A joke.", "schema": SCHEMA, "strict": True},
    }


def test_json_of_any_form(server, make):
    sent = sent_by(server, make(use_responses_api=True), response_format={"type": "json_object"})
    assert sent == {"text": {"format": {"type": "json_object"}}}
