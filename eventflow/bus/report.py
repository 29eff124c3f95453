"""What is said about a subscriber that fails: one log entry with its traceback, on its own logger."""

from __future__ import annotations

import logging
from typing import Final

from eventflow.events import Event

__all__ = ("logger", "report_failure")

logger: Final = logging.getLogger("eventflow.subscribers")


def report_failure(subscriber: object, event: Event, error: Exception) -> None:
    """Log that `subscriber` raised `error` at `event`. The run and the other subscribers go on."""
    name = getattr(subscriber, "__qualname__", None) or repr(subscriber)
    logger.error(
        "subscriber %s failed at %s of %r; the run goes on", name, event.event, event.name, exc_info=error
    )
