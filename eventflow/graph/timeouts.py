"""How long a node may take: `TimeoutPolicy`, and the watch over one attempt.

A coroutine can be stopped where it awaits; a sync function cannot be stopped at all. So only async nodes have
a timeout.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias, TypeVar

from eventflow.bus import Emitter, report_failure
from eventflow.errors import NodeTimeoutError
from eventflow.events import PHASES, Event, Phase
from eventflow.runs import Node, Scope

__all__ = ("Pulse", "Timeout", "TimeoutPolicy", "timeout_policy", "within")

T = TypeVar("T")


def _seconds(name: str, given: float | timedelta | None) -> float | None:
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if seconds is not None and seconds <= 0:
        raise ValueError(f"{name} must be greater than 0: got {given!r}")
    return None if seconds is None else float(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutPolicy:
    """How long one attempt of an async node may take.

    Arguments:
        run_timeout: from its beginning to its end, in seconds or as a timedelta.
        idle_timeout: without a sign of progress.
        refresh_on: what is such a sign: "auto" for every event in it (what it streams, what the models and
            tools in it tell) and `runtime.heartbeat()`, "heartbeat" for that alone.

    Raises ValueError if a time is not above 0, or `refresh_on` is something else.
    """

    run_timeout: float | timedelta | None = None
    idle_timeout: float | timedelta | None = None
    refresh_on: Literal["auto", "heartbeat"] = "auto"

    def __post_init__(self) -> None:
        object.__setattr__(self, "run_timeout", _seconds("run_timeout", self.run_timeout))
        object.__setattr__(self, "idle_timeout", _seconds("idle_timeout", self.idle_timeout))
        if self.refresh_on not in ("auto", "heartbeat"):
            raise ValueError(f"refresh_on={self.refresh_on!r}: choose auto or heartbeat")


Timeout: TypeAlias = float | timedelta | TimeoutPolicy
"""What may be given as `timeout`: seconds, a timedelta, or a policy."""


def timeout_policy(given: Timeout | None) -> TimeoutPolicy | None:
    """What was given, as a policy; None if it limits nothing. Raises ValueError if it is not above 0."""
    if given is None:
        return None
    policy = given if isinstance(given, TimeoutPolicy) else TimeoutPolicy(run_timeout=given)
    return policy if policy.run_timeout or policy.idle_timeout else None


class Pulse:
    """When a node last gave a sign of progress; the subscriber that takes its events for one."""

    direct = None
    phases: frozenset[Phase] = frozenset(PHASES)

    def __init__(self) -> None:
        self.last = time.monotonic()

    def beat(self) -> None:
        """It makes progress. May be called from any thread."""
        self.last = time.monotonic()

    def around(self, place: Node | None) -> Scope:
        """A place below `place`: the events of what runs there are signs."""
        return Scope((self,), place)

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        return True

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        self.last = time.monotonic()

    def failed(self, event: Event, error: Exception) -> None:
        report_failure(self, event, error)

    def settle(self) -> None:
        """Nothing to wait for."""

    async def asettle(self) -> None:
        """Nothing to wait for."""


async def within(policy: TimeoutPolicy, node: str, pulse: Pulse, work: Callable[[], Awaitable[T]]) -> T:
    """Do `work` within the time that the policy allows.

    Raises NodeTimeoutError, after the work was cancelled, if it takes longer.
    """
    loop = asyncio.get_running_loop()
    begun = pulse.last = time.monotonic()
    run, idle = _seconds("run_timeout", policy.run_timeout), _seconds("idle_timeout", policy.idle_timeout)
    kind: Literal["run", "idle"] = "run"
    alarm: asyncio.TimerHandle | None = None

    def due() -> tuple[float, Literal["run", "idle"]]:
        ends: list[tuple[float, Literal["run", "idle"]]] = []
        if run is not None:
            ends.append((begun + run, "run"))
        if idle is not None:
            ends.append((pulse.last + idle, "idle"))
        return min(ends)

    def look() -> None:
        nonlocal alarm, kind
        end, kind = due()
        left = end - time.monotonic()
        if left <= 0:
            limit.reschedule(loop.time())
        else:
            alarm = loop.call_later(left, look)

    limit = asyncio.timeout(None)
    try:
        async with limit:
            look()
            try:
                return await work()
            finally:
                if alarm is not None:
                    alarm.cancel()
    except TimeoutError:
        if not limit.expired():
            raise
    raise NodeTimeoutError(node, time.monotonic() - begun, kind=kind, idle_timeout=idle, run_timeout=run)
