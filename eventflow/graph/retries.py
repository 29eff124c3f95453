"""When a node that failed is run again: `RetryPolicy`, read."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

__all__ = ("RetryPolicy", "default_retry_on", "wait_before")

_NOT_WORTH_IT = (
    ValueError,
    TypeError,
    ArithmeticError,
    ImportError,
    LookupError,
    NameError,
    SyntaxError,
    RuntimeError,
    ReferenceError,
    StopIteration,
    StopAsyncIteration,
    OSError,
)


def default_retry_on(error: Exception) -> bool:
    """Whether another attempt may help: broken connections, and answers of servers that failed (HTTP 5xx)."""
    if isinstance(error, ConnectionError):
        return True
    status: Any = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(status, int):
        return 500 <= status < 600
    return not isinstance(error, _NOT_WORTH_IT)


class RetryPolicy(NamedTuple):
    """When and how often a node that failed is run again.

    Arguments:
        initial_interval: seconds before the second attempt.
        backoff_factor: by how much the wait grows with each attempt.
        max_interval: the longest wait, in seconds.
        max_attempts: how many attempts there are in all.
        jitter: whether to add a random part of a second.
        retry_on: exception types, or a predicate, of what is worth another attempt.
    """

    initial_interval: float = 0.5
    backoff_factor: float = 2.0
    max_interval: float = 128.0
    max_attempts: int = 3
    jitter: bool = True
    retry_on: type[Exception] | Sequence[type[Exception]] | Callable[[Exception], bool] = default_retry_on


def wait_before(policies: Sequence[RetryPolicy], error: Exception, failures: int) -> float | None:
    """How many seconds to wait before the next attempt, by the first policy that fits; None if there is none."""
    for policy in policies:
        if _fits(policy, error):
            if failures >= policy.max_attempts:
                return None
            wait = policy.initial_interval * policy.backoff_factor ** (failures - 1)
            jitter = random.uniform(0, 1) if policy.jitter else 0.0  # noqa: S311  # no secret
            return min(wait, policy.max_interval) + jitter
    return None


def _fits(policy: RetryPolicy, error: Exception) -> bool:
    on: Any = policy.retry_on
    if isinstance(on, type):
        return isinstance(error, on)
    if isinstance(on, (list, tuple)):
        return isinstance(error, tuple(cast("Sequence[type[Exception]]", on)))
    return bool(on(error))
