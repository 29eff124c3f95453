"""What is sent: messages of every role, parameters, and what a call adds to them."""

import pytest

pytest.importorskip("openai")

from eventflow import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    invalid_tool_call,
    tool_call,
)
from eventflow_openai import ChatOpenAI
from eventflow_openai.completions_messages import to_request_message

PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}

MESSAGES = [
    (HumanMessage("hi"), {"role": "user", "content": "hi"}),
    (HumanMessage("hi", name="ann"), {"role": "user", "content": "hi", "name": "ann"}),
    (SystemMessage("be brief"), {"role": "system", "content": "be brief"}),
    (
        SystemMessage("be brief", additional_kwargs={"__openai_role__": "developer"}),
        {"role": "developer", "content": "be brief"},
    ),
    (AIMessage("yes"), {"role": "assistant", "content": "yes"}),
    (AIMessage("yes", name="bot"), {"role": "assistant", "content": "yes", "name": "bot"}),
    (
        AIMessage("", tool_calls=[tool_call(name="f", args={"a": "ü"}, id="c1")]),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"type": "function", "id": "c1", "function": {"name": "f", "arguments": '{"a": "ü"}'}}
            ],
        },
    ),
    (
        AIMessage("hm", invalid_tool_calls=[invalid_tool_call(name="f", args='{"a', id="c1", error="cut")]),
        {
            "role": "assistant",
            "content": "hm",
            "tool_calls": [{"type": "function", "id": "c1", "function": {"name": "f", "arguments": '{"a'}}],
        },
    ),
    (
        AIMessage("4", additional_kwargs={"reasoning_content": "2 + 2"}, response_metadata={"a": 1}, id="1"),
        {"role": "assistant", "content": "4"},
    ),
    (
        AIMessage([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "4", "index": 0}]),
        {"role": "assistant", "content": [{"type": "text", "text": "4"}]},
    ),
    (
        ToolMessage("21 C", tool_call_id="c1", name="weather"),
        {"role": "tool", "content": "21 C", "tool_call_id": "c1"},
    ),
    (FunctionMessage("21 C", name="weather"), {"role": "function", "content": "21 C", "name": "weather"}),
    (ChatMessage("psst", role="prompter"), {"role": "prompter", "content": "psst"}),
]

