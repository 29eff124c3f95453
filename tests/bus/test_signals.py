"""The signals: blinker's, with an order, strong references, and a check at the door."""

import functools
import gc
import threading
import weakref
from typing import Any

import pytest
from blinker import ANY, Signal
from hypothesis import given
from hypothesis import strategies as st

from eventflow.bus import APPLICATION, RunSignal, signals
from eventflow.bus.signals import OrderedSet, refuse_coroutine
from eventflow.errors import SubscriptionError
from eventflow.events import PHASES


def nothing(sender: Any, *, event: Any) -> None:
    """A receiver."""


def names(signal: Signal) -> list[str]:
    """Who is connected, in order."""
    return [receiver.__name__ for receiver in signal.receivers_for(None)]


def test_one_signal_a_phase() -> None:
    assert sorted(signals) == sorted(PHASES)
    assert all(isinstance(signal, RunSignal) and signal.name == phase for phase, signal in signals.items())
    assert signals.signal("start") is signals["start"]


@given(operations=st.lists(st.tuples(st.sampled_from(["add", "discard"]), st.integers(0, 5))))
def test_an_ordered_set_is_a_set_in_order(operations: list[tuple[str, int]]) -> None:
    ordered, model = OrderedSet(), list[int]()
    for operation, element in operations:
        getattr(ordered, operation)(element)
        if operation == "discard" and element in model:
            model.remove(element)
        elif operation == "add" and element not in model:
            model.append(element)
        assert [*ordered] == [*ordered.copy()] == model
        assert len(ordered) == len(model)
        assert bool(ordered) == bool(model)
        assert [element in ordered for element in range(6)] == [element in model for element in range(6)]
    assert [*(ordered | [7, *model])] == [*model, 7]
    ordered.clear()
    assert not [*ordered]


def test_connect_and_disconnect() -> None:
    assert signals["end"].connect(nothing) is nothing
    assert signals["end"].connect(nothing) is nothing
    assert names(signals["end"]) == ["nothing"]
    signals["end"].disconnect(nothing)
    signals["end"].disconnect(nothing)
    assert names(signals["end"]) == []


def test_connect_via() -> None:
    @signals["start"].connect_via(ANY)
    def hear(sender: Any, *, event: Any) -> None: ...

    assert names(signals["start"]) == ["hear"]
    signals["start"].disconnect(hear)


def test_connected_to() -> None:
    with signals["start"].connected_to(nothing):
        assert APPLICATION.active
    assert not APPLICATION.active


def test_a_lambda_survives_the_collector() -> None:
    signals["start"].connect(lambda sender, *, event: None)
    gc.collect()
    [receiver] = signals["start"].receivers_for(None)
    ref = weakref.ref(receiver)
    signals["start"].disconnect(receiver)
    del receiver
    gc.collect()
    assert ref() is None


def test_weak_is_refused() -> None:
    with pytest.raises(SubscriptionError, match="'stream' holds its receivers: connect\\(weak=False\\)"):
        signals["stream"].connect(nothing, weak=True)


def test_a_sender_is_refused() -> None:
    with pytest.raises(SubscriptionError, match=r"'stream' has no senders: use subscribe\(fn, run=\.\.\.\)"):
        signals["stream"].connect(nothing, sender=object())
    with pytest.raises(SubscriptionError, match="has no senders"):
        signals["stream"].connect_via(object())(nothing)


def test_muting_is_refused() -> None:
    with pytest.raises(SubscriptionError, match="'stream' cannot be muted"), signals["stream"].muted():
        pass


async def coroutine(sender: Any, *, event: Any) -> None: ...


async def async_generator(event: Any) -> Any:
    yield event


def generator(event: Any) -> Any:
    yield event


class AsyncCall:
    async def __call__(self, sender: Any, *, event: Any) -> None: ...

    async def method(self, sender: Any, *, event: Any) -> None: ...


@pytest.mark.parametrize(
    "receiver",
    [
        coroutine,
        async_generator,
        AsyncCall(),
        AsyncCall().method,
        functools.partial(coroutine),
        "not callable",
        None,
    ],
)
def test_what_would_have_to_be_awaited_or_cannot_be_called_is_refused(receiver: Any) -> None:
    with pytest.raises(SubscriptionError, match=r"subscriber must be callable|async with listen"):
        signals["start"].connect(receiver)
    assert names(signals["start"]) == []


def test_a_generator_function_is_refused_because_calling_it_does_nothing() -> None:
    with pytest.raises(SubscriptionError, match="generator is a generator function"):
        refuse_coroutine(generator)


def test_connecting_and_disconnecting_from_many_threads() -> None:
    together = threading.Barrier(8)
    raised: list[BaseException] = []

    def churn() -> None:
        together.wait()
        try:
            for _ in range(100):
                receiver = functools.partial(nothing)
                signals["custom"].connect(receiver)
                signals["custom"].disconnect(receiver)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=churn) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    assert not APPLICATION.active


def test_bookkeeping_is_constant() -> None:
    signal = signals["custom"]
    for _ in range(1_000):
        receiver = functools.partial(nothing)
        signal.connect(receiver)
        signal.disconnect(receiver)
    assert len(signal.receivers) == 0
    assert len(signal._by_receiver) == 0
    assert len(signal._by_sender) <= 1
