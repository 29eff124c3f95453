"""The input as it is, with keys added, or with keys picked out of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from eventflow.drawing import Graph
from eventflow.events import AddableDict, Fold
from eventflow.runnables.base import Runnable
from eventflow.runnables.callable import UserFunction
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.parallel import RunnableParallel
from eventflow.runnables.plan import plan
from eventflow.runnables.schema import Schema
from eventflow.runnables.seam import (
    Snapshots,
    aclose,
    aclose_all,
    are_snapshots,
    close,
    close_all,
    in_thread,
)
from eventflow.runnables.shapes import fields_of, model_of, object_of
from eventflow.runnables.tee import atee, tee
from eventflow.runnables.verbs import Input
from eventflow.runs import Run, RunnableConfig

__all__ = ("RunnableAssign", "RunnablePassthrough", "RunnablePick")


class RunnablePassthrough(Runnable[Input, Any]):
    """Gives its input as it is; optionally calls a function with it, for its side effect.

    When streaming, chunks pass at once, and the function is called with the whole at the end.

    Arguments:
        func: a function (also of `config`), called with the input.
        afunc: a coroutine function to call instead in async code.

    >>> RunnablePassthrough().invoke(1)
    1
    """

    def __init__(
        self,
        func: Callable[..., object] | None = None,
        afunc: Callable[..., object] | None = None,
        *,
        input_type: type[Any] | None = None,
        name: str | None = None,
    ) -> None:
        self.name = name
        self.input_type = input_type
        first = None if func is None else UserFunction(func)
        if first is not None and first.colour == "coroutine":
            first, afunc = None, func
        self._sync = first
        self._async = None if afunc is None else UserFunction(afunc)

    @classmethod
    def assign(cls, **kwargs: Any) -> RunnableAssign:  # type: ignore[override]  # LangChain's: of the class, not of one
        """Add keys to an input that is a dict, each computed from it.

        >>> RunnablePassthrough.assign(b=lambda d: d["a"] + 1).invoke({"a": 1})
        {'a': 1, 'b': 2}
        """
        return RunnableAssign(RunnableParallel(kwargs))

    @property
    def InputType(self) -> Any:
        return Any if self.input_type is None else self.input_type

    @property
    def OutputType(self) -> Any:
        return self.InputType

    def gives_snapshots(self, fed: bool) -> bool:
        return fed

    def _tell(self, input: Any, run: Run) -> None:
        if self._sync is not None:
            self._sync.call(input, **self._sync.extras(run))

    async def _atell(self, input: Any, run: Run) -> None:
        if self._async is not None:
            await self._async.call(input, **self._async.extras(run))
        elif self._sync is not None:
            await in_thread(self._sync.call, input, **self._sync.extras(run))

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        self._tell(input, run)
        return input

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        await self._atell(input, run)
        return input

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        whole = Fold(snapshots=are_snapshots(chunks))
        for chunk in chunks:
            yield chunk
            if self._sync is not None:
                whole.add(chunk)
        self._tell(whole.value(), run)

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        whole = Fold(snapshots=are_snapshots(chunks))
        async for chunk in chunks:
            yield chunk
            if self._sync is not None or self._async is not None:
                whole.add(chunk)
        await self._atell(whole.value(), run)


class RunnableAssign(Runnable[dict[str, Any], dict[str, Any]]):
    """Adds the keys of a `RunnableParallel` to its input, which must be a dict.

    When streaming, the input's keys pass first, then the added ones as they come.

    >>> RunnableAssign(RunnableParallel(b=lambda d: d["a"] + 1)).invoke({"a": 1})
    {'a': 1, 'b': 2}
    """

    blocking = False

    def __init__(self, mapper: RunnableParallel[dict[str, Any]], *, name: str | None = None) -> None:
        self.name = name
        self.mapper = mapper
        (self._step,) = plan([(mapper, None)])

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        return super().get_name(
            suffix, name=name or self.name or f"RunnableAssign<{','.join(self.mapper.steps__)}>"
        )

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return [self.mapper]

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        needed = self.mapper.get_input_schema(config)
        return super().get_input_schema(config) if fields_of(needed) is None else needed

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        return self.schema_after(lambda: self.get_input_schema(config), "RunnableAssignOutput", config)

    def schema_before(
        self, following: Callable[[], Schema], name: str, config: RunnableConfig | None = None
    ) -> Schema:
        """What the mapper needs, and what the next step needs but for the keys that are added."""
        needed, later = self.get_input_schema(config), fields_of(following())
        if later is None:
            return needed
        passed = {key: field for key, field in later.items() if key not in self.mapper.steps__}
        return object_of(name, {**(fields_of(needed) or {}), **passed})

    def schema_after(
        self, preceding: Callable[[], Schema], name: str, config: RunnableConfig | None = None
    ) -> Schema:
        """What it is given, and the keys that are added."""
        given, added = fields_of(preceding()), self.mapper.get_output_schema(config)
        return added if given is None else object_of(name, {**given, **(fields_of(added) or {})})

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """That of the mapper, with the input passing by beside it."""
        graph = self.mapper.get_graph(config)
        start, end = graph.first_node(), graph.last_node()
        if start is not None and end is not None:
            beside = graph.add_node(RunnablePassthrough[Any]())
            graph.add_edge(start, beside)
            graph.add_edge(beside, end)
        return graph

    def _check(self, input: Any) -> Mapping[str, Any]:
        if not is_mapping(input):
            raise ValueError(
                f"The input to RunnablePassthrough.assign() must be a dict, and {self.get_name()} was given "
                f"{type(input).__name__}: put a dict of runnables before it"
            )
        return input

    def _left(self, input: Any) -> AddableDict:
        """The part of `input` that is not replaced."""
        return AddableDict({k: v for k, v in self._check(input).items() if k not in self.mapper.steps__})

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        given = self._check(input)
        added = self._step.runnable.invoke(input, self._step.config(run), **kwargs)
        return {**given, **added}

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        given = self._check(input)
        added = await self._step.runnable.ainvoke(input, self._step.config(run), **kwargs)
        return {**given, **added}

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        marked = are_snapshots(chunks)
        readers = tee(chunks, 2)
        source = Snapshots[Any](readers[1]) if marked else readers[1]
        added = self._step.runnable.transform(source, self._step.config(run), **kwargs)
        try:
            for chunk in readers[0]:
                if left := self._left(chunk):
                    yield left
            for chunk in added:
                yield chunk
        finally:
            close(added)
            close_all(readers)

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        marked = are_snapshots(chunks)
        readers = atee(chunks, 2)
        source = Snapshots[Any](readers[1]) if marked else readers[1]
        added = self._step.runnable.atransform(source, self._step.config(run), **kwargs)
        try:
            async for chunk in readers[0]:
                if left := self._left(chunk):
                    yield left
            async for chunk in added:
                yield chunk
        finally:
            await aclose(added)
            await aclose_all(readers)

    def __repr__(self) -> str:
        return f"RunnableAssign({self.mapper!r})"


class RunnablePick(Runnable[dict[str, Any], Any]):
    """Picks one key out of a dict (its value), or several (a dict of those that are there, None if none is).

    >>> RunnablePick("a").invoke({"a": 0, "b": 1})
    0
    >>> RunnablePick(["a", "c"]).invoke({"a": 0, "b": 1})
    {'a': 0}
    """

    blocking = False

    def __init__(self, keys: str | list[str], *, name: str | None = None) -> None:
        self.name = name
        self.keys = keys

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        keys = [self.keys] if isinstance(self.keys, str) else self.keys
        return super().get_name(suffix, name=name or self.name or f"RunnablePick<{','.join(keys)}>")

    def schema_after(
        self, preceding: Callable[[], Schema], name: str, config: RunnableConfig | None = None
    ) -> Schema:
        """Those of the keys that it is given, or the one that it picks."""
        given = fields_of(preceding())
        if given is None:
            return self.get_output_schema(config)
        if isinstance(self.keys, str):
            return model_of(name, given[self.keys][0] if self.keys in given else Any)
        return object_of(name, {key: given[key] for key in self.keys if key in given})

    def gives_snapshots(self, fed: bool) -> bool:
        return fed

    def _pick(self, input: Any) -> Any:
        if not is_mapping(input):
            raise ValueError(
                f"The input to RunnablePick must be a dict, and {self.get_name()} was given {type(input).__name__}"
            )
        if isinstance(self.keys, str):
            return input.get(self.keys)
        return AddableDict({k: input[k] for k in self.keys if k in input}) or None

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        return self._pick(input)

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        for chunk in chunks:
            picked = self._pick(chunk)
            if picked is not None:
                yield picked

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        async for chunk in chunks:
            picked = self._pick(chunk)
            if picked is not None:
                yield picked

    def __repr__(self) -> str:
        return f"RunnablePick({self.keys!r})"
