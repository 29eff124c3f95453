"""What is sent: messages of every role, parameters, and what a call adds to them."""

import pytest

pytest.importorskip("anthropic")

from adapters.anthropic.replies import CASES
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
from eventflow_anthropic.requests import to_conversation

HI = HumanMessage("hi")
CACHED = {"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}
WEATHER = tool_call(name="weather", args={"city": "Rome"}, id="t1")
USE = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Rome"}}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "EqQB="}


def user(*blocks):
    return {"role": "user", "content": [*blocks]}


def assistant(*blocks):
    return {"role": "assistant", "content": [*blocks]}


def words(text):
    return {"type": "text", "text": text}


def result(content="fine", call="t1", **more):
    return {"type": "tool_result", "tool_use_id": call, "content": content, **more}


CONVERSATIONS = {
    "text": ([HI], [{"role": "user", "content": "hi"}]),
    "people in a row": ([HI, HumanMessage("there")], [user(words("hi"), words("there"))]),
    "blocks in a row": ([HI, HumanMessage([CACHED, "x"])], [user(words("hi"), CACHED, words("x"))]),
    "turns": (
        [HI, AIMessage("yes?"), HumanMessage("no")],
        [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "yes?"},
            {"role": "user", "content": "no"},
        ],
    ),
    "roles by name": (
        [ChatMessage("hi", role="user"), ChatMessage("yes", role="assistant")],
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}],
    ),
    "a call and its result": (
        [HI, AIMessage("", tool_calls=[WEATHER]), ToolMessage("fine", tool_call_id="t1")],
        [{"role": "user", "content": "hi"}, assistant(USE), user(result())],
    ),
    "results and what is said then": (
        [
            HI,
            AIMessage("Wait", tool_calls=[WEATHER, {**WEATHER, "id": "t2"}]),
            ToolMessage("fine", tool_call_id="t1"),
            ToolMessage("lost", tool_call_id="t2", status="error"),
            HumanMessage("well?"),
        ],
        [
            {"role": "user", "content": "hi"},
            assistant(words("Wait"), USE, {**USE, "id": "t2"}),
            user(result(), result("lost", "t2", is_error=True), words("well?")),
        ],
    ),
    "a result of blocks": (
        [
            HI,
            AIMessage("", tool_calls=[WEATHER]),
            ToolMessage(
                [words("this"), {"type": "image", "base64": "AA==", "mime_type": "image/png"}],
                tool_call_id="t1",
            ),
        ],
        [
            {"role": "user", "content": "hi"},
            assistant(USE),
            user(
                result(
                    [
                        words("this"),
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "AA=="},
                        },
                    ]
                )
            ),
        ],
    ),
    "a tool that gave nothing": (
        [HI, AIMessage("", tool_calls=[WEATHER]), ToolMessage("", tool_call_id="t1")],
        [
            {"role": "user", "content": "hi"},
            assistant(USE),
            user({"type": "tool_result", "tool_use_id": "t1"}),
        ],
    ),
    "a result in the provider's form": (
        [
            HI,
            AIMessage("", tool_calls=[WEATHER]),
            ToolMessage([result(cache_control={"type": "ephemeral"})], tool_call_id="t1"),
        ],
        [
            {"role": "user", "content": "hi"},
            assistant(USE),
            user(result(cache_control={"type": "ephemeral"})),
        ],
    ),
    "calls stand where they stood": (
        [
            HI,
            AIMessage([THOUGHT, {**USE, "index": 1}, "after"], tool_calls=[WEATHER]),
            ToolMessage("fine", tool_call_id="t1"),
        ],
        [{"role": "user", "content": "hi"}, assistant(THOUGHT, USE, words("after")), user(result())],
    ),
    "calls that a program changed": (
        [
            HI,
            AIMessage([{**USE, "input": {"city": "Roma"}}], tool_calls=[WEATHER, {**WEATHER, "id": "t2"}]),
            ToolMessage("fine", tool_call_id="t1"),
        ],
        [{"role": "user", "content": "hi"}, assistant(USE, {**USE, "id": "t2"}), user(result())],
    ),
    "calls in the content only": (
        [HI, AIMessage([USE]), ToolMessage("fine", tool_call_id="t1")],
        [{"role": "user", "content": "hi"}, assistant(USE), user(result())],
    ),
    "a call that was cut off, answered": (
        [
            HI,
            AIMessage("", invalid_tool_calls=[invalid_tool_call(name="weather", args='{"c', id="t1")]),
            ToolMessage("fine", tool_call_id="t1"),
        ],
        [{"role": "user", "content": "hi"}, assistant({**USE, "input": {}}), user(result())],
    ),
    "a call that was cut off": (
        [
            HI,
            AIMessage(
                ["Wait", {**USE, "input": {}}],
                invalid_tool_calls=[invalid_tool_call(name="weather", args='{"c', id="t1")],
            ),
            HumanMessage("go on"),
        ],
        [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "Wait"},
            {"role": "user", "content": "go on"},
        ],
    ),
    "an answer that says nothing": (
        [HI, AIMessage(""), HumanMessage("so?")],
        [user(words("hi"), words("so?"))],
    ),
    "a beginning of the answer": (
        [HI, AIMessage("It is: \n")],
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "It is:"}],
    ),
    "a beginning in blocks": (
        [HI, AIMessage([THOUGHT, words("It is: ")])],
        [{"role": "user", "content": "hi"}, assistant(THOUGHT, words("It is:"))],
    ),
    "white space elsewhere": (
        [HI, AIMessage("yes? "), HumanMessage("no ")],
        [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "yes? "},
            {"role": "user", "content": "no "},
        ],
    ),
    "blocks of white space": ([HumanMessage(["hi", " ", words("\n")])], [{"role": "user", "content": "hi"}]),
}


