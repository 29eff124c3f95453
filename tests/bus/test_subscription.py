"""`subscribe` and `listen`, seen from outside: real runs tell, real subscribers hear."""

import asyncio
import functools
import gc
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeGuard

import pytest

from eventflow.bus import (
    APPLICATION,
    Listener,
    Mailbox,
    Statistics,
    Subscription,
    active_subscriptions,
    listen,
    signals,
    subscribe,
)
from eventflow.errors import BufferOverflowError, SubscriptionError
from eventflow.events import ChainEndEvent, StreamEvent
from eventflow.runnables import RunnableLambda
from eventflow.runs import dispatch_custom_event

double = RunnableLambda(lambda x: x * 2, name="double")


def tell(count: int, start: int = 0) -> None:
    """One run that tells of `count` numbers."""

    def count_up(x: int) -> None:
        for number in range(start, start + count):
            dispatch_custom_event("number", number)

    RunnableLambda(count_up).invoke(0)


def numbers(events: Iterator[StreamEvent] | Listener | list[StreamEvent]) -> list[Any]:
    """The numbers told."""
    return [event["data"] for event in events if event["event"] == "on_custom_event"]


# ---- opened and closed


def test_told_while_it_is_open() -> None:
    heard: list[str] = []
    double.invoke(1)
    subscription = subscribe(lambda event: heard.append(event["event"]))
    double.invoke(1)
    assert not subscription.closed
    subscription.close()
    assert subscription.closed
    double.invoke(1)
    assert heard == ["on_chain_start", "on_chain_end"]


def test_closing_twice_is_closing_once() -> None:
    before = active_subscriptions()
    subscription = subscribe(print)
    assert active_subscriptions() == before + 1
    subscription.close()
    subscription.close()
    assert active_subscriptions() == before


def test_a_with_block_closes_it_whatever_happens() -> None:
    with pytest.raises(ZeroDivisionError), subscribe(print) as subscription:
        _ = 1 / 0
    assert subscription.closed
    assert not APPLICATION.active


def test_it_is_connected_to_the_signals_of_its_phases_only() -> None:
    with subscribe(print, phases=["end", "error"]) as subscription:
        assert [phase for phase, signal in signals.items() if signal.receivers] == ["end", "error"]
        assert subscription in signals["end"].receivers_for(None)


def test_the_same_function_twice_is_told_twice() -> None:
    heard: list[StreamEvent] = []
    with subscribe(heard.append, phases=["end"]), subscribe(heard.append, phases=["end"]):
        double.invoke(1)
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert heard[0] is not heard[1]


def test_it_lives_without_its_handle() -> None:
    heard: list[StreamEvent] = []
    subscribe(lambda event: heard.append(event), phases=["end"])
    gc.collect()
    double.invoke(1)
    [handle] = signals["end"].receivers_for(None)
    assert isinstance(handle, Subscription)
    handle.close()
    assert len(heard) == 1


# ---- filters and predicates


def test_filters() -> None:
    heard: list[StreamEvent] = []
    with subscribe(heard.append, include_names=["double"], phases=["end"]):
        (double | RunnableLambda(str, name="text")).invoke(1)
    assert [(event["name"], event["data"]) for event in heard] == [("double", {"input": 1, "output": 2})]


def ends_of_chains(event: StreamEvent) -> TypeGuard[ChainEndEvent]:
    """A predicate that narrows."""
    return event["event"] == "on_chain_end"


def test_where() -> None:
    outputs: list[Any] = []

    def hear(event: ChainEndEvent) -> None:
        outputs.append(event["data"].get("output"))

    with subscribe(hear, where=ends_of_chains) as subscription:
        double.invoke(1)
    assert outputs == [2]
    assert subscription.statistics == Statistics(delivered=1, dropped=0, errors=0)


def test_a_predicate_that_raises_is_a_failure_of_the_subscriber(caplog: pytest.LogCaptureFixture) -> None:
    with subscribe(print, where=lambda event: event["nothing"]) as subscription:  # type: ignore[typeddict-item]
        assert double.invoke(1) == 2
    assert subscription.statistics == Statistics(0, 0, 2)
    assert "KeyError: 'nothing'" in caplog.text


def test_a_listener_has_a_predicate_too() -> None:
    with listen(where=lambda event: event["event"] == "on_chain_end") as events:
        double.invoke(1)
    assert [event["event"] for event in events] == ["on_chain_end"]
    assert events.statistics == Statistics(1, 0, 0)


def test_each_is_given_dictionaries_of_its_own() -> None:
    def spoil(event: Any) -> None:
        event["tags"].append("spoiled")
        event["metadata"]["spoiled"] = True
        event["data"]["input"] = "spoiled"
        event["name"] = "spoiled"

    heard: list[StreamEvent] = []
    with subscribe(spoil), subscribe(heard.append):
        (double | double).invoke(1)
    assert "spoiled" not in str(heard)


# ---- errors of subscribers


def angry(event: StreamEvent) -> None:
    """A subscriber that fails."""
    raise ValueError(f"not {event['event']}")


