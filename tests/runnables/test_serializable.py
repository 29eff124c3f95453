"""`RunnableSerializable`: a runnable whose parameters are fields."""

from typing import Any

import pytest
from pydantic import ValidationError

from eventflow.bus import listen
from eventflow.runnables import RunnableSerializable


class Repeat(RunnableSerializable[str, str]):
    times: int = 2

    def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> str:
        return input * self.times


class OwnVerbs(RunnableSerializable[str, str]):
    times: int = 2

    def invoke(self, input: str, config: Any = None, **kwargs: Any) -> str:
        return input * self.times


async def test_its_fields_are_its_parameters():
    assert Repeat(times=3).invoke("a") == await Repeat(times=3).ainvoke("a") == "aaa"
    assert OwnVerbs(times=3).invoke("a") == await OwnVerbs(times=3).ainvoke("a") == "aaa"
    assert (Repeat() | OwnVerbs()).invoke("a") == "aaaa"


def test_they_are_checked():
    with pytest.raises(ValidationError):
        Repeat(times="many")


def test_its_name():
    assert Repeat().get_name() == "Repeat"
    with listen(phases=["start"]) as events:
        Repeat(name="mine").invoke("a")
    assert [event["name"] for event in events] == ["mine"]


def test_equality_and_copies_are_those_of_a_model():
    assert Repeat(times=3) == Repeat(times=3)
    assert Repeat(times=3) != Repeat(times=4)
    assert Repeat(times=3).model_copy(update={"times": 4}).invoke("a") == "aaaa"
