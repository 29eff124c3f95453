"""`JsonLines`: every event as one line of JSON, for files, pipes and other programs."""

from __future__ import annotations

import json
import threading
from typing import TextIO

from eventflow.events import StreamEvent
from eventflow.subscribers.plain import as_plain

__all__ = ("JsonLines",)


class JsonLines:
    """A subscriber that writes each event to `stream` as one line of JSON, and flushes it.

    The keys are always `event, name, run_id, parent_ids, tags, metadata, data`, in this order. Messages and
    models are what `model_dump` gives, exceptions `{"type", "message"}`; what JSON cannot hold is the beginning
    of its repr, and a SecretStr stays masked. The text is ASCII, so that neither a line end nor an escape
    sequence in an event can reach whoever reads it.

    Arguments:
        stream: where to write, opened for text. It stays open: closing it is up to whoever opened it.

    >>> from io import StringIO
    >>> from eventflow import RunnableLambda, subscribe
    >>> stream = StringIO()
    >>> with subscribe(JsonLines(stream), phases=["end"]):
    ...     RunnableLambda(str.upper, name="loud").invoke("hi", {"run_id": "00000000-0000-0000-0000-000000000001"})
    'HI'
    >>> print(stream.getvalue(), end="")  # doctest: +NORMALIZE_WHITESPACE
    {"event": "on_chain_end", "name": "loud", "run_id": "00000000-0000-0000-0000-000000000001",
     "parent_ids": [], "tags": [], "metadata": {}, "data": {"output": "HI", "input": "hi"}}
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._writing = threading.Lock()

    def __call__(self, event: StreamEvent) -> None:
        line = json.dumps(as_plain(_ordered(event)), allow_nan=False) + "\n"
        with self._writing:
            self._stream.write(line)
            self._stream.flush()


def _ordered(event: StreamEvent) -> dict[str, object]:
    return {
        "event": event["event"],
        "name": event["name"],
        "run_id": event["run_id"],
        "parent_ids": event["parent_ids"],
        "tags": event["tags"],
        "metadata": event["metadata"],
        "data": event["data"],
    }