def test_log_names_the_subscriber_and_the_event(caplog: pytest.LogCaptureFixture) -> None:
    with subscribe(angry) as subscription:
        assert double.invoke(1) == 2
    assert [record.getMessage() for record in caplog.records] == [
        "subscriber angry failed at on_chain_start of 'double'; the run goes on",
        "subscriber angry failed at on_chain_end of 'double'; the run goes on",
    ]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert subscription.statistics == Statistics(2, 0, 2)


def test_raise_raises_into_the_run() -> None:
    with (
        subscribe(angry, on_error="raise", phases=["start"]),
        pytest.raises(ValueError, match="on_chain_start"),
    ):
        double.invoke(1)


def test_raise_in_a_run_still_tells_the_others_of_its_error() -> None:
    heard: list[str] = []
    with (
        subscribe(angry, on_error="raise", phases=["start"]),
        subscribe(lambda event: heard.append(event["event"])),
        pytest.raises(ValueError, match="on_chain_start"),
    ):
        double.invoke(1)
    assert heard == ["on_chain_start", "on_chain_error"]


def test_a_function_is_given_the_event_and_the_error(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[tuple[str, str]] = []
    with subscribe(angry, on_error=lambda event, error: failures.append((event["event"], str(error)))):
        double.invoke(1)
    assert failures == [(name, f"not {name}") for name in ("on_chain_start", "on_chain_end")]
    assert caplog.records == []


def test_a_function_for_errors_that_fails_itself_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def worse(event: StreamEvent, error: Exception) -> None:
        raise KeyError

    with subscribe(angry, on_error=worse, phases=["end"]) as subscription:
        assert double.invoke(1) == 2
    assert "worse failed at on_chain_end" in caplog.text
    assert subscription.statistics.errors == 1


# ---- refused at the door


async def coroutine(event: StreamEvent) -> None: ...


async def async_generator(event: StreamEvent) -> Any:
    yield event


def generator(event: StreamEvent) -> Any:
    yield event


class AsyncCall:
    async def __call__(self, event: StreamEvent) -> None: ...


@pytest.mark.parametrize(
    "function",
    [coroutine, async_generator, generator, AsyncCall(), functools.partial(coroutine), None],
    ids=["coroutine", "async generator", "generator", "object", "partial", "None"],
)
@pytest.mark.parametrize("policy", [None, "block"])
def test_a_function_that_cannot_just_be_called_is_refused(function: Any, policy: Any) -> None:
    with pytest.raises(SubscriptionError, match=r"is a coroutine function|do not yield|must be callable"):
        subscribe(function, policy=policy)


def test_how_to_take_events_in_async_code_instead_is_said() -> None:
    with pytest.raises(SubscriptionError, match="async with listen"):
        subscribe(coroutine)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"include_name": ["a"]}, "unknown filter include_name: there are include_names, include_types"),
        ({"on_error": "ignore"}, "on_error='ignore': give 'log', 'raise' or a function"),
        ({"policy": "drop"}, "policy='drop': choose one of block, drop_oldest"),
        ({"policy": "block", "buffer": 0}, "buffer=0: a buffer holds at least one event"),
        ({"policy": "block", "on_error": "raise"}, "on_error='raise' needs policy=None"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options: Any, message: str) -> None:
    before, threads = active_subscriptions(), threading.active_count()
    with pytest.raises(SubscriptionError) as refused:
        subscribe(print, **options)
    assert message in str(refused.value)
    assert (active_subscriptions(), threading.active_count()) == (before, threads)
    assert not APPLICATION.active


@pytest.mark.parametrize("options", [{"include_name": ["a"]}, {"policy": "drop"}, {"buffer": 0}])
def test_a_listener_refuses_them_too(options: Any) -> None:
    with pytest.raises(SubscriptionError):
        listen(**options)
    assert not APPLICATION.active


# ---- with a policy: in a thread of its own


def test_with_a_policy_the_function_is_called_in_one_other_thread() -> None:
    threads: set[str] = set()

    def hear(event: StreamEvent) -> None:
        threads.add(threading.current_thread().name)

    with subscribe(hear, policy="block") as subscription:
        double.invoke(1)
    assert threads == {"eventflow-hear"}
    assert subscription.statistics == Statistics(2, 0, 0)


def test_closing_waits_until_the_function_has_heard_everything() -> None:
    heard: list[StreamEvent] = []
    go_on = threading.Event()

    def slow(event: StreamEvent) -> None:
        go_on.wait()
        heard.append(event)

    with subscribe(slow, policy="block", buffer=1000, phases=["custom"]):
        tell(100)
        assert heard == []
        go_on.set()
    assert numbers(heard) == [*range(100)]


def test_an_error_in_its_thread_is_logged_and_the_rest_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[StreamEvent] = []

    def picky(event: StreamEvent) -> None:
        heard.append(event)
        if event["data"] == 1:
            raise ValueError

    with subscribe(picky, policy="block", phases=["custom"]) as subscription:
        tell(3)
    assert numbers(heard) == [0, 1, 2]
    assert subscription.statistics == Statistics(3, 0, 1)
    assert "picky failed at on_custom_event of 'number'" in caplog.text