BLOCKS = [
    ("text", {"type": "text", "text": "text"}),
    ({"type": "text", "text": "a", "id": "x"}, {"type": "text", "text": "a"}),
    (PNG, PNG),
    ({"type": "image", "base64": "AA==", "mime_type": "image/png"}, PNG),
    ({"type": "image", "source_type": "base64", "data": "AA==", "mime_type": "image/png"}, PNG),
    ({"type": "image", "url": "https://x/y"}, {"type": "image_url", "image_url": {"url": "https://x/y"}}),
    (
        {"type": "audio", "base64": "AA==", "mime_type": "audio/mp3"},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
    ),
    (
        {"type": "file", "base64": "AA==", "mime_type": "application/pdf", "extras": {"filename": "a.pdf"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"}},
    ),
    ({"type": "file", "file_id": "f1"}, {"type": "file", "file": {"file_id": "f1"}}),
    ({"type": "file", "file": {"file_id": "f1"}}, {"type": "file", "file": {"file_id": "f1"}}),
]


@pytest.mark.parametrize(("message", "sent"), MESSAGES, ids=lambda one: getattr(one, "type", ""))
def test_messages(message, sent):
    assert to_request_message(message) == sent


@pytest.mark.parametrize(("block", "sent"), BLOCKS, ids=str)
def test_blocks(block, sent):
    assert to_request_message(HumanMessage([block]))["content"] == [sent]


def test_a_message_without_a_role_is_refused():
    with pytest.raises(TypeError, match="RemoveMessage cannot be sent"):
        to_request_message(RemoveMessage(id="1"))


async def test_a_conversation_arrives(server, model):
    given = [message for message, _ in MESSAGES]
    model.invoke(given)
    await model.ainvoke(given)
    list(model.stream(given))
    for asked in server.asked:
        assert asked.body["messages"] == [sent for _, sent in MESSAGES]


def test_an_answer_can_be_sent_back(server, model):
    answer = model.invoke([("developer", "be brief"), ("user", "hi")])
    model.invoke(["hi", answer, "and?"])
    assert server.asked[0].body["messages"][0] == {"role": "developer", "content": "be brief"}
    assert [one["role"] for one in server.body["messages"]] == ["user", "assistant", "user"]


# ---- parameters


def sent_by(server, asked, **call):
    """What is sent beside messages and model."""
    asked.invoke("hi", **call)
    return {key: value for key, value in server.body.items() if key not in ("messages", "model")}


def test_nothing_is_sent_that_was_not_said(server, model):
    assert sent_by(server, model) == {}
    assert server.body["model"] == "gpt-x"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"temperature": 0}, {"temperature": 0}),
        ({"max_tokens": 5}, {"max_completion_tokens": 5}),
        ({"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ({"model_kwargs": {"max_tokens": 5}}, {"max_tokens": 5}),
        ({"stop": ["."]}, {"stop": ["."]}),
        ({"stop_sequences": ["."]}, {"stop": ["."]}),
        (
            {"top_p": 0.5, "seed": 1, "n": 2, "frequency_penalty": 0.1, "presence_penalty": 0.2},
            {"top_p": 0.5, "seed": 1, "n": 2, "frequency_penalty": 0.1, "presence_penalty": 0.2},
        ),
        ({"logprobs": True, "top_logprobs": 2}, {"logprobs": True, "top_logprobs": 2}),
        ({"logit_bias": {7: -1}}, {"logit_bias": {"7": -1}}),
        (
            {"reasoning_effort": "low", "service_tier": "flex", "user": "ann"},
            {"reasoning_effort": "low", "service_tier": "flex", "user": "ann"},
        ),
        ({"model_kwargs": {"verbosity": "low"}}, {"verbosity": "low"}),
        ({"extra_body": {"top_k": 3}}, {"top_k": 3}),
        ({"model_kwargs": {"stream_options": {"include_usage": True}}}, {}),
    ],
    ids=str,
)
def test_parameters_of_the_model(said, sent, server, make):
    assert sent_by(server, make(**said)) == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"stop": ["!"]}, {"stop": ["!"]}),
        ({"temperature": 1}, {"temperature": 1}),
        ({"max_tokens": 7}, {"max_completion_tokens": 7}),
        ({"model": "other"}, {}),
        ({"stream_usage": True}, {}),
        ({"stream": False}, {}),
    ],
    ids=str,
)
def test_a_call_overrules_the_model(said, sent, server, make):
    model = make(temperature=0, max_tokens=5, stop=["."], model_kwargs={"seed": 1})
    expected = {"temperature": 0, "max_completion_tokens": 5, "stop": ["."], "seed": 1, **sent}
    assert sent_by(server, model, **said) == expected
    assert sent_by(server, model.bind(**said)) == expected
    assert server.body["model"] == said.get("model", "gpt-x")


@pytest.mark.parametrize(
    ("options", "call", "sent"),
    [
        ({}, {}, {"stream_options": {"include_usage": True}}),
        ({"stream_usage": False}, {}, {}),
        ({}, {"stream_usage": False}, {}),
        ({"stream_usage": False}, {"stream_usage": True}, {"stream_options": {"include_usage": True}}),
        ({"model_kwargs": {"stream_options": {"a": 1}}}, {}, {"stream_options": {"a": 1}}),
    ],
    ids=str,
)
def test_usage_is_asked_for_when_streaming(options, call, sent, server, make):
    list(make(**options).stream("hi", **call))
    assert {key: value for key, value in server.body.items() if key not in ("messages", "model")} == {
        "stream": True,
        **sent,
    }


def test_an_unknown_argument_is_refused_where_it_is_made(make):
    with pytest.raises(ValueError, match="ChatOpenAI has no argument 'temprature'"):
        make(temprature=0)


def test_the_older_names_are_known():
    model = ChatOpenAI(model_name="old", request_timeout=3)
    assert (model.model, model.timeout) == ("old", 3)
