"""The first of several runnables whose condition holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

from eventflow.runnables.base import Runnable, composer
from eventflow.runnables.plan import Step, plan
from eventflow.runnables.schema import Schema
from eventflow.runnables.seam import aclose, close
from eventflow.runnables.shapes import is_known
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import Run, RunnableConfig

__all__ = ("RunnableBranch",)


def _is_pair(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and len(cast("Sequence[Any]", value)) == 2


class RunnableBranch(Runnable[Input, Output]):
    """Pairs of a condition and a runnable, and a default: runs the first whose condition gives something true.

    Conditions are runnables, too, with the tags `condition:1`, …; the one that is run has `branch:1`, … or
    `branch:default`. Its input is collected first, since the conditions need it.

    Raises ValueError if there is no pair; TypeError if one is not a pair.

    >>> sign = RunnableBranch((lambda x: x < 0, lambda x: "minus"), lambda x: "plus")
    >>> sign.invoke(-1), sign.invoke(1)
    ('minus', 'plus')
    """

    blocking = False

    def __init__(self, *branches: Any) -> None:
        if len(branches) < 2:
            raise ValueError("RunnableBranch requires at least two branches: pairs, and a default at the end")
        *pairs, default = branches
        for pair in pairs:
            if not _is_pair(pair):
                raise TypeError(
                    f"RunnableBranch takes (condition, runnable) pairs before the default, not {pair!r}"
                )
        self.name = None
        coerce = composer().coerce
        self.branches = [(coerce(condition), coerce(runnable)) for condition, runnable in pairs]
        self.default = coerce(default)
        self._conditions = plan((c, f"condition:{n}") for n, (c, _) in enumerate(self.branches, 1))
        self._choices = plan((r, f"branch:{n}") for n, (_, r) in enumerate(self.branches, 1))
        (self._otherwise,) = plan([(self.default, "branch:default")])

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return [*(r for pair in self.branches for r in pair), self.default]

    @property
    def InputType(self) -> Any:
        types = [runnable.InputType for runnable in self._takers()]
        return next((type_ for type_ in types if type_ is not Any), Any)

    @property
    def OutputType(self) -> Any:
        first, *others = [self.default.OutputType, *(runnable.OutputType for _, runnable in self.branches)]
        return first if all(other == first for other in others) else Any

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        schemas = (runnable.get_input_schema(config) for runnable in self._takers())
        return next(filter(is_known, schemas), None) or super().get_input_schema(config)

    def _takers(self) -> list[Runnable[Any, Any]]:
        """Those that get its input; first those that do the work."""
        return [self.default, *(r for _, r in self.branches), *(c for c, _ in self.branches)]

    def _choose(self, input: Any, run: Run) -> Step:
        for condition, choice in zip(self._conditions, self._choices, strict=True):
            if condition.runnable.invoke(input, condition.config(run)):
                return choice
        return self._otherwise

    async def _achoose(self, input: Any, run: Run) -> Step:
        for condition, choice in zip(self._conditions, self._choices, strict=True):
            if await condition.runnable.ainvoke(input, condition.config(run)):
                return choice
        return self._otherwise

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        step = self._choose(input, run)
        return step.runnable.invoke(input, step.config(run), **kwargs)

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        step = await self._achoose(input, run)
        return await step.runnable.ainvoke(input, step.config(run), **kwargs)

    def _do_stream(self, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        step = self._choose(input, run)
        chunks = step.runnable.stream(input, step.config(run), **kwargs)
        try:
            for chunk in chunks:
                yield chunk
        finally:
            close(chunks)

    async def _do_astream(self, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        step = await self._achoose(input, run)
        chunks = step.runnable.astream(input, step.config(run), **kwargs)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await aclose(chunks)

    def __repr__(self) -> str:
        return f"RunnableBranch(branches={self.branches!r}, default={self.default!r})"
