"""Asking a provider no more often than it allows: `BaseRateLimiter`, and one for all models of a program."""

from __future__ import annotations

import asyncio
import heapq
import threading
import time
from abc import ABC, abstractmethod

__all__ = ("BaseRateLimiter", "Clock", "InMemoryRateLimiter")


class BaseRateLimiter(ABC):
    """Says when the next request may be made. One limiter may be shared by several models."""

    @abstractmethod
    def acquire(self, *, blocking: bool = True) -> bool:
        """Wait until a request may be made, and count it.

        Arguments:
            blocking: False not to wait.

        Returns whether a request may be made; False only if it was not to wait.
        """

    @abstractmethod
    async def aacquire(self, *, blocking: bool = True) -> bool:
        """The same as `acquire`, awaited."""


class Clock:
    """What a rate limiter knows of time; tests have one of their own."""

    def now(self) -> float:
        """Seconds, counted from somewhere."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Wait, and let others work meanwhile."""
        await asyncio.sleep(seconds)


class InMemoryRateLimiter(BaseRateLimiter):
    """Lets through so many requests a second: a token bucket, which fills evenly and which each request takes one of.

    Arguments:
        requests_per_second: how fast the bucket fills; below 1 for less than one a second.
        check_every_n_seconds: accepted as LangChain has it, and not needed: who has to wait knows until when.
        max_bucket_size: how many requests may be made at once after a pause.
        clock: what time it is, for tests.

    As in LangChain the bucket is empty at the first request, which therefore waits. Requests are let through in
    the order in which they came; one that is cancelled leaves its time to the next that comes. Threads and event
    loops may share one; it is for one process, and counts requests, not tokens of text.

    Raises ValueError if `requests_per_second` is not above 0, or `max_bucket_size` is below 1.

    >>> limiter = InMemoryRateLimiter(requests_per_second=1000)
    >>> limiter.acquire(), limiter.acquire(blocking=False)
    (True, False)
    """

    def __init__(
        self,
        *,
        requests_per_second: float = 1,
        check_every_n_seconds: float = 0.1,
        max_bucket_size: float = 1,
        clock: Clock | None = None,
    ) -> None:
        if not requests_per_second > 0:
            raise ValueError(f"requests_per_second={requests_per_second}: give a number above 0")
        if not max_bucket_size >= 1:
            raise ValueError(
                f"max_bucket_size={max_bucket_size}: a bucket that never holds 1 lets nothing through"
            )
        self._clock = Clock() if clock is None else clock
        self._interval = 1 / requests_per_second
        self._burst = (max_bucket_size - 1) * self._interval
        self._next: float | None = None
        self._returned: list[float] = []
        self._changing = threading.Lock()

    def acquire(self, *, blocking: bool = True) -> bool:
        at = self._take(blocking)
        if at is None:
            return False
        try:
            while (wait := at - self._clock.now()) > 0:
                self._clock.sleep(wait)
        except BaseException:
            self._give_back(at)
            raise
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        at = self._take(blocking)
        if at is None:
            return False
        try:
            while (wait := at - self._clock.now()) > 0:
                await self._clock.asleep(wait)
        except BaseException:
            self._give_back(at)
            raise
        return True

    # A request takes a time, the earliest that is free, and waits for it. Times are an interval apart, and reach
    # back as far as the bucket is deep. Nobody depends on another that waits, in whatever thread or loop that is.

    def _take(self, blocking: bool) -> float | None:
        """The time of a request; None if that is still to come and the request is not to wait."""
        with self._changing:
            now = self._clock.now()
            if self._next is None:
                self._next = now + self._interval
            oldest = now - self._burst
            while self._returned and self._returned[0] < oldest:
                heapq.heappop(self._returned)
            at = self._returned[0] if self._returned else max(self._next, oldest)
            if at > now and not blocking:
                return None
            if self._returned:
                heapq.heappop(self._returned)
            else:
                self._next = at + self._interval
            return at

    def _give_back(self, at: float) -> None:
        """Leave a time to the next request."""
        with self._changing:
            heapq.heappush(self._returned, at)
