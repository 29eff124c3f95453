"""Tools: functions that a model can call."""

from eventflow.tools.arguments import ArgsSchema, create_schema_from_function
from eventflow.tools.base import BaseTool
from eventflow.tools.convert import convert_runnable_to_tool
from eventflow.tools.decorator import convert_to_tool, tool
from eventflow.tools.failures import ToolException
from eventflow.tools.formats import (
    ToolLike,
    convert_to_json_schema,
    convert_to_openai_function,
    convert_to_openai_tool,
)
from eventflow.tools.injected import InjectedToolArg, InjectedToolCallId, Injection, inject_argument
from eventflow.tools.output import ToolOutputMixin
from eventflow.tools.render import ToolsRenderer, render_text_description, render_text_description_and_args
from eventflow.tools.simple import Tool
from eventflow.tools.structured import StructuredTool
from eventflow.tools.toolkit import BaseToolkit

__all__ = (
    "ArgsSchema",
    "BaseTool",
    "BaseToolkit",
    "InjectedToolArg",
    "InjectedToolCallId",
    "Injection",
    "StructuredTool",
    "Tool",
    "ToolException",
    "ToolLike",
    "ToolOutputMixin",
    "ToolsRenderer",
    "convert_runnable_to_tool",
    "convert_to_json_schema",
    "convert_to_openai_function",
    "convert_to_openai_tool",
    "convert_to_tool",
    "create_schema_from_function",
    "inject_argument",
    "render_text_description",
    "render_text_description_and_args",
    "tool",
)
