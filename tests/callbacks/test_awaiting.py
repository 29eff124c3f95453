"""Where and when coroutine methods run, and that nothing of them is left: no task, thread or loop."""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.telling import HandMade, Words
from eventflow.callbacks import handler_receiver
from eventflow.callbacks.awaiting import CallQueue

RUN = HandMade()
EVENT = RUN.event("start", 1)


class Calls:
    """A queue whose calls write down what they are called with, and where."""

    def __init__(self):
        self.seen, self.loops, self.threads, self.failures = [], [], [], []
        self.queue = CallQueue(lambda event, error: self.failures.append(error))

    def put(self, value, before=None):
        async def call():
            if before is not None:
                await before()
            self.loops.append(asyncio.get_running_loop())
            self.threads.append(threading.current_thread())
            self.seen.append(value)

        self.queue.put(EVENT, call)


def other_tasks():
    return asyncio.all_tasks() - {asyncio.current_task()}


async def moment():
    await asyncio.sleep(0)


# ---- without a loop


def test_in_sync_code_each_call_is_made_at_once():
    calls = Calls()
    calls.put(1, moment)
    assert calls.seen == [1]
    calls.put(2)
    assert calls.seen == [1, 2]
    calls.queue.settle()
    assert calls.threads == [threading.current_thread()] * 2


def test_all_calls_of_a_run_are_made_on_one_loop_which_is_closed_at_its_end():
    calls = Calls()
    for number in range(5):
        calls.put(number, moment)
    [loop] = set(calls.loops)
    assert not loop.is_closed()
    calls.queue.settle()
    assert loop.is_closed()


def test_a_queue_that_was_never_used_settles():
    calls = Calls()
    calls.queue.settle()
    asyncio.run(calls.queue.asettle())


def test_settling_twice_is_as_good_as_once():
    calls = Calls()
    calls.put(1)
    calls.queue.settle()
    calls.queue.settle()
    assert calls.seen == [1]


def test_what_comes_after_the_end_is_still_called_and_leaves_no_loop():
    calls = Calls()
    calls.put(1)
    calls.queue.settle()
    calls.put(2)
    assert calls.seen == [1, 2]
    assert [loop.is_closed() for loop in calls.loops] == [True, True]


def test_tasks_that_a_handler_starts_and_forgets_are_cancelled():
    calls, ended, kept = Calls(), [], []

    async def forgotten():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def start():
        kept.append(asyncio.create_task(forgotten()))
        await moment()

    calls.put(1, start)
    assert ended == []
    calls.queue.settle()
    assert ended == [True]


def test_a_call_may_settle_and_does_not_wait_for_itself():
    calls = Calls()

    async def settle():
        calls.queue.settle()
        await calls.queue.asettle()

    calls.put(1, settle)
    calls.queue.settle()
    assert calls.seen == [1]
    assert calls.failures == []


def test_a_call_may_cause_another_which_is_made_after_it():
    calls = Calls()

    async def tell():
        calls.put(2)
        await moment()

    calls.put(1, tell)
    assert calls.seen == [1, 2]
    calls.queue.settle()


def test_many_threads_may_tell():
    calls = Calls()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(calls.put, range(200)))
    calls.queue.settle()
    assert sorted(calls.seen) == list(range(200))
    assert len(set(calls.loops)) == 1


def test_settling_waits_for_the_thread_that_is_calling():
    calls, begun, go_on = Calls(), threading.Event(), threading.Event()

    async def stay():
        begun.set()
        go_on.wait(10)

    with ThreadPoolExecutor(2) as pool:
        telling = pool.submit(calls.put, 1, stay)
        begun.wait(10)
        calls.put(2)
        settling = pool.submit(calls.queue.settle)
        assert calls.seen == []
        go_on.set()
        settling.result(10)
        assert calls.seen == [1, 2]
        telling.result(10)


# ---- on a loop


async def test_on_a_loop_calls_are_made_on_it():
    calls = Calls()
    calls.put(1, moment)
    calls.put(2)
    assert calls.seen == []
    await calls.queue.asettle()
    assert calls.seen == [1, 2]
    assert set(calls.loops) == {asyncio.get_running_loop()}
    assert other_tasks() == set()


async def test_calls_are_made_while_the_run_awaits_something():
    calls, called = Calls(), asyncio.Event()

    async def tell():
        called.set()

    calls.put(1, tell)
    await asyncio.wait_for(called.wait(), 10)
    await calls.queue.asettle()


async def test_no_task_is_there_when_there_is_nothing_to_call():
    calls = Calls()
    calls.put(1)
    await moment()
    await moment()
    assert calls.seen == [1]
    assert other_tasks() == set()


async def test_what_threads_tell_is_called_on_the_loop():
    calls = Calls()
    calls.queue.move_in()
    await asyncio.to_thread(calls.put, 1)
    await calls.queue.asettle()
    assert calls.loops == [asyncio.get_running_loop()]


def test_a_receiver_made_outside_a_loop_awaits_on_the_loop_where_the_run_starts():
    loops = []

    async def on_custom_event(name, data, **kwargs):
        loops.append(asyncio.get_running_loop())

    receiver = handler_receiver(Words(on_custom_event=on_custom_event))

    async def main():
        run = HandMade()
        run.tell(receiver, "start", 1)
        await asyncio.to_thread(run.tell, receiver, "custom", 1, name="x")
        await receiver.asettle()
        return asyncio.get_running_loop()

    assert asyncio.run(main()) == loops[0]


