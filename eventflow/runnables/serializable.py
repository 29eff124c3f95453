"""The base of runnables with declared fields: prompts, models, parsers, tools, retrievers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from eventflow.runnables.base import Runnable
from eventflow.runnables.verbs import Input, Output

__all__ = ("RunnableSerializable",)


class RunnableSerializable(BaseModel, Runnable[Input, Output]):
    """A runnable that is a pydantic model: its parameters are fields, checked when it is made.

    >>> from typing import Any
    >>> class Repeat(RunnableSerializable[str, str]):
    ...     times: int = 2
    ...     def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> str:
    ...         return input * self.times
    >>> Repeat(times=3).invoke("a")
    'aaa'
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=(), defer_build=True)

    name: str | None = None
    """The name in events; the class name unless given."""
