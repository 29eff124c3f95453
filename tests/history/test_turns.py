"""What was asked and answered, as messages to be kept."""

import pytest

from eventflow import (
    AIMessage,
    AIMessageChunk,
    ChatPromptValue,
    HumanMessage,
    StringPromptValue,
    SystemMessage,
)
from eventflow.history.turns import messages_of

HI = [HumanMessage("hi")]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("hi", None),
        (HI[0], None),
        (HI, None),
        (tuple(HI), None),
        ([HI], None),
        (["hi"], None),
        ([("human", "hi")], None),
        (StringPromptValue("hi"), None),
        (ChatPromptValue(HI), None),
        ({"question": "hi"}, None),
        ({"input": "hi", "other": 1}, None),
        ({"question": HI, "other": 1}, "question"),
        ("hi", "question"),
    ],
)
def test_input(value, key):
    assert messages_of(value, "input", key) == HI


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("hi", None),
        (AIMessage("hi"), None),
        ([AIMessage("hi")], None),
        ({"output": "hi", "other": 1}, None),
        ({"answer": AIMessage("hi"), "other": 1}, "answer"),
        (AIMessageChunk("h") + AIMessageChunk("i", chunk_position="last"), None),
    ],
)
def test_output(value, key):
    (message,) = messages_of(value, "output", key)
    assert message == AIMessage("hi")
    assert type(message) is AIMessage


def test_several_messages_and_none():
    said = [SystemMessage("be kind"), HumanMessage("hi")]
    assert messages_of(said, "input", None) == said
    assert messages_of([], "input", None) == []


@pytest.mark.parametrize("value", [3, None, {"input": 3}, object()])
def test_what_is_no_message(value):
    with pytest.raises(
        ValueError, match=r"the input of a chain with a history has to be text.*input_messages_key="
    ):
        messages_of(value, "input", None)


def test_a_key_that_is_missing():
    with pytest.raises(ValueError, match=r"no key 'output', it has \['a', 'b'\]: give output_messages_key="):
        messages_of({"a": "hi", "b": 1}, "output", None)
    with pytest.raises(ValueError, match="no key 'answer'"):
        messages_of({"a": "hi"}, "output", "answer")
