"""Classes in annotations are registered, all through."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, NamedTuple

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from eventflow.codec import dumps, loads, register_annotated, register_type
from eventflow.codec.registry import BY_CLASS, BY_TAG


@pytest.fixture(autouse=True)
def _as_it_was():
    """What a test registers is forgotten."""
    before = [(table, dict(table)) for table in (BY_CLASS, BY_TAG)]
    yield
    for table, entries in before:
        table.clear()
        table.update(entries)


class Colour(Enum):
    RED = "red"


class Level(Enum):
    HIGH = 3


class Person(BaseModel):
    name: str
    level: Level = Level.HIGH


@dataclass
class Point:
    x: int


class Pair(NamedTuple):
    colour: Colour


class Inner(TypedDict):
    pair: Pair
    people: list[Person | None]


class State(TypedDict, total=False):
    inner: dict[str, Inner]
    points: Annotated[list["Point"], "a note"]
    self: "State"


def kept(value):
    return loads(dumps(value))


def test_annotations_register():
    register_annotated([State])
    value = [Pair(Colour.RED), Person(name="Ann"), Point(1), Level.HIGH]
    assert kept(value) == value


def test_annotations_that_cannot_be_read_are_left_out():
    @dataclass
    class Lost:
        x: "Nowhere"  # type: ignore[name-defined]  # noqa: F821

    register_annotated([Lost, "text", None, list["Nowhere"]])  # type: ignore[name-defined]  # noqa: F821
    assert kept(Lost(1)) == Lost(1)


def test_annotations_leave_what_is_registered():
    register_type(Pair, tag="mine")
    register_annotated([Pair])
    assert BY_CLASS[Pair].tag == "mine"
