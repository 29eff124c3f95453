"""How prompts and their variables are printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

__all__ = ("given", "shown")


class _Shown(str):
    """Text that no format spec or conversion changes: `{price:.2f}` is shown as `{price}`."""

    __slots__ = ()

    def __format__(self, format_spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)


def shown(name: str, *, coloured: bool = False) -> str:
    """A value that prints as its own variable.

    >>> f"{shown('price'):.2f}"
    '{price}'
    """
    return _Shown(f"\x1b[33;1m\x1b[1;3m{{{name}}}\x1b[0m" if coloured else f"{{{name}}}")


def given(model: BaseModel) -> Iterator[tuple[str, Any]]:
    """The fields that `repr` shows: those that have not their default."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if field.repr and value != field.get_default(call_default_factory=True):
            yield name, value
