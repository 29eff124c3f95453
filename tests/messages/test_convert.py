"""What becomes messages; that it is as in LangChain is in test_peer.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    StringPromptValue,
    SystemMessage,
    ToolMessage,
    ToolMessageChunk,
    convert_to_messages,
    message_chunk_to_message,
    message_to_dict,
    messages_from_dict,
    messages_to_dict,
)

CALL = {"name": "f", "args": {"a": 1}, "id": "1", "type": "tool_call"}
EVERY_KIND = [
    HumanMessage("x", id="1", name="n"),
    AIMessage(
        "x", tool_calls=[CALL], usage_metadata={"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    ),
    AIMessageChunk("x", tool_call_chunks=[{"name": "f", "args": "{", "id": "1", "index": 0}]),
    SystemMessage(["x", {"type": "text", "text": "y"}]),
    ToolMessage("x", tool_call_id="1", artifact=[1], status="error"),
    FunctionMessage("x", name="f"),
    ChatMessage("x", role="judge"),
    ChatMessageChunk("x", role="judge"),
    RemoveMessage("1"),
    HumanMessage("x", additional_kwargs={"a": 1}),
]


@pytest.mark.parametrize("message", EVERY_KIND)
def test_messages_survive_dictionaries(message):
    assert messages_from_dict(messages_to_dict([message])) == [message]
    assert convert_to_messages([message.model_dump()]) == [message]


def test_unknown_fields_survive_message_to_dict():
    message = HumanMessage("x", mood="good")
    assert messages_from_dict([message_to_dict(message)]) == [message]


def test_messages_stay_the_objects_they_are():
    message = HumanMessage("x")
    assert convert_to_messages([message])[0] is message


@pytest.mark.parametrize("given", ["x", StringPromptValue(text="x"), ["x"], (("user", "x"),), iter(["x"])])
def test_one_text_prompt_values_and_any_iterable(given):
    assert convert_to_messages(given) == [HumanMessage("x")]


@pytest.mark.parametrize(
    ("like", "error", "complaint"),
    [
        (("placeholder", "x"), ValueError, "unknown message role 'placeholder': use one of 'human', 'user'"),
        ({"role": "chat", "content": "x"}, ValueError, "unknown message role 'chat'"),
        ({"role": "user"}, ValueError, r"needs 'role' \(or 'type'\) and 'content', it has \['role'\]"),
        ({"content": "x"}, ValueError, r"it has \['content'\]"),
        ({"role": "tool", "content": "x"}, ValueError, "tool_call_id"),
        (("tool", "x"), ValueError, "tool_call_id"),
        ({"role": "function", "content": "x"}, ValueError, "name"),
        ({"role": "user", "content": 3}, ValueError, r"HumanMessage\.content must be"),
        (("user", None), ValueError, r"HumanMessage\.content must be"),
        (3, NotImplementedError, "cannot make a message of int"),
        (("a", "b", "c"), NotImplementedError, r"must be \(role, content\)"),
    ],
)
def test_what_is_no_message_is_refused(like, error, complaint):
    with pytest.raises(error, match=complaint):
        convert_to_messages([like])


def test_arguments_of_openai_that_are_cut_off_are_invalid():
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a":'}}
    [message] = convert_to_messages([{"role": "assistant", "content": None, "tool_calls": [call, CALL]}])
    assert message.tool_calls == [CALL]
    assert message.invalid_tool_calls[0]["args"] == '{"a":'


def test_type_that_is_not_the_message_s_is_kept_beside_it():
    [message] = convert_to_messages([{"type": "message", "role": "user", "content": "x"}])
    assert message == HumanMessage("x", additional_kwargs={"type": "message"})


def test_given_dictionary_is_left_alone():
    given = {"role": "developer", "content": "x", "additional_kwargs": {"a": 1}, "odd": 2}
    [message] = convert_to_messages([given])
    assert message.additional_kwargs == {"a": 1, "odd": 2, "__openai_role__": "developer"}
    assert given == {"role": "developer", "content": "x", "additional_kwargs": {"a": 1}, "odd": 2}


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (HumanMessageChunk("x", name="n", mood="good"), HumanMessage("x", name="n", mood="good")),
        (ToolMessageChunk("x", tool_call_id="1", artifact=3), ToolMessage("x", tool_call_id="1", artifact=3)),
        (ChatMessageChunk("x", role="r"), ChatMessage("x", role="r")),
        (AIMessageChunk("a", id="1") + AIMessageChunk("b"), AIMessage("ab", id="1")),
    ],
)
def test_chunks_become_messages(chunk, message):
    assert message_chunk_to_message(chunk) == message
    assert message_chunk_to_message(message) is message


def test_message_of_a_chunk_is_apart_from_it():
    chunk = AIMessageChunk("x", additional_kwargs={"a": 1}) + AIMessageChunk(["y"])
    message = message_chunk_to_message(chunk)
    message.content.append("z")
    message.additional_kwargs["b"] = 2
    assert (chunk.content, chunk.additional_kwargs) == (["x", "y"], {"a": 1})


def test_unknown_types_are_refused():
    with pytest.raises(ValueError, match="unknown message type 'smoke': use one of"):
        messages_from_dict([{"type": "smoke", "data": {"content": ""}}])


@given(
    st.dictionaries(st.sampled_from(["role", "type", "content", "tool_calls", "name"]), st.none() | st.text())
)
def test_any_dictionary_is_a_message_or_a_value_error(like):
    try:
        [message] = convert_to_messages([like])
    except ValueError:
        return
    assert message.content == (like["content"] or "")
