"""Kinds of messages by class and by name."""

import pytest

from eventflow import AIMessage, AIMessageChunk, ChatMessage, HumanMessage, SystemMessage
from eventflow.history.kinds import one_of


@pytest.mark.parametrize("kinds", ["ai", "assistant", AIMessage, ["human", "ai"], (HumanMessage, AIMessage)])
def test_names_and_classes(kinds):
    assert one_of(kinds)(AIMessage("hi"))
    assert not one_of(kinds)(SystemMessage("hi"))


def test_a_chunk_is_of_the_kind_that_it_is_a_piece_of():
    assert one_of("ai")(AIMessageChunk("hi"))
    assert not one_of(AIMessageChunk)(AIMessage("hi"))


def test_no_kind_at_all():
    assert not one_of([])(HumanMessage("hi"))


def test_messages_of_any_role_are_a_kind_of_their_own():
    assert one_of("chat")(ChatMessage("hi", role="user"))
    assert not one_of("human")(ChatMessage("hi", role="user"))


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"no messages of type 'robot'.*human"):
        one_of(["human", "robot"])