@pytest.mark.parametrize("case", CONVERSATIONS)
def test_conversations(case):
    messages, sent = CONVERSATIONS[case]
    assert to_conversation(messages) == {"messages": sent}


@pytest.mark.parametrize(
    ("messages", "system"),
    [
        ([SystemMessage("be brief"), HI], "be brief"),
        ([SystemMessage("be brief"), SystemMessage("be kind"), HI], [words("be brief"), words("be kind")]),
        ([SystemMessage(["be brief", CACHED]), HI], [words("be brief"), CACHED]),
        ([SystemMessage("a"), HI, SystemMessage("b")], [words("a"), words("b")]),
    ],
)
def test_system_messages(messages, system):
    assert to_conversation(messages) == {"messages": [{"role": "user", "content": "hi"}], "system": system}


@pytest.mark.parametrize(
    "messages",
    [
        [HumanMessage("")],
        [HumanMessage(" \n")],
        [HumanMessage([])],
        [HI, AIMessage("yes"), HumanMessage([words("")])],
        [SystemMessage(""), HI],
    ],
    ids=str,
)
def test_an_empty_message_is_refused(messages):
    with pytest.raises(ValueError, match=r"message \d \(\w+\) is empty, which Anthropic refuses"):
        to_conversation(messages)


@pytest.mark.parametrize("messages", [[], [SystemMessage("be brief")], [AIMessage("")]], ids=str)
def test_nothing_to_answer_is_refused(messages):
    with pytest.raises(ValueError, match="no message to answer"):
        to_conversation(messages)


@pytest.mark.parametrize(
    "message", [RemoveMessage(id="1"), FunctionMessage("21", name="f"), ChatMessage("x", role="prompter")]
)
def test_a_message_without_a_role_is_refused(message):
    with pytest.raises(TypeError, match=f"{type(message).__name__} cannot be sent"):
        to_conversation([HI, message])


def test_messages_are_not_changed():
    messages = [HumanMessage([CACHED]), HumanMessage("x"), AIMessage([words("It is: ")])]
    before = [message.model_dump() for message in messages]
    to_conversation(messages)
    assert [message.model_dump() for message in messages] == before


