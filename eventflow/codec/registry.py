"""Which classes can be kept as data: `register_type`, and the table of tags.

Stored bytes name a tag, never a class or a module, and a tag means what the running program has registered for
it. So whoever writes into a database can choose among these classes, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from eventflow.codec.classes import Decode, Encode, forms_of

__all__ = ("BY_CLASS", "BY_TAG", "PLAIN", "Entry", "register_type")

T = TypeVar("T")

PLAIN: Final = frozenset({type(None), bool, int, float, str, list, dict})
"""What is written as it is, and has no tag."""


class Entry(NamedTuple):
    """A class that can be kept: its name in stored data, and how its instances become data and back."""

    cls: type
    tag: str
    encode: Encode
    decode: Decode


BY_CLASS: Final[dict[type, Entry]] = {}
BY_TAG: Final[dict[str, Entry]] = {}


def register_type(
    cls: type[T],
    *,
    tag: str | None = None,
    encode: Callable[[T], Any] | None = None,
    decode: Callable[[Any], T] | None = None,
) -> type[T]:
    """Let instances of a class be kept in checkpoints. Also a decorator.

    Enums, dataclasses, pydantic models and named tuples need no functions: they are kept by value or by field,
    and made again by calling the class. What a class does when it is made is done then, too.

    Arguments:
        cls: the class; its subclasses are not registered with it.
        tag: its name in stored data; module and name of the class, unless given. Give one if the class may be
            moved or renamed. A class that is registered anew under another tag can still be read by the old one.
        encode: makes data of an instance: anything that can be kept.
        decode: makes an instance of that data.

    Returns the class.

    Raises TypeError if functions are needed, or one of both is missing; ValueError if the tag is taken.

    >>> from dataclasses import dataclass
    >>> @register_type
    ... @dataclass
    ... class Point:
    ...     x: int
    ...     y: int
    >>> from eventflow.codec import dumps, loads
    >>> loads(dumps([Point(1, 2)]))
    [Point(x=1, y=2)]
    """
    if (encode is None) != (decode is None):
        raise TypeError(f"register_type({cls.__name__}) needs both encode= and decode=, or none of them")
    if cls in PLAIN:
        raise ValueError(f"{cls.__name__} is kept as it is, and cannot be registered")
    if encode is None or decode is None:
        encode, decode = forms_of(cls)
    name = tag or f"{cls.__module__}.{cls.__qualname__}"
    known = BY_TAG.get(name)
    if known is not None and not _same(known.cls, cls):
        raise ValueError(
            f"the tag {name!r} is that of {known.cls.__module__}.{known.cls.__qualname__}: "
            f"register {cls.__name__} under another one, register_type({cls.__name__}, tag=...)"
        )
    BY_CLASS[cls] = BY_TAG[name] = Entry(cls, name, encode, decode)
    return cls


def _same(old: type, new: type) -> bool:
    """Whether they are one class, or the second is a new definition of the first, as in a notebook."""
    return (old.__module__, old.__qualname__) == (new.__module__, new.__qualname__)
