"""`JsonLines`, and what becomes of values on their way to JSON."""

import json
from dataclasses import dataclass
from datetime import date
from enum import Enum
from io import StringIO
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, model_serializer

from eventflow import (
    AIMessage,
    ChatPromptTemplate,
    RunnableLambda,
    ScriptedChatModel,
    StrOutputParser,
    subscribe,
)
from eventflow.subscribers import JsonLines
from eventflow.subscribers.plain import as_plain

KEYS = ["event", "name", "run_id", "parent_ids", "tags", "metadata", "data"]


class Account(BaseModel):
    user: str
    key: SecretStr


class Broken(BaseModel):
    @model_serializer
    def refuse(self):
        raise RuntimeError("never")


class Mute:
    def __repr__(self):
        raise RuntimeError("no words")


class Angry(dict):
    def items(self):
        raise RuntimeError("no items")


class Colour(Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: object


def written(runnable, input):
    stream = StringIO()
    with subscribe(JsonLines(stream), on_error="raise"):
        list(runnable.stream(input))
    return stream.getvalue()


def test_every_event_is_a_line_with_the_same_keys():
    chain = ChatPromptTemplate.from_template("{q}") | ScriptedChatModel(["a\n", "b"]) | StrOutputParser()
    text = written(chain, {"q": "hi"})
    events = [json.loads(line) for line in text.split("\n")[:-1]]
    assert {tuple(event) for event in events} == {tuple(KEYS)}
    assert events[0]["data"] == {"input": {"q": "hi"}}
    (end,) = (event for event in events if event["event"] == "on_chat_model_end")
    assert end["data"]["output"]["content"] == "a\nb"
    assert end["data"]["input"]["messages"][0][0]["type"] == "human"


def test_exceptions_are_type_and_message():
    def fail(x):
        raise ValueError("no")

    stream = StringIO()
    with subscribe(JsonLines(stream), phases=["error"]), pytest.raises(ValueError, match="no"):
        RunnableLambda(fail).invoke(1)
    assert json.loads(stream.getvalue())["data"]["error"] == {"type": "ValueError", "message": "no"}


def test_secrets_stay_masked():
    secret = SecretStr("hunter2")
    hides = {"a": secret, "b": [Account(user="u", key=secret)], "c": Point(1, secret), secret: 1}
    text = written(RunnableLambda(lambda x: hides), hides)
    assert "**********" in text
    assert "hunter2" not in text


def test_neither_lines_nor_escape_sequences_get_through():
    text = written(RunnableLambda(lambda x: x), "\x1b[31m\u2028\x85\x9b\ud800")
    assert text.isascii()
    assert not set(text) & {"\x1b", "\r", "\x0b"}
    assert json.loads(text.splitlines()[0])["data"]["input"] == "\x1b[31m\u2028\x85\x9b\ud800"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ((1, (2,)), [1, [2]]),
        ({3, 1, 2}, [1, 2, 3]),
        ({1: "a", None: "b"}, {"1": "a", "None": "b"}),
        (float("nan"), "nan"),
        (10**5000, "16610-bit int"),
        (True, True),
        (Colour.RED, "red"),
        (date(2026, 1, 2), "2026-01-02"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Point(1, Point(2, None)), {"x": 1, "y": {"x": 2, "y": None}}),
        (Mute(), "<Mute, whose text raises RuntimeError>"),
        ({Mute(): 1}, {"<Mute, whose text raises RuntimeError>": 1}),
        (b"\x00" * 1000, "b'" + "\\x00" * 49 + "\\…"),
        (Broken(), "Broken()"),
        (Angry(a=1), "{'a': 1}"),
        ([Angry(a=1), 2], ["{'a': 1}", 2]),
        (ScriptedChatModel, repr(ScriptedChatModel)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values(value, plain):
    assert as_plain(value) == plain


def test_what_contains_itself_comes_to_an_end():
    ring: list = [1]
    ring += [ring, ring]
    assert as_plain(ring) == [1, "…", "…"]
    deep: list = []
    for _ in range(10_000):
        deep = [deep]
    assert "…" in str(as_plain(deep))


def test_a_message_is_what_it_dumps():
    message = AIMessage("hi", additional_kwargs={"odd": Point})
    assert as_plain(message) == {**message.model_dump(), "additional_kwargs": {"odd": repr(Point)}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_what_is_plain_stays_as_it_is(value):
    assert as_plain(value) == value
    assert json.loads(json.dumps(as_plain(value))) == value
