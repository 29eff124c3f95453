"""`RunnableSerializable`: a runnable whose parameters are fields."""

from typing import Any, Generic, TypeVar

import pytest
from pydantic import ValidationError

from eventflow.bus import listen
from eventflow.runnables import RunnableSerializable

T = TypeVar("T")


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


def test_a_class_that_is_given_types_is_not_built_for_that():
    class Box(RunnableSerializable[T, str], Generic[T]):
        held: T

    class Small(Box[int]):
        pass

    assert not Box.__pydantic_complete__
    assert not Small.__pydantic_complete__
    assert Small(held="3").held == Box[int](held="3").held == 3
    assert Box[str](held="3").held == "3"


def test_types_that_come_later_are_found():
    class Box(RunnableSerializable[T, str], Generic[T]):
        held: T
        lid: "Lid"

    class Early(Box[int]):
        pass

    class Lid:
        pass

    Late = Box[str]  # pydantic looks again for the names that are known here
    lid = Lid()
    assert Late(held="3", lid=lid).lid is lid
    assert Early.model_rebuild()
    assert Early(held="3", lid=lid).held == 3
