"""The buffer: what a full one does, who waits for it, who is woken, and the races between them.

A race is not waited for here but made: a list, a gate or a box is replaced by one in which the other thread
always comes in the worst moment.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.emitters import FakeRun
from eventflow.bus import Delivery, Mailbox, Policy, mailbox
from eventflow.errors import BufferOverflowError, SubscriptionError
from eventflow.events import Event
from eventflow.events.snapshots import Snapshot
from eventflow.messages import AIMessageChunk

RUN = FakeRun()


def fill(box: Mailbox, count: int, run: FakeRun = RUN, start: int = 0) -> None:
    """Put in the chunks `start`, `start + 1`, …"""
    for number in range(start, start + count):
        box.put(run, run.chunk(number))


def read_elsewhere(limit: int, policy: Policy = "block") -> Mailbox:
    """A box that is read in a thread which is none of ours."""
    box = Mailbox(limit, policy)
    box._home = -1
    return box


def content(box: Mailbox) -> list[Any]:
    """Take everything out."""
    return [box.take().data for _ in range(len(box.items))]


# ---- made as asked


@pytest.mark.parametrize("limit", [0, -1])
def test_a_buffer_holds_at_least_one_event(limit: int) -> None:
    with pytest.raises(SubscriptionError, match=f"buffer={limit}"):
        Mailbox(limit)


def test_an_unknown_policy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SubscriptionError, match=r"'drop'.*block, drop_oldest, drop_newest, coalesce, error"):
        Mailbox(1, "drop")  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", get_args(Policy))
def test_in_order_until_it_is_full(policy: Policy) -> None:
    box = Mailbox(3, policy)
    fill(box, 3)
    assert (content(box), box.dropped, RUN.gated.gate) == ([0, 1, 2], 0, None)


def test_taking_from_an_empty_box() -> None:
    with pytest.raises(IndexError):
        Mailbox().take()


# ---- the policies of a full box


def test_drop_oldest_keeps_the_last() -> None:
    box = Mailbox(3, "drop_oldest")
    fill(box, 10)
    assert (content(box), box.dropped) == ([7, 8, 9], 7)


def test_drop_newest_keeps_the_first() -> None:
    box = Mailbox(3, "drop_newest")
    fill(box, 10)
    assert (content(box), box.dropped) == ([0, 1, 2], 7)


def test_error_closes_the_box_at_the_first_event_too_many() -> None:
    box = Mailbox(2, "error")
    fill(box, 5)
    assert isinstance(box.lost, BufferOverflowError)
    assert "2 events behind" in str(box.lost)
    assert "on_chain_stream of 'run'" in str(box.lost)
    assert (box.closed, box.dropped, box.lost.lost) == (True, 1, 1)
    assert content(box) == [0, 1]
    fill(box, 1)
    assert content(box) == []


@pytest.mark.parametrize("policy", get_args(Policy))
def test_what_comes_after_close_changes_nothing(policy: Policy) -> None:
    box, run = Mailbox(2, policy), FakeRun()
    fill(box, 2, run)
    box.close()
    fill(box, 2, run, start=2)
    assert (run.gated.gate, box.dropped, box.lost) == (None, 0, None)
    assert content(box) == [0, 1]


def test_drop_oldest_when_the_reader_has_just_taken_the_last_one() -> None:
    class Raced(deque[Event]):
        def popleft(self) -> Event:
            self.clear()  # the reader was faster
            return super().popleft()

    box = Mailbox(1, "drop_oldest")
    box.items = Raced()
    fill(box, 2)
    assert [event.data for event in box.items] == [1]
    assert box.dropped == 0


# ---- coalesce: chunks of one run are added up, and only those


@given(
    cuts=st.lists(st.text(max_size=3), min_size=1, max_size=30),
    limit=st.integers(1, 4),
    taken=st.sets(st.integers(0, 29)),
)
def test_coalesced_text_is_the_text(cuts: list[str], limit: int, taken: set[int]) -> None:
    box, run, read = Mailbox(limit, "coalesce"), FakeRun(), []
    for at, text in enumerate(cuts):
        box.put(run, run.chunk(text))
        if at in taken:
            read.append(box.take().data)
    read += content(box)
    assert all(type(text) is str for text in read)
    assert "".join(read) == "".join(cuts)
    assert box.dropped == 0


def test_coalesced_messages() -> None:
    box, run = Mailbox(1, "coalesce"), FakeRun(kind="chat_model")
    for text in ("Why", " not", "?"):
        box.put(run, run.chunk(AIMessageChunk(content=text, id="m")))
    [message] = content(box)
    assert message == AIMessageChunk(content="Why not?", id="m")


def test_of_coalesced_snapshots_the_last_one_stays() -> None:
    box, run = Mailbox(1, "coalesce"), FakeRun(kind="parser", snapshots=True)
    for snapshot in ({}, {"a": [1]}, {"a": [1, 2]}):
        box.put(run, run.chunk(snapshot))
    assert content(box) == [{"a": [1, 2]}]


class Counted(Snapshot):
    """A snapshot that counts those it stands for."""

    def after(self, older: Snapshot) -> Snapshot:
        return Counted({**self, "times": older.get("times", 1) + 1}, key=self.key)


def test_of_coalesced_custom_snapshots_the_newest_stays_in_its_place() -> None:
    box, run = Mailbox(2, "coalesce"), FakeRun(kind="chat_model")
    kept = Snapshot({"n": 0}, key="other")
    for data in (Counted({"n": 1}, key="a"), kept, Counted({"n": 2}, key="a"), Counted({"n": 3}, key="a")):
        box.put(run, run.tell("custom", data, name="json"))
    assert content(box) == [{"n": 0}, {"n": 3, "times": 3}]
    assert kept == {"n": 0}
    assert run.gated.gate is None


def test_custom_snapshots_of_two_runs_and_other_custom_events_are_kept_apart() -> None:
    box, a, b = Mailbox(1, "coalesce"), FakeRun("a"), FakeRun("b")
    for run, data in ((a, Snapshot({"n": 1})), (b, Snapshot({"n": 2})), (b, {"n": 3}), (b, {"n": 4})):
        box.put(run, run.tell("custom", data, name="json"))
    assert content(box) == [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]


def test_other_policies_keep_every_custom_snapshot() -> None:
    box, run = Mailbox(1, "block"), FakeRun()
    for n in range(3):
        box.put(run, run.tell("custom", Snapshot({"n": n}), name="json"))
    assert content(box) == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_starts_and_ends_are_never_coalesced() -> None:
    box, run = read_elsewhere(1, "coalesce"), FakeRun()
    for event in (run.tell("start"), run.chunk("a"), run.chunk("b"), run.tell("end", "ab")):
        box.put(run, event)
    assert run.gated.gate is box  # there was nothing to add them to, so the producers wait
    assert [(event.phase, event.data) for event in (box.take(), box.take(), box.take())] == [
        ("start", None),
        ("stream", "ab"),
        ("end", "ab"),
    ]


def test_chunks_of_two_runs_are_kept_apart() -> None:
    box, a, b = Mailbox(2, "coalesce"), FakeRun("a"), FakeRun("b")
    for text in "123":
        box.put(a, a.chunk(text))
        box.put(b, b.chunk(text.upper()))
    assert [(event.info.name, event.data) for event in (box.take(), box.take())] == [
        ("a", "123"),
        ("b", "123"),
    ]


def test_a_chunk_does_not_overtake_what_its_run_told_before_it() -> None:
    box, run = Mailbox(1, "coalesce"), FakeRun()
    for event in (run.chunk("a"), run.chunk("b"), run.tell("custom", "mark", name="m"), run.chunk("c")):
        box.put(run, event)
    assert content(box) == ["ab", "mark", "c"]


def test_coalescing_leaves_the_events_of_others_as_they_are() -> None:
    box, run = Mailbox(1, "coalesce"), FakeRun()
    events = [run.chunk(text) for text in "abc"]
    for event in events:
        box.put(run, event)
    assert [event.data for event in events] == ["a", "b", "c"]
    assert content(box) == ["abc"]


def test_coalesced_text_between_two_threads() -> None:
    box, run, read = Mailbox(2, "coalesce"), FakeRun(), []

    def read_all() -> None:
        while not box.closed or box.items:
            if box.items:
                read.append(box.take().data)
            else:
                box.wait_arrival()

    reader = threading.Thread(target=read_all)
    reader.start()
    texts = [str(number) for number in range(10_000)]
    for text in texts:
        box.put(run, run.chunk(text))
    box.close()
    reader.join()
    assert "".join(read) == "".join(texts)


# ---- block: the gate for producers


def test_the_gate_is_left_at_the_first_event_too_many_and_opened_when_the_box_is_empty() -> None:
    box, run = read_elsewhere(2), FakeRun()
    fill(box, 2, run)
    assert run.gated.gate is None
    fill(box, 2, run, start=2)
    assert run.gated.gate is box
    box.take()
    assert run.gated.gate is box
    assert content(box) == [1, 2, 3]
    assert run.gated.gate is None
    assert box.dropped == 0


def test_all_roots_that_fill_a_box_wait_for_it() -> None:
    box, a, b = read_elsewhere(1), FakeRun("a"), FakeRun("b")
    for run in (a, b):
        fill(box, 2, run)
    assert (a.gated.gate, b.gated.gate) == (box, box)
    content(box)
    assert (a.gated.gate, b.gated.gate) == (None, None)


def test_as_long_as_nobody_reads_nobody_waits() -> None:
    box, run = Mailbox(1, "block"), FakeRun()
    fill(box, 3, run)
    assert run.gated.gate is None
    box.read_here()
    fill(box, 1, run, start=3)
    assert run.gated.gate is box
    assert content(box) == [0, 1, 2, 3]


def test_closing_opens_the_gate() -> None:
    box, run = read_elsewhere(1), FakeRun()
    fill(box, 2, run)
    box.close()
    assert run.gated.gate is None


class Interrupted:
    """A place for a gate, whose owner is interrupted by another thread between looking and closing it."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._gate: Any = None
        self._interrupt = interrupt

    @property
    def gate(self) -> Any:
        return self._gate

    @gate.setter
    def gate(self, gate: Any) -> None:
        if gate is not None:
            self._interrupt()
        self._gate = gate


