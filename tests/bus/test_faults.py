"""Subscribers that fail, stall, leave, come late or answer: what becomes of the run, and of the others.

Each test is a row of the fault catalogue for an in-process bus. The programs are real; nothing sleeps, threads
and tasks meet at events.
"""

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bus.programs import check_life, counted, double, names, numbers, tell
from eventflow.bus import Mailbox, Statistics, Subscription, listen, signals, subscribe
from eventflow.errors import BufferOverflowError, SubscriptionError
from eventflow.events import PHASES, StreamEvent
from eventflow.messages import AIMessageChunk
from eventflow.runnables import Runnable, RunnableGenerator, RunnableLambda, RunnableParallel
from eventflow.runs import dispatch_custom_event

# ---- one that raises


def test_one_of_six_raises_and_the_others_hear_everything() -> None:
    def angry(event: StreamEvent) -> None:
        raise ValueError

    heard: list[list[StreamEvent]] = [[] for _ in range(5)]
    quiet = counted(3, []).invoke(0)
    subscriptions = [subscribe(angry), *(subscribe(one.append) for one in heard)]
    try:
        assert counted(3, []).invoke(0) == quiet
        assert [*counted(3, []).stream(0)] == [0, 1, 2]
    finally:
        for subscription in subscriptions:
            subscription.close()
    assert all(one == heard[0] for one in heard)
    check_life(heard[0])
    assert subscriptions[0].statistics.errors == len(heard[0]) == 10
    assert all(subscription.statistics == Statistics(10, 0, 0) for subscription in subscriptions[1:])


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
@pytest.mark.parametrize("phase", ["start", "stream", "end"])
def test_what_is_meant_to_stop_the_program_stops_it(kind: type[BaseException], phase: Any) -> None:
    armed = True

    def stop(event: StreamEvent) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise kind

    heard: list[StreamEvent] = []
    with subscribe(stop, phases=[phase]) as stopper, subscribe(heard.append):
        with pytest.raises(kind):
            list(counted(1, []).stream(0))
        check_life(heard)
        assert stopper.statistics.errors == 0
        assert list(counted(1, []).stream(0)) == [0]
    check_life(heard)


# ---- one that stalls


@pytest.mark.parametrize(
    ("policy", "kept"), [("drop_oldest", range(99_000, 100_000)), ("drop_newest", range(1_000))]
)
def test_a_hundred_thousand_events_and_nobody_reads(policy: Any, kept: range) -> None:
    with listen(policy=policy, buffer=1_000, phases=["custom"]) as stalled:
        tell(100_000)
    assert stalled.statistics.dropped == 99_000
    assert numbers(stalled) == [*kept]
    assert stalled.statistics == Statistics(1_000, 99_000, 0)


async def test_block_an_async_producer_waits_and_nothing_is_lost() -> None:
    made: list[int] = []
    stalled, go_on = asyncio.Event(), asyncio.Event()
    read: list[int] = []

    async def reader() -> None:
        async for event in events:
            if event["event"] == "on_chain_start":
                stalled.set()
                await go_on.wait()
            elif event["event"] == "on_chain_stream":
                read.append(event["data"]["chunk"])

    async def producer() -> None:
        async for _ in counted(1_000, made).astream(0):
            pass

    async with listen(policy="block", buffer=10) as events:
        reading = asyncio.create_task(reader())
        await asyncio.sleep(0)
        producing = asyncio.create_task(producer())
        await stalled.wait()
        for _ in range(20):  # turns in which it could go on, if it were not waiting
            await asyncio.sleep(0)
        assert (len(made), read) == (10, [])  # with the start that is one event more than the buffer holds
        go_on.set()
        await producing
    await reading
    assert read == made == [*range(1_000)]