@pytest.mark.parametrize("something_follows", [True, False])
def test_a_loop_that_only_a_part_of_a_sync_run_has_is_not_used(something_follows):
    calls = Calls()
    calls.queue.move_in()

    async def part():
        calls.put(1, moment)
        return asyncio.get_running_loop()

    loop = asyncio.run(part())
    assert calls.seen == []
    if something_follows:
        calls.put(2)
        assert calls.seen == [1, 2]
    calls.queue.settle()
    assert calls.seen[0] == 1
    assert loop not in calls.loops


def test_when_the_loop_is_gone_calls_are_made_at_once():
    calls = Calls()

    async def begin():
        calls.put(1)
        await calls.queue.asettle()

    asyncio.run(begin())
    calls.put(2)
    assert calls.seen == [1, 2]
    calls.queue.settle()
    assert calls.loops[1].is_closed()


async def test_started_without_a_loop_and_ended_on_one():
    calls = Calls()
    await asyncio.to_thread(calls.put, 1, moment)
    calls.put(2)  # is left for the end
    assert calls.seen == [1]
    await calls.queue.asettle()
    assert calls.seen == [1, 2]
    assert asyncio.get_running_loop() not in calls.loops
    assert all(loop.is_closed() for loop in calls.loops)


# ---- sync code that is called on a loop


async def test_sync_code_on_a_loop_has_its_calls_made_when_it_returns():
    calls = Calls()
    calls.put(1, moment)
    calls.put(2)
    calls.queue.settle()
    assert calls.seen == [1, 2]
    assert calls.loops[0] is not asyncio.get_running_loop()
    assert not calls.threads[0].is_alive()


async def test_a_call_that_has_begun_on_the_loop_ends_there_and_those_behind_it_too():
    calls, go_on = Calls(), asyncio.Event()
    calls.put(1, go_on.wait)
    calls.put(2)
    await moment()
    calls.queue.settle()
    assert calls.seen == []
    go_on.set()
    await calls.queue.asettle()
    assert calls.seen == [1, 2]
    assert set(calls.loops) == {asyncio.get_running_loop()}


# ---- cancelling


async def test_cancelling_while_settling_cancels_the_call_and_drops_the_others():
    calls, cancelled = Calls(), []

    async def stay():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    calls.put(1, stay)
    calls.put(2)
    settling = asyncio.create_task(calls.queue.asettle())
    await moment()
    await moment()
    settling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await settling
    await calls.queue.asettle()
    assert (calls.seen, cancelled) == ([], [True])


async def test_a_cancelled_run_is_told_of_to_the_end():
    seen = []

    async def on_chain_error(error, **kwargs):
        await moment()
        seen.append(type(error))

    async def run():
        receiver = handler_receiver(Words(on_chain_error=on_chain_error))
        run = HandMade()
        run.tell(receiver, "start", 1)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            run.tell(receiver, "error", error)
            raise
        finally:
            await receiver.asettle()

    task = asyncio.create_task(run())
    await moment()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == [asyncio.CancelledError]


def test_when_a_loop_shuts_down_calls_that_were_left_are_still_made():
    calls = Calls()

    async def cancelled_with_everything_else():
        try:
            calls.put(1, asyncio.Event().wait)
            await asyncio.Event().wait()
        finally:
            calls.put(2)
            await calls.queue.asettle()

    async def main():
        main.task = asyncio.create_task(cancelled_with_everything_else())
        await moment()
        await moment()

    asyncio.run(main())
    assert calls.seen == [2]


# ---- failures and context


def test_a_call_that_fails_does_not_keep_the_next_from_being_made():
    calls = Calls()

    async def fail():
        raise ValueError("no")

    calls.put(1, fail)
    calls.put(2)
    calls.queue.settle()
    assert calls.seen == [2]
    assert [str(failure) for failure in calls.failures] == ["no"]


@pytest.mark.parametrize("on_loop", [False, True])
def test_a_call_that_awaits_something_cancelled_has_failed(on_loop):
    calls = Calls()

    async def await_cancelled():
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    def tell():
        calls.put(1, await_cancelled)
        calls.put(2)

    async def main():
        tell()
        await calls.queue.asettle()

    if on_loop:
        asyncio.run(main())
    else:
        tell()
        calls.queue.settle()
    assert calls.seen == [2]
    assert [str(failure) for failure in calls.failures] == ["what it awaited has been cancelled"]


VARIABLE = contextvars.ContextVar("variable", default="outside")


@pytest.mark.parametrize("on_loop", [False, True])
def test_calls_are_made_in_the_context_around_the_run(on_loop):
    calls, seen = Calls(), []

    async def look():
        seen.append(VARIABLE.get())

    def tell():
        VARIABLE.set("inside")
        calls.put(1, look)
        calls.put(2, look)

    async def main():
        tell()
        await calls.queue.asettle()

    if on_loop:
        contextvars.copy_context().run(asyncio.run, main())
    else:
        contextvars.copy_context().run(tell)
        calls.queue.settle()
    assert seen == ["outside", "outside"]


@given(st.lists(st.integers(0, 3)), st.booleans())
def test_order_is_kept_however_long_each_call_awaits(turns: list[int], on_loop: bool) -> None:
    calls = Calls()

    def tell():
        for number, turn in enumerate(turns):

            async def stay(turn=turn):
                for _ in range(turn):
                    await moment()

            calls.put(number, stay)

    async def main():
        tell()
        await calls.queue.asettle()

    if on_loop:
        asyncio.run(main())
    else:
        tell()
        calls.queue.settle()
    assert calls.seen == list(range(len(turns)))
