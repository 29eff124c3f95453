"""What prompts give to models."""

import pytest

from eventflow.messages import AIMessage, ChatPromptValue, HumanMessage, PromptValue, StringPromptValue


def test_text_as_text_and_as_messages():
    value = StringPromptValue(text="x")
    assert value.to_string() == "x"
    assert value.to_messages() == [HumanMessage("x")]
    assert (value, repr(value)) == (StringPromptValue(text="x"), "StringPromptValue(text='x')")


def test_messages_as_text_and_as_messages():
    messages = [HumanMessage("x"), AIMessage("y")]
    value = ChatPromptValue(messages=messages)
    assert value.to_string() == "Human: x\nAI: y"
    assert value.to_messages() == messages
    value.to_messages().append(HumanMessage("z"))
    assert value.messages == messages
    assert value == ChatPromptValue(messages=messages)
    messages.append(HumanMessage("z"))
    assert len(value.messages) == 2
    assert value != ChatPromptValue(messages=messages[:1])


def test_dictionaries_become_messages():
    assert ChatPromptValue(messages=({"type": "human", "content": "x"},)).messages == [HumanMessage("x")]


@pytest.mark.parametrize("messages", ["x", None, [3], ["x"]])
def test_what_are_no_messages_is_refused(messages):
    with pytest.raises(ValueError, match=r"ChatPromptValue\.messages"):
        ChatPromptValue(messages=messages)


def test_what_is_no_text_is_refused():
    with pytest.raises(ValueError, match=r"StringPromptValue\.text must be a str, not int"):
        StringPromptValue(text=3)


def test_base_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        PromptValue()
