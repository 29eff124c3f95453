"""What stands between the bus and a function that was connected to a signal directly."""

from typing import Any

import pytest

from bus.emitters import FakeRun
from eventflow.bus import PlainReceiver
from eventflow.errors import SubscriptionError
from eventflow.events import PHASES, Event

RUN = FakeRun()


def ignore(function: object, event: Event, error: Exception) -> None:
    """A report."""


def test_it_wants_everything_and_is_never_told_directly() -> None:
    receiver = PlainReceiver(lambda sender, *, event: None, ignore)
    assert receiver.phases == set(PHASES)
    assert all(receiver.wants(RUN, phase, None) for phase in PHASES)
    assert receiver.direct is None


def test_it_calls_the_function_with_the_run_and_the_event() -> None:
    told: list[Any] = []
    event = RUN.chunk("a")
    PlainReceiver(lambda sender, *, event: told.append((sender, event)), ignore)(RUN, event=event)
    assert told == [(RUN, event)]


def test_it_reports_the_function_and_not_itself() -> None:
    reported: list[Any] = []

    def function(sender: Any, *, event: Event) -> None: ...

    event, error = RUN.chunk("a"), ValueError()
    PlainReceiver(function, lambda *args: reported.append(args)).failed(event, error)
    assert reported == [(function, event, error)]


def test_a_coroutine_function_is_refused() -> None:
    async def function(sender: Any, *, event: Event) -> None: ...

    with pytest.raises(SubscriptionError, match="function is a coroutine function"):
        PlainReceiver(function, ignore)
