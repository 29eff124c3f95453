"""In which order receivers are told, what one that raises does to the others, and what nesting does."""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.emitters import FakeRun, Recorder
from eventflow.bus import Delivery
from eventflow.errors import SubscriptionError
from eventflow.events import Event

RUN = FakeRun()


def send(delivery: Delivery, receivers: tuple[Any, ...], *data: object) -> None:
    """Send a chunk for each of `data`."""
    for each in data:
        delivery.send(RUN, receivers, RUN.chunk(each))


def is_idle(delivery: Delivery) -> bool:
    """Whether nothing is being told and nothing waits."""
    return not delivery.queue and not delivery.busy()


class Direct(Recorder):
    """A receiver that can be told without the queue."""

    def __init__(self) -> None:
        super().__init__()
        self.directly: list[object] = []
        self.direct = self._put

    def _put(self, sender: object, event: Event) -> None:
        self.directly.append(event.data)


def test_all_are_told_in_the_order_of_the_receivers() -> None:
    order: list[tuple[str, object]] = []
    a = Recorder(lambda event: order.append(("a", event.data)))
    b = Recorder(lambda event: order.append(("b", event.data)))
    send(Delivery(), (a, b), 1, 2)
    assert order == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_idle_before_and_after_and_not_meanwhile() -> None:
    delivery, idle = Delivery(), []
    assert is_idle(delivery)
    send(delivery, (Recorder(lambda event: idle.append(is_idle(delivery))),), 1)
    assert idle == [False]
    assert is_idle(delivery)


# ---- receivers that raise


def test_one_that_raises_keeps_nobody_else_from_being_told() -> None:
    def angry(event: Event) -> None:
        raise ValueError(event.data)

    a, b, c = Recorder(), Recorder(angry), Recorder()
    send(Delivery(), (a, b, c), 1, 2)
    assert a.seen == b.seen == c.seen == [1, 2]
    assert [str(error) for error in b.errors] == ["1", "2"]


def test_what_failed_raises_is_raised_when_all_have_been_told() -> None:
    class Strict(Recorder):
        def failed(self, event: Event, error: Exception) -> None:
            raise error

    def angry(event: Event) -> None:
        raise ValueError(event.data)

    a, b = Strict(angry), Recorder()
    delivery = Delivery()
    with pytest.raises(ValueError, match="1"):
        send(delivery, (a, b), 1)
    assert b.seen == [1]
    assert is_idle(delivery)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_is_not_a_failure_and_passes(kind: type[BaseException]) -> None:
    def stop(event: Event) -> None:
        if event.data == 1:
            raise kind

    a, b = Recorder(stop), Recorder()
    delivery = Delivery()
    with pytest.raises(kind):
        send(delivery, (a, b), 1)
    send(delivery, (a, b), 2)
    assert (a.errors, a.seen, b.seen) == ([], [1, 2], [1, 2])


def test_of_several_errors_the_first_is_raised() -> None:
    def stop(event: Event) -> None:
        raise KeyboardInterrupt

    def leave(event: Event) -> None:
        raise SystemExit

    with pytest.raises(KeyboardInterrupt):
        send(Delivery(), (Recorder(stop), Recorder(leave)), 1)


# ---- events that are sent by receivers


@given(tree=st.recursive(st.just(()), lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=12))
def test_everybody_sees_one_order_however_events_are_nested(tree: Any) -> None:
    delivery = Delivery()
    receivers: tuple[Recorder, ...] = ()

    def react(event: Event) -> None:
        for child in event.data:  # type: ignore[attr-defined]
            delivery.send(RUN, receivers, RUN.chunk(child))

    receivers = (Recorder(), Recorder(react), Recorder())
    delivery.send(RUN, receivers, RUN.chunk(tree))
    first, second, third = (receiver.seen for receiver in receivers)
    assert first == second == third

    def size(node: Any) -> int:
        return 1 + sum(map(size, node))

    assert len(first) == size(tree)


def test_a_nested_event_is_told_after_the_one_that_caused_it() -> None:
    delivery = Delivery()
    receivers: tuple[Recorder, ...] = ()

    def answer(event: Event) -> None:
        if event.data == "question":
            send(delivery, receivers, "answer")
            assert receivers[0].seen == ["question"]

    receivers = (Recorder(), Recorder(answer), Recorder())
    send(delivery, receivers, "question")
    assert [receiver.seen for receiver in receivers] == [["question", "answer"]] * 3
    assert receivers[1].errors == []


def nest(delivery: Delivery, deepest: int) -> Recorder:
    """A receiver that sends the next number until `deepest`."""

    def react(event: Event) -> None:
        if event.data != deepest:
            send(delivery, (receiver,), int(str(event.data)) + 1)

    receiver = Recorder(react)
    return receiver


