"""Classes come back only if the program has said so."""

import dataclasses
from collections import deque
from dataclasses import InitVar, dataclass, field
from enum import Enum, Flag, IntEnum
from functools import cached_property
from typing import NamedTuple

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel

from eventflow.codec import dumps, loads, register_type
from eventflow.codec.registry import BY_CLASS, BY_TAG
from eventflow.errors import CodecError
from eventflow.messages import HumanMessage


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


class Level(IntEnum):
    HIGH = 3


class Right(Flag):
    READ = 1
    WRITE = 2


class Pair(NamedTuple):
    left: int
    right: str = "r"


@dataclass(frozen=True)
class Point:
    x: int
    tags: list[str] = field(default_factory=list)
    size: int = field(init=False, default=0)


@dataclass(frozen=True, slots=True)
class Slotted:
    x: int


class Person(BaseModel):
    name: str
    age: int = 7
    friend: "Person | None" = None
    said: HumanMessage | None = None


class Named(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = Field(alias="Name")
    kind: str = Field(default="k", validation_alias=AliasChoices("Kind", "K"))


class Area(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    side: int

    @cached_property
    def area(self) -> int:
        return self.side**2


class Numbers(RootModel[list[int]]):
    pass


class Mine(HumanMessage):
    pass


def kept(value):
    return loads(dumps(value))


@pytest.mark.parametrize(
    "value",
    [
        Colour.RED,
        Level.HIGH,
        Right.READ | Right.WRITE,
        Pair(1),
        Point(1, ["a"]),
        Slotted(1),
        Person(name="Ann", friend=Person(name="Bo"), said=HumanMessage("hi")),
        Named(Name="x", Kind="y", more=1),
        Area(side=3),
        Numbers([1, 2]),
        Mine("hi", id="1"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_registered_classes_come_back(value):
    cls = type(value)
    name = cls.__name__
    with pytest.raises(CodecError, match=rf"cannot keep a {name} \(at \[0\]\).*register_type\({name}\)"):
        dumps([value])
    assert register_type(cls) is cls
    again = kept([value])
    assert again == [value]
    assert type(again[0]) is cls
    data = dumps(value)
    del BY_TAG[BY_CLASS[cls].tag]
    with pytest.raises(CodecError, match=r"no class is registered under this tag"):
        loads(data)


def test_what_a_model_computed_is_not_kept():
    register_type(Area)
    area = Area(side=3)
    assert area.area == 9
    assert "area" not in kept(area).__dict__


def test_what_was_not_given_stays_so():
    register_type(Person)
    assert kept(Person(name="Ann")).model_fields_set == {"name"}


def test_fields_that_are_not_given_to_the_class():
    register_type(Point)
    point = Point(1)
    object.__setattr__(point, "size", 9)
    assert kept(point).size == 9


def test_new_fields_have_their_default_and_old_ones_are_an_error():
    old = dataclasses.make_dataclass("Thing", ["a"])
    register_type(old, tag="thing")
    data = dumps(old(1))
    new = dataclasses.make_dataclass("Thing", ["a", ("b", int, 5)])
    register_type(new, tag="thing")
    assert loads(data) == new(1, 5)
    data = dumps(new(1, 2))
    register_type(old, tag="thing")
    with pytest.raises(CodecError, match=r"cannot make a Thing of what was kept: TypeError.*'b'"):
        loads(data)


def test_models_are_validated():
    register_type(Person, tag="person")
    data = dumps(Person(name="Ann")).replace(b'"Ann"', b"[]")
    with pytest.raises(CodecError, match=r"cannot make a Person"):
        loads(data)


def test_functions_of_ones_own():
    register_type(deque, tag="deque", encode=list, decode=deque)
    assert kept({"x": deque([1, (2,)])}) == {"x": deque([1, (2,)])}


def test_functions_that_fail_with_braces():
    def fail(value):
        raise ValueError("{x} {at}")

    register_type(deque, tag="deque", encode=fail, decode=deque)
    with pytest.raises(CodecError, match=r"cannot keep a deque \(at \[0\]\): ValueError: \{x\} \{at\}"):
        dumps([deque()])


def test_functions_that_fail():
    register_type(deque, tag="deque", encode=lambda d: 1 / 0, decode=deque)
    with pytest.raises(CodecError, match=r"cannot keep a deque \(at \[0\]\): ZeroDivisionError"):
        dumps([deque()])


def test_a_renamed_class_is_read_by_its_old_tag():
    register_type(Pair, tag="old")
    data = dumps(Pair(1))
    register_type(Pair, tag="new")
    assert dumps(Pair(1)) != data
    assert loads(data) == Pair(1)


def test_a_class_defined_anew_takes_its_place():
    def define():
        @register_type
        @dataclass
        class Local:
            x: int

        return Local

    old, new = define(), define()
    assert type(kept(old(1))) is new


def test_what_cannot_be_registered():
    with pytest.raises(TypeError, match="say how it is kept"):
        register_type(object)
    with pytest.raises(TypeError, match="needs both"):
        register_type(deque, encode=list)
    with pytest.raises(ValueError, match="kept as it is"):
        register_type(dict)
    with pytest.raises(ValueError, match=r"the tag 'tuple' is that of builtins.tuple"):
        register_type(Pair, tag="tuple")


def test_a_dataclass_that_wants_more_than_its_fields():
    @register_type
    @dataclass
    class Odd:
        x: int
        more: InitVar[int]

    with pytest.raises(CodecError, match="cannot make a Odd"):
        kept(Odd(1, 2))
