"""What the two endpoints of a provider have in common, as `ChatOpenAI` sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from eventflow import BaseMessage, ChatGenerationChunk, ChatResult, ModelError

__all__ = ("Endpoint", "Reader", "refuse_text")


class Reader(Protocol):
    """Makes messages of what one streamed reply consists of."""

    def read(self, event: Any, /) -> ChatGenerationChunk | None:
        """What an object of the SDK says; None if it says nothing that is not kept for the end."""
        ...

    def close(self) -> ChatGenerationChunk | None:
        """The closing chunk; None if nothing has come."""
        ...


class Endpoint(Protocol):
    """One way of asking."""

    def calls(self, client: Any) -> Any:
        """The part of the SDK's client whose `create` asks."""
        ...

    def request(self, messages: Sequence[BaseMessage], options: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of `create`, of which `options` are given in the words of chat completions.

        Raises ValueError if the endpoint cannot be asked for one of them.
        """
        ...

    def result(self, reply: Any, http_request: Any) -> ChatResult:
        """What a whole reply says."""
        ...

    def reader(self, http_request: Any) -> Reader:
        """What reads a streamed reply."""
        ...


def refuse_text(reply: Any) -> None:
    """Raise ModelError if a server that does not know the endpoint has answered with a page."""
    if isinstance(reply, str):
        raise ModelError(
            "the server replied with text instead of a message: is base_url right? It mostly ends with /v1"
        )
