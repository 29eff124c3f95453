"""From what was parsed to an instance of a pydantic model, or an error that says what does not fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from eventflow.errors import OutputParserException

__all__ = ("complaint", "validated")

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], value: Any, *, what: str, llm_output: str | None = None) -> M:
    """Make an instance of `model`.

    Arguments:
        model: a pydantic model.
        value: what is to become its instance.
        what: what `value` is, for the error: "the answer".
        llm_output: the text that it was read from; if there is none, what it is as JSON.

    Raises OutputParserException if `value` does not fit; pydantic's own error is its cause.

    >>> class Point(BaseModel):
    ...     x: int
    >>> validated(Point, {"x": 1}, what="the answer")
    Point(x=1)
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        told = "; ".join(complaint(one, one["loc"]) for one in error.errors(include_url=False))
        text = json.dumps(value, default=str) if llm_output is None else llm_output
        raise OutputParserException(
            f"{what} is not a valid {model.__name__}: {told}", llm_output=text
        ) from error


def complaint(error: Any, path: Sequence[str | int]) -> str:
    """One of pydantic's complaints: where it is, what is wrong there, and what is there instead."""
    where = ".".join(map(str, path))
    found = "" if error["type"] == "missing" else f", not {error['input']!r:.60}"
    return f"{where}: {error['msg']}{found}" if where else f"{error['msg']}{found}"