def test_a_box_that_is_closed_meanwhile_leaves_no_gate() -> None:
    box = read_elsewhere(1)
    run = FakeRun(gated=Interrupted(box.close))
    fill(box, 2, run)
    assert run.gated.gate is None


def test_a_reader_that_begins_to_step_meanwhile_leaves_no_gate() -> None:
    box = read_elsewhere(1)
    run = FakeRun(gated=Interrupted(lambda: box.stepping(True)))
    fill(box, 2, run)
    assert run.gated.gate is None


def test_while_the_reader_steps_the_run_nobody_waits_for_it() -> None:
    box, run = read_elsewhere(1), FakeRun()
    fill(box, 2, run)
    box.stepping(True)
    assert run.gated.gate is None
    fill(box, 2, run, start=2)
    assert run.gated.gate is None
    box.wait()
    box.stepping(False)
    fill(box, 1, run, start=4)
    assert run.gated.gate is box
    assert content(box) == [0, 1, 2, 3, 4]


def test_two_threads_that_let_producers_go_do_not_trip_over_each_other() -> None:
    class Raced(list[Any]):
        def pop(self, index: Any = -1) -> Any:
            self.clear()  # the other thread was faster
            return super().pop(index)

    box = Mailbox()
    box._gated, box._room = Raced([Delivery()]), Raced([print])
    box.drained()


