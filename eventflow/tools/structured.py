"""`StructuredTool`: a tool made of a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self

from eventflow.runnables.unknown import refuse_unknown
from eventflow.tools.arguments import ArgsSchema, create_schema_from_function, parameters_of
from eventflow.tools.docstring import docstring_of
from eventflow.tools.functional import FunctionTool, name_of
from eventflow.tools.output import ResponseFormat

__all__ = ("StructuredTool",)


class StructuredTool(FunctionTool):
    """A tool whose work is done by a function; see `from_function` and the decorator `tool`.

    Arguments:
        func: the function; it may be a generator function.
        coroutine: a coroutine or async generator function to use in async code; alone, the tool can only be
            awaited.

    The other arguments are those of `BaseTool`. Raises ValueError if there is neither.
    """

    @classmethod
    def from_function(
        cls,
        func: Callable[..., Any] | None = None,
        coroutine: Callable[..., Any] | None = None,
        name: str | None = None,
        description: str | None = None,
        return_direct: bool = False,
        args_schema: ArgsSchema | None = None,
        infer_schema: bool = True,
        *,
        response_format: ResponseFormat = "content",
        parse_docstring: bool = False,
        error_on_invalid_docstring: bool = False,
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
            response_format: see `BaseTool`.
            parse_docstring: read the docstring in Google's style: its arguments describe those of the tool,
                and only what stands before its sections describes the tool.
            error_on_invalid_docstring: refuse a docstring that is not in that style.
            kwargs: the other arguments of `BaseTool`.

        Raises ValueError if there is no function, nothing that describes it, the docstring is refused, or there
        is no such argument.

        >>> def add(a: int, b: int = 1) -> int:
        ...     '''Adds two numbers.'''
        ...     return a + b
        >>> tool = StructuredTool.from_function(add)
        >>> tool.description, tool.invoke({"a": "2"})
        ('Adds two numbers.', 3)
        """
        refuse_unknown(cls, kwargs)
        source = func or coroutine
        if source is None:
            raise ValueError("Function and/or coroutine must be provided: give func=, coroutine=, or both")
        name = name or name_of(source)
        told = description
        if parse_docstring and args_schema is None:
            parameters = parameters_of(source)
            strict = error_on_invalid_docstring
            told = (
                told or docstring_of(source, parameters.given, strict=strict, hidden=parameters.injected)[0]
            )
        told = told or inspect.getdoc(source) or _said_by(args_schema)
        if not told:
            raise ValueError(
                f"Function must have a docstring if description not provided: {name} has none, so no model would "
                "know what it is for"
            )
        if args_schema is None and infer_schema:
            args_schema = create_schema_from_function(
                name,
                source,
                parse_docstring=parse_docstring,
                error_on_invalid_docstring=error_on_invalid_docstring,
                description=told,
            )
        return cls(
            name=name,
            description=told,
            func=func,
            coroutine=coroutine,
            args_schema=args_schema,
            return_direct=return_direct,
            response_format=response_format,
            **kwargs,
        )


def _said_by(schema: ArgsSchema | None) -> str | None:
    """The description in a schema."""
    if schema is None or isinstance(schema, dict):
        return (schema or {}).get("description")
    return inspect.cleandoc(schema.__doc__) if schema.__doc__ else None