def test_sixty_four_levels_are_told() -> None:
    delivery = Delivery()
    receiver = nest(delivery, 64)
    send(delivery, (receiver,), 0)
    assert receiver.seen == [*range(65)]
    assert receiver.errors == []


def test_an_endless_answer_is_stopped_and_says_what_to_do() -> None:
    delivery = Delivery()
    receiver = nest(delivery, -1)
    send(delivery, (receiver,), 0)
    assert receiver.seen == [*range(65)]
    [error] = receiver.errors
    assert isinstance(error, SubscriptionError)
    assert "on_chain_stream of 'run' was emitted 65 subscribers deep" in str(error)
    assert "filter them out" in str(error)
    receiver.told.clear()
    send(delivery, (receiver,), 60)
    assert receiver.seen[:2] == [60, 61]


def test_depth_is_counted_along_the_chain_and_not_over_time() -> None:
    delivery = Delivery()
    for _ in range(3):
        receiver = nest(delivery, 40)
        send(delivery, (receiver,), 0)
        assert receiver.errors == []


def test_a_thread_that_is_about_to_deliver_does_not_make_the_last_one_nested() -> None:
    delivery = Delivery()
    receiver = nest(delivery, 64)
    send(delivery, (receiver,), 0)
    assert delivery._busy.acquire(blocking=False)  # another thread has just taken over, and told nothing yet
    send(delivery, (receiver,), 64)
    delivery._busy.release()
    send(delivery, (receiver,), 64)
    assert receiver.seen[-2:] == [64, 64]


def test_what_is_sent_while_an_error_is_on_its_way_is_told() -> None:
    class LateArrival:
        """Another thread leaves an event between the last look into the queue and letting go."""

        def __init__(self) -> None:
            self._lock, self._late = threading.Lock(), True

        def acquire(self, *, blocking: bool) -> bool:
            return self._lock.acquire(blocking=blocking)

        def release(self) -> None:
            if self._late:
                self._late = False
                delivery.queue.append((RUN, (receiver,), RUN.chunk("late"), 0))
            self._lock.release()

    def stop(event: Event) -> None:
        if event.data == "first":
            raise KeyboardInterrupt

    delivery, receiver = Delivery(), Recorder(stop)
    delivery._busy = LateArrival()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        send(delivery, (receiver,), "first")
    assert receiver.seen == ["first", "late"]


# ---- past the queue


def test_one_receiver_that_calls_nobody_is_told_directly() -> None:
    delivery, receiver = Delivery(), Direct()
    send(delivery, (receiver,), 1)
    assert (receiver.directly, receiver.seen) == ([1], [])


def test_not_directly_where_others_are_told_too() -> None:
    delivery, a, b = Delivery(), Direct(), Direct()
    send(delivery, (a, b), 1)
    assert (a.directly, a.seen, b.seen) == ([], [1], [1])


def test_not_directly_while_somebody_is_being_told() -> None:
    delivery, direct = Delivery(), Direct()

    def answer(event: Event) -> None:
        if event.data == 1:
            send(delivery, (direct,), 2)

    send(delivery, (Recorder(answer), direct), 1)
    assert (direct.directly, direct.seen) == ([], [1, 2])


# ---- threads


def test_who_emits_while_another_thread_delivers_goes_on_at_once() -> None:
    delivery, inside, go_on = Delivery(), threading.Event(), threading.Event()
    teller: list[tuple[object, int]] = []

    def slow(event: Event) -> None:
        teller.append((event.data, threading.get_ident()))
        if event.data == 1:
            inside.set()
            go_on.wait()

    receivers = (Recorder(slow), Recorder())
    first = threading.Thread(target=send, args=(delivery, receivers, 1))
    first.start()
    inside.wait()
    send(delivery, receivers, 2, 3)  # would hang here if it waited for the other
    assert receivers[1].seen == []
    go_on.set()
    first.join()
    assert receivers[0].seen == receivers[1].seen == [1, 2, 3]
    assert {thread for _, thread in teller} == {first.ident}


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work(0)`, `work(1)`, … at the same time."""
    together = threading.Barrier(count)

    def begin(number: int) -> None:
        together.wait()
        work(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_threads_lose_nothing_and_all_receivers_see_the_same_order() -> None:
    delivery, receivers = Delivery(), (Recorder(), Recorder())
    in_threads(8, lambda thread: send(delivery, receivers, *((thread, number) for number in range(2_000))))
    first, second = receivers[0].seen, receivers[1].seen
    assert first == second
    assert len(first) == 16_000
    assert is_idle(delivery)
    for thread in range(8):
        numbers = [number for from_, number in first if from_ == thread]  # type: ignore[misc]
        assert all(after == before + 1 for before, after in pairwise(numbers))
