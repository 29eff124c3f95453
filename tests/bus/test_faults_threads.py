"""Threads, event loops and processes: events from all of them, for all of them, in order and once."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from bus.programs import check_life, counted, double, names, numbers, tell
from eventflow.bus import Mailbox, Statistics, listen, subscribe
from eventflow.bus.signals import REGISTRY_LOCK
from eventflow.errors import NoRunError
from eventflow.events import StreamEvent
from eventflow.runnables import RunnableGenerator, RunnableLambda, RunnableParallel
from eventflow.runs import Run, adispatch_custom_event, dispatch_custom_event, run_in_context


def in_threads(count: int, work: Callable[[int], object]) -> None:
    """Run `work(0)`, `work(1)`, … at the same time."""
    together = threading.Barrier(count)

    def begin(number: int) -> None:
        together.wait()
        work(number)

    threads = [threading.Thread(target=run_in_context(begin), args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ---- many threads


def test_eight_threads_in_one_run_lose_nothing_and_everybody_sees_one_order() -> None:
    def work(x: int) -> int:
        def count_up(thread: int) -> None:
            for number in range(10_000):
                dispatch_custom_event("number", (thread, number))

        in_threads(8, count_up)
        return x

    inline: list[StreamEvent] = []
    buffered: list[StreamEvent] = []
    with (
        subscribe(inline.append, phases=["custom"]),
        subscribe(buffered.append, policy="drop_oldest", buffer=80_000, phases=["custom"]) as thread,
        listen(buffer=80_000, phases=["custom"]) as listener,
    ):
        RunnableLambda(work).invoke(0)
    told = numbers(inline)
    assert told == numbers(buffered) == numbers(listener)
    assert len(told) == len({*told}) == 80_000
    for number in range(8):
        assert [at for from_, at in told if from_ == number] == [*range(10_000)]
    assert thread.statistics == listener.statistics == Statistics(80_000, 0, 0)


def test_eight_roots_in_eight_threads_share_a_buffer() -> None:
    with listen(buffer=80_000, phases=["custom"]) as listener:
        in_threads(8, lambda thread: tell(2_000, start=thread * 2_000))
    told = numbers(listener)
    assert sorted(told) == [*range(16_000)]
    for thread in range(8):
        assert [at for at in told if at // 2_000 == thread] == [*range(thread * 2_000, (thread + 1) * 2_000)]


@pytest.mark.parametrize("policy", ["drop_oldest", "drop_newest"])
def test_what_eight_threads_lose_is_counted(policy: Any) -> None:
    with listen(buffer=100, policy=policy, phases=["custom"]) as listener:
        in_threads(8, lambda thread: tell(2_000))
    kept = len(numbers(listener))
    assert kept + listener.statistics.dropped == 16_000
    assert 100 <= kept < 100 + 8  # threads may find the last place free at the same time


def test_threads_wait_for_a_reader_and_lose_nothing() -> None:
    read: list[int] = []
    reading = threading.Event()

    def slow(event: StreamEvent) -> None:
        data: Any = event["data"]
        read.append(data)

    with subscribe(slow, policy="block", buffer=5, phases=["custom"]) as subscription:
        in_threads(4, lambda thread: [double.invoke(1), tell(500, start=thread * 500), reading.set()])
    assert sorted(read) == [*range(2_000)]
    assert subscription.statistics.dropped == 0


async def test_a_gate_that_another_thread_opens_between_look_and_wait() -> None:
    class Opening:
        """Stands for the queue of a tree: its gate is there at the first look, and gone at the second."""

        def __init__(self) -> None:
            self.gates: list[Any] = [Mailbox(), None, None]

        @property
        def gate(self) -> Any:
            return self.gates.pop(0)

    run: Any = Run(double)
    run.delivery = Opening()
    run.pause()
    run.delivery = Opening()
    await run.apause()


# ---- parallel branches


async def test_fifty_parallel_children_sync_and_async() -> None:
    heard: list[StreamEvent] = []
    also: list[StreamEvent] = []
    children: Any = {f"c{number}": counted(3, []) | double for number in range(50)}
    program = double | RunnableParallel(children)
    with subscribe(heard.append), subscribe(also.append):
        sync = program.invoke(1)
        assert await program.ainvoke(1) == sync
        await asyncio.to_thread(lambda: [*program.stream(1)])
        async for _ in program.astream(1):
            pass
        double.batch([*range(50)])
    check_life(heard)
    assert by_root(heard) == by_root(also)


def by_root(events: list[StreamEvent]) -> dict[str, list[StreamEvent]]:
    """The events of each tree of runs, in order."""
    trees: dict[str, list[StreamEvent]] = {}
    for event in events:
        trees.setdefault([*event["parent_ids"], event["run_id"]][0], []).append(event)
    return trees


# ---- the current run, wherever code goes


async def test_the_run_goes_along_into_threads_tasks_and_callbacks() -> None:
    heard: list[StreamEvent] = []

    def bare() -> None:
        with pytest.raises(NoRunError):
            dispatch_custom_event("bare", None)

    async def work(x: int) -> int:
        loop = asyncio.get_running_loop()
        called = asyncio.Event()
        await asyncio.to_thread(dispatch_custom_event, "to_thread", None)
        await loop.run_in_executor(None, bare)
        await loop.run_in_executor(None, run_in_context(lambda: dispatch_custom_event("executor", None)))
        loop.call_soon(lambda: [dispatch_custom_event("call_soon", None), called.set()])
        await called.wait()
        await asyncio.create_task(adispatch_custom_event("task", None))
        thread = threading.Thread(target=bare)
        thread.start()
        thread.join()
        await asyncio.to_thread(double.invoke, 1)
        return x

    with subscribe(heard.append):
        await (double | RunnableLambda(work, name="work")).ainvoke(1)
    check_life(heard)
    starts = {event["name"]: event["run_id"] for event in heard if event["event"] == "on_chain_start"}
    custom = [event for event in heard if event["event"] == "on_custom_event"]
    assert [event["name"] for event in custom] == ["to_thread", "executor", "call_soon", "task"]
    assert {event["run_id"] for event in custom} == {starts["work"]}
    assert {tuple(event["parent_ids"]) for event in custom} == {(starts["RunnableSequence"],)}
    assert [event["parent_ids"] for event in heard if event["name"] == "double"][-1] == [
        starts["RunnableSequence"],
        starts["work"],
    ]


# ---- event loops


async def test_an_event_from_a_thread_wakes_an_idle_loop() -> None:
    arrived = threading.Event()

    def tell_and_wait() -> bool:
        tell(1)
        return arrived.wait(
            5
        )  # the thread ends only after the loop has seen the event: nothing else wakes it

    async with listen(phases=["custom"]) as events:
        thread = asyncio.create_task(asyncio.to_thread(tell_and_wait))
        async for _ in events:
            arrived.set()
            break
    assert await thread


def test_events_after_the_loop_of_a_listener_is_closed() -> None:
    loop = asyncio.new_event_loop()
    events = listen(phases=["custom"])
    reader = loop.create_task(anext(aiter(events)))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert double.invoke(1) == 2
    tell(2)  # in the thread of the loop
    in_threads(1, lambda thread: tell(2, start=2))  # in another
    events.close()
    assert numbers(events) == [0, 1, 2, 3]
    assert events.statistics == Statistics(4, 0, 0)
    reader._log_destroy_pending = False  # type: ignore[attr-defined]


def test_a_producer_that_waits_on_a_loop_of_its_own() -> None:
    """The reader is in another thread than the loop of the run that waits for it."""
    made: list[int] = []
    read: list[int] = []

    def hear(event: StreamEvent) -> None:
        data: Any = event["data"]
        read.append(data["chunk"])

    async def run() -> None:
        async for _ in counted(2_000, made).astream(0):
            pass

    with subscribe(hear, policy="block", buffer=3, phases=["stream"]):
        in_threads(2, lambda thread: asyncio.run(run(), debug=True))
    assert sorted(read) == sorted([*range(2_000), *range(2_000)])


def test_two_loops_listen_to_one_run() -> None:
    heard: dict[int, list[Any]] = {}
    ready = threading.Barrier(3)
    listeners = [listen(phases=["custom"]) for _ in range(2)]

    async def read(number: int) -> None:
        reader = asyncio.create_task(collect(number))
        await asyncio.sleep(0)
        await asyncio.to_thread(ready.wait)
        await reader

    async def collect(number: int) -> None:
        heard[number] = [event["data"] async for event in listeners[number]]

    threads = [
        threading.Thread(target=lambda number=number: asyncio.run(read(number), debug=True))
        for number in range(2)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    tell(1_000)
    for listener in listeners:
        listener.close()
    for thread in threads:
        thread.join()
    assert heard[0] == heard[1] == [*range(1_000)]


# ---- consumers that leave


@pytest.mark.parametrize("leave", ["break", "raise", "cancel"])
async def test_a_consumer_that_leaves_stops_the_run(leave: str) -> None:
    ended: list[str] = []
    heard: list[StreamEvent] = []
    consuming, forever = asyncio.Event(), asyncio.Event()

    async def work(chunks: Any) -> Any:
        try:
            yield 1
            await forever.wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        finally:
            ended.append("finally")

    async def consume() -> None:
        async with aclosing(RunnableGenerator(work, name="work").astream_events(0)) as events:
            async for event in events:
                if event["event"] == "on_chain_stream":
                    consuming.set()
                    if leave == "break":
                        break
                    if leave == "raise":
                        raise LookupError("the consumer's own")
                    await forever.wait()

    with subscribe(heard.append):
        consumer = asyncio.create_task(consume())
        await consuming.wait()
        if leave == "cancel":
            consumer.cancel()
        await asyncio.wait([consumer])
    assert ended == ["cancelled", "finally"]
    assert names(heard) == ["start work", "stream work", "error work"]
    if leave == "raise":
        assert str(consumer.exception()) == "the consumer's own"
    assert consumer.cancelled() == (leave == "cancel")


async def test_concurrent_roots_hear_themselves_only() -> None:
    together = asyncio.Barrier(20)

    async def work(x: int) -> int:
        await together.wait()
        await adispatch_custom_event("mine", x)
        await together.wait()
        return x

    async def watch(x: int) -> list[StreamEvent]:
        return [event async for event in (double | RunnableLambda(work, name="work")).astream_events(x)]

    everything: list[StreamEvent] = []
    with subscribe(everything.append):
        watched = await asyncio.gather(*(watch(x) for x in range(20)))
    for x, events in enumerate(watched):
        check_life(events)
        assert numbers(events) == [2 * x]
        root = events[0]["run_id"]
        assert all(event["run_id"] == root or event["parent_ids"][0] == root for event in events)
        own = [event for event in everything if root in (event["run_id"], *event["parent_ids"])]
        assert names(own) == names(events)
    assert len(everything) == sum(map(len, watched))


# ---- processes


def in_a_child(work: Callable[[], object]) -> int:
    """Fork, do `work` in the child, and return the exit status; a child that hangs is ended by an alarm."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        signal.alarm(10)
        work()
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    os._exit(status)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes can fork")
may_fork = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@needs_fork
@may_fork
def test_a_child_can_subscribe_though_its_parent_was_subscribing() -> None:
    holding, forked = threading.Event(), threading.Event()

    def hold() -> None:
        with REGISTRY_LOCK:
            holding.set()
            forked.wait(0.05)  # the fork has to wait for the lock, so this is how long it takes

    def child() -> None:
        heard: list[StreamEvent] = []
        with subscribe(heard.append):
            assert double.invoke(1) == 2
        assert names(heard) == ["start double", "end double"]

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait()
    assert in_a_child(child) == 0
    forked.set()
    holder.join()


@needs_fork
@may_fork
@pytest.mark.parametrize("policy", ["block", "drop_oldest", "coalesce"])
def test_a_subscriber_with_a_thread_has_one_in_the_child_too(policy: Any) -> None:
    heard: list[Any] = []
    inside, go_on = threading.Event(), threading.Event()

    def hear(event: StreamEvent) -> None:
        heard.append(event["data"])
        if event["data"] == 0:
            inside.set()
            go_on.wait()

    def child() -> None:
        go_on.set()
        tell(3, start=10)
        subscription.close()
        assert heard == [0, 10, 11, 12], heard  # and not what waited in the parent

    subscription = subscribe(hear, policy=policy, buffer=4, phases=["custom"])
    tell(3)
    inside.wait()
    status = in_a_child(child)
    go_on.set()
    subscription.close()
    assert status == 0
    assert heard == [0, 1, 2]
