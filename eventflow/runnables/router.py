"""The runnable that the input names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from eventflow.runnables.base import Runnable, composer
from eventflow.runnables.verbs import Output
from eventflow.runs import RunnableConfig

__all__ = ("RouterInput", "RouterRunnable")


class RouterInput(TypedDict):
    """Which runnable, and what to give it."""

    key: str
    input: Any


class RouterRunnable(Runnable[RouterInput, Output]):
    """Runs the runnable that `input["key"]` names on `input["input"]`. It has no run of its own.

    Raises ValueError if there is no runnable of that name.

    >>> RouterRunnable({"up": str.upper, "low": str.lower}).invoke({"key": "up", "input": "a"})
    'A'
    """

    def __init__(self, runnables: Mapping[str, Any]) -> None:
        self.name = None
        self.runnables = {key: composer().coerce(r) for key, r in runnables.items()}

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return list(self.runnables.values())

    def _choose(self, input: RouterInput) -> Runnable[Any, Any]:
        key = input["key"]
        if key not in self.runnables:
            raise ValueError(
                f"No runnable associated with key '{key}': there are {', '.join(self.runnables)}"
            )
        return self.runnables[key]

    def invoke(self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return self._choose(input).invoke(input["input"], config, **kwargs)

    async def ainvoke(self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return await self._choose(input).ainvoke(input["input"], config, **kwargs)

    def stream(
        self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        return self._choose(input).stream(input["input"], config, **kwargs)

    def astream(
        self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        return self._choose(input).astream(input["input"], config, **kwargs)
