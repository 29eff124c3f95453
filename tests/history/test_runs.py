"""Making one message of several in a row."""

import pytest

from eventflow import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from eventflow.history import merge_message_runs


def merged(*messages, **options):
    return merge_message_runs(messages, **options)


def call(id):
    return {"name": "look", "args": {"x": 1}, "id": id, "type": "tool_call"}


def usage(count):
    return {"input_tokens": count, "output_tokens": 1, "total_tokens": count + 1}


@pytest.mark.parametrize(
    ("contents", "content"),
    [
        (["a", "b", "c"], "a\nb\nc"),
        (["", "a", "", "b", ""], "a\nb"),
        (["a", [{"type": "text", "text": "b"}], "c"], ["a", {"type": "text", "text": "b"}, "c"]),
        (["a", "b", ["c"]], ["a\nb", "c"]),
        ([[{"type": "text", "text": "a"}], "b"], [{"type": "text", "text": "a"}, "b"]),
        ([["a"], "b"], ["ab"]),
    ],
)
def test_contents(contents, content):
    (message,) = merged(*map(HumanMessage, contents))
    assert message == HumanMessage(content)


def test_another_separator():
    assert merged("a", "b", chunk_separator=" | ") == [HumanMessage("a | b")]


def test_the_first_says_who_it_is():
    first = HumanMessage("a", id="1", name="ann", response_metadata={"k": "v"}, additional_kwargs={"x": "1"})
    second = HumanMessage("b", id="2", name="bob", response_metadata={"k": "w"}, additional_kwargs={"y": "2"})
    (message,) = merged(first, second)
    assert (message.id, message.name, message.response_metadata) == ("1", "ann", {"k": "v"})
    assert message.additional_kwargs == {"x": "1", "y": "2"}


def test_answers_keep_calls_and_usage():
    (message,) = merged(
        AIMessage("a", tool_calls=[call("1")], usage_metadata=usage(2)),
        AIMessage("b", tool_calls=[call("2")], usage_metadata=usage(3)),
        AIMessage("c", invalid_tool_calls=[{"name": "f", "args": "{", "id": "3", "error": "cut off"}]),
    )
    assert [c["id"] for c in message.tool_calls] == ["1", "2"]
    assert [c["id"] for c in message.invalid_tool_calls] == ["3"]
    assert message.usage_metadata["total_tokens"] == 7


def test_chunks_become_messages():
    assert merged(AIMessageChunk("a"), AIMessage("b")) == merged(AIMessage("a"), AIMessageChunk("b"))
    assert type(merged(AIMessageChunk("a"), AIMessageChunk("b"))[0]) is AIMessage


@pytest.mark.parametrize(
    "messages",
    [
        [ToolMessage("a", tool_call_id="1"), ToolMessage("b", tool_call_id="1")],
        [RemoveMessage(id="1"), RemoveMessage(id="2")],
        [ChatMessage("a", role="judge"), ChatMessage("b", role="lawyer")],
        [FunctionMessage("a", name="f"), FunctionMessage("b", name="g")],
        [HumanMessage("a"), AIMessage("b"), HumanMessage("c")],
    ],
)
def test_what_stays_apart(messages):
    result = merge_message_runs(messages)
    assert all(one is other for one, other in zip(result, messages, strict=True))


def test_messages_of_the_same_role():
    assert merged(ChatMessage("a", role="judge"), ChatMessage("b", role="judge")) == [
        ChatMessage("a\nb", role="judge")
    ]
    assert merged(FunctionMessage("a", name="f"), FunctionMessage("b", name="f")) == [
        FunctionMessage("a\nb", name="f")
    ]


def test_what_is_given_stays_as_it_is():
    messages = [HumanMessage("a", response_metadata={"k": []}), HumanMessage("b"), SystemMessage("c")]
    before = [message.model_copy(deep=True) for message in messages]
    merge_message_runs(messages)[0].response_metadata["k"] = 1
    assert messages == before


def test_values_that_cannot_be_merged():
    with pytest.raises(TypeError, match="'x'"):
        merged(HumanMessage("a", additional_kwargs={"x": 1}), HumanMessage("b", additional_kwargs={"x": "1"}))


async def test_without_messages_it_is_a_step():
    step = merge_message_runs(chunk_separator=" ")
    assert step.invoke(["a", "b"]) == await step.ainvoke(["a", "b"]) == [HumanMessage("a b")]
    assert step.get_name() == "merge_message_runs"


def test_nothing_is_nothing():
    assert merged() == []
