"""Functions that yield: which they are, and what they give in the end."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from types import CodeType
from typing import Any, NamedTuple

from eventflow.events import MISSING, Fold
from eventflow.runnables.seam import bridge
from eventflow.tools.output import Status

__all__ = ("AYielded", "Outcome", "Yielded", "Yields", "yields_of")


class Yields(NamedTuple):
    """What kind of generator function a function is: none, a sync one, or an async one.

    `returns` tells that there is a `return` with a value in it; then its chunks do not add up to its output.
    """

    sync: bool
    async_: bool
    returns: bool


_NONE = Yields(False, False, False)


def yields_of(function: Callable[..., Any]) -> Yields:
    """Whether a function yields.

    >>> def search():
    ...     yield "searching"
    ...     return ["found"]
    >>> yields_of(search)
    Yields(sync=True, async_=False, returns=True)
    """
    try:
        return _looked_at(getattr(function, "__func__", function))
    except TypeError:  # a callable object that has no hash
        return _looked_at.__wrapped__(function)


@lru_cache(maxsize=512)
def _looked_at(function: Any) -> Yields:
    for candidate in (function, getattr(function, "__call__", None)):  # noqa: B004
        while isinstance(candidate, functools.partial):
            candidate = candidate.func
        if inspect.isasyncgenfunction(candidate):
            return Yields(False, True, False)
        if inspect.isgeneratorfunction(candidate):
            return Yields(True, False, _returns_value(getattr(candidate, "__code__", None)))
    return _NONE


def _returns_value(code: object) -> bool:
    if not isinstance(code, CodeType):
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("NOP", "CACHE")]
    return any(
        not (before.opname == "LOAD_CONST" and before.argval is None)
        if step.opname == "RETURN_VALUE"
        else step.opname == "RETURN_CONST" and step.argval is not None
        for before, step in pairwise(steps)
    )


class Yielded:
    """The chunks of a generator, and in the end what it has returned."""

    __slots__ = ("chunks", "result")

    def __init__(self, generator: Iterator[Any]) -> None:
        self.result: Any = None
        self.chunks = self._recorded(generator)

    def _recorded(self, generator: Any) -> Iterator[Any]:
        self.result = yield from generator


class AYielded:
    """The same in async code, where a sync generator is stepped in a worker thread."""

    __slots__ = ("_inner", "chunks")

    def __init__(self, generator: Iterator[Any] | AsyncIterator[Any]) -> None:
        self._inner: Yielded | None = None
        if isinstance(generator, AsyncIterator):
            self.chunks: AsyncIterator[Any] = generator
        else:
            self._inner = Yielded(generator)
            self.chunks = bridge(self._inner.chunks, blocking=True)

    @property
    def result(self) -> Any:
        """What it has returned; None while it runs."""
        return None if self._inner is None else self._inner.result


class Outcome:
    """What a tool that yields comes to, and what its stream still has to give for its chunks to say so.

    With `last_is_whole` the last chunk is the content; else it is what they add up to. `split` makes the content
    and the artifact of the output.
    """

    __slots__ = ("_last_is_whole", "_result", "_split", "_whole", "artifact", "status")

    def __init__(self, last_is_whole: bool, split: Callable[[Any], tuple[Any, Any]]) -> None:
        self.artifact: Any = None
        self.status: Status = "success"
        self._whole = Fold()
        self._result: Any = MISSING
        self._last_is_whole = last_is_whole
        self._split = split

    def add(self, chunk: Any) -> None:
        """Take in what it has yielded."""
        self._whole.add(chunk)

    def returned(self, result: Any) -> None:
        """Take in what it has returned."""
        if result is not None:
            self._result = result

    def failed(self, content: Any) -> None:
        """Take in what the model is told of its failure."""
        self._result = content
        self.status = "error"

    def closing(self) -> Iterator[Any]:
        """The last chunk, if there is one to come: the whole, or what is told of a failure."""
        if self.status == "error":
            yield self._result
        elif self._last_is_whole:
            output = self._whole.value() if self._result is MISSING else self._result
            content, self.artifact = self._split(output)
            yield content
