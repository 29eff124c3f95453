"""The official SDK: how it is loaded, and its exceptions for what goes wrong where it raises others."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventflow import MissingDependencyError

if TYPE_CHECKING:
    from eventflow_anthropic.responses import ReplyReader

__all__ = ("complete", "load_sdk")


def load_sdk() -> Any:
    """The official SDK. Raises MissingDependencyError if it is not installed."""
    try:
        import anthropic
    except ImportError as error:
        raise MissingDependencyError("ChatAnthropic", package="anthropic", extra="anthropic") from error
    return anthropic


@contextmanager
def complete(response: Any, reader: ReplyReader) -> Generator[None]:
    """Around the reading of a stream: it comes to its end, or there is an exception of the SDK.

    The SDK passes on what its HTTP library raises when the connection breaks in the middle, and takes a stream
    that just ends for a whole one. What goes wrong after the reply is complete is of no matter.

    Raises anthropic.APITimeoutError if nothing came for too long, anthropic.APIConnectionError if the
    connection was cut or the stream ended too early.
    """
    import httpx2  # what the SDK talks through

    sdk = load_sdk()
    try:
        yield
    except httpx2.TimeoutException as error:
        if not reader.done:
            raise sdk.APITimeoutError(response.request) from error
    except httpx2.RequestError as error:
        if not reader.done:
            raise sdk.APIConnectionError(
                message=f"The connection was cut in the middle of the reply: {error}",
                request=response.request,
            ) from error
    else:
        if not reader.done:
            raise sdk.APIConnectionError(
                message="The stream ended before message_stop: the reply is not complete.",
                request=response.request,
            )
