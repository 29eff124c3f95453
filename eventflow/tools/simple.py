"""`Tool`: a function of one text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Self

from pydantic import BaseModel

from eventflow.runnables.shapes import object_of
from eventflow.runnables.unknown import refuse_unknown
from eventflow.runs import RunnableConfig
from eventflow.tools.arguments import ArgsSchema
from eventflow.tools.failures import ToolException
from eventflow.tools.functional import FunctionTool

__all__ = ("Tool",)

_TEXT: Final = "tool_input"
_TOLD: Final = "__arg1"
"""What a model is told that the argument is called; both names are LangChain's, and any other will do."""


class Tool(FunctionTool):
    """A tool whose function takes one value, by its place and not by its name; as a rule a text.

    Arguments:
        name: what the model calls it.
        func: the function; None if there is only a `coroutine`.
        description: what the model is told of it.
        kwargs: `coroutine`, and the other arguments of `BaseTool`.

    It raises ToolException if it is called with more than one argument, or none.

    >>> Tool("shout", str.upper, "Shouts.").invoke("hi")
    'HI'
    """

    def __init__(self, name: str, func: Callable[..., Any] | None, description: str, **kwargs: Any) -> None:
        super().__init__(name=name, func=func, description=description, **kwargs)

    @classmethod
    def from_function(
        cls,
        func: Callable[..., Any] | None,
        name: str,
        description: str,
        return_direct: bool = False,
        args_schema: ArgsSchema | None = None,
        coroutine: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make a tool of a function; the arguments are those of the class.

        Raises ValueError if there is no function, or no such argument.
        """
        refuse_unknown(cls, kwargs)
        kwargs |= {"return_direct": return_direct, "args_schema": args_schema, "coroutine": coroutine}
        return cls(name, func, description, **kwargs)

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of its arguments: one, unless it has an `args_schema` that says more."""
        return {_TEXT: {"type": "string"}} if self.args_schema is None else super().args

    @property
    def tool_call_schema(self) -> ArgsSchema:
        """What a call must be."""
        if self.args_schema is None:
            return object_of(self.name, {_TOLD: (str, ...)}, doc=self.description)
        return super().tool_call_schema

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A model of its arguments."""
        if self.args_schema is None:
            return object_of(self.name, {_TEXT: (str, ...)})
        return super().get_input_schema(config)

    def _called(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        hidden = self._hidden(function)
        values = [*args, *(value for name, value in kwargs.items() if name not in hidden)]
        if len(values) != 1:
            raise ToolException(
                f"Too many arguments to single-input tool {self.name}. Consider using StructuredTool instead: it "
                f"takes one, and was given {len(values)}"
            )
        return function(values[0], **{name: value for name, value in kwargs.items() if name in hidden})