async def test_block_a_producer_in_a_thread_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    loop, waiting = asyncio.get_running_loop(), asyncio.Event()
    wait = Mailbox.wait

    def announced(box: Mailbox) -> None:
        loop.call_soon_threadsafe(waiting.set)
        wait(box)

    monkeypatch.setattr(Mailbox, "wait", announced)
    async with listen(policy="block", buffer=10, phases=["stream"]) as events:
        reader = aiter(events)
        first = asyncio.create_task(anext(reader))
        await asyncio.sleep(0)
        producing = asyncio.create_task(asyncio.to_thread(lambda: [*counted(1_000, made).stream(0)]))
        await first
        await waiting.wait()
        assert 11 <= len(made) <= 12  # one or none of them was read before the box was full
        rest: list[Any] = [await anext(reader) for _ in range(999)]
        assert await producing == [*range(1_000)]
    assert [event["data"]["chunk"] for event in rest] == [*range(1, 1_000)]


async def test_block_a_producer_in_the_readers_own_thread_does_not_wait_for_itself() -> None:
    async with listen(policy="block", buffer=10, phases=["custom"]) as events:

        async def read() -> list[StreamEvent]:
            return [event async for event in events]

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        tell(1_000)  # sync code on the loop: nobody could read meanwhile
    assert numbers(await reading) == [*range(1_000)]


async def test_block_a_run_that_is_filtered_away_does_not_spin_while_the_reader_is_busy() -> None:
    """A consumer has taken the last event and awaits something; another branch of the same run ends meanwhile."""
    for busy_at in range(1, 9):
        go = asyncio.Event()

        async def shown(x: int) -> Any:
            for number in range(6):
                yield number

        async def hidden(x: int, go: asyncio.Event = go) -> int:
            await go.wait()
            return x

        branches: dict[str, Any] = {"a": RunnableLambda(shown), "b": RunnableLambda(hidden)}
        seen = 0
        async for _ in double.pipe(branches).astream_events(1, include_names=["shown"], buffer=2):
            seen += 1
            if seen == busy_at:
                go.set()
                for _ in range(20):
                    await asyncio.sleep(0)
        assert seen == 8


async def test_block_a_consumer_with_an_empty_buffer_may_wait_for_the_producer() -> None:
    ready = asyncio.Event()

    async def shown(x: int) -> Any:
        for number in range(5):
            yield number
        ready.set()

    seen = []
    async for event in RunnableLambda(shown).astream_events(1, buffer=3, include_names=["shown"]):
        seen.append(event["event"])
        if len(seen) == 4:  # start and three chunks: the buffer is empty, and has been full
            async with asyncio.timeout(5):
                await ready.wait()
    assert seen == ["on_chain_start", *["on_chain_stream"] * 5, "on_chain_end"]


def test_error_closes_the_subscriber_and_the_run_goes_on() -> None:
    heard: list[StreamEvent] = []
    with (
        listen(policy="error", buffer=10, phases=["custom"]) as stalled,
        subscribe(heard.append, phases=["custom"]),
    ):
        tell(1_000)
        with pytest.raises(BufferOverflowError, match="'error'"):
            assert numbers(stalled) == []
    assert numbers(heard) == [*range(1_000)]
    assert stalled.statistics == Statistics(10, 1, 0)


# ---- one that is behind, and is content with sums


def test_coalesced_tokens_are_the_exact_text_and_others_get_every_token() -> None:
    def speak(chunks: Any) -> Any:
        for number in range(10_000):
            yield AIMessageChunk(content=f"{number} ", id="m")

    text = "".join(f"{number} " for number in range(10_000))
    heard: list[Any] = []
    with listen(policy="coalesce", buffer=2) as behind, subscribe(heard.append, phases=["stream"]):
        RunnableGenerator(speak, name="model").invoke(0)
    events: list[Any] = [*behind]
    assert names(events) == ["start model", "stream model", "end model"]
    assert events[1]["data"]["chunk"].content == events[2]["data"]["output"].content == text
    assert len(heard) == 10_000
    assert [event["data"]["chunk"].content for event in heard[:2]] == ["0 ", "1 "]
    assert behind.statistics == Statistics(3, 0, 0)


