"""What the log says of a subscriber that failed."""

import logging
from functools import partial

import pytest

from bus.emitters import FakeRun
from eventflow.bus import report_failure


def subscriber(event: object) -> None:
    """A name for the log."""


@pytest.mark.parametrize(
    ("who", "named"),
    [(subscriber, "subscriber subscriber failed"), (partial(subscriber), "functools.partial")],
)
def test_one_entry_that_names_who_and_what(who: object, named: str, caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError("no")
    report_failure(who, FakeRun("joke", "tool").tell("end"), error)
    [entry] = caplog.records
    assert (entry.name, entry.levelno) == ("eventflow.subscribers", logging.ERROR)
    assert named in entry.getMessage()
    assert "at on_tool_end of 'joke'; the run goes on" in entry.getMessage()
    assert entry.exc_info is not None
    assert entry.exc_info[1] is error


def test_a_custom_event_is_named_by_its_own_name(caplog: pytest.LogCaptureFixture) -> None:
    report_failure(subscriber, FakeRun("joke").tell("custom", {}, name="progress"), ValueError())
    assert "at on_custom_event of 'progress'" in caplog.text
