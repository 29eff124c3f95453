"""`tool`, which makes a tool of a function or of a runnable."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, TypedDict, Unpack, cast, overload

from eventflow.runnables import Runnable
from eventflow.runnables.narrow import is_runnable
from eventflow.tools.arguments import ArgsSchema
from eventflow.tools.base import BaseTool
from eventflow.tools.convert import convert_runnable_to_tool
from eventflow.tools.failures import ToolErrorHandler, ValidationErrorHandler
from eventflow.tools.formats import ToolLike
from eventflow.tools.functional import name_of
from eventflow.tools.output import ResponseFormat
from eventflow.tools.simple import Tool
from eventflow.tools.structured import StructuredTool

__all__ = ("convert_to_tool", "tool")

Made: TypeAlias = Callable[[Callable[..., Any] | Runnable[Any, Any]], BaseTool]


class ToolOptions(TypedDict, total=False):
    """The keyword arguments of `tool`."""

    description: str | None
    return_direct: bool
    args_schema: ArgsSchema | None
    infer_schema: bool
    response_format: ResponseFormat
    parse_docstring: bool
    error_on_invalid_docstring: bool
    extras: dict[str, Any] | None
    handle_tool_error: ToolErrorHandler
    handle_validation_error: ValidationErrorHandler


@overload
def tool(name_or_callable: Callable[..., Any], **options: Unpack[ToolOptions]) -> BaseTool: ...
@overload
def tool(name_or_callable: Runnable[Any, Any], **options: Unpack[ToolOptions]) -> BaseTool: ...
@overload
def tool(name_or_callable: str, runnable: Runnable[Any, Any], **options: Unpack[ToolOptions]) -> BaseTool: ...
@overload
def tool(
    name_or_callable: str | None = None, runnable: str | None = None, **options: Unpack[ToolOptions]
) -> Made: ...
def tool(
    name_or_callable: str | Callable[..., Any] | Runnable[Any, Any] | None = None,
    runnable: Runnable[Any, Any] | str | None = None,
    **options: Unpack[ToolOptions],
) -> BaseTool | Made:
    """Make a tool of a function, sync or async, that returns or yields; a decorator, with and without options.

    It is `@tool`, `@tool("name")`, `@tool("name", "description")`, `@tool(parse_docstring=True)`, and
    `tool("name", runnable)`. On a method of a class it makes a tool of each object.

    Arguments:
        name_or_callable: the function, or what the model calls the tool.
        runnable: the runnable, or the description.
        description: what the model is told of it; else the docstring, else that of `args_schema`.
        return_direct: whether an agent ends with what it gives.
        args_schema: what its arguments must be; by the annotations unless given.
        infer_schema: False for a function of one text whose annotations say nothing, see `Tool`.
        response_format: see `BaseTool`, as for `extras`, `handle_tool_error` and `handle_validation_error`.
        parse_docstring: read the docstring in Google's style, arguments included.
        error_on_invalid_docstring: refuse a docstring that is not in that style; True unless given.

    Raises ValueError if there is nothing that describes it, or the docstring is refused; TypeError if it is made
    of something else, or there is no such option.

    >>> @tool
    ... def add(a: int, b: int = 1) -> int:
    ...     '''Adds two numbers.'''
    ...     return a + b
    >>> add.name, add.description, list(add.args), add.invoke({"a": 1})
    ('add', 'Adds two numbers.', ['a', 'b'], 2)
    """
    if unknown := options.keys() - ToolOptions.__annotations__.keys():
        raise TypeError(
            f"tool() takes no {', '.join(sorted(unknown))}: it takes {', '.join(ToolOptions.__annotations__)}"
        )
    if isinstance(runnable, str):
        options = {"description": runnable, **options}
    elif runnable is not None:
        return _made(runnable, cast("str", name_or_callable), options)
    if name_or_callable is None or isinstance(name_or_callable, str):
        return partial(_made, name=name_or_callable, options=options)
    return _made(name_or_callable, None, options)


def convert_to_tool(thing: ToolLike | Runnable[Any, Any]) -> BaseTool:
    """A tool of whatever stands for one and can be run: a tool as it is, a function, or a runnable.

    Raises TypeError if there is nothing to run, as in a dictionary; ValueError if nothing describes it.

    >>> def add(a: int, b: int) -> int:
    ...     "Adds."
    ...     return a + b
    >>> convert_to_tool(add).invoke({"a": 1, "b": 2})
    3
    """
    if isinstance(thing, BaseTool):
        return thing
    if isinstance(thing, type) or not (is_runnable(thing) or callable(thing)):
        raise TypeError(
            f"{thing!r} cannot be run as a tool, it only describes one: give a function, a runnable or a tool"
        )
    return _made(thing, None, {"error_on_invalid_docstring": False})


def _made(
    source: Callable[..., Any] | Runnable[Any, Any], name: str | None, options: ToolOptions
) -> BaseTool:
    """The tool, which is called `name`, or as its source."""
    if is_runnable(source):
        return _of_runnable(source, name, options)
    if not callable(source):
        raise TypeError(
            "The first argument must be a string or a callable with a __name__ for tool decorator. "
            f"Got {type(source)}: give a function or a runnable"
        )
    if options.get("infer_schema", True) or options.get("args_schema") is not None:
        strict: ToolOptions = {"error_on_invalid_docstring": True}
        return StructuredTool.from_function(source, name=name, **cast("Any", {**strict, **options}))
    told = options.get("description") or inspect.getdoc(source)
    if not told:
        raise ValueError(
            "Function must have either a docstring or description when infer_schema is False. "
            f"{name or name_of(source)} has none"
        )
    return Tool(name or name_of(source), source, told, **_kept(options))


def _of_runnable(runnable: Runnable[Any, Any], name: str | None, options: ToolOptions) -> BaseTool:
    schema = options.get("args_schema")
    if isinstance(schema, dict):
        raise TypeError(f"args_schema of the runnable {name or runnable.get_name()} must be a pydantic model")
    made = convert_runnable_to_tool(runnable, schema, name=name, description=options.get("description"))
    return made.model_copy(update=_kept(options))


def _kept(options: ToolOptions) -> dict[str, Any]:
    """The options that are fields of every tool."""
    fields = ("return_direct", "response_format", "extras", "handle_tool_error", "handle_validation_error")
    return {name: value for name, value in options.items() if name in fields}
