"""The base of runnables with declared fields: prompts, models, parsers, tools, retrievers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Mapping[str, Any] | None = None,
    ) -> bool | None:
        """As in pydantic, but a class that is only given types, `BaseOutputParser[int]`, is not built for that.

        pydantic rebuilds it then, with the names that are known there. A class whose fields are all known needs
        none of them: it is built when one is made, if ever.
        """
        known = _types_namespace is not None and getattr(cls, "__pydantic_fields_complete__", False)
        if known and not force:
            return None
        return super().model_rebuild(
            force=force,
            raise_errors=raise_errors,
            _parent_namespace_depth=_parent_namespace_depth + 1,
            _types_namespace=_types_namespace,
        )
