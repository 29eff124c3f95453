"""One stream for several readers: each sees every chunk, and the source is stepped once for each."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, TypeVar

from eventflow.runnables.seam import END

__all__ = ("atee", "tee")

T = TypeVar("T")


class _Shared(Generic[T]):
    """What the readers have in common: a box for each, and how the source ended."""

    def __init__(self, readers: int) -> None:
        self.boxes: list[deque[T]] = [deque() for _ in range(readers)]
        self.ended = False
        self.error: BaseException | None = None

    def arrived(self, item: Any) -> None:
        """Give `item` to every reader, or note the end."""
        if item is END:
            self.ended = True
        else:
            for box in self.boxes:
                box.append(item)

    def failed(self, error: BaseException) -> None:
        """Every reader will be told of it."""
        self.ended, self.error = True, error

    def check(self) -> None:
        """Raise what the source raised."""
        if self.error is not None:
            raise self.error


def tee(source: Iterator[T], readers: int) -> list[Iterator[T]]:
    """`readers` iterators over the chunks of `source`, which may be read in different threads.

    A chunk waits for a reader that is behind. An error of the source reaches every reader. Closing the source
    is left to whoever made it.
    """
    shared = _Shared[T](readers)
    stepping = threading.Lock()

    def read(box: deque[T]) -> Iterator[T]:
        while True:
            if box:
                yield box.popleft()
                continue
            with stepping:
                if not box and not shared.ended:
                    try:
                        shared.arrived(next(source, END))
                    except BaseException as error:
                        shared.failed(error)
            if not box and shared.ended:
                shared.check()
                return

    return [read(box) for box in shared.boxes]


def atee(source: AsyncIterator[T], readers: int) -> list[AsyncIterator[T]]:
    """The same for tasks. A reader that is cancelled while it steps the source ends it for all."""
    shared = _Shared[T](readers)
    stepping = asyncio.Lock()

    async def read(box: deque[T]) -> AsyncIterator[T]:
        while True:
            if box:
                yield box.popleft()
                continue
            async with stepping:
                if not box and not shared.ended:
                    try:
                        shared.arrived(await anext(source, END))
                    except BaseException as error:
                        shared.failed(error)
            if not box and shared.ended:
                shared.check()
                return

    return [read(box) for box in shared.boxes]
