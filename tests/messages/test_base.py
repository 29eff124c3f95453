"""What every message has and refuses."""

import copy
import pickle

import pytest

from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
)


def through_pickle(message):
    return pickle.loads(pickle.dumps(message))  # noqa: S301 - our own


EVERY_KIND = [
    (HumanMessage, {}, "human"),
    (AIMessage, {}, "ai"),
    (AIMessageChunk, {}, "AIMessageChunk"),
    (SystemMessage, {}, "system"),
    (SystemMessageChunk, {}, "SystemMessageChunk"),
    (ToolMessage, {"tool_call_id": "1"}, "tool"),
    (FunctionMessage, {"name": "f"}, "function"),
    (ChatMessage, {"role": "r"}, "chat"),
]


@pytest.mark.parametrize(("kind", "fields", "type_"), EVERY_KIND)
def test_content_may_be_positional_or_named(kind, fields, type_):
    assert kind("x", **fields) == kind(content="x", **fields)
    assert kind("x", **fields).type == type_


@pytest.mark.parametrize(("kind", "fields", "type_"), EVERY_KIND)
def test_metadata_is_empty_unless_given(kind, fields, type_):
    message = kind("x", **fields)
    assert (message.additional_kwargs, message.response_metadata, message.id) == ({}, {}, None)
    message.additional_kwargs["seen"] = True
    assert message.additional_kwargs == {"seen": True}
    assert kind("x", **fields).additional_kwargs == {}


@pytest.mark.parametrize("content", [3, None, b"x", {"type": "text"}, [3], ["x", None]])
def test_content_of_another_type_is_refused(content):
    with pytest.raises(ValueError, match=r"HumanMessage\.content must be a str or a list of str and dict"):
        HumanMessage(content)


def test_content_that_is_missing_is_refused():
    with pytest.raises(ValueError, match=r"AIMessage\.content must be"):
        AIMessage()


def test_tuple_of_blocks_becomes_a_list():
    assert HumanMessage(("a", {"type": "text", "text": "b"})).content == ["a", {"type": "text", "text": "b"}]


def test_content_blocks_are_content():
    blocks = [{"type": "text", "text": "hi"}]
    assert HumanMessage(content_blocks=blocks).content == blocks
    assert HumanMessage(content_blocks=blocks).text == "hi"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": 3}, "HumanMessage.name must be a str or None, not int"),
        ({"id": ["x"]}, "HumanMessage.id must be a str or None, not list"),
        ({"additional_kwargs": None}, "HumanMessage.additional_kwargs must be a dict, not NoneType"),
        ({"response_metadata": []}, "HumanMessage.response_metadata must be a dict, not list"),
        ({"type": "ai"}, "HumanMessage.type can only be 'human', not str"),
        ({"_parts": []}, "HumanMessage cannot hold '_parts': names with _ are private"),
    ],
)
def test_field_of_another_type_is_refused(fields, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        HumanMessage("x", **fields)


def test_id_that_is_a_number_becomes_text():
    assert HumanMessage("x", id=3).id == "3"
    assert AIMessageChunk("x", id=3).id == "3"


def test_what_is_given_is_copied():
    given = {"a": 1}
    message = HumanMessage("x", additional_kwargs=given)
    given["a"] = 2
    assert message.additional_kwargs == {"a": 1}
    block, args = {"type": "text", "text": "x"}, {"a": 1}
    answer = AIMessage([block], tool_calls=[{"name": "f", "args": args, "id": "1"}])
    block["text"], args["a"] = "y", 2
    assert (answer.text, answer.tool_calls[0]["args"]) == ("x", {"a": 1})


def test_unknown_fields_are_kept():
    message = HumanMessage("x", mood="good")
    assert message.mood == "good"
    assert message.model_dump()["mood"] == "good"
    assert repr(message).endswith("mood='good')")
    with pytest.raises(AttributeError, match="weather"):
        _ = message.weather


def test_text_joins_text_blocks_only():
    blocks = ["a", {"type": "text", "text": "b"}, {"type": "image", "url": "u"}, {"type": "text"}, {}]
    assert HumanMessage(blocks).text == "ab"


def test_equality_needs_the_same_kind_and_fields():
    assert HumanMessage("x") == HumanMessage("x", additional_kwargs={})
    assert HumanMessage("x") != HumanMessageChunk("x")
    assert HumanMessage("x") != HumanMessage("x", mood="good")
    assert HumanMessage("x") != "x"
    read, unread = AIMessage("x"), AIMessage("x")
    assert read.tool_calls == []
    assert read == unread
    with pytest.raises(TypeError, match="unhashable"):
        hash(HumanMessage("x"))


def test_class_has_no_field_values():
    assert not hasattr(AIMessage, "tool_calls")
    assert not hasattr(AIMessageChunk, "content")


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, through_pickle])
@pytest.mark.parametrize(
    "message",
    [
        HumanMessage("x", id="1", mood="good"),
        AIMessageChunk("a") + AIMessageChunk("b"),
        ToolMessage("x", tool_call_id="1", artifact={"deep": [1]}),
    ],
)
def test_copies_are_equal_and_apart(message, duplicate):
    twin = duplicate(message)
    assert type(twin) is type(message)
    assert twin == message
    twin.id = "other"
    assert message.id != "other"


def test_model_copy_replaces_fields():
    message = AIMessage("x", id="1", additional_kwargs={"deep": []})
    shallow = message.model_copy(update={"content": "y"})
    deep = message.model_copy(deep=True)
    assert (shallow.content, shallow.id, message.content) == ("y", "1", "x")
    assert shallow.additional_kwargs["deep"] is message.additional_kwargs["deep"]
    assert deep == message
    assert deep.additional_kwargs["deep"] is not message.additional_kwargs["deep"]


def test_pretty_print_shows_title_name_and_content(capsys):
    HumanMessage("hello", name="bob").pretty_print()
    assert capsys.readouterr().out == f"{' Human Message ':=^80}\nName: bob\n\nhello\n"


def test_pretty_repr_can_be_bold():
    assert HumanMessage("x").pretty_repr(html=True).splitlines()[0] == (
        "=" * 32 + "\x1b[1m Human Message \x1b[0m" + "=" * 33
    )


def test_new_kinds_are_found_by_their_type():
    class Whisper(HumanMessage):
        """A message that only some hear."""

        type: str = "whisper"

    assert type(BaseMessage.model_validate({"type": "whisper", "content": "x"})) is Whisper
    assert Whisper("x").model_dump()["type"] == "whisper"


def test_remove_message_has_an_id_and_no_content():
    assert RemoveMessage("1") == RemoveMessage(id="1", content="")
    assert (RemoveMessage("1").content, RemoveMessage("1").type) == ("", "remove")
    with pytest.raises(ValueError, match="RemoveMessage has no content"):
        RemoveMessage("1", content="x")
