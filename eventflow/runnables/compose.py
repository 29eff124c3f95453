"""The composites, handed to `Runnable`; and what becomes a runnable when it is composed with one."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from eventflow.runnables.base import Runnable, install_composer
from eventflow.runnables.binding import bind
from eventflow.runnables.configurable import RunnableConfigurableAlternatives, RunnableConfigurableFields
from eventflow.runnables.each import RunnableEach
from eventflow.runnables.fallbacks import RunnableWithFallbacks
from eventflow.runnables.function import RunnableLambda
from eventflow.runnables.generator import RunnableGenerator
from eventflow.runnables.narrow import is_mapping, is_runnable
from eventflow.runnables.parallel import RunnableParallel
from eventflow.runnables.passthrough import RunnableAssign, RunnablePick
from eventflow.runnables.retry import RunnableRetry
from eventflow.runnables.sequence import RunnableSequence

__all__ = ("coerce_to_runnable",)


def coerce_to_runnable(thing: Any) -> Runnable[Any, Any]:
    """A runnable from a runnable, a function, a generator function, or a dict of such.

    Raises TypeError if it is something else, or a class of runnables.

    >>> coerce_to_runnable({"text": str}).invoke(1)
    {'text': '1'}
    """
    if is_runnable(thing):
        return thing
    if inspect.isgeneratorfunction(thing) or inspect.isasyncgenfunction(thing):
        return RunnableGenerator(thing)
    if inspect.isclass(thing) and issubclass(thing, Runnable):
        raise TypeError(f"{thing.__name__} is a class: make one of it, {thing.__name__}(...)")
    if callable(thing):
        return RunnableLambda(thing)
    if is_mapping(thing):
        return RunnableParallel(thing)
    raise TypeError(
        f"Expected a Runnable, callable or dict. Instead got an unsupported type: {type(thing)}: {thing!r}"
    )


class _Composites:
    """What `Composer` asks for."""

    def coerce(self, thing: Any) -> Runnable[Any, Any]:
        return coerce_to_runnable(thing)

    def sequence(self, steps: Sequence[Any], *, name: str | None = None) -> Runnable[Any, Any]:
        return RunnableSequence(*steps, name=name)

    def pick(self, keys: str | list[str]) -> Runnable[Any, Any]:
        return RunnablePick(keys)

    def assign(self, steps: Mapping[str, Any]) -> Runnable[Any, Any]:
        return RunnableAssign(RunnableParallel(steps))

    def each(self, bound: Runnable[Any, Any]) -> Runnable[Any, Any]:
        return RunnableEach(bound)

    def binding(self, bound: Runnable[Any, Any], **options: Any) -> Runnable[Any, Any]:
        return bind(bound, options)

    def retry(self, bound: Runnable[Any, Any], **options: Any) -> Runnable[Any, Any]:
        return RunnableRetry(bound, **options)

    def fallbacks(
        self, bound: Runnable[Any, Any], fallbacks: Sequence[Any], **options: Any
    ) -> Runnable[Any, Any]:
        return RunnableWithFallbacks(bound, fallbacks, **options)

    def configurable_fields(self, bound: Runnable[Any, Any], fields: Mapping[str, Any]) -> Runnable[Any, Any]:
        return RunnableConfigurableFields(bound, fields)

    def configurable_alternatives(
        self, bound: Runnable[Any, Any], which: Any, **options: Any
    ) -> Runnable[Any, Any]:
        return RunnableConfigurableAlternatives(which, bound, **options)


install_composer(_Composites())
