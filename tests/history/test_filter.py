"""Keeping messages by name, type, id and tool call."""

import pytest

from eventflow import AIMessage, HumanMessage, SystemMessage, ToolMessage
from eventflow.history import filter_messages

CALLS = [
    {"name": "look", "args": {"x": 1}, "id": "1", "type": "tool_call"},
    {"name": "hear", "args": {}, "id": "2", "type": "tool_call"},
]
TALK = [
    SystemMessage("be kind", id="s"),
    HumanMessage("hi", id="h", name="ann"),
    AIMessage("let me see", id="a", tool_calls=CALLS),
    ToolMessage("a parrot", id="t", tool_call_id="1"),
    ToolMessage("hello", id="u", tool_call_id="2"),
    AIMessage("a parrot said hello", id="b", name="bot"),
]


def ids(**conditions):
    return "".join(message.id for message in filter_messages(TALK, **conditions))


@pytest.mark.parametrize(
    ("conditions", "kept"),
    [
        ({}, "shatub"),
        ({"include_types": ["human", AIMessage]}, "hab"),
        ({"include_names": ["ann"], "include_types": [SystemMessage], "include_ids": ["t"]}, "sht"),
        ({"exclude_types": ["tool"], "exclude_names": ["bot"], "exclude_ids": ["s"]}, "ha"),
        ({"include_types": ["ai"], "exclude_ids": ["b"]}, "a"),
        ({"exclude_tool_calls": True}, "shb"),
        ({"exclude_tool_calls": ["1", "2"]}, "shb"),
        ({"exclude_tool_calls": ["1"]}, "shaub"),
        ({"exclude_tool_calls": False}, "shatub"),
        ({"exclude_tool_calls": ["1"], "include_types": ["ai"]}, "ab"),
        ({"include_types": []}, "shatub"),
    ],
)
def test_what_is_kept(conditions, kept):
    assert ids(**conditions) == kept


def test_messages_that_are_kept_are_the_same_objects():
    assert all(one is other for one, other in zip(filter_messages(TALK), TALK, strict=True))


def test_a_call_is_left_out_wherever_it_stands():
    raw = [{"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    message = AIMessage(
        ["see", {"type": "tool_use", "id": "1", "name": "look", "input": {}}, {"type": "text", "text": "!"}],
        tool_calls=CALLS,
        additional_kwargs={"tool_calls": raw, "other": 1},
    )
    before = message.model_copy(deep=True)
    (left,) = filter_messages([message], exclude_tool_calls=["1"])
    assert left.content == ["see", {"type": "text", "text": "!"}]
    assert left.tool_calls == CALLS[1:]
    assert left.additional_kwargs == {"tool_calls": [], "other": 1}
    assert message == before


def test_what_stands_for_messages_is_taken():
    assert filter_messages([("ai", "hi"), "hello"], include_types=["human"]) == [HumanMessage("hello")]


async def test_without_messages_it_is_a_step():
    step = filter_messages(include_types=["human"])
    assert step.invoke(TALK) == await step.ainvoke(TALK) == TALK[1:2]
    assert step.get_name() == "filter_messages"


@pytest.mark.parametrize("conditions", [{"include_names": "ann"}, {"exclude_tool_calls": "1"}])
def test_text_is_no_list(conditions):
    with pytest.raises(TypeError, match="takes a list of"):
        filter_messages(**conditions)


def test_an_unknown_type_is_refused_before_there_are_messages():
    with pytest.raises(ValueError, match="no messages of type 'robot'"):
        filter_messages(include_types=["robot"])
