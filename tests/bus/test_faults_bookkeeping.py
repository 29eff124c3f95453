"""What stays behind when runs, scopes and subscriptions are gone, and what those that are there cost the others."""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from types import FrameType
from typing import Any

import pytest

from bus.programs import counted, double, names
from eventflow.bus import (
    APPLICATION,
    Delivery,
    Hub,
    Mailbox,
    active_subscriptions,
    listen,
    signals,
    subscribe,
)
from eventflow.callbacks import BaseCallbackHandler
from eventflow.events import Event, RunInfo, StreamEvent
from eventflow.runnables import Runnable, RunnableLambda, RunnableParallel
from eventflow.runs import Run, Scope, dispatch_custom_event

OURS = (Delivery, Event, Hub, Mailbox, Run, RunInfo, Scope)


class Handler(BaseCallbackHandler):
    """Hears starts and ends."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_chain_start(self, *args: Any, **kwargs: Any) -> None:
        self.heard.append("start")

    def on_chain_end(self, *args: Any, **kwargs: Any) -> None:
        self.heard.append("end")


def alive() -> Counter[str]:
    """How many there are of the objects that a run makes."""
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, OURS))


@contextmanager
def nothing_for_the_collector() -> Iterator[None]:
    """All that the body makes goes when it is no longer needed, and does not wait for the collector."""
    gc.collect()
    gc.disable()
    try:
        before = alive()
        yield
        assert alive() == before
    finally:
        gc.enable()


def deep(levels: int, count: int) -> Runnable[int, int]:
    """A run in a run in a run…, the innermost of which tells of `count` numbers."""

    def innermost(x: int) -> int:
        for number in range(count):
            dispatch_custom_event("number", number)
        return x

    program: Runnable[int, int] = RunnableLambda(innermost)
    for _ in range(levels):

        def around(x: int, inner: Runnable[int, int] = program) -> int:
            return inner.invoke(x)

        program = RunnableLambda(around)
    return program


# ---- nothing stays


def watched_inline() -> None:
    heard: list[str] = []
    with subscribe(lambda event: heard.append(event["event"])):
        assert (double | RunnableParallel(a=double, b=counted(3, []))).invoke(1) == {"a": 4, "b": 3}
    assert heard


def watched_in_a_thread() -> None:
    with subscribe(lambda event: None, policy="block"):
        double.invoke(1)


def listened_to() -> None:
    with listen(policy="coalesce", buffer=1) as events:
        list(counted(100, []).stream(0))
    assert names(events)[-1] == "end counted"


def with_callbacks() -> None:
    handler = Handler()
    (double | double).invoke(1, {"callbacks": [handler]})
    assert handler.heard == ["start", "start", "end", "start", "end", "end"]


def as_events() -> None:
    assert len(list((double | counted(3, [])).stream_events(1))) == 13


def as_events_and_left_early() -> None:
    events = (double | counted(3, [])).stream_events(1)
    next(events)


def as_async_events() -> None:
    async def read() -> int:
        return len([event async for event in (double | counted(3, [])).astream_events(1)])

    assert asyncio.run(read()) == 13


def as_async_events_and_left_early() -> None:
    async def read() -> None:
        async with aclosing((double | counted(3, [])).astream_events(1)) as events:
            await anext(events)

    asyncio.run(read())


@pytest.mark.parametrize(
    "program",
    [
        watched_inline,
        watched_in_a_thread,
        listened_to,
        with_callbacks,
        as_events,
        as_events_and_left_early,
        as_async_events,
        as_async_events_and_left_early,
    ],
)
def test_nothing_waits_for_the_collector(program: Callable[[], None]) -> None:
    program()
    with nothing_for_the_collector():
        program()


def test_ten_thousand_events_twenty_runs_deep() -> None:
    program = deep(20, 10_000)
    with nothing_for_the_collector():
        told, before = 0, alive()["Event"]
        with subscribe(lambda event: None) as inline, listen(buffer=100) as behind:
            assert program.invoke(7) == 7
            assert alive()["Event"] - before <= 100  # those in the buffer
        for event in behind:
            told += 1
            assert len(event["parent_ids"]) <= 20
        assert inline.statistics.delivered == 10_000 + 2 * 21
        assert told + behind.statistics.dropped == 10_000 + 2 * 21
        del behind, inline, event


def test_an_event_that_is_kept_keeps_nothing_else() -> None:
    class Input:
        """Something large."""

    kept: list[Any] = []
    with subscribe(kept.append, phases=["end"]), nothing_for_the_collector():
        RunnableLambda(lambda x: dispatch_custom_event("mark", 1)).invoke(Input())
        kept[0]["data"].clear()
        assert not any(isinstance(one, Input) for one in gc.get_objects())


def test_ten_thousand_runs_leave_no_trace() -> None:
    heard = 0

    def hear(event: StreamEvent) -> None:
        nonlocal heard
        heard += 1

    with subscribe(hear), nothing_for_the_collector():
        receivers = [len(signal.receivers) for signal in signals.values()]
        double.invoke(0)
        objects = len(gc.get_objects())
        for number in range(10_000):
            double.invoke(number)
        assert len(gc.get_objects()) - objects <= 10
        assert [len(signal.receivers) for signal in signals.values()] == receivers
    assert heard == 20_002


def test_ten_thousand_scopes_leave_no_trace() -> None:
    gc.collect()
    handler = Handler()
    with nothing_for_the_collector():
        for number in range(10_000):
            double.invoke(number, {"callbacks": [handler]})
        assert len(APPLICATION._inner) == 0
    assert len(handler.heard) == 20_000


def test_a_thousand_subscriptions_leave_no_trace() -> None:
    before = active_subscriptions()

    def tables() -> list[int]:
        return [
            len(table)
            for signal in signals.values()
            for table in (signal.receivers, signal._by_receiver, signal._by_sender, signal._weak_senders)
        ]

    subscribe(print).close()
    empty = tables()
    with nothing_for_the_collector():
        for _ in range(1_000):
            subscribe(print, run="x").close()
            listen().close()
    assert tables() == empty
    assert active_subscriptions() == before
    assert not APPLICATION.active


# ---- nobody pays for the others


def calls(work: Callable[[], object]) -> int:
    """How many Python functions are called by `work`: a measure of what it costs that does not vary."""
    count = 0

    def profile(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event == "call"

    gc.disable()  # what other tests have left may call Python functions when it is collected
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


@contextmanager
def open_scopes(count: int) -> Iterator[None]:
    """Event streams of other runs, all begun and none ended."""
    with ExitStack() as stack:
        for _ in range(count):
            events: Any = counted(10, []).stream_events(0)
            next(events)
            stack.callback(events.close)
        yield


@pytest.mark.parametrize("watched", [False, True])
def test_a_hundred_scopes_cost_other_runs_nothing(watched: bool) -> None:
    gc.collect()  # scopes that other tests have left in errors
    with ExitStack() as stack:
        if watched:
            stack.enter_context(subscribe(lambda event: None))
        double.invoke(0)
        alone = calls(lambda: double.invoke(1))
        with open_scopes(100):
            assert len(APPLICATION._inner) == 100
            assert calls(lambda: double.invoke(1)) == alone


def test_while_nobody_listens_a_run_has_no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("nobody listens")

    monkeypatch.setattr("eventflow.runs.run.Event", refused)
    monkeypatch.setattr("eventflow.runs.run.RunInfo", refused)
    monkeypatch.setattr("eventflow.runs.run.new_id", refused)
    assert (double | double).invoke(1) == 4
    assert list((double | counted(3, [])).stream(1)) == [0, 1, 2]


def test_what_a_filter_does_not_want_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    class Built(Event):  # type: ignore[misc]  # final, but here it has to be watched
        __slots__ = ()

        def __init__(self, phase: Any, *args: Any) -> None:
            super().__init__(phase, *args)
            built.append(phase)

    monkeypatch.setattr("eventflow.runs.run.Event", Built)
    with subscribe(lambda event: None, include_names=["double"], phases=["end"]):
        list((double | counted(100, [])).stream(1))
    assert built == ["end"]


def test_a_subscription_is_asked_once_a_run_for_all_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    with subscribe(lambda event: None) as subscription:
        wants = type(subscription).wants

        def counting(self: Any, run: Any, phase: Any, name: Any) -> bool:
            asked[phase] += 1
            return wants(self, run, phase, name)

        monkeypatch.setattr(type(subscription), "wants", counting)
        list(counted(1_000, []).stream(1))
    assert asked["stream"] == 1


# ---- two who watch


@pytest.mark.parametrize("version", ["v2", None])
def test_an_event_stream_is_the_same_whoever_else_watches(version: Any) -> None:
    def told(config: Any = None) -> list[Any]:
        program = counted(2, []) | double | counted(3, [])
        return [
            (event["event"], event["name"], event["data"])
            for event in program.stream_events(1, config, version=version)
        ]

    alone = told()
    with subscribe(lambda event: None), listen():
        assert told() == alone
        assert told({"callbacks": [Handler()]}) == alone
    assert told({"callbacks": [Handler(), Handler()]}) == alone
