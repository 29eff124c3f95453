"""Questions about values of users, in a form that tells a type checker the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from eventflow.runnables.base import Runnable

__all__ = ("is_mapping", "is_runnable")


def is_runnable(value: object) -> TypeGuard[Runnable[Any, Any]]:
    """Whether it is a runnable."""
    return isinstance(value, Runnable)


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is a dict or the like."""
    return isinstance(value, Mapping)
