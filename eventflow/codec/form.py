"""`dumps` and `loads`: the form of the bytes, and the walk through a value.

The bytes are a number for the version of the form, and JSON in UTF-8. Objects in it are dicts, except for
`{"": tag, "v": data}`, which is what the tag says. A dict that has the key "" is itself written under a tag: so
nothing that a user, a model or a tool may put into a dict is ever taken for more than a dict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from eventflow.codec.classes import has_form
from eventflow.codec.registry import BY_CLASS, BY_TAG, Entry
from eventflow.errors import CodecError
from eventflow.handing import keep_promise

__all__ = ("MAX_DEPTH", "dumps", "loads")

MAX_DEPTH: Final = 128
"""How deep a value may be nested."""

_VERSION: Final = b"\x01"
_TAG: Final = ""
_DATA: Final = "v"

_UTF8: Final = ("utf-8", "surrogatepass")  # half a character, as models stream them, is kept as it is


def dumps(value: Any) -> bytes:
    """Make bytes of a value, which `loads` makes an equal value of, with equal types.

    Kept are None, bool, int, float, str, bytes, list, tuple, set, frozenset and dict with any keys; dates and
    times, UUID, Decimal and paths; messages, prompt values and generations; and instances of classes that
    `register_type` knows. Subclasses of the plain ones, such as a defaultdict, become these. What is in a value
    twice is in the copy twice, but no longer the same object.

    Raises CodecError if something else is in it, or it is nested more than 128 deep, or holds itself.

    >>> loads(dumps({"when": (1, {2.5})}))
    {'when': (1, {2.5})}
    """
    try:
        tree = _plain(value, MAX_DEPTH)
    except _Found as found:
        raise CodecError(found.told()) from found.__cause__
    except RecursionError:
        raise CodecError(_too_deep()) from None
    return _VERSION + _write(tree).encode(*_UTF8)


def loads(data: bytes) -> Any:
    """Make the value of what `dumps` gave.

    Raises CodecError if the bytes are not that, were written by a newer eventflow, or hold instances of a class
    that this program has not registered.
    """
    if data[:1] != _VERSION:
        raise CodecError(_unreadable(data))
    try:
        return _read(data[1:].decode(*_UTF8))
    except CodecError:
        raise
    except RecursionError:
        raise CodecError("cannot read data that is nested so deeply") from None
    except ValueError as error:
        raise CodecError(f"cannot read data that is damaged: {error}") from error


# ---- writing


class _Found(Exception):
    """Something that cannot be kept; `path` is filled in from the inside out on its way up to `dumps`."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.path: list[str] = []

    def told(self) -> str:
        return self.what.replace("{at}", f" (at {''.join(reversed(self.path))})" if self.path else "", 1)


def _plain(value: object, left: int) -> Any:
    """The value as JSON has it; `left` is how much deeper it may go."""
    write = _WRITERS.get(type(value))
    return _other(value, left) if write is None else write(value, left)


def _itself(value: Any, left: int) -> Any:
    return value


def _int(value: int, left: int) -> Any:
    """JSON readers stop at some number of digits."""
    return value if -(1 << 63) <= value < 1 << 63 else _tagged("int", hex(value))


def _list(value: list[Any], left: int) -> list[Any]:
    if not left:
        raise _Found(_too_deep())
    made: list[Any] = []
    left -= 1
    try:
        for item in value:
            if type(item) in _ATOMS:
                made.append(item)
            else:
                made.append(_plain(item, left))
    except _Found as found:
        found.path.append(f"[{len(made)}]")
        raise
    return made


def _dict(value: dict[Any, Any], left: int) -> Any:
    if not left:
        raise _Found(_too_deep())
    made: dict[str, Any] = {}
    key: Any = None
    left -= 1
    try:
        for key, item in value.items():
            if type(key) is not str:
                return _pairs(value, left)
            made[key] = item if type(item) in _ATOMS else _plain(item, left)
    except _Found as found:
        found.path.append(f"[{key!r}]")
        raise
    return made if _TAG not in made else _pairs(value, left)


def _pairs(value: dict[Any, Any], left: int) -> Any:
    """A dict whose keys are not all names."""
    return _tagged("dict", [[_plain(key, left), _plain(item, left)] for key, item in value.items()])


def _other(value: object, left: int) -> Any:
    """An instance of a registered class, or of a subclass of something plain."""
    entry = BY_CLASS.get(type(value))
    if entry is None:
        return _of_base(value, left)
    if not left:
        raise _Found(_too_deep())
    try:
        data = entry.encode(value)
    except Exception as error:
        raise _Found(f"cannot keep a {entry.cls.__name__}{{at}}: {_told(error)}") from error
    return _tagged(entry.tag, _plain(data, left - 1))


def _of_base(value: object, left: int) -> Any:
    kind = type(value)
    if not has_form(kind):
        for base, plain in _BASES.items():
            if issubclass(kind, base):
                return _plain(plain(value), left)
    raise _Found(_unknown(kind))


def _tagged(tag: str, data: Any) -> dict[str, Any]:
    return {_TAG: tag, _DATA: data}


_ATOMS: Final = frozenset({type(None), bool, float, str})

_WRITERS: Final[Mapping[type, Callable[[Any, int], Any]]] = {
    **dict.fromkeys(_ATOMS, _itself),
    int: _int,
    list: _list,
    dict: _dict,
}

_BASES: Final[Mapping[type, Callable[[Any], Any]]] = {
    str: str.__str__,
    list: lambda value: [*value],
    dict: lambda value: {**value},
    int: int.__index__,
    float: float.__float__,
    bytes: lambda value: bytes(memoryview(value)),
    tuple: lambda value: (*value,),
    set: lambda value: {*value},
    frozenset: lambda value: frozenset({*value}),
}

_write: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


# ---- reading


def _entry(tag: Any) -> Entry | None:
    """What is registered under a tag; the graph's own types may not have been needed yet."""
    if not isinstance(tag, str):
        return None
    if tag not in BY_TAG:
        keep_promise("types of graphs")
    return BY_TAG.get(tag)


def _value(found: dict[str, Any]) -> Any:
    """What a JSON object stands for; all within it is done."""
    if _TAG not in found:
        return found
    tag = found[_TAG]
    entry = _entry(tag)
    if entry is None:
        raise CodecError(
            f"cannot read a value of the type {tag!r}: no class is registered under this tag; register it with "
            "register_type(cls, tag=...) before reading"
        )
    try:
        return entry.decode(found[_DATA])
    except CodecError:
        raise
    except Exception as error:
        raise CodecError(f"cannot make a {entry.cls.__name__} of what was kept: {_told(error)}") from error


_read: Final = json.JSONDecoder(object_hook=_value).decode


# ---- telling


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _too_deep() -> str:
    return f"cannot keep a value that is nested more than {MAX_DEPTH} deep, or holds itself"


def _unknown(kind: type[Any]) -> str:
    name = kind.__name__
    if has_form(kind):
        what = "an enum" if issubclass(kind, Enum) else "a class"
        return (
            f"cannot keep a {name}{{at}}: {what} is kept only if the program has said so, for stored data must not "
            f"choose what is made of it; say register_type({name}) where {name} is defined"
        )
    return (
        f"cannot keep a {name}{{at}}: it is not data; leave it out of what is kept, or say how it becomes data, "
        f"register_type({name}, encode=..., decode=...)"
    )


def _unreadable(data: bytes) -> str:
    if not data:
        return "cannot read data that is empty"
    return (
        f"cannot read data that begins with {data[:1]!r}: this eventflow reads what begins with {_VERSION!r}; it was "
        "written by a newer version, or by something else"
    )
