"""What a model is told of a tool that has failed: `ToolException`, and what is made of errors that are handled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from pydantic import ValidationError

__all__ = (
    "Refused",
    "ToolErrorHandler",
    "ToolException",
    "ValidationErrorHandler",
    "content_of",
    "refusal_of",
)


class ToolException(Exception):  # the name that LangChain's users know
    """Raised by a tool whose failure the model may be told of, see `BaseTool.handle_tool_error`."""


class Refused(Exception):  # no error: it never leaves a tool
    """Arguments that did not fit, where the model is told of it; `content` is what it is told."""

    def __init__(self, content: Any) -> None:
        super().__init__()
        self.content = content


ToolErrorHandler: TypeAlias = bool | str | Callable[[ToolException], Any] | None
"""What becomes of a `ToolException`: True, its text is the output; a text, that is; a function, what it gives."""

ValidationErrorHandler: TypeAlias = bool | str | Callable[[ValidationError], Any] | None
"""What becomes of arguments that do not fit, as in `ToolErrorHandler`."""


def content_of(error: ToolException | Refused, handler: ToolErrorHandler) -> Any:
    """What the model is told. Raises the error if it is not handled."""
    if isinstance(error, Refused):
        return error.content
    if not handler:
        raise error
    return _told(error, handler, error.args[0] if error.args else "Tool execution error")


def refusal_of(error: ValidationError, handler: ValidationErrorHandler) -> Exception:
    """What to raise for arguments that do not fit: the error, or what stands for what the model is told."""
    return Refused(_told(error, handler, "Tool input validation error")) if handler else error


def _told(error: Any, handler: bool | str | Callable[[Any], Any], default: Any) -> Any:
    if handler is True:
        return default
    return handler if isinstance(handler, str) else handler(error)  # type: ignore[operator]  # not False
