"""`StructuredTool`: a tool made of a function."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Self, cast

from pydantic import Field, model_validator

from eventflow.runnables.seam import in_thread
from eventflow.tools.arguments import schema_of_function
from eventflow.tools.base import ArgsSchema, BaseTool

__all__ = ("StructuredTool",)


class StructuredTool(BaseTool):
    """A tool whose work is done by a function; see `from_function`.

    Arguments:
        func: the function.
        coroutine: a coroutine function to use in async code; alone, the tool can only be awaited.
        name, description, args_schema, return_direct, tags, metadata: as in `BaseTool`.

    Raises ValueError if there is neither.
    """

    func: Callable[..., Any] | None = Field(default=None, exclude=True, repr=False)
    coroutine: Callable[..., Awaitable[Any]] | None = Field(default=None, exclude=True, repr=False)

    @classmethod
    def from_function(
        cls,
        func: Callable[..., Any] | None = None,
        coroutine: Callable[..., Awaitable[Any]] | None = None,
        name: str | None = None,
        description: str | None = None,
        return_direct: bool = False,
        args_schema: ArgsSchema | None = None,
        infer_schema: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Make a tool of a function.

        Arguments:
            func, coroutine: the function, sync, async, or both.
            name: what the model calls it; the name of the function unless given.
            description: what the model is told of it; the docstring of the function unless given, else the
                description of `args_schema`.
            return_direct: whether an agent ends with what it gives.
            args_schema: what its arguments must be; by the annotations of the function unless given.
            infer_schema: False not to look at the annotations: arguments are not checked then.
            kwargs: tags, metadata.

        Raises ValueError if there is no function, or nothing that describes it.

        >>> def add(a: int, b: int = 1) -> int:
        ...     '''Adds two numbers.'''
        ...     return a + b
        >>> tool = StructuredTool.from_function(add)
        >>> tool.description, tool.invoke({"a": "2"})
        ('Adds two numbers.', 3)
        """
        source = func or coroutine
        if source is None:
            raise ValueError("Function and/or coroutine must be provided: give func=, coroutine=, or both")
        name = name or source.__name__
        description = description or inspect.getdoc(source) or _said_by(args_schema)
        if not description:
            raise ValueError(
                f"Function must have a docstring if description not provided: {name} has none, so no model would "
                "know what it is for"
            )
        if args_schema is None and infer_schema:
            args_schema = schema_of_function(name, source, doc=description)
        return cls(
            name=name,
            description=description,
            func=func,
            coroutine=coroutine,
            args_schema=args_schema,
            return_direct=return_direct,
            **kwargs,
        )

    @model_validator(mode="after")
    def _has_function(self) -> Self:
        if self.func is None and self.coroutine is None:
            raise ValueError(f"tool {self.name!r} has no function: give func=, coroutine=, or both")
        return self

    @property
    def _function(self) -> Callable[..., Any]:
        return cast("Callable[..., Any]", self.func or self.coroutine)

    @property
    def _afunction(self) -> Callable[..., Any]:
        return self.coroutine or self._function

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        if self.func is None:
            raise self._async_only("invoke", "ainvoke")
        return self.func(*args, **kwargs)

    async def _arun(self, *args: Any, **kwargs: Any) -> Any:
        if self.coroutine is None:
            return await in_thread(self._run, *args, **kwargs)
        return await self.coroutine(*args, **kwargs)


def _said_by(schema: ArgsSchema | None) -> str | None:
    """The description in a schema."""
    if schema is None or isinstance(schema, dict):
        return (schema or {}).get("description")
    return inspect.cleandoc(schema.__doc__) if schema.__doc__ else None