def test_coalesced_snapshots_are_the_last_one() -> None:
    class Growing(Runnable[int, Any]):
        """Each of its chunks is the whole so far."""

        kind = "parser"

        def gives_snapshots(self, fed: bool) -> bool:
            return True

        def _do_stream(self, input: int, run: Any, **kwargs: Any) -> Any:
            for length in range(input):
                yield [*range(length)]

    with listen(policy="coalesce", buffer=2) as behind:
        list(Growing().stream(100))
    _, chunk, end = behind
    assert chunk["data"]["chunk"] == end["data"]["output"] == [*range(99)]


def test_coalesced_chunks_of_parallel_runs_stay_apart() -> None:
    def letters(x: int) -> Any:
        yield from "abcdefgh"

    branches = {"letters": RunnableLambda(letters), "numbers": counted(8, [])}
    with listen(
        policy="coalesce", buffer=1, include_names=["letters", "counted"], phases=["stream"]
    ) as behind:
        assert RunnableParallel(branches).invoke(1) == {"letters": "abcdefgh", "numbers": 28}
    sums: dict[str, Any] = {"letters": "", "counted": 0}
    for event in behind:
        data: Any = event["data"]
        sums[event["name"]] += data["chunk"]
    assert sums == {"letters": "abcdefgh", "counted": 28}


# ---- those who come and go


def test_leaving_and_coming_inside_a_callback() -> None:
    told: list[tuple[str, int]] = []
    subscriptions: dict[str, Subscription] = {}

    def hear(name: str, react: Callable[[int], None] = lambda number: None) -> None:
        def heard(event: StreamEvent) -> None:
            number: Any = event["data"]
            told.append((name, number))
            react(number)

        subscriptions[name] = subscribe(heard, phases=["custom"])

    def first(number: int) -> None:
        match number:
            case 0:
                hear("late")
            case 1:
                subscriptions["other"].close()
            case 2:
                subscriptions["self"].close()
            case 3:
                for subscription in subscriptions.values():
                    subscription.close()

    hear("first", first)
    hear("other")
    hear("self")
    tell(6)
    assert told == [
        *[("first", 0), ("other", 0), ("self", 0)],
        *[("first", 1), ("self", 1), ("late", 1)],
        *[("first", 2), ("late", 2)],
        ("first", 3),
    ]
    assert not any(signal.receivers for signal in signals.values())


def test_a_subscriber_that_nobody_holds_survives_the_collector() -> None:
    heard: list[Any] = []
    handle = subscribe(lambda event: heard.append(event["data"]), phases=["custom"])
    gc.collect()
    tell(3)
    handle.close()
    assert heard == [0, 1, 2]


@pytest.mark.parametrize("verb", ["invoke", "stream", "ainvoke", "astream"])
def test_a_run_under_way_is_heard_by_those_who_come_late(verb: str) -> None:
    heard: list[StreamEvent] = []
    handles: list[Subscription] = []

    def late(chunks: Any) -> Any:
        yield 1
        handles.append(subscribe(heard.append))
        dispatch_custom_event("mark", None)
        yield 2
        handles.pop().close()
        yield 3

    async def alate(chunks: Any) -> Any:
        for chunk in late(chunks):
            yield chunk

    program: Any = RunnableGenerator(late, alate, name="late")

    async def run() -> None:
        if verb == "astream":
            assert [chunk async for chunk in program.astream(0)] == [1, 2, 3]
        else:
            assert await program.ainvoke(0) == 6

    match verb:
        case "invoke":
            assert program.invoke(0) == 6
        case "stream":
            assert [*program.stream(0)] == [1, 2, 3]
        case _:
            asyncio.run(run())
    assert names(heard) == ["event mark", "stream late"]
    assert {event["run_id"] for event in heard} == {heard[0]["run_id"]}