# ---- waiting for room


async def test_a_task_waits_for_room() -> None:
    box, run = read_elsewhere(1), FakeRun()
    fill(box, 2, run)
    waiting = asyncio.create_task(box.await_room())
    await asyncio.sleep(0)
    assert not waiting.done()
    content(box)
    await waiting


async def test_a_task_waits_for_the_gate_to_open_and_does_not_spin() -> None:
    box, run = read_elsewhere(1), FakeRun()
    fill(box, 2, run)
    box.items.clear()  # taken out, but the reader has not come back yet
    waiting = asyncio.create_task(box.await_room())
    await asyncio.sleep(0)
    assert waiting.done() == (run.gated.gate is None)
    box.drained()
    await waiting


async def test_a_task_that_is_cancelled_while_it_waits_for_room() -> None:
    box, run = read_elsewhere(1), FakeRun()
    fill(box, 2, run)
    waiting = asyncio.create_task(box.await_room())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    content(box)
    assert run.gated.gate is None


@pytest.mark.parametrize("let_go", ["take", "close", "stepping"])
def test_a_thread_waits_for_room(let_go: str) -> None:
    box, run, steps = read_elsewhere(1), FakeRun(), []
    fill(box, 2, run)
    waiting = threading.Event()

    class Announced(list[Any]):
        def append(self, item: Any) -> None:
            super().append(item)
            waiting.set()

    box._room = Announced()

    def produce() -> None:
        box.wait()
        steps.append("went on")

    producer = threading.Thread(target=produce)
    producer.start()
    waiting.wait()
    steps.append(let_go)
    match let_go:
        case "take":
            content(box)
        case "close":
            box.close()
        case _:
            box.stepping(True)
    producer.join()
    assert steps == [let_go, "went on"]


def test_the_readers_own_thread_never_waits_for_room() -> None:
    box, run = Mailbox(1, "block"), FakeRun()
    fill(box, 1, run)
    box.wait_arrival()  # from now on the reader is this thread
    fill(box, 1, run, start=1)
    assert run.gated.gate is box
    box.wait()
    assert content(box) == [0, 1]


# ---- waiting for events


