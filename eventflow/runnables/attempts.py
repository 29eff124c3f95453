"""Trying again, with the same runnable or with another: what retry and fallbacks have in common.

A stream is tried again until its first chunk is out; from then on it is committed, because what a consumer
has seen cannot be taken back. Each attempt has ended before the next one starts, and is a run of its own. That
there is going to be another one is told as soon as one has failed, before the wait.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar, NamedTuple, TypeAlias, cast

from eventflow.events.notices import AttemptData, Notice
from eventflow.runnables.base import Runnable
from eventflow.runnables.plan import Step
from eventflow.runnables.seam import END, aclose, asleep, close, sleep
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import Run

__all__ = ("Attempt", "Attempts", "Handled", "checked", "handles")

Handled: TypeAlias = type[BaseException] | tuple[type[BaseException], ...] | Callable[[BaseException], bool]
"""Which exceptions are answered with another attempt: their types, or a predicate."""


def handles(handled: Handled, error: BaseException) -> bool:
    """Whether `error` is one of `handled`."""
    return isinstance(error, handled) if isinstance(handled, (type, tuple)) else handled(error)


def checked(argument: str, handled: Handled) -> Handled:
    """`handled`, the value of an argument. Raises TypeError if it does not say which exceptions are meant."""
    given = cast("object", handled)
    is_predicate = callable(given) and not isinstance(given, type)
    types = cast("tuple[object, ...]", given if isinstance(given, tuple) else (given,))
    if is_predicate or all(isinstance(one, type) and issubclass(one, BaseException) for one in types):
        return handled
    raise TypeError(f"{argument}={given!r}: give types of exceptions, such as (ValueError,), or a predicate")


class Attempt(NamedTuple):
    """What to run, and how many seconds to wait before."""

    step: Step
    wait: float


class Attempts(Runnable[Input, Output]):
    """Runs its attempts in order until one succeeds."""

    blocking = False

    notice: ClassVar[Notice]
    """The event that tells of a new attempt; see `AttemptData`."""

    @property
    def max_attempts(self) -> int:
        """How many attempts there are at most."""
        raise NotImplementedError("a subclass says how many attempts there are")

    def _attempts(self, input: Any) -> Iterator[Attempt]:
        """The attempts, in order; at least one. Raises ValueError if it cannot do with `input`."""
        raise NotImplementedError("a subclass says which attempts there are")

    def _handles(self, error: BaseException) -> bool:
        """Whether there is to be another attempt after `error`."""
        raise NotImplementedError("a subclass says which errors it handles")

    def _next_input(self, input: Any, error: BaseException) -> Any:
        """What the attempt after `error` is given."""
        return input

    def _conclude(self, errors: list[BaseException]) -> BaseException:
        """What is raised when all have failed."""
        return errors[-1]

    def _tell(self, run: Run, attempt: Attempt, errors: list[BaseException]) -> None:
        """Tell that after these errors there is going to be this attempt."""
        if run.hub.custom:
            data: AttemptData = {
                "attempt": len(errors) + 1,
                "max_attempts": self.max_attempts,
                "runnable": attempt.step.runnable.get_name(),
                "error": errors[-1],
                "wait": attempt.wait,
            }
            run.custom(self.notice, data)

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        errors: list[BaseException] = []
        for attempt in self._attempts(input):
            if errors:
                self._tell(run, attempt, errors)
            if attempt.wait:
                sleep(attempt.wait)
            try:
                return attempt.step.runnable.invoke(input, attempt.step.config(run), **kwargs)
            except BaseException as error:
                if not self._handles(error):
                    raise
                errors.append(error)
                input = self._next_input(input, error)
        raise self._conclude(errors)

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        errors: list[BaseException] = []
        for attempt in self._attempts(input):
            if errors:
                self._tell(run, attempt, errors)
            if attempt.wait:
                await asleep(attempt.wait)
            try:
                return await attempt.step.runnable.ainvoke(input, attempt.step.config(run), **kwargs)
            except BaseException as error:
                if not self._handles(error):
                    raise
                errors.append(error)
                input = self._next_input(input, error)
        raise self._conclude(errors)

    def _do_stream(self, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        errors: list[BaseException] = []
        for attempt in self._attempts(input):
            if errors:
                self._tell(run, attempt, errors)
            if attempt.wait:
                sleep(attempt.wait)
            chunks = attempt.step.runnable.stream(input, attempt.step.config(run), **kwargs)
            try:
                try:
                    chunk = next(chunks, END)
                except BaseException as error:
                    if not self._handles(error):
                        raise
                    errors.append(error)
                    input = self._next_input(input, error)
                    continue
                while chunk is not END:
                    yield chunk
                    chunk = next(chunks, END)
                return
            finally:
                close(chunks)
        raise self._conclude(errors)

    async def _do_astream(self, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        errors: list[BaseException] = []
        for attempt in self._attempts(input):
            if errors:
                self._tell(run, attempt, errors)
            if attempt.wait:
                await asleep(attempt.wait)
            chunks = attempt.step.runnable.astream(input, attempt.step.config(run), **kwargs)
            try:
                try:
                    chunk = await anext(chunks, END)
                except BaseException as error:
                    if not self._handles(error):
                        raise
                    errors.append(error)
                    input = self._next_input(input, error)
                    continue
                while chunk is not END:
                    yield chunk
                    chunk = await anext(chunks, END)
                return
            finally:
                await aclose(chunks)
        raise self._conclude(errors)
