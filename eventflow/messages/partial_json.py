"""Reading JSON that is cut off: what is complete so far, in time linear in the text."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

__all__ = ("parse_json", "parse_partial_json")

# A string up to the last character that is certain: half an escape, or the first half of a surrogate pair
# whose second half may still come, is not.
_STRING = (
    r'"(?:[^"\\]++|\\["\\/bfnrt]|\\u(?![dD][89abAB])[0-9a-fA-F]{4}'
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}(?=[^\\]|\\[^u]|\\u[0-9a-fA-F]{4}))*+"
)
_UNCERTAIN = re.compile(r"(?:\\u[dD][89abAB][0-9a-fA-F]{2})?(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z")
_TOKEN = re.compile(
    rf'(?P<body>{_STRING})(?P<string>"?)|(?P<punctuation>[{{}}\[\],:])|(?P<scalar>[^\s"{{}}\[\],:]+)'
)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_CLOSER = {"{": "}", "[": "]"}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


# Models write line breaks into strings as they are; refusing them would refuse good documents.
_decode = json.JSONDecoder(strict=False, parse_constant=_refuse).decode


def parse_json(text: str) -> Any:
    """Read a complete JSON document, allowing line breaks in strings.

    Raises ValueError if it is not one; NaN and Infinity are not JSON.
    """
    return _decode(text)


def parse_partial_json(text: str) -> Any:
    """Read JSON, completing it if it ends too early.

    Open strings, arrays and objects are closed; a key without its value, an unfinished literal and half an
    escape are left out; a number is what its digits say so far.

    Raises ValueError if what is there so far is not JSON.

    >>> parse_partial_json('{"city": "Par'), parse_partial_json('[1, 2, {"a')
    ({'city': 'Par'}, [1, 2, {}])
    """
    try:
        return _decode(text)
    except ValueError:
        return _decode(_complete(text))


def _complete(text: str) -> str:
    """Cut the text after the last complete value and close what is open there."""
    closers: list[str] = []  # of the objects and arrays that are open, innermost last
    is_key = False
    end, tail = 0, ""

    for token in _TOKEN.finditer(text):
        value = token.group()
        if token.lastgroup == "punctuation":
            if value in _CLOSER:
                closers.append(_CLOSER[value])
            elif value in "}]" and (not closers or closers.pop() != value):
                raise ValueError(f"{value!r} at character {token.start()} closes nothing")
            is_key = value in "{," and closers[-1:] == ["}"]
            if value not in ",:":
                end = token.end()
        elif token.lastgroup == "string":
            if token["string"]:
                end = end if is_key else token.end()
                continue
            if not _UNCERTAIN.match(text, token.end()):
                raise ValueError(f"bad escape in the string at character {token.start()}")
            if not is_key:
                end, tail = token.end(), '"'
            break
        elif not is_key:
            end = _end_of_scalar(token, len(text)) or end
    return text[:end] + tail + "".join(reversed(closers))


def _end_of_scalar(token: re.Match[str], length: int) -> int | None:
    """Where a number or literal ends; at the end of the text, where its last certain character is."""
    if token.end() < length:
        return token.end()
    certain = _SCALAR.match(token.group())
    return token.start() + certain.end() if certain else None
