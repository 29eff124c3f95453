"""How every test here is run: `async def` tests on a loop of their own, and nothing may be left behind."""

import functools
import inspect
import os
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import leaks

SLOW_MACHINES_ARE_FINE = [HealthCheck.too_slow]

# quick: the same cases each time, on every machine. long: ever new cases, to look for what quick misses.
settings.register_profile(
    "quick", max_examples=50, derandomize=True, deadline=None, suppress_health_check=SLOW_MACHINES_ARE_FINE
)
settings.register_profile(
    "long", max_examples=5_000, deadline=None, suppress_health_check=SLOW_MACHINES_ARE_FINE, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Call the test, on a loop of its own if it is `async def`, and look at what it leaves behind."""
    _make_callable(pyfuncitem)
    with leaks.nothing_left_behind():
        return (yield)


def _make_callable(item: pytest.Function) -> None:
    """Put a plain function where the item has a coroutine function: the test, or what `@given` wraps."""
    given = getattr(item.obj, "hypothesis", None)
    if given is None:
        item.obj = _on_a_loop(item.obj)
    else:
        given.inner_test = _on_a_loop(given.inner_test)


def _on_a_loop(test: Callable[..., Any]) -> Callable[..., Any]:
    if not inspect.iscoroutinefunction(test):
        return test
    coroutine: Callable[..., Coroutine[Any, Any, None]] = test

    @functools.wraps(coroutine)
    def run(*args: Any, **kwargs: Any) -> None:
        leaks.run(coroutine(*args, **kwargs))

    return run
