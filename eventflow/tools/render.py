"""Tools as text, for a prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from eventflow.runnables.annotations import signature_of
from eventflow.tools.arguments import parameters_of
from eventflow.tools.base import BaseTool
from eventflow.tools.functional import FunctionTool

__all__ = ("ToolsRenderer", "render_text_description", "render_text_description_and_args")

ToolsRenderer: TypeAlias = Callable[[list[BaseTool]], str]
"""Makes a text of tools."""


def render_text_description(tools: Sequence[BaseTool]) -> str:
    """A line for each tool: its name, the arguments of its function, its description.

    Injected arguments are left out.

    >>> from eventflow.tools import tool
    >>> @tool
    ... def add(a: int, b: int = 1) -> int:
    ...     '''Adds two numbers.'''
    ...     return a + b
    >>> render_text_description([add])
    'add(a: int, b: int = 1) -> int - Adds two numbers.'
    """
    return "\n".join(f"{tool.name}{_signature(tool)} - {tool.description}" for tool in tools)


def render_text_description_and_args(tools: Sequence[BaseTool]) -> str:
    """The same with the schemas of the arguments."""
    lines = (f"{tool.name}{_signature(tool)} - {tool.description}, args: {tool.args}" for tool in tools)
    return "\n".join(lines)


def _signature(tool: BaseTool) -> str:
    function = (tool.func or tool.coroutine) if isinstance(tool, FunctionTool) else None
    if function is None:
        return ""
    signature = signature_of(function)
    if signature is None:
        return ""
    hidden = parameters_of(function).injected
    told = [parameter for name, parameter in signature.parameters.items() if name not in hidden]
    return str(signature.replace(parameters=told))
