"""The JSON of tool calls as it is read: whole, or what is there of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, cast

from eventflow.jsonstream import parse_partial
from eventflow.jsonstream.rules import MAX_DEPTH

__all__ = ("parse_json", "parse_partial_json")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


# Models write line breaks into strings as they are; refusing them would refuse good documents.
_decode = json.JSONDecoder(strict=False, parse_constant=_refuse).decode


def parse_json(text: str) -> Any:
    """Read a complete JSON document, allowing line breaks in strings.

    Raises ValueError if it is not one, or nests deeper than a `JsonStream` reads; NaN and Infinity are not JSON.
    """
    value = _decode(text)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    """Raise ValueError if a stream would not read a value that is as deep as this one."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [member for one in level for member in _members(one)]
        if not level:
            return
    if any(isinstance(one, (dict, list)) for one in level):
        raise ValueError(f"arrays and objects nest deeper than {MAX_DEPTH}")


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()


def parse_partial_json(text: str) -> Any:
    """Read JSON, completing it if it ends too early; see `parse_partial`, which is slower where it is whole.

    Raises ValueError if what is there so far is not JSON.

    >>> parse_partial_json('{"city": "Par'), parse_partial_json('[1, 2, {"a')
    ({'city': 'Par'}, [1, 2, {}])
    """
    try:
        return parse_json(text)
    except (ValueError, RecursionError):
        return parse_partial(text)
