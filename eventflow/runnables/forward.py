"""Runnables that have no run of their own: each call goes to another runnable in their place."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Final, TypeAlias

from eventflow.drawing import Graph
from eventflow.runnables.base import Runnable
from eventflow.runnables.handle import AsyncRunStream, RunStream
from eventflow.runnables.narrow import is_runnable
from eventflow.runnables.schema import Schema
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import RunnableConfig

__all__ = ("Call", "Calls", "Configs", "Forwarding")

Configs: TypeAlias = RunnableConfig | Sequence[RunnableConfig] | None
"""The config of a batch, or those of its inputs."""

Call: TypeAlias = "tuple[Runnable[Input, Output], RunnableConfig | None, Mapping[str, Any]]"
"""What is called in place of a runnable, and with which config and arguments."""

Calls: TypeAlias = "tuple[Runnable[Input, Output] | None, Configs, Mapping[str, Any]]"
"""The same for a batch."""

_OWN: Final = ("_owner", "bound", "default")
"""What is never looked up elsewhere: an object that is being copied does not have it yet."""


class Forwarding(Runnable[Input, Output]):
    """Calls another runnable in its place; a subclass says in `_forward` which one, and with what.

    Its other attributes are those of the runnable in its place; methods that take a config are given the one
    that `_forward` gives.
    """

    @property
    def _owner(self) -> Runnable[Input, Output]:
        """The runnable whose attributes it has."""
        raise NotImplementedError("a subclass says whose attributes it has")

    def _forward(self, config: RunnableConfig | None, kwargs: Mapping[str, Any]) -> Call[Input, Output]:
        """What is called in its place when it is called with these."""
        raise NotImplementedError("a subclass says what is called in its place")

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return [self._owner]

    def gives_snapshots(self, fed: bool) -> bool:
        return self._owner.gives_snapshots(fed)

    # ---- the verbs

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        runnable, config, arguments = self._forward(config, kwargs)
        return runnable.invoke(input, config, **arguments)

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        runnable, config, arguments = self._forward(config, kwargs)
        return await runnable.ainvoke(input, config, **arguments)

    def stream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Output]:
        runnable, config, arguments = self._forward(config, kwargs)
        return runnable.stream(input, config, **arguments)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        runnable, config, arguments = self._forward(config, kwargs)
        return runnable.astream(input, config, **arguments)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        runnable, config, arguments = self._forward(config, kwargs)
        return runnable.transform(input, config, **arguments)

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        runnable, config, arguments = self._forward(config, kwargs)
        return runnable.atransform(input, config, **arguments)

    def _handle(
        self, input: Any, config: RunnableConfig | None, buffer: int, kwargs: Mapping[str, Any]
    ) -> RunStream[Output]:
        runnable, config, arguments = self._forward(config, kwargs)
        return runnable._handle(input, config, buffer, arguments)

    def _ahandle(
        self, input: Any, config: RunnableConfig | None, buffer: int, kwargs: Mapping[str, Any]
    ) -> AsyncRunStream[Output]:
        runnable, config, arguments = self._forward(config, kwargs)
        return runnable._ahandle(input, config, buffer, arguments)

    def batch(
        self,
        inputs: Sequence[Input],
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        runnable, config, arguments = self._forward_all(config, kwargs)
        if runnable is None:
            return super().batch(inputs, config, return_exceptions=return_exceptions, **arguments)
        return runnable.batch(inputs, config, return_exceptions=return_exceptions, **arguments)

    async def abatch(
        self,
        inputs: Sequence[Input],
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        runnable, config, arguments = self._forward_all(config, kwargs)
        if runnable is None:
            return await super().abatch(inputs, config, return_exceptions=return_exceptions, **arguments)
        return await runnable.abatch(inputs, config, return_exceptions=return_exceptions, **arguments)

    def _forward_all(self, config: Configs, kwargs: Mapping[str, Any]) -> Calls[Input, Output]:
        """What is called for a batch; None for the runnable if each input may have another."""
        return (None, config, kwargs) if isinstance(config, Sequence) else self._forward(config, kwargs)

    # ---- its schemas and its structure

    @property
    def InputType(self) -> Any:
        return self._owner.InputType

    @property
    def OutputType(self) -> Any:
        return self._owner.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        runnable, config, _ = self._forward(config, {})
        return runnable.get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        runnable, config, _ = self._forward(config, {})
        return runnable.get_output_schema(config)

    def get_graph(self, config: RunnableConfig | None = None, **options: Any) -> Graph:
        runnable, config, _ = self._forward(config, {})
        return runnable.get_graph(config, **options)

    def get_prompts(self, config: RunnableConfig | None = None) -> list[Runnable[Any, Any]]:
        runnable, config, _ = self._forward(config, {})
        return runnable.get_prompts(config)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in _OWN:
            raise AttributeError(name)
        found = getattr(self._owner, name)
        if not callable(found) or is_runnable(found) or not _takes_config(found):
            return found

        @wraps(found)
        def configured(*args: Any, **kwargs: Any) -> Any:
            given = inspect.signature(found).bind_partial(*args, **kwargs)
            runnable, given.arguments["config"], _ = self._forward(given.arguments.get("config"), {})
            return getattr(runnable, name)(*given.args, **given.kwargs)

        return configured


def _takes_config(function: Callable[..., Any]) -> bool:
    try:
        return "config" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
