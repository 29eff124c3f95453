"""What a model is told of a tool call that failed, and which failures it is told of."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeGuard, Union, cast, get_args, get_origin, get_type_hints

from pydantic import ValidationError

from eventflow.errors import GraphInterrupt, ParentCommand
from eventflow.messages import ToolCall, ToolMessage
from eventflow.tools import BaseTool, ToolException

__all__ = (
    "PASSED_ON",
    "ErrorHandling",
    "Failures",
    "ToolInvocationError",
    "as_refusal",
    "error_message",
    "unknown_tool",
)

ErrorHandling: TypeAlias = (
    bool | str | Callable[..., str] | type[Exception] | tuple[type[Exception], ...] | None
)
"""Which failures of tools a model is told of, see `ToolNode`."""

PASSED_ON: Final = (GraphInterrupt, ParentCommand)
"""Raised inside tools and no failure: they are for the graph."""


class ToolInvocationError(ToolException):
    """A model called a tool with arguments that it does not take.

    Arguments:
        tool_name: what was called.
        source: what is wrong with the arguments.
        tool_kwargs: the arguments, as the model gave them.
    """

    def __init__(self, tool_name: str, source: ValidationError, tool_kwargs: dict[str, Any]) -> None:
        wrong = "\n".join(f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in source.errors())
        super().__init__(
            f"Error invoking tool '{tool_name}' with kwargs {tool_kwargs} with error:\n {wrong}\n "
            "Please fix the error and try again."
        )
        self.tool_name = tool_name
        self.source = source
        self.tool_kwargs = tool_kwargs


def as_refusal(error: ValidationError, tool: BaseTool, call: ToolCall) -> Exception:
    """The error, as one of the arguments if it is about them, and not raised by the tool's own work."""
    schema = tool.get_input_schema()
    titles = (schema.__name__, schema.model_config.get("title"))
    return ToolInvocationError(call["name"], error, call["args"]) if error.title in titles else error


class Failures:
    """Reads `handle_tool_errors`: what the model is told of an error; None if that is to be raised.

    Raises TypeError if it is nothing that says so.
    """

    __slots__ = ("_kinds", "_text")

    def __init__(self, handling: ErrorHandling) -> None:
        self._kinds: tuple[type[BaseException], ...] = (Exception,)
        self._text: Callable[[Exception], str] = _told
        if handling is None:
            self._kinds, self._text = (ToolInvocationError,), str
        elif isinstance(handling, bool):
            self._kinds = (Exception,) if handling else ()
        elif isinstance(handling, str):
            self._text = lambda error: handling
        elif _are_kinds(kinds := _several(handling)):
            self._kinds = kinds
        elif not isinstance(handling, tuple) and callable(handling):
            self._kinds, self._text = _kinds_of(handling), cast("Callable[[Exception], str]", handling)
        else:
            raise TypeError(
                f"handle_tool_errors={handling!r}: give True, False, a text, exception types, or a function that "
                "makes a text of an exception"
            )

    def told(self, error: Exception) -> str | None:
        """What the model is told of it."""
        return self._text(error) if isinstance(error, self._kinds) else None


def _told(error: Exception) -> str:
    return f"Error: {error!r}\n Please fix your mistakes."


def _several(value: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)


def _are_kinds(values: tuple[object, ...]) -> TypeGuard[tuple[type[Exception], ...]]:
    return all(isinstance(value, type) and issubclass(value, Exception) for value in values)


def _kinds_of(handler: Callable[..., Any]) -> tuple[type[BaseException], ...]:
    """The exceptions that a function says it handles, by the annotation of its first parameter."""
    function: Any = handler if hasattr(handler, "__code__") else getattr(handler, "__call__", handler)  # noqa: B004
    try:
        hints = get_type_hints(function)
    except (NameError, TypeError):
        return (Exception,)
    hints.pop("return", None)
    said: Any = next(iter(hints.values()), Exception)
    options: tuple[object, ...] = get_args(said) if get_origin(said) in (Union, types.UnionType) else (said,)
    if not _are_kinds(options):
        raise TypeError(
            f"handle_tool_errors={handler!r} handles {said!r}, which is no exception: annotate its first parameter "
            "with the exceptions that it handles, or with nothing"
        )
    return options


def error_message(call: ToolCall, text: str) -> ToolMessage:
    """The answer to a call that failed."""
    return ToolMessage(text, name=call["name"], tool_call_id=cast("str", call["id"]), status="error")


def unknown_tool(call: ToolCall, known: Any) -> ToolMessage:
    """The answer to a call of a tool that is not there."""
    return error_message(call, f"Error: {call['name']} is not a valid tool, try one of [{', '.join(known)}].")
