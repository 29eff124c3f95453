"""A runnable with arguments, a config, types or listeners of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard, cast

from eventflow.callbacks import listener_receiver
from eventflow.runnables.base import Runnable
from eventflow.runnables.forward import Call, Calls, Configs, Forwarding
from eventflow.runnables.schema import Schema
from eventflow.runnables.shapes import model_of
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import RunnableConfig, merge_configs

__all__ = ("Listeners", "RunnableBinding")

Listeners = tuple[Callable[..., object] | None, Callable[..., object] | None, Callable[..., object] | None]
"""What is called at the start, at the end, and at an error."""


class RunnableBinding(Forwarding[Input, Output]):
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

    def merged(self, config: RunnableConfig | None) -> RunnableConfig:
        """The bound config with that of a call."""
        merged = merge_configs(self.config, config)
        if not self.listeners:
            return merged
        receivers = [listener_receiver(*functions, config=merged) for functions in self.listeners]
        return merge_configs(merged, {"callbacks": receivers})

    @property
    def _owner(self) -> Runnable[Input, Output]:
        return self.bound

    def _forward(self, config: RunnableConfig | None, kwargs: Mapping[str, Any]) -> Call[Input, Output]:
        return self.bound, self.merged(config), {**self.kwargs, **kwargs}

    def _forward_all(self, config: Configs, kwargs: Mapping[str, Any]) -> Calls[Input, Output]:
        if not isinstance(config, Sequence):
            return self._forward(config, kwargs)
        return self.bound, [self.merged(one) for one in config], {**self.kwargs, **kwargs}

    @property
    def InputType(self) -> Any:
        return self.bound.InputType if self.custom_input_type is None else self.custom_input_type

    @property
    def OutputType(self) -> Any:
        return self.bound.OutputType if self.custom_output_type is None else self.custom_output_type

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        if self.custom_input_type is None:
            return super().get_input_schema(config)
        return model_of(self.get_name("input"), self.custom_input_type)

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        if self.custom_output_type is None:
            return super().get_output_schema(config)
        return model_of(self.get_name("output"), self.custom_output_type)

    def __repr__(self) -> str:
        return f"RunnableBinding(bound={self.bound!r}, kwargs={dict(self.kwargs)!r})"


def _is_binding(bound: Runnable[Any, Any]) -> TypeGuard[RunnableBinding[Any, Any]]:
    return type(bound) is RunnableBinding


def bind(bound: Runnable[Any, Any], options: Mapping[str, Any]) -> Runnable[Any, Any]:
    """`bound` with more bound to it; what is bound already is kept in one binding."""
    given = options.get
    base: Runnable[Any, Any] = bound
    kwargs: Mapping[str, Any] = given("kwargs") or {}
    config: RunnableConfig | None = given("config")
    input_type, output_type = given("input_type"), given("output_type")
    listeners: tuple[Listeners, ...] = (options["listeners"],) if given("listeners") else ()
    if _is_binding(bound):
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
