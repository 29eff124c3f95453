"""Another runnable when one fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from eventflow.events.notices import ON_FALLBACK
from eventflow.runnables.attempts import Attempt, Attempts, Handled, checked, handles
from eventflow.runnables.base import Runnable, composer
from eventflow.runnables.narrow import is_mapping, is_runnable
from eventflow.runnables.plan import plan
from eventflow.runnables.verbs import Input, Output

__all__ = ("RunnableWithFallbacks",)


class RunnableWithFallbacks(Attempts[Input, Output]):
    """Runs `runnable`, and if that fails, each of `fallbacks` in turn. Made with `.with_fallbacks()`.

    Each attempt is a child of its run, which tells before each fallback of `on_fallback`, a custom event with
    `AttemptData`. A stream goes on with the next one until a first chunk is out. The first error is raised when
    all have failed. Attributes that it does not have are those of `runnable`; a method that gives a runnable
    (`bind_tools`) is called on all.

    Arguments:
        runnable: what is tried first.
        fallbacks: runnables or functions to try then, in this order.
        exceptions_to_handle: which exceptions make it go on; others are raised at once.
        exception_key: where in the input, which must be a dict then, a fallback finds the error before it.

    Raises TypeError if `fallbacks` is no list, or something in it cannot be run.

    >>> from eventflow import RunnableLambda, listen
    >>> safe = RunnableLambda(int).with_fallbacks([RunnableLambda(len, name="length")])
    >>> with listen(include_types=["on_fallback"]) as events:
    ...     safe.invoke("four")
    4
    >>> [event["data"]["runnable"] for event in events]
    ['length']
    """

    notice = ON_FALLBACK

    def __init__(
        self,
        runnable: Runnable[Input, Output],
        fallbacks: Sequence[Any],
        *,
        exceptions_to_handle: Handled = (Exception,),
        exception_key: str | None = None,
    ) -> None:
        if is_runnable(fallbacks):
            raise TypeError(f"with_fallbacks() takes a list of them: [{fallbacks.get_name()}]")
        self.name = None
        self.runnable = runnable
        self.fallbacks = [composer().coerce(fallback) for fallback in fallbacks]
        self.exceptions_to_handle = checked("exceptions_to_handle", exceptions_to_handle)
        self.exception_key = exception_key
        self._plan = plan((candidate, None) for candidate in self.runnables)

    @property
    def runnables(self) -> list[Runnable[Any, Any]]:
        """All of them, in order."""
        return [self.runnable, *self.fallbacks]

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return self.runnables

    def _ends(self) -> tuple[Runnable[Any, Any], Runnable[Any, Any]]:
        return self.runnable, self.runnable

    def gives_snapshots(self, fed: bool) -> bool:
        return self.runnable.gives_snapshots(False)

    @property
    def max_attempts(self) -> int:
        return len(self._plan)

    def _attempts(self, input: Any) -> Iterator[Attempt]:
        if self.exception_key is not None and not is_mapping(input):
            raise ValueError(
                f"If 'exception_key' is specified then input must be a dictionary. However found a type of "
                f"{type(input)} for input"
            )
        for step in self._plan:
            yield Attempt(step, 0.0)

    def _handles(self, error: BaseException) -> bool:
        return handles(self.exceptions_to_handle, error)

    def _next_input(self, input: Any, error: BaseException) -> Any:
        return input if self.exception_key is None else {**input, self.exception_key: error}

    def _conclude(self, errors: list[BaseException]) -> BaseException:
        return errors[0]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "runnable":
            raise AttributeError(name)
        found = getattr(self.runnable, name)
        if not callable(found) or is_runnable(found):
            return found
        return self._on_all(name, found)

    def _on_all(self, name: str, found: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            first = found(*args, **kwargs)
            if not is_runnable(first):
                return first
            return RunnableWithFallbacks[Any, Any](
                first,
                [getattr(fallback, name)(*args, **kwargs) for fallback in self.fallbacks],
                exceptions_to_handle=self.exceptions_to_handle,
                exception_key=self.exception_key,
            )

        return call

    def __repr__(self) -> str:
        return f"RunnableWithFallbacks({self.runnable!r}, fallbacks={self.fallbacks!r})"
