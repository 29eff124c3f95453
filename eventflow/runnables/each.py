"""The same runnable for each element of a list."""

from __future__ import annotations

from collections.abc import Sequence
from types import GenericAlias
from typing import Any

from eventflow.drawing import Graph
from eventflow.runnables.base import Runnable
from eventflow.runnables.schema import Schema
from eventflow.runnables.shapes import model_of
from eventflow.runs import Run, RunnableConfig

__all__ = ("RunnableEach",)


class RunnableEach(Runnable[list[Any], list[Any]]):
    """Runs `bound` on each element of its input, and gives the list of outputs. Made with `.map()`.

    The elements' runs are its children. It cannot stream: its input has to be complete, and so is its output.

    >>> from eventflow import RunnableLambda
    >>> RunnableEach(RunnableLambda(lambda x: x + 1)).invoke([1, 2])
    [2, 3]
    """

    blocking = False

    def __init__(self, bound: Runnable[Any, Any], *, name: str | None = None) -> None:
        self.name = name
        self.bound = bound

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        return super().get_name(suffix, name=name or self.name or f"RunnableEach<{self.bound.get_name()}>")

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return [self.bound]

    @property
    def InputType(self) -> Any:
        return GenericAlias(list, self.bound.InputType)

    @property
    def OutputType(self) -> Any:
        return GenericAlias(list, self.bound.OutputType)

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        return model_of(self.get_name("input"), GenericAlias(list, self.bound.get_input_schema(config)))

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        return model_of(self.get_name("output"), GenericAlias(list, self.bound.get_output_schema(config)))

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        return self.bound.get_graph(config)

    def _do_invoke(self, input: list[Any], run: Run, **kwargs: Any) -> Any:
        return self.bound.batch(input, run.child_config(), **kwargs)

    async def _do_ainvoke(self, input: list[Any], run: Run, **kwargs: Any) -> Any:
        return await self.bound.abatch(input, run.child_config(), **kwargs)

    def __repr__(self) -> str:
        return f"RunnableEach({self.bound!r})"