def test_coming_and_going_in_threads_while_others_run() -> None:
    failed: list[BaseException] = []
    done = threading.Event()
    together = threading.Barrier(6)

    def churn() -> None:
        together.wait()
        try:
            while not done.is_set():
                heard: list[StreamEvent] = []
                with subscribe(heard.append):
                    double.invoke(1)
                after = len(heard)
                double.invoke(1)
                assert len(heard) == after >= 2
        except BaseException as error:
            failed.append(error)
            done.set()

    def work() -> None:
        together.wait()
        for number in range(300):
            assert double.invoke(number) == 2 * number

    always: list[StreamEvent] = []
    churning = [threading.Thread(target=churn) for _ in range(4)]
    working = [threading.Thread(target=work) for _ in range(2)]
    with subscribe(always.append, include_names=["double"]):
        for thread in (*churning, *working):
            thread.start()
        for thread in working:
            thread.join()
        done.set()
        for thread in churning:
            thread.join()
    assert failed == []
    check_life(always)


# ---- those who answer


def test_events_that_cause_events_are_seen_in_one_order_by_all() -> None:
    orders: list[list[Any]] = [[], [], []]

    def answer(event: StreamEvent) -> None:
        orders[1].append(event["data"])
        number: Any = event["data"]
        if number < 3:
            dispatch_custom_event("number", number + 1)

    with (
        subscribe(lambda event: orders[0].append(event["data"]), phases=["custom"]),
        subscribe(answer, phases=["custom"]),
        subscribe(lambda event: orders[2].append(event["data"]), phases=["custom"]),
    ):
        tell(1)
    assert orders == [[0, 1, 2, 3]] * 3


def test_an_endless_answer_is_cut_off_and_the_run_ends_as_if_nothing_were() -> None:
    failures: list[Exception] = []
    heard: list[StreamEvent] = []

    def echo(event: StreamEvent) -> None:
        dispatch_custom_event("echo", event["name"])

    with (
        subscribe(echo, on_error=lambda event, error: failures.append(error)),
        subscribe(heard.append),
    ):
        assert double.invoke(1) == 2
    assert {type(error) for error in failures} == {SubscriptionError}
    assert "65 subscribers deep" in str(failures[0])
    assert len(heard) == 2 * 65
    assert [event["event"] for event in heard].count("on_chain_end") == 1


def test_a_subscriber_that_runs_a_runnable_for_each_event() -> None:
    heard: list[StreamEvent] = []
    results: list[int] = []

    def compute(event: StreamEvent) -> None:
        results.append(double.invoke(21))

    with subscribe(compute, include_names=["count"], phases=["start"]), subscribe(heard.append):
        tell(1)
    assert results == [42]
    assert names(heard) == ["start count", "start double", "end double", "event number", "end count"]
    check_life(heard)


# ---- one run only


def test_the_subtree_of_one_run() -> None:
    heard: list[StreamEvent] = []

    def watched(x: int, config: Any) -> int:
        with subscribe(heard.append, run=config["callbacks"].node):
            tell(1)
            return double.invoke(x, config)

    program = double | RunnableLambda(watched, name="watched") | double
    assert program.invoke(1) == 8
    assert names(heard) == ["start count", "event number", "end count", "start double", "end double"]


@pytest.mark.parametrize("phase", PHASES)
def test_a_subscriber_of_one_phase_hears_that_phase(phase: Any) -> None:
    def fail(chunks: Any) -> Any:
        dispatch_custom_event("mark", None)
        yield from chunks
        raise ZeroDivisionError

    heard: list[StreamEvent] = []
    with subscribe(heard.append, phases=[phase]), pytest.raises(ZeroDivisionError):
        list((double | RunnableGenerator(fail)).stream(1))
    assert heard
    assert {event["event"].rpartition("_")[2] for event in heard} == {"event" if phase == "custom" else phase}
