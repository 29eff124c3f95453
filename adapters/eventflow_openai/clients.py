"""The SDK's clients: where they are made, with which key, and how the SDK is found."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from eventflow import AsyncOnlyError, MissingDependencyError
from eventflow.models import ClientsPerLoop

__all__ = ("Clients", "Key", "clients_of", "load_sdk")

Key: TypeAlias = str | Callable[[], str | Awaitable[str]] | None
"""A key, or a function that gives it; the SDK looks for one if there is none."""

Clients: TypeAlias = ClientsPerLoop[Any, Any]


def clients_of(
    options: Mapping[str, Any],
    find_key: Callable[[], Key],
    *,
    http_client: Any = None,
    http_async_client: Any = None,
) -> Clients:
    """The clients of one model.

    Arguments:
        options: of the SDK's clients, whether sync or async.
        find_key: gives the key when it is first needed. If that is a function, it is called for each request, in async
            code in a worker thread.
        http_client, http_async_client: what to talk through, and is not closed; the SDK makes its own if there is none.

    Making one raises what the SDK raises, for instance when there is no key, and AsyncOnlyError where sync code has to
    await the key.
    """

    def make() -> Any:
        return load_sdk().OpenAI(api_key=_called(find_key()), http_client=http_client, **options)

    def amake() -> Any:
        return load_sdk().AsyncOpenAI(api_key=_awaited(find_key()), http_client=http_async_client, **options)

    return ClientsPerLoop(make, amake, close=http_client is None, aclose=http_async_client is None)


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
