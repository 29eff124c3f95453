"""`BaseToolkit`: tools that belong together."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pydantic import BaseModel, ConfigDict

from eventflow.tools.base import BaseTool

__all__ = ("BaseToolkit",)


class BaseToolkit(BaseModel, ABC):
    """Tools that belong together, such as those of one service, and what they share as fields.

    >>> from eventflow.tools import tool
    >>> class Greetings(BaseToolkit):
    ...     greeting: str = "Hello"
    ...     def get_tools(self):
    ...         def greet(name: str) -> str:
    ...             '''Greets somebody.'''
    ...             return f"{self.greeting}, {name}"
    ...         return [tool(greet)]
    >>> Greetings().get_tools()[0].invoke("Ann")
    'Hello, Ann'
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, defer_build=True)

    @abstractmethod
    def get_tools(self) -> list[BaseTool]:
        """The tools."""
