"""The SDK's clients of one model: one for sync code, and one for each event loop.

A connection belongs to the loop that it was opened in, so an async client cannot be shared between loops. It
is closed when its loop ends: a loop closes the async generators that it has seen (`asyncio.run` sees to that),
and each client is kept in one. What a client was given to talk through is its owner's, and never closed here.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from eventflow import AsyncOnlyError, MissingDependencyError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

__all__ = ("Clients", "Key", "load_sdk")

Key: TypeAlias = str | Callable[[], str | Awaitable[str]] | None
"""A key, or a function that gives it; the SDK looks for one if there is none."""


class Clients:
    """Makes clients when they are first needed.

    Arguments:
        options: of the SDK's clients, whether sync or async.
        key: sent with each request; a function is called in a worker thread in async code.
        http_client, http_async_client: what to talk through, unless the SDK is to make its own.
    """

    def __init__(
        self, options: Mapping[str, Any], *, key: Key, http_client: Any = None, http_async_client: Any = None
    ) -> None:
        self._options = options
        self._key: Key = key
        self._http_client = http_client
        self._http_async_client = http_async_client
        self._lock = threading.Lock()
        self._sync: OpenAI | None = None
        self._async: dict[asyncio.AbstractEventLoop, _Kept] = {}

    def sync(self) -> OpenAI:
        """The client for sync code.

        Raises what the SDK raises, for instance when there is no key; AsyncOnlyError if the key is awaited.
        """
        with self._lock:
            client = self._sync
            if client is None or client.is_closed():
                key, http = _called(self._key), self._http_client
                client = load_sdk().OpenAI(api_key=key, http_client=http, **self._options)
                self._sync = client
            return client

    async def for_this_loop(self) -> AsyncOpenAI:
        """The client for the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            kept = self._async.get(loop)
            if kept is None or kept.client.is_closed():
                self._async = {loop: kept for loop, kept in self._async.items() if not loop.is_closed()}
                key, http = _awaited(self._key), self._http_async_client
                client = load_sdk().AsyncOpenAI(api_key=key, http_client=http, **self._options)
                kept = self._async[loop] = _Kept(client, ours=http is None)
        await kept.start()
        return kept.client

    def close(self) -> None:
        """Close the sync client; the next call makes a new one."""
        with self._lock:
            client, self._sync = self._sync, None
        if client is not None and self._http_client is None:
            client.close()

    async def aclose(self) -> None:
        """Close the client of the running loop, and the sync one."""
        self.close()
        with self._lock:
            kept = self._async.pop(asyncio.get_running_loop(), None)
        if kept is not None:
            await kept.generator.aclose()

    def __deepcopy__(self, memo: object) -> Self:
        """A copy of a model opens connections of its own."""
        return type(self)(
            self._options,
            key=self._key,
            http_client=self._http_client,
            http_async_client=self._http_async_client,
        )


class _Kept:
    """An async client, and the generator whose end closes it if it is ours."""

    def __init__(self, client: AsyncOpenAI, *, ours: bool) -> None:
        self.client = client
        self.generator = _until_the_loop_ends(client, ours)
        self._started = False

    async def start(self) -> None:
        """Let the loop see the generator."""
        if not self._started:
            self._started = True
            await anext(self.generator)


async def _until_the_loop_ends(client: AsyncOpenAI, ours: bool) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        if ours:
            await client.close()


def _called(key: Key) -> Any:
    """The key as the sync client wants it."""
    if inspect.iscoroutinefunction(key):
        raise AsyncOnlyError(
            "ChatOpenAI has an api_key that has to be awaited: use ainvoke and astream, or give it a plain function"
        )
    return key


def _awaited(key: Key) -> Any:
    """The key as the async client wants it."""
    if not callable(key):
        return key

    async def provide() -> str:
        made = await asyncio.to_thread(key)
        return made if isinstance(made, str) else await made

    return provide


def load_sdk() -> Any:
    """The official SDK. Raises MissingDependencyError if it is not installed."""
    try:
        import openai
    except ImportError as error:
        raise MissingDependencyError("ChatOpenAI", package="openai", extra="openai") from error
    return openai