def test_it_may_close_itself_and_is_told_what_was_in_the_buffer() -> None:
    heard: list[StreamEvent] = []
    ready = threading.Event()

    def once(event: StreamEvent) -> None:
        ready.wait()
        heard.append(event)
        subscription.close()

    subscription = subscribe(once, policy="block", phases=["custom"])
    tell(3)
    ready.set()
    subscription.close()
    tell(3, start=3)
    assert numbers(heard) == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_function_that_ends_its_thread_makes_nobody_wait_for_it() -> None:
    def leave(event: StreamEvent) -> None:
        raise SystemExit

    with subscribe(leave, policy="block", buffer=1, phases=["custom"]) as subscription:
        tell(10)
        tell(10)
    assert subscription.closed


# ---- listeners


def test_a_listener_in_a_thread() -> None:
    heard: list[Any] = []
    with listen(phases=["custom"]) as events:
        reader = threading.Thread(target=lambda: heard.extend(numbers(events)))
        reader.start()
        tell(100)
    reader.join()
    assert heard == [*range(100)]


async def test_a_listener_in_a_task() -> None:
    async def read() -> list[Any]:
        return [event["data"] async for event in events]

    async with listen(phases=["custom"]) as events:
        reader = asyncio.create_task(read())
        await asyncio.sleep(0)
        tell(3)
        await asyncio.to_thread(tell, 100, 3)
    assert await reader == [*range(103)]


def test_what_was_told_before_closing_can_be_read_after_it() -> None:
    with listen(phases=["custom"]) as events:
        tell(3)
    tell(3, start=3)
    assert numbers(events) == [0, 1, 2]
    assert numbers(events) == []


def test_reading_can_be_left_and_taken_up_again() -> None:
    with listen(phases=["custom"]) as events:
        tell(3)
        assert next(iter(events))["data"] == 0
        assert next(iter(events))["data"] == 1
    assert numbers(events) == [2]


def test_the_last_event_before_closing_is_not_lost() -> None:
    """The box is seen to be empty, then comes an event and the end: both must be seen in this order."""
    box = Mailbox()
    looks: list[str] = []

    class Watched:
        def __bool__(self) -> bool:
            looks.append("items")
            return False

    box.closed = True
    box.items = Watched()  # type: ignore[assignment]
    assert box.ended
    box.closed = False
    looks.clear()
    assert not box.ended
    assert looks == []  # looked at only when nothing can come any more


@pytest.mark.parametrize("policy", ["drop_oldest", "drop_newest"])
def test_what_a_listener_drops_is_counted(policy: Any) -> None:
    with listen(policy=policy, buffer=3, phases=["custom"]) as events:
        tell(10)
    assert numbers(events) == ([7, 8, 9] if policy == "drop_oldest" else [0, 1, 2])
    assert events.statistics == Statistics(3, 7, 0)


def test_a_listener_that_blocks_keeps_everything_until_reading_begins() -> None:
    with listen(policy="block", buffer=2, phases=["custom"]) as events:
        tell(10)
    assert numbers(events) == [*range(10)]


def test_a_listener_with_policy_error_raises_after_what_it_has() -> None:
    heard: list[Any] = []
    with listen(policy="error", buffer=2, phases=["custom"]) as events:
        tell(10)
        with pytest.raises(BufferOverflowError, match="2 events behind") as raised:
            heard.extend(event["data"] for event in events)
    assert (heard, raised.value.lost, events.statistics) == ([0, 1], 1, Statistics(2, 1, 0))


async def test_the_same_in_a_task() -> None:
    async with listen(policy="error", buffer=2, phases=["custom"]) as events:
        tell(10)
        reader = aiter(events)
        assert [(await anext(reader))["data"], (await anext(reader))["data"]] == [0, 1]
        with pytest.raises(BufferOverflowError):
            await anext(reader)


def test_a_subscriber_with_policy_error_is_closed_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[StreamEvent] = []
    inside, go_on = threading.Event(), threading.Event()

    def slow(event: StreamEvent) -> None:
        inside.set()
        go_on.wait()
        heard.append(event)

    subscription = subscribe(slow, policy="error", buffer=2, phases=["custom"])

    def overflow(x: int) -> int:
        dispatch_custom_event("number", 0)
        inside.wait()
        for number in range(1, 10):
            dispatch_custom_event("number", number)
        return x

    assert RunnableLambda(overflow).invoke(7) == 7
    go_on.set()
    subscription.close()
    assert numbers(heard) == [0, 1, 2]
    assert subscription.statistics == Statistics(3, 1, 0)
    assert "a subscriber is 2 events behind and its policy is 'error'" in caplog.text


def test_the_handle_of_a_listener_is_one() -> None:
    reading: Callable[[], Listener] = listen
    with reading() as events:
        assert isinstance(events, Subscription)
        assert not events.closed
    assert events.closed
