"""Every test here begins with silent signals, and leaves them so."""

from collections.abc import Iterator

import pytest

from eventflow.bus import signals


@pytest.fixture(autouse=True)
def silent_signals() -> Iterator[None]:
    """Complain of receivers that a test has left, once, and remove them."""
    yield
    left = [receiver for signal in signals.values() for receiver in signal.receivers_for(None)]
    for signal in signals.values():
        for receiver in left:
            signal.disconnect(receiver)
    assert left == []
