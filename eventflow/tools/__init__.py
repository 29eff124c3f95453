"""Tools: functions that a model can call."""

from eventflow.tools.base import ArgsSchema, BaseTool
from eventflow.tools.convert import convert_runnable_to_tool
from eventflow.tools.structured import StructuredTool

__all__ = (
    "ArgsSchema",
    "BaseTool",
    "StructuredTool",
    "convert_runnable_to_tool",
)
