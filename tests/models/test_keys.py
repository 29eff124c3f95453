"""By what an answer is kept."""

import pytest
from pydantic import BaseModel, SecretStr

from eventflow.messages import AIMessage, HumanMessage
from eventflow.models.keys import key_of


class Joke(BaseModel):
    text: str


class Riddle(BaseModel):
    text: str
    answer: str


def test_order_does_not_matter():
    assert key_of("p", {"a": 1, "b": {"c": 2, "d": 3}}) == key_of("p", {"b": {"d": 3, "c": 2}, "a": 1})


def test_messages_are_told_apart_by_what_a_provider_is_told():
    def key(*messages):
        return key_of(list(messages), {})[0]

    assert key(HumanMessage("a")) != key(AIMessage("a")) != key(AIMessage("b"))
    assert key(HumanMessage("a", name="x")) != key(HumanMessage("a"))
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    assert key(AIMessage("a", id="1", usage_metadata=usage)) == key(AIMessage("a"))


@pytest.mark.parametrize(
    "secret",
    [
        {"api_key": "s"},
        {"openai_api_key": "s"},
        {"extra_headers": {"x": "s"}},
        {"k": SecretStr("s")},
        {"auth_token": "s"},
    ],
)
def test_secrets_are_left_out(secret):
    assert key_of("p", {"a": 1, **secret}) == key_of("p", {"a": 1})


def test_being_streamed_makes_no_difference():
    assert key_of("p", {"stream": True}) == key_of("p", {})


def test_schemas_are_data():
    assert key_of("p", {"format": Joke}) != key_of("p", {"format": Riddle})
    assert key_of("p", {"format": Joke(text="a")}) != key_of("p", {"format": Joke(text="b")})
    assert key_of("p", {"max_tokens": 1}) != key_of("p", {"max_tokens": 2})
    assert key_of("p", {"with": HumanMessage("a", id="1")}) == key_of("p", {"with": HumanMessage("a")})


@pytest.mark.parametrize("value", [print, object(), BaseModel, {1, 2}, b"a", {("a",): 1}])
def test_what_is_not_data_has_no_key(value):
    assert key_of("p", {"a": value}) is None
