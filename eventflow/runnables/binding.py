"""A runnable with arguments, a config, types or listeners of its own."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, cast

from eventflow.callbacks import listener_receiver
from eventflow.runnables.base import Runnable
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import RunnableConfig, merge_configs

__all__ = ("Listeners", "RunnableBinding")

Listeners = tuple[Callable[..., object] | None, Callable[..., object] | None, Callable[..., object] | None]
"""What is called at the start, at the end, and at an error."""


class RunnableBinding(Runnable[Input, Output]):
    """Calls `bound` with keyword arguments and a config added. It has no run of its own.

    Made by `bind`, `with_config`, `with_types` and `with_listeners`. What the caller says wins over what is
    bound, but for tags and callbacks, which are joined. Other attributes are those of `bound`; its methods
    that take a config are given the bound one.

    >>> from eventflow import RunnableLambda
    >>> RunnableBinding(RunnableLambda(lambda x, by: x * by), kwargs={"by": 3}).invoke(2)
    6
    """

    def __init__(
        self,
        bound: Runnable[Input, Output],
        *,
        kwargs: Mapping[str, Any] | None = None,
        config: RunnableConfig | None = None,
        input_type: type[Any] | None = None,
        output_type: type[Any] | None = None,
        listeners: Sequence[Listeners] = (),
    ) -> None:
        self.bound = bound
        self.kwargs: Mapping[str, Any] = dict(kwargs or {})
        self.config = merge_configs(config)
        self.custom_input_type = input_type
        self.custom_output_type = output_type
        self.listeners = tuple(listeners)

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        return self.bound.get_name(suffix, name=name)

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return [self.bound]

    def gives_snapshots(self, fed: bool) -> bool:
        return self.bound.gives_snapshots(fed)

    def merged(self, config: RunnableConfig | None) -> RunnableConfig:
        """The bound config with that of a call."""
        merged = merge_configs(self.config, config)
        if not self.listeners:
            return merged
        receivers = [listener_receiver(*functions, config=merged) for functions in self.listeners]
        return merge_configs(merged, {"callbacks": receivers})

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        return self.bound.invoke(input, self.merged(config), **{**self.kwargs, **kwargs})

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        return await self.bound.ainvoke(input, self.merged(config), **{**self.kwargs, **kwargs})

    def stream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Output]:
        return self.bound.stream(input, self.merged(config), **{**self.kwargs, **kwargs})

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        return self.bound.astream(input, self.merged(config), **{**self.kwargs, **kwargs})

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        return self.bound.transform(input, self.merged(config), **{**self.kwargs, **kwargs})

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        return self.bound.atransform(input, self.merged(config), **{**self.kwargs, **kwargs})

    def batch(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        return self.bound.batch(
            inputs,
            self._merged_all(config),
            return_exceptions=return_exceptions,
            **{**self.kwargs, **kwargs},
        )

    async def abatch(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        return await self.bound.abatch(
            inputs,
            self._merged_all(config),
            return_exceptions=return_exceptions,
            **{**self.kwargs, **kwargs},
        )

    def _merged_all(
        self, config: RunnableConfig | Sequence[RunnableConfig] | None
    ) -> RunnableConfig | Sequence[RunnableConfig]:
        return [self.merged(c) for c in config] if isinstance(config, Sequence) else self.merged(config)

    def __getattr__(self, name: str) -> Any:
        """What `bound` has; a method of it that takes a config is given the bound one."""
        if name.startswith("__") or name == "bound":
            raise AttributeError(name)
        found = getattr(self.bound, name)
        if not callable(found) or isinstance(found, Runnable) or not _takes_config(found):
            return found

        @wraps(found)
        def with_config(*args: Any, **kwargs: Any) -> Any:
            bound = inspect.signature(found).bind_partial(*args, **kwargs)
            bound.arguments["config"] = self.merged(bound.arguments.get("config"))
            return found(*bound.args, **bound.kwargs)

        return with_config

    def __repr__(self) -> str:
        return f"RunnableBinding(bound={self.bound!r}, kwargs={dict(self.kwargs)!r})"


def _takes_config(function: Callable[..., Any]) -> bool:
    try:
        return "config" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def bind(bound: Runnable[Any, Any], options: Mapping[str, Any]) -> Runnable[Any, Any]:
    """`bound` with more bound to it; what is bound already is kept in one binding."""
    given = options.get
    base, kwargs, config = bound, given("kwargs") or {}, given("config")
    input_type, output_type = given("input_type"), given("output_type")
    listeners: tuple[Listeners, ...] = (options["listeners"],) if given("listeners") else ()
    if type(bound) is RunnableBinding:
        base = bound.bound
        kwargs = {**bound.kwargs, **kwargs}
        config = cast(RunnableConfig, {**bound.config, **(config or {})})  # as LangChain: key by key
        input_type = input_type or bound.custom_input_type
        output_type = output_type or bound.custom_output_type
        listeners = (*bound.listeners, *listeners)
    return RunnableBinding(
        base,
        kwargs=kwargs,
        config=config,
        input_type=input_type,
        output_type=output_type,
        listeners=listeners,
    )