@pytest.mark.parametrize("case", CASES)
async def test_an_answer_can_be_sent_back_as_it_was(case, server, model):
    server.says(CASES[case])
    answer = model.invoke("hi")
    server.says(CASES["text"])
    results = [ToolMessage("fine", tool_call_id=call["id"]) for call in answer.tool_calls]
    await model.ainvoke([HI, answer, *results, HumanMessage("and?")])
    sent = [turn["content"] for turn in server.body["messages"] if turn["role"] == "assistant"]
    said = [block for one in sent for block in ([words(one)] if isinstance(one, str) else one)]
    given = [
        {key: value for key, value in block.items() if key != "citations" or value}
        for block in server.wire.whole("/v1/messages", CASES[case])["content"]
    ]
    assert said == given


# ---- parameters


def sent_by(server, asked, **call):
    """What is sent beside the messages."""
    asked.invoke("hi", **call)
    return {key: value for key, value in server.body.items() if key != "messages"}


ALWAYS = {"model": "claude-x", "max_tokens": 100}


def test_nothing_is_sent_that_was_not_said(server, model):
    assert sent_by(server, model) == ALWAYS
    assert server.asked[0].path == "/v1/messages"


THINKING = {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"temperature": 0}, {"temperature": 0}),
        ({"max_tokens": 5}, {"max_tokens": 5}),
        ({"top_p": 0.5, "top_k": 3}, {"top_p": 0.5, "top_k": 3}),
        ({"stop_sequences": ["."]}, {"stop_sequences": ["."]}),
        ({"stop": ["."]}, {"stop_sequences": ["."]}),
        ({"thinking": THINKING}, {"thinking": THINKING}),
        ({"effort": "low"}, {"output_config": {"effort": "low"}}),
        ({"reasoning_effort": "low"}, {"output_config": {"effort": "low"}}),
        ({"container": "c1", "inference_geo": "us"}, {"container": "c1", "inference_geo": "us"}),
        ({"model_kwargs": {"service_tier": "auto"}}, {"service_tier": "auto"}),
        ({"model_kwargs": {"extra_body": {"new": 1}}}, {"new": 1}),
    ],
    ids=str,
)
def test_parameters_of_the_model(said, sent, server, make):
    assert sent_by(server, make(**said)) == {**ALWAYS, **sent}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"stop": ["!"]}, {"stop_sequences": ["!"]}),
        ({"temperature": 1}, {"temperature": 1}),
        ({"max_tokens": 7}, {"max_tokens": 7}),
        ({"model": "other"}, {"model": "other"}),
        ({"stream_usage": True}, {}),
        ({"stream": False}, {}),
        ({"thinking": THINKING}, {"thinking": THINKING}),
        ({"effort": "high"}, {"output_config": {"effort": "high"}}),
    ],
    ids=str,
)
def test_a_call_overrules_the_model(said, sent, server, make):
    model = make(temperature=0, stop=["."], effort="low", model_kwargs={"service_tier": "auto"})
    own = {
        "temperature": 0,
        "stop_sequences": ["."],
        "output_config": {"effort": "low"},
        "service_tier": "auto",
    }
    assert sent_by(server, model, **said) == {**ALWAYS, **own, **sent}
    assert sent_by(server, model.bind(**said)) == {**ALWAYS, **own, **sent}


async def test_betas(server, make):
    model = make(betas=["one-2025", "two-2025"], context_management={"edits": []})
    for ask in (model.invoke, lambda _: list(model.stream("hi"))):
        ask("hi")
        assert server.asked[-1].path.startswith("/v1/messages")
        assert server.asked[-1].headers["anthropic-beta"] == "one-2025,two-2025"
        assert server.body["context_management"] == {"edits": []}
        assert "betas" not in server.body
    assert (await model.ainvoke("hi")) == model.invoke("hi")


@pytest.mark.parametrize("case", CASES)
async def test_the_beta_endpoint_says_the_same(case, server, make):
    server.says(CASES[case])
    plain = make().invoke("hi")
    assert await make(betas=["one-2025"]).ainvoke("hi", stream=True) == plain
    assert make(betas=["one-2025"]).invoke("hi") == plain


def test_an_unknown_argument_is_refused_where_it_is_made(make):
    with pytest.raises(ValueError, match="ChatAnthropic has no argument 'temprature'"):
        make(temprature=0)