async def test_a_task_is_woken_from_its_own_thread() -> None:
    box = Mailbox()
    waiting = asyncio.create_task(box.arrival())
    await asyncio.sleep(0)
    assert not waiting.done()
    fill(box, 2)
    await waiting
    assert content(box) == [0, 1]


async def test_a_task_is_woken_from_another_thread_once_for_many_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box, loop, calls = Mailbox(1000), asyncio.get_running_loop(), []
    threadsafe = loop.call_soon_threadsafe

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return threadsafe(*args, **kwargs)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    waiting = asyncio.create_task(box.arrival())
    await asyncio.sleep(0)
    writer = threading.Thread(target=fill, args=(box, 1000))
    writer.start()
    writer.join()
    assert len(calls) == 1
    await waiting
    assert content(box) == [*range(1000)]


async def test_closing_wakes_the_reader() -> None:
    box = Mailbox()
    waiting = asyncio.create_task(box.arrival())
    await asyncio.sleep(0)
    box.close()
    await waiting
    await box.arrival()


async def test_a_reader_that_is_cancelled_is_not_woken_any_more() -> None:
    box = Mailbox()
    waiting = asyncio.create_task(box.arrival())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert box._asleep == []
    fill(box, 1)
    await box.arrival()


async def test_a_second_reader_is_refused() -> None:
    box = Mailbox()
    first = asyncio.create_task(box.arrival())
    await asyncio.sleep(0)
    with pytest.raises(SubscriptionError, match=r"two readers .*: let each have a listen\(\) of its own"):
        await box.arrival()
    with pytest.raises(SubscriptionError, match="two readers"):
        box.wait_arrival(0)
    fill(box, 1)
    await first
    assert content(box) == [0]


class LateArrival(Mailbox):
    """An event comes after the reader has looked into the box and before it is known to sleep."""

    late = True

    def _lie_down(self, wake: Callable[[], None]) -> None:
        if self.late:
            self.late = False
            fill(self, 1)
        super()._lie_down(wake)


async def test_no_wake_is_lost_for_a_task() -> None:
    box = LateArrival()
    async with asyncio.timeout(5):
        await box.arrival()
    assert content(box) == [0]


def test_no_wake_is_lost_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sleepless:
        """A bed that nobody is to sleep in."""

        def release(self) -> None: ...

    monkeypatch.setattr(mailbox, "_locked", Sleepless)
    box = LateArrival()
    box.wait_arrival()
    assert content(box) == [0]
    assert not box.late


def test_a_reader_that_wakes_by_itself_meanwhile() -> None:
    class Gone(list[Callable[[], None]]):
        """The reader has left its bed between the look and the knock."""

        def __bool__(self) -> bool:
            return True

    box = Mailbox()
    box._asleep = Gone()
    fill(box, 1)
    assert content(box) == [0]


def test_a_reader_is_woken_once_however_much_comes() -> None:
    box, woken = Mailbox(), []
    box._lie_down(lambda: woken.append(len(box.items)))
    fill(box, 5)
    box.close()
    assert woken == [1]


async def test_a_reader_that_is_woken_late_does_not_put_the_next_one_out_of_bed() -> None:
    box = Mailbox()
    first = asyncio.create_task(box.arrival())
    await asyncio.sleep(0)
    fill(box, 1)
    assert content(box) == [0]  # before the first one has got up
    box._lie_down(next_one := lambda: None)
    await first
    assert box._asleep == [next_one]


def test_a_thread_is_woken() -> None:
    box, asleep = LateArrival(), threading.Event()
    box.late = False

    def knock() -> None:
        asleep.wait()
        fill(box, 1)

    knocking = threading.Thread(target=knock)
    knocking.start()
    asleep.set()
    box.wait_arrival()
    knocking.join()
    assert content(box) == [0]


def test_a_thread_waits_no_longer_than_it_said() -> None:
    box = Mailbox()
    box.wait_arrival(0)
    assert not box.items


def sleeper_of_a_closed_loop(box: Mailbox) -> asyncio.Task[None]:
    """A reader whose loop was closed under it; to be destroyed quietly by the test."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(box.arrival())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    return task


def test_putting_in_after_the_readers_loop_is_closed() -> None:
    box = Mailbox()
    reader = sleeper_of_a_closed_loop(box)
    fill(box, 1)
    assert content(box) == [0]
    assert not reader.done()


def test_putting_in_from_a_thread_after_the_readers_loop_is_closed() -> None:
    box, raised = Mailbox(), []
    reader = sleeper_of_a_closed_loop(box)

    def put() -> None:
        try:
            fill(box, 1)
        except BaseException as error:
            raised.append(error)

    writer = threading.Thread(target=put)
    writer.start()
    writer.join()
    assert (raised, content(box)) == ([], [0])
    assert not reader.done()
