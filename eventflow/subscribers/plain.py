"""Any value as plain data that JSON can hold; secrets stay masked, and nothing is looked up or called by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from pathlib import PurePath
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from pydantic import BaseModel

from eventflow.messages.model import Model
from eventflow.subscribers.text import repr_of, text_of

__all__ = ("Plain", "as_plain")

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"

_MOST_LEVELS: Final = 40
_MOST_OF_A_REPR: Final = 200
_MOST_BITS: Final = 4096
"""Python refuses to write longer numbers in decimals."""


def as_plain(value: object, above: tuple[int, ...] = ()) -> Plain:
    """What JSON can hold of `value`.

    Messages, pydantic models and views of them are what `model_dump` gives (a SecretStr in them stays masked),
    dataclasses their fields, exceptions `{"type", "message"}`, sets sorted lists, numbers that JSON has not got text.
    Other objects, and what contains itself, are the beginning of their repr.

    >>> as_plain({"at": (1, 2.5), "error": ValueError("no"), "what": int})
    {'at': [1, 2.5], 'error': {'type': 'ValueError', 'message': 'no'}, 'what': "<class 'int'>"}
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return as_plain(value.value, above)
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, PurePath)):
        return str(value)
    if isinstance(value, BaseException):
        return {"type": type(value).__name__, "message": text_of(value)}
    if id(value) in above or len(above) >= _MOST_LEVELS:
        return "…"
    try:
        return _container(value, (*above, id(value)))
    except Exception:  # of a container or serializer of the user's own
        return repr_of(value, _MOST_OF_A_REPR)


def _number(value: float) -> Plain:
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _MOST_BITS else f"{value.bit_length()}-bit int"
    return float(value) if math.isfinite(value) else repr(float(value))


def _order(item: object) -> str:
    """Sets have no order of their own, and a line is to be the same each time."""
    return repr_of(item, _MOST_OF_A_REPR)


def _container(value: object, above: tuple[int, ...]) -> Plain:
    if isinstance(value, (BaseModel, Model)) or hasattr(type(value), "model_dump"):
        return as_plain(cast("BaseModel", value).model_dump(), above)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_plain(getattr(value, field.name, None), above) for field in fields(value)}
    if isinstance(value, Mapping):
        return {
            text_of(key): as_plain(item, above) for key, item in cast("Mapping[object, Any]", value).items()
        }
    if isinstance(value, (list, tuple)):
        return [as_plain(item, above) for item in cast("Iterable[Any]", value)]
    if isinstance(value, (set, frozenset)):
        return [as_plain(item, above) for item in sorted(cast("Iterable[Any]", value), key=_order)]
    return repr_of(value, _MOST_OF_A_REPR)
