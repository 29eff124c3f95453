"""The SDK's clients of one model: one for sync code, and one for each event loop.

A connection belongs to the loop that it was opened in, so an async client cannot be shared between loops. It
is closed when its loop ends: a loop closes the async generators that it has seen (`asyncio.run` sees to that),
and each client is kept in one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from eventflow import MissingDependencyError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

__all__ = ("Clients", "load_sdk")


class Clients:
    """Makes clients when they are first needed, all with the same `options` of the SDK."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._sync: OpenAI | None = None
        self._async: WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept] = WeakKeyDictionary()

    def sync(self) -> OpenAI:
        """The client for sync code. Raises what the SDK raises, for instance when there is no key."""
        with self._lock:
            client = self._sync
            if client is None or client.is_closed():
                self._sync = client = load_sdk().OpenAI(**self._options)
            return client

    async def for_this_loop(self) -> AsyncOpenAI:
        """The client for the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            kept = self._async.get(loop)
            if kept is None or kept.client.is_closed():
                kept = self._async[loop] = _Kept(load_sdk().AsyncOpenAI(**self._options))
        await kept.start()
        return kept.client

    def close(self) -> None:
        """Close the sync client; the next call makes a new one."""
        with self._lock:
            client, self._sync = self._sync, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the client of the running loop, and the sync one."""
        self.close()
        with self._lock:
            kept = self._async.pop(asyncio.get_running_loop(), None)
        if kept is not None:
            await kept.generator.aclose()
            await kept.client.close()


class _Kept:
    """An async client, and the generator whose end closes it."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self.client = client
        self.generator = _until_the_loop_ends(client)
        self._started = False

    async def start(self) -> None:
        """Let the loop see the generator."""
        if not self._started:
            self._started = True
            await anext(self.generator)


async def _until_the_loop_ends(client: AsyncOpenAI) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await client.close()


def load_sdk() -> Any:
    """The official SDK. Raises MissingDependencyError if it is not installed."""
    try:
        import openai
    except ImportError as error:
        raise MissingDependencyError("ChatOpenAI", package="openai", extra="openai") from error
    return openai
