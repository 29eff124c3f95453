"""What classes and functions declare of their types, and which keys and values functions use."""

import functools
import operator
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel

from eventflow.runnables.annotations import (
    element_type,
    keys_read,
    parameter_type,
    return_type,
    type_arguments,
    values_used,
)

A, B, T, U = TypeVar("A"), TypeVar("B"), TypeVar("T"), TypeVar("U")


class Root(Generic[A, B]): ...


class Both(Root[str, int]): ...


class Swapped(Root[U, list[T]], Generic[T, U]): ...


class Half(Swapped[int, U], Generic[U]): ...


class Below(Half[bytes]): ...


class Aside(BaseModel, Both): ...


class Bare(Root): ...


class Made(BaseModel, Root[T, dict[str, T]], Generic[T]): ...


class Filled(Made[int]): ...


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        (Both, (str, int)),
        (Swapped, (Any, list[Any])),
        (Half, (Any, list[int])),
        (Below, (bytes, list[int])),
        (Aside, (str, int)),
        (Bare, (Any, Any)),
        (Root, (Any, Any)),
        (Made, (Any, dict[str, Any])),
        (Made[str], (str, dict[str, str])),
        (Filled, (int, dict[str, int])),
    ],
)
def test_type_arguments(cls, arguments):
    assert type_arguments(cls, Root) == arguments


class Callable_:
    def __call__(self, x: int) -> str:
        return str(x)

    def method(self, x: bytes) -> None: ...


def in_text(x: "int", y: "Nowhere") -> "str": ...  # noqa: F821


def resolved(x: "int") -> "list[str]": ...


@pytest.mark.parametrize(
    ("function", "takes", "gives"),
    [
        (lambda x: x, Any, Any),
        (lambda: 1, Any, Any),
        (Callable_(), int, str),
        (Callable_().method, bytes, None),
        (functools.partial(resolved), int, list[str]),
        (resolved, int, list[str]),
        (in_text, Any, Any),
        (operator.itemgetter(0, "a"), list[Any], Any),
        (operator.itemgetter("a"), Any, Any),
        (print, Any, Any),
    ],
)
def test_types_of_functions(function, takes, gives):
    assert (parameter_type(function), return_type(function)) == (takes, gives)


@pytest.mark.parametrize(
    ("annotation", "element"),
    [
        (Iterator[int], int),
        (AsyncGenerator[str, None], str),
        (Iterator, Any),
        (list[int], list[int]),
        (Any, Any),
    ],
)
def test_element_type(annotation, element):
    assert element_type(annotation) == element


class Reader:
    def read(self, x):
        return x["key"]


def unpacking(x, y=0):
    z = x["a"]
    return z["not"], y["not"], [x["b"] for _ in range(x["c"])], {**x.get("d", {})}


@pytest.mark.parametrize(
    ("function", "keys"),
    [
        (lambda x: x["a"], {"a": True}),
        (lambda x: x["a"]["b"], {"a": True}),
        (lambda x: x.get("a"), {"a": False}),
        (lambda x: (x.get("a"), x["a"]), {"a": True}),
        (lambda x: (x["a"], x.get("a")), {"a": True}),
        (lambda x: x.got("a"), None),
        (lambda x: x[0], None),
        (lambda x: x, None),
        (lambda: 1, None),
        (operator.itemgetter("a", "b"), {"a": True, "b": True}),
        (operator.itemgetter("a", 0), None),
        (Reader().read, {"key": True}),
        (print, None),
        (str.upper, None),
    ],
)
def test_keys_read(function, keys):
    assert keys_read(function) == keys


def test_keys_read_in_a_longer_function():
    found = keys_read(unpacking) or {}
    assert {"a": True, "c": True, "d": False}.items() <= found.items()
    assert "not" not in found


GLOBAL = object()


def test_values_used():
    inner, unused = object(), object()

    def function(x):
        return inner, GLOBAL, inner, x

    assert set(map(id, values_used(function))) == {id(GLOBAL), id(inner)}
    assert values_used(functools.partial(function, 1)) == values_used(function)
    assert unused not in values_used(function)
    assert values_used(print) == values_used(operator.itemgetter("a")) == []


def test_values_used_before_they_are_there():
    def function():
        return later

    assert values_used(function) == []
    later = 1
    assert values_used(function) == [1]
