"""Several runnables on the same input."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from eventflow.drawing import Graph
from eventflow.events import AddableDict
from eventflow.runnables.base import Runnable, composer
from eventflow.runnables.fanout import agather, amerge, gather, merge
from eventflow.runnables.plan import plan
from eventflow.runnables.schema import Schema
from eventflow.runnables.seam import Snapshots, aclose, aclose_all, are_snapshots, close, close_all
from eventflow.runnables.shapes import fields_of, is_known, model_of, object_of, typed
from eventflow.runnables.structure import parallel_graph
from eventflow.runnables.tee import atee, tee
from eventflow.runnables.verbs import Input
from eventflow.runs import Run, RunnableConfig

__all__ = ("RunnableMap", "RunnableParallel")


class RunnableParallel(Runnable[Input, dict[str, Any]]):
    """Runnables that get the same input and give a dict of their outputs.

    In sync code they run in threads, in async code as tasks, at most `max_concurrency` at once. The keys of
    the output are in the order of the branches. When one fails the others are cancelled (threads: those that
    have not begun), all have ended, and the first error in time is raised. Chunks are `{key: chunk}` in the
    order in which they come. The branches' runs have the tags `map:key:<key>`.

    Arguments:
        steps__: a dict of runnables, functions or nested dicts.
        kwargs: the same as keywords.

    >>> RunnableParallel(double=lambda x: x * 2, text=str).invoke(4)
    {'double': 8, 'text': '4'}
    """

    blocking = False

    def __init__(self, steps__: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.name = None
        self.steps__: dict[str, Runnable[Any, Any]] = {
            key: composer().coerce(step) for key, step in {**(steps__ or {}), **kwargs}.items()
        }
        self._plan = dict(
            zip(self.steps__, plan((r, f"map:key:{k}") for k, r in self.steps__.items()), strict=True)
        )

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        return super().get_name(
            suffix, name=name or self.name or f"RunnableParallel<{','.join(self.steps__)}>"
        )

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return list(self.steps__.values())

    @property
    def InputType(self) -> Any:
        types = [step.InputType for step in self.steps__.values()]
        return next((type_ for type_ in types if type_ is not Any), Any)

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        """All keys that the branches need, or the first type that is known if one needs something else."""
        needs = [step.get_input_schema(config) for step in self.steps__.values()]
        keys = [fields_of(need) for need in needs if is_known(need)]
        if not keys or None in keys:
            return model_of(self.get_name("input"), self.InputType)
        merged = {key: field for some in keys for key, field in (some or {}).items()}
        return object_of(self.get_name("input"), merged)

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        keys = {key: (typed(step.OutputType), ...) for key, step in self.steps__.items()}
        return object_of(self.get_name("output"), keys)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        return parallel_graph(self, self.steps__.values(), config)

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        calls = [partial(step.runnable.invoke, input, step.config(run)) for step in self._plan.values()]
        outputs = gather(calls, run.inherited.max_concurrency)
        return dict(zip(self._plan, outputs, strict=True))

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        calls = [partial(step.runnable.ainvoke, input, step.config(run)) for step in self._plan.values()]
        outputs = await agather(calls, run.inherited.max_concurrency)
        return dict(zip(self._plan, outputs, strict=True))

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        marked = are_snapshots(chunks)
        readers = tee(chunks, len(self._plan))
        streams = {
            key: step.runnable.transform(Snapshots(reader) if marked else reader, step.config(run))
            for (key, step), reader in zip(self._plan.items(), readers, strict=True)
        }
        snapshots = self._snapshots(marked)
        merged = merge(streams)
        try:
            for key, chunk in merged:
                yield AddableDict({key: chunk}, snapshots=snapshots)
        finally:
            close(merged)
            close_all(readers)

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        marked = are_snapshots(chunks)
        readers = atee(chunks, len(self._plan))
        streams = {
            key: step.runnable.atransform(Snapshots(reader) if marked else reader, step.config(run))
            for (key, step), reader in zip(self._plan.items(), readers, strict=True)
        }
        snapshots = self._snapshots(marked)
        merged = amerge(streams)
        try:
            async for key, chunk in merged:
                yield AddableDict({key: chunk}, snapshots=snapshots)
        finally:
            await aclose(merged)
            await aclose_all(readers)

    def _snapshots(self, fed: bool) -> frozenset[str]:
        return frozenset(key for key, step in self.steps__.items() if step.gives_snapshots(fed))

    def __repr__(self) -> str:
        inner = ",\n  ".join(f"{key}: {step!r}" for key, step in self.steps__.items())
        return f"{{\n  {inner}\n}}"


RunnableMap = RunnableParallel
"""LangChain's other name for it."""
