"""The same runnable, tried again when it fails."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eventflow.drawing import Graph
from eventflow.events.notices import ON_RETRY
from eventflow.runnables.attempts import Attempt, Attempts, Handled, checked, handles
from eventflow.runnables.base import Runnable
from eventflow.runnables.plan import plan
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import RunnableConfig

__all__ = ("RunnableRetry",)


class RunnableRetry(Attempts[Input, Output]):
    """Runs `bound` up to `max_attempt_number` times. Made with `.with_retry()`.

    Between attempts it waits `initial * exp_base ** n` seconds, at most `max`, plus a random part of at most
    `jitter` seconds. Its run has the name of `bound`; each attempt is a child, from the second on with the
    tag `retry:attempt:2`, and so on. Before each of these its run tells of `on_retry`, a custom event with
    `AttemptData`. A stream is tried again until its first chunk is out. The last error is raised when all have
    failed.

    Arguments:
        retry_if_exception_type: which exceptions are answered with another attempt: types or a predicate.
        wait_exponential_jitter: False to try again at once.
        exponential_jitter_params: `initial` (1), `max` (60), `exp_base` (2) and `jitter` (1), in seconds.
        max_attempt_number: how many attempts there are in all.

    Raises ValueError if there is no attempt, or a parameter is unknown; TypeError if `retry_if_exception_type`
    says no exceptions.

    >>> from eventflow import RunnableLambda, listen
    >>> answers = [0, 2]
    >>> once_more = RunnableLambda(lambda x: x / answers.pop(0)).with_retry(wait_exponential_jitter=False)
    >>> with listen(include_types=["on_retry"]) as events:
    ...     once_more.invoke(1)
    0.5
    >>> [(event["data"]["attempt"], event["data"]["error"]) for event in events]
    [(2, ZeroDivisionError('division by zero'))]
    """

    notice = ON_RETRY

    def __init__(
        self,
        bound: Runnable[Input, Output],
        *,
        retry_if_exception_type: Handled = (Exception,),
        wait_exponential_jitter: bool = True,
        exponential_jitter_params: Mapping[str, float] | None = None,
        max_attempt_number: int = 3,
    ) -> None:
        if max_attempt_number < 1:
            raise ValueError(f"stop_after_attempt={max_attempt_number}: there has to be one attempt")
        known = {"initial": 1.0, "max": 60.0, "exp_base": 2.0, "jitter": 1.0}
        if unknown := (exponential_jitter_params or {}).keys() - known.keys():
            raise ValueError(f"exponential_jitter_params has {sorted(unknown)}: there are {', '.join(known)}")
        self.bound = bound
        self.max_attempt_number = max_attempt_number
        self._retried = checked("retry_if_exception_type", retry_if_exception_type)
        self._waits = wait_exponential_jitter
        self._jitter = {**known, **(exponential_jitter_params or {})}
        self._plan = plan(
            (bound, f"retry:attempt:{n}" if n > 1 else None) for n in range(1, max_attempt_number + 1)
        )

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        return self.bound.get_name(suffix, name=name)

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return [self.bound]

    def _ends(self) -> tuple[Runnable[Any, Any], Runnable[Any, Any]]:
        return self.bound, self.bound

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        return self.bound.get_graph(config)

    def gives_snapshots(self, fed: bool) -> bool:
        return self.bound.gives_snapshots(False)

    @property
    def max_attempts(self) -> int:
        return self.max_attempt_number

    def _attempts(self, input: Any) -> Iterator[Attempt]:
        for before, step in enumerate(self._plan):
            yield Attempt(step, self._wait(before) if before and self._waits else 0.0)

    def _wait(self, failures: int) -> float:
        given = self._jitter
        growing: float = given["initial"] * given["exp_base"] ** (failures - 1)
        return min(growing + random.uniform(0, given["jitter"]), given["max"])  # noqa: S311  # no secret

    def _handles(self, error: BaseException) -> bool:
        return handles(self._retried, error)

    def __repr__(self) -> str:
        return f"RunnableRetry(bound={self.bound!r}, max_attempt_number={self.max_attempt_number})"
