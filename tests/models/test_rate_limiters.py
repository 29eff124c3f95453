"""Requests are let through at the rate that was asked for: with a clock of the test's own, so nobody waits."""

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.models import InMemoryRateLimiter
from eventflow.models.rate_limiters import Clock


class TestClock(Clock):
    """Time goes on when somebody sleeps, or when the test says so."""

    __test__ = False

    def __init__(self):
        self.time = 100.0
        self.slept = []
        self._moving = threading.Lock()
        self._sleepers = []

    def now(self):
        return self.time

    def sleep(self, seconds):
        with self._moving:
            self.slept.append(seconds)
            self.time += seconds

    async def asleep(self, seconds):
        until = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.time + seconds, until))
        await until

    def go_on(self, seconds):
        self.time += seconds
        for at, until in self._sleepers:
            if at <= self.time and not until.done():
                until.set_result(None)


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def limiter(**options):
    clock = TestClock()
    return InMemoryRateLimiter(clock=clock, **options), clock


def test_the_bucket_is_empty_at_first_and_fills_evenly():
    limited, clock = limiter(requests_per_second=2)
    assert not limited.acquire(blocking=False)
    clock.go_on(0.25)
    assert not limited.acquire(blocking=False)
    clock.go_on(0.25)
    assert limited.acquire(blocking=False)
    assert not limited.acquire(blocking=False)


def test_it_waits_as_long_as_it_has_to_and_only_once():
    limited, clock = limiter(requests_per_second=4)
    assert [limited.acquire() for _ in range(3)] == [True] * 3
    assert clock.slept == [0.25] * 3
    clock.go_on(10)
    assert limited.acquire()
    assert clock.slept == [0.25] * 3


def test_the_bucket_holds_so_many():
    limited, clock = limiter(requests_per_second=1, max_bucket_size=3)
    limited.acquire(blocking=False)
    clock.go_on(100)
    assert [limited.acquire(blocking=False) for _ in range(4)] == [True, True, True, False]
    clock.go_on(1)
    assert limited.acquire(blocking=False)


def test_a_sleep_that_is_too_short_goes_on():
    limited, clock = limiter(requests_per_second=1)
    clock.sleep = lambda seconds: clock.go_on(seconds / 2 if seconds > 0.1 else seconds)
    limited.acquire()
    assert clock.time >= 101


async def test_requests_are_let_through_in_their_order():
    limited, clock = limiter(requests_per_second=1)
    order = []

    async def ask(name):
        await limited.aacquire()
        order.append(name)

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(ask(name))
            await settle()
        assert not await limited.aacquire(blocking=False)
        for expected in (["a"], ["a", "b"], ["a", "b", "c"]):
            clock.go_on(1)
            await settle()
            assert order == expected


async def test_one_that_is_cancelled_leaves_its_time_to_the_next():
    limited, clock = limiter(requests_per_second=1)
    first, second = (asyncio.ensure_future(limited.aacquire()) for _ in range(2))
    await settle()
    second.cancel()
    await asyncio.wait([second])
    third = asyncio.ensure_future(limited.aacquire())
    await settle()
    clock.go_on(1)
    await settle()
    assert (first.done(), third.done()) == (True, False)
    clock.go_on(1)
    assert await third
    assert not limited.acquire(blocking=False)


async def test_many_that_are_cancelled_hold_nobody_up():
    limited, clock = limiter(requests_per_second=1)
    waiting = [asyncio.ensure_future(limited.aacquire()) for _ in range(100)]
    await settle()
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    clock.go_on(1)
    assert limited.acquire(blocking=False)
    assert not limited.acquire(blocking=False)


def test_interrupted_while_it_waits():
    limited, clock = limiter(requests_per_second=1)

    def interrupted(seconds):
        raise KeyboardInterrupt

    clock.sleep = interrupted
    with pytest.raises(KeyboardInterrupt):
        limited.acquire()
    clock.go_on(1)
    assert limited.acquire(blocking=False)


def test_threads_share_one():
    limited, clock = limiter(requests_per_second=10)
    threads = [threading.Thread(target=lambda: [limited.acquire() for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.time >= 110 - 1e-9


def test_loops_share_one():
    limited = InMemoryRateLimiter(requests_per_second=1e6)

    async def ask():
        return await asyncio.gather(*(limited.aacquire() for _ in range(3)))

    assert asyncio.run(ask()) == asyncio.run(ask()) == [True] * 3


@given(
    rate=st.sampled_from([0.5, 1, 3, 10]),
    bucket=st.sampled_from([1, 1.5, 4]),
    steps=st.lists(st.sampled_from([0.0, 0.05, 0.3, 1.0, 20.0]), max_size=40),
)
def test_never_more_than_the_rate_and_the_bucket_allow(rate, bucket, steps):
    limited, clock = limiter(requests_per_second=rate, max_bucket_size=bucket)
    let_through = []
    for step in steps:
        clock.go_on(step)
        while limited.acquire(blocking=False):
            let_through.append(clock.time)
    for at, start in enumerate(let_through):
        for end in range(at, len(let_through)):
            allowed = bucket + (let_through[end] - start) * rate
            assert end - at + 1 <= allowed + 1e-6


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"requests_per_second": 0}, "above 0"),
        ({"requests_per_second": -1}, "above 0"),
        ({"requests_per_second": float("nan")}, "above 0"),
        ({"max_bucket_size": 0.5}, "lets nothing through"),
    ],
)
def test_what_makes_no_sense_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        InMemoryRateLimiter(**options)


async def test_the_real_clock():
    clock = Clock()
    before = clock.now()
    clock.sleep(0)
    await clock.asleep(0)
    assert clock.now() >= before


def test_like_langchain():
    theirs = pytest.importorskip("langchain_core.rate_limiters")
    lc_time = {"now": 100.0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(theirs.time, "monotonic", lambda: lc_time["now"])
        for options in ({"requests_per_second": 2}, {"requests_per_second": 1, "max_bucket_size": 3}):
            other = theirs.InMemoryRateLimiter(**options)
            limited, clock = limiter(**options)
            lc_time["now"] = clock.time
            for step in (0, 0.25, 0.25, 0, 1, 0, 0, 5, 0, 0, 0, 0, 0.5, 0.75):
                clock.go_on(step)
                lc_time["now"] += step
                assert limited.acquire(blocking=False) == other.acquire(blocking=False)
