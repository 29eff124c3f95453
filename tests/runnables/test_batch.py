"""Several inputs: in order, or as they are ready; how many at once; and what becomes of errors."""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnableLambda


def half(x: int) -> int:
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2


async def ahalf(x: int) -> int:
    return half(x)


HALF = RunnableLambda(half, ahalf)


async def test_outputs_are_in_the_order_of_inputs():
    assert HALF.batch([6, 2, 4]) == await HALF.abatch([6, 2, 4]) == [3, 1, 2]


async def test_no_inputs():
    assert HALF.batch([]) == await HALF.abatch([]) == []
    assert list(HALF.batch_as_completed([])) == []
    assert [pair async for pair in HALF.abatch_as_completed([])] == []


async def test_an_error_is_raised():
    with pytest.raises(ValueError, match="3 is odd"):
        HALF.batch([2, 3, 4])
    with pytest.raises(ValueError, match="3 is odd"):
        await HALF.abatch([2, 3, 4])
    with pytest.raises(ValueError, match="3 is odd"):
        list(HALF.batch_as_completed([3]))
    with pytest.raises(ValueError, match="3 is odd"):
        [pair async for pair in HALF.abatch_as_completed([3])]


async def test_errors_can_stand_in_the_place_of_outputs():
    for outputs in (
        HALF.batch([2, 3], return_exceptions=True),
        await HALF.abatch([2, 3], return_exceptions=True),
        [y for _, y in sorted(HALF.batch_as_completed([2, 3], return_exceptions=True), key=lambda p: p[0])],
        [y async for _, y in HALF.abatch_as_completed([2, 3], return_exceptions=True)],
    ):
        assert outputs[0] == 1
        assert isinstance(outputs[1], ValueError)


def test_who_interrupts_is_never_a_value():
    def interrupts(x: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        RunnableLambda(interrupts).batch([1], return_exceptions=True)


def test_as_completed_is_the_order_of_being_ready():
    ready = {1: threading.Event(), 2: threading.Event()}

    def waits(x: int) -> int:
        if x in ready:
            ready[x].wait(10)
        return x

    results = RunnableLambda(waits).batch_as_completed([1, 2, 3])
    assert next(results) == (2, 3)
    ready[2].set()
    assert next(results) == (1, 2)
    ready[1].set()
    assert list(results) == [(0, 1)]


async def test_as_completed_is_the_order_of_being_ready_async():
    ready = {1: asyncio.Event(), 2: asyncio.Event()}

    async def waits(x: int) -> int:
        if x in ready:
            await ready[x].wait()
        return x

    results = RunnableLambda(waits).abatch_as_completed([1, 2, 3])
    assert await anext(results) == (2, 3)
    ready[2].set()
    assert await anext(results) == (1, 2)
    ready[1].set()
    assert [pair async for pair in results] == [(0, 1)]


@pytest.mark.parametrize("verb", ["batch", "batch_as_completed"])
def test_at_most_so_many_threads(verb):
    now, most, lock = 0, 0, threading.Lock()

    def counts(x: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        with lock:
            now -= 1
        return x

    list(getattr(RunnableLambda(counts), verb)(range(50), {"max_concurrency": 1}))
    assert most == 1


async def test_at_most_so_many_tasks():
    now, most = 0, 0

    async def counts(x: int) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return x

    runnable = RunnableLambda(counts)
    await runnable.abatch([1] * 6, {"max_concurrency": 2})
    assert most == 2
    async for _ in runnable.abatch_as_completed([1] * 6, {"max_concurrency": 3}):
        pass
    assert most == 3
    await runnable.abatch([1] * 6)
    assert most == 6


async def test_a_config_for_each_input():
    configs: list[Any] = [{"run_name": "first"}, {"run_name": "second"}]
    for act in (HALF.batch, HALF.abatch):
        with listen(phases=["start"]) as events:
            outputs = act([2, 4], configs)
            if act == HALF.abatch:
                await outputs
        assert sorted(event["name"] for event in events) == ["first", "second"]


async def test_configs_have_to_be_as_many_as_inputs():
    with pytest.raises(ValueError, match="1 entries for 2 inputs"):
        HALF.batch([2, 4], [{}])
    with pytest.raises(ValueError, match="1 entries for 2 inputs"):
        await HALF.abatch([2, 4], [{}])


def test_arguments_go_to_each():
    assert RunnableLambda(lambda x, by: x * by).batch([1, 2], by=3) == [3, 6]


def test_each_input_has_a_run_of_its_own_below_the_current_one():
    with listen(phases=["start"]) as events:
        RunnableLambda(lambda x: HALF.batch(x)).invoke([2, 4])
    outer, *inner = events
    assert [event["parent_ids"] for event in inner] == [[outer["run_id"]]] * 2
    assert inner[0]["run_id"] != inner[1]["run_id"]


def test_leaving_as_completed_leaves_out_what_has_not_begun(monkeypatch):
    submitted: list[Future[Any]] = []
    all_submitted, left_out = threading.Event(), threading.Event()
    called: list[int] = []

    class Pool(ThreadPoolExecutor):
        def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
            submitted.append(super().submit(*args, **kwargs))
            if len(submitted) == 4:
                submitted[-1].add_done_callback(lambda _: left_out.set())
                all_submitted.set()
            return submitted[-1]

    def works(x: int) -> None:
        called.append(x)
        all_submitted.wait(10)
        if x == 1:
            left_out.wait(10)  # the second one is at work while the others are cancelled

    monkeypatch.setattr("eventflow.runnables.batch.ThreadPoolExecutor", Pool)
    results: Any = RunnableLambda(works).batch_as_completed([0, 1, 2, 3], {"max_concurrency": 1})
    next(results)
    results.close()
    assert called in ([0], [0, 1])


async def test_leaving_as_completed_cancels_the_others():
    told: list[str] = []

    async def waits(x: int) -> int:
        try:
            if x:
                await asyncio.sleep(3600)
        except asyncio.CancelledError:
            told.append("cancelled")
            raise
        return x

    results: Any = RunnableLambda(waits).abatch_as_completed([0, 1, 2])
    assert await anext(results) == (0, 0)
    await results.aclose()
    assert told == ["cancelled", "cancelled"]
