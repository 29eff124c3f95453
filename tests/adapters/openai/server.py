"""How OpenAI's two endpoints say things, for the server of the tests."""

import contextlib
import json

from adapters.openai.replies import Chunk, folded, text
from adapters.serving import PATIENCE, Event, Reply, Server
from adapters.serving import serving as serving_with

__all__ = ("PATIENCE", "Reply", "Server", "failure", "serving")


class Endpoints:
    """Chat completions and responses; see `adapters.serving.Wire`."""

    default: list[Chunk] = text("Hello")
    root = "/v1"

    def frame(self, event: Event) -> str:
        return f"data: {json.dumps(event)}\n\n"

    def failed(self) -> str:
        return self.frame({"error": {"message": "overloaded", "type": "server_error"}})

    def ended(self, path: str) -> str:
        return "" if path.endswith("/responses") else "data: [DONE]\n\n"

    def whole(self, path: str, events: list[Event]) -> Event:
        whole: Event = events[-1]["response"] if path.endswith("/responses") else folded(events)
        return whole


def serving() -> contextlib.AbstractContextManager[Server]:
    """A server on a free port, until the end of the block."""
    return serving_with(Endpoints())


def failure(status: int, message: str = "no", **headers: str) -> Reply:
    """A reply with a status and the provider's error body."""
    body = json.dumps({"error": {"message": message, "type": "a_type", "param": None, "code": "a_code"}})
    return Reply([], status=status, body=body, headers=tuple(headers.items()))
