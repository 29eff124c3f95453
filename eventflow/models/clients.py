"""The clients of one model: one for sync code, and one for each event loop.

A connection belongs to the loop that it was opened in, so an async client cannot be shared between loops. It
is closed when its loop ends: a loop closes the async generators that it has seen (`asyncio.run` sees to that),
and each client is kept in one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Generic, Protocol, Self, TypeVar

__all__ = ("ClientsPerLoop",)


class _Client(Protocol):
    def close(self) -> None: ...


class _AsyncClient(Protocol):
    def close(self) -> Awaitable[None]: ...


S = TypeVar("S", bound=_Client)
A = TypeVar("A", bound=_AsyncClient)


class ClientsPerLoop(Generic[S, A]):
    """Makes a provider's clients when they are first needed, and closes them.

    Arguments:
        make, amake: make the client for sync code, and one for the running loop.
        close, aclose: whether they are to be closed; not if they talk through what others own.

    A copy, such as a model's deep copy makes, has clients of its own.

    >>> class Client:
    ...     def close(self):
    ...         print("closed")
    >>> clients = ClientsPerLoop(Client, Client)
    >>> clients.sync() is clients.sync()
    True
    >>> clients.close()
    closed
    """

    def __init__(
        self, make: Callable[[], S], amake: Callable[[], A], *, close: bool = True, aclose: bool = True
    ) -> None:
        self._make, self._amake = make, amake
        self._closing, self._aclosing = close, aclose
        self._lock = threading.Lock()
        self._sync: S | None = None
        self._async: dict[asyncio.AbstractEventLoop, _Kept[A]] = {}

    def sync(self) -> S:
        """The client for sync code. Raises what making it raises, for instance when there is no key."""
        with self._lock:
            if self._sync is None:
                self._sync = self._make()
            return self._sync

    async def for_this_loop(self) -> A:
        """The client for the running loop. Raises what making it raises."""
        loop = asyncio.get_running_loop()
        with self._lock:
            kept = self._async.get(loop)
            if kept is None or kept.ended:
                self._async = {loop: kept for loop, kept in self._async.items() if not loop.is_closed()}
                kept = self._async[loop] = _Kept(self._amake(), close=self._aclosing)
        await kept.start()
        return kept.client

    def close(self) -> None:
        """Close the client of sync code; the next call makes a new one."""
        with self._lock:
            client, self._sync = self._sync, None
        if client is not None and self._closing:
            client.close()

    async def aclose(self) -> None:
        """Close the client of the running loop, and the one of sync code."""
        self.close()
        with self._lock:
            kept = self._async.pop(asyncio.get_running_loop(), None)
        if kept is not None:
            await kept.generator.aclose()

    def __deepcopy__(self, memo: object) -> Self:
        return type(self)(self._make, self._amake, close=self._closing, aclose=self._aclosing)


class _Kept(Generic[A]):
    """An async client, and the generator whose end closes it."""

    def __init__(self, client: A, *, close: bool) -> None:
        self.client = client
        self.ended = False
        self.generator = self._until_the_loop_ends(close)
        self._started = False

    async def start(self) -> None:
        """Let the loop see the generator."""
        if not self._started:
            self._started = True
            await anext(self.generator)

    async def _until_the_loop_ends(self, close: bool) -> AsyncGenerator[Any, None]:
        try:
            yield
        finally:
            self.ended = True
            if close:
                await self.client.close()
