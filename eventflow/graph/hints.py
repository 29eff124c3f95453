"""What the annotations of a node or of a conditional edge say: what it takes, and where it may lead."""

from __future__ import annotations

import inspect
from collections.abc import Hashable
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from typing_extensions import is_typeddict

from eventflow.graph.types import Command
from eventflow.runnables import RunnableLambda
from eventflow.runnables.narrow import is_runnable

__all__ = ("function_of", "hints_of", "is_schema", "literals_of")


def is_schema(hint: Any) -> bool:
    return isinstance(hint, type) and (
        is_typeddict(hint) or hasattr(hint, "__dataclass_fields__") or issubclass(hint, BaseModel)
    )


def function_of(action: Any) -> Any:
    if isinstance(action, RunnableLambda):
        return action.func
    if is_runnable(action):
        return None
    return action if inspect.isroutine(action) else getattr(action, "__call__", None)  # noqa: B004


def hints_of(action: Any) -> dict[str, Any]:
    """The annotation of the first parameter as `input`, and where a returned Command may lead as `ends`."""
    function = function_of(action)
    if function is None:
        return {}
    try:
        hints = get_type_hints(function)
        first = next(iter(inspect.signature(function).parameters), None)
    except (NameError, TypeError, ValueError):
        return {}
    found: dict[str, Any] = {"input": hints.get(first or "")}
    said = hints.get("return")
    if get_origin(said) is Command:
        (ends,) = get_args(said)
        if get_origin(ends) is Literal:
            found["ends"] = get_args(ends)
    return found


def literals_of(path: Any) -> dict[Hashable, str] | None:
    function = function_of(path)
    try:
        said = get_type_hints(function).get("return") if function is not None else None
    except (NameError, TypeError):
        return None
    if get_origin(said) is not Literal:
        return None
    return {end: end for end in get_args(said)}
