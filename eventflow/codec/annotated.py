"""`register_annotated`: the classes that a program names in annotations are its own word for what may be kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, TypeGuard, get_args, get_type_hints

from pydantic import BaseModel
from typing_extensions import is_typeddict

from eventflow.codec.classes import has_form
from eventflow.codec.registry import BY_CLASS, register_type

__all__ = ("register_annotated",)


def register_annotated(hints: Iterable[Any]) -> None:
    """Register the enums, dataclasses, pydantic models and named tuples in these annotations, and in their fields.

    Classes that are registered already stay as they are, and classes of other kinds are left out.

    >>> from enum import Enum
    >>> from eventflow.codec import dumps, loads
    >>> class Mood(Enum):
    ...     GOOD = 1
    >>> register_annotated([dict[str, Mood] | None])
    >>> loads(dumps(Mood.GOOD))
    <Mood.GOOD: 1>
    """
    left = [*hints]
    seen: list[Any] = []
    while left:
        hint = left.pop()
        left.extend(get_args(hint))
        if _is_class(hint) and hint not in seen and hint not in BY_CLASS:
            seen.append(hint)
            if has_form(hint):
                register_type(hint)
            left.extend(_hints(hint))


def _hints(cls: type[Any]) -> Iterable[Any]:
    """The annotations of the fields of a class that has some; none if a name in them cannot be found."""
    if issubclass(cls, BaseModel):
        return [field.annotation for field in cls.model_fields.values()]
    if not (dataclasses.is_dataclass(cls) or is_typeddict(cls) or has_form(cls)):
        return ()
    try:
        return get_type_hints(cls).values()
    except (NameError, TypeError):
        return ()


def _is_class(hint: Any) -> TypeGuard[type[Any]]:
    return isinstance(hint, type)
