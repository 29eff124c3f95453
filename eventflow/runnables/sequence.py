"""One runnable after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any

from eventflow.drawing import Graph
from eventflow.runnables.base import Runnable, composer
from eventflow.runnables.plan import plan
from eventflow.runnables.schema import Schema
from eventflow.runnables.seam import Snapshots, aclose_all, are_snapshots, close_all
from eventflow.runnables.structure import sequence_graph
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import Run, RunnableConfig

__all__ = ("RunnableSequence",)


class RunnableSequence(Runnable[Input, Output]):
    """Runnables in a row: each takes what the one before gives. Made with `|`.

    Chunks go through as they come; a step that cannot work on chunks collects its input first. Nested
    sequences are flattened. The steps' runs have the tags `seq:step:1`, `seq:step:2`, …

    Arguments:
        steps: runnables, functions, or dicts of such; at least two.
        name: the name in events.
        first, middle, last: the same, by name.

    Raises ValueError if there are fewer than two steps.

    >>> from eventflow import RunnableLambda
    >>> add = RunnableLambda(lambda x: x + 1)
    >>> RunnableSequence(add, add, lambda x: f"is {x}").invoke(1)
    'is 3'
    """

    blocking = False

    def __init__(
        self,
        *steps: Any,
        name: str | None = None,
        first: Any = None,
        middle: Sequence[Any] | None = None,
        last: Any = None,
    ) -> None:
        given = steps or tuple(s for s in (first, *(middle or ()), last) if s is not None)
        flat: list[Runnable[Any, Any]] = []
        for step in given:
            runnable = composer().coerce(step)
            flat += runnable.steps if isinstance(runnable, RunnableSequence) else [runnable]
        if len(flat) < 2:
            raise ValueError(f"RunnableSequence must have at least 2 steps, got {len(flat)}")
        self.name = name
        self.steps: list[Runnable[Any, Any]] = flat
        self._plan = plan((step, f"seq:step:{n}") for n, step in enumerate(flat, 1))

    @property
    def first(self) -> Runnable[Input, Any]:
        """The first step."""
        return self.steps[0]

    @property
    def middle(self) -> list[Runnable[Any, Any]]:
        """The steps between the first and the last."""
        return self.steps[1:-1]

    @property
    def last(self) -> Runnable[Any, Output]:
        """The last step."""
        return self.steps[-1]

    def __or__(self, other: Any) -> Runnable[Input, Any]:
        return RunnableSequence(*self.steps, other, name=self.name)

    def __ror__(self, other: Any) -> Runnable[Any, Output]:
        return RunnableSequence(other, *self.steps, name=self.name)

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return self.steps

    @property
    def InputType(self) -> Any:
        return self.first.InputType

    @property
    def OutputType(self) -> Any:
        return self.last.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        return self._needed(0, config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        return self._given(len(self.steps) - 1, config)

    def _needed(self, at: int, config: RunnableConfig | None) -> Schema:
        """What the step `at`, and those after it, must be given."""
        if at == len(self.steps) - 1:
            return self.last.get_input_schema(config)
        following = partial(self._needed, at + 1, config)
        return self.steps[at].schema_before(following, self.get_name("input"), config)

    def _given(self, at: int, config: RunnableConfig | None) -> Schema:
        """What comes out of the step `at`, by those before it and by itself."""
        if at == 0:
            return self.first.get_output_schema(config)
        preceding = partial(self._given, at - 1, config)
        return self.steps[at].schema_after(preceding, self.get_name("output"), config)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        return sequence_graph(self.steps, config)

    def gives_snapshots(self, fed: bool) -> bool:
        for step in self.steps:
            fed = step.gives_snapshots(fed)
        return fed

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        for step in self._plan:
            input = step.runnable.invoke(input, step.place or step.config(run), **kwargs)
            kwargs = {}
        return input

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        for step in self._plan:
            input = await step.runnable.ainvoke(input, step.place or step.config(run), **kwargs)
            kwargs = {}
        return input

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        streams: list[Any] = []
        marked = are_snapshots(chunks)
        try:
            for step in self._plan:
                chunks = step.runnable.transform(chunks, step.config(run), **kwargs)
                kwargs = {}
                streams.append(chunks)
                marked = step.runnable.gives_snapshots(marked)
                if marked:
                    chunks = Snapshots(chunks)
            for chunk in chunks:
                yield chunk
        finally:
            close_all(streams)

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        streams: list[Any] = []
        marked = are_snapshots(chunks)
        try:
            for step in self._plan:
                chunks = step.runnable.atransform(chunks, step.config(run), **kwargs)
                kwargs = {}
                streams.append(chunks)
                marked = step.runnable.gives_snapshots(marked)
                if marked:
                    chunks = Snapshots(chunks)
            async for chunk in chunks:
                yield chunk
        finally:
            await aclose_all(streams)

    def __repr__(self) -> str:
        return "\n| ".join(repr(step) for step in self.steps)
