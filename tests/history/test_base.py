"""Stores of conversations: what the base class derives, and the one in memory."""

import pytest
from pydantic import BaseModel

from eventflow import AIMessage, HumanMessage
from eventflow.history import BaseChatMessageHistory, InMemoryChatMessageHistory


class Bulk(BaseChatMessageHistory):
    """Overrides what it has to."""

    def __init__(self):
        self.kept = []

    @property
    def messages(self):
        return [*self.kept]

    def add_messages(self, messages):
        self.kept += messages

    def clear(self):
        self.kept = []


class OneByOne(BaseChatMessageHistory):
    """Written before there was `add_messages`."""

    def __init__(self):
        self.messages = []

    def add_message(self, message):
        self.messages.append(message)

    def clear(self):
        self.messages = []


@pytest.mark.parametrize("store", [Bulk, OneByOne, InMemoryChatMessageHistory])
async def test_every_way_to_add(store):
    history = store()
    history.add_user_message("a")
    history.add_user_message(HumanMessage("b"))
    history.add_ai_message("c")
    history.add_ai_message(AIMessage("d"))
    history.add_message(HumanMessage("e"))
    history.add_messages([AIMessage("f")])
    await history.aadd_messages((HumanMessage("g"),))
    said = [
        *(HumanMessage("a"), HumanMessage("b"), AIMessage("c"), AIMessage("d")),
        *(HumanMessage("e"), AIMessage("f"), HumanMessage("g")),
    ]
    assert history.messages == await history.aget_messages() == said
    assert str(history).splitlines()[:3] == ["Human: a", "Human: b", "AI: c"]
    history.clear()
    assert history.messages == []
    history.add_ai_message("h")
    await history.aclear()
    assert history.messages == []


def test_a_class_has_to_say_how_messages_are_added():
    class Nothing(BaseChatMessageHistory):
        def clear(self):
            """Forget nothing."""

    for add in (Nothing().add_message, Nothing().add_user_message):
        with pytest.raises(NotImplementedError, match=r"Nothing does not say.*override add_messages"):
            add(HumanMessage("hi"))


def test_a_class_has_to_say_how_to_clear():
    with pytest.raises(TypeError, match="clear"):
        type("Nothing", (BaseChatMessageHistory,), {})()


def test_in_memory_is_data():
    history = InMemoryChatMessageHistory(messages=[HumanMessage("hi"), AIMessage("hello", id="1")])
    assert InMemoryChatMessageHistory.model_validate_json(history.model_dump_json()) == history
    assert isinstance(history, BaseModel)


def test_in_memory_is_not_the_list_that_it_is_given():
    given = [HumanMessage("hi")]
    InMemoryChatMessageHistory(messages=given).add_ai_message("hello")
    assert given == [HumanMessage("hi")]
