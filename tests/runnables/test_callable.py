"""What a user's function is, seen once: its colour, what it wants to be told, its name."""

import functools
import operator
from typing import Any

import pytest

from eventflow.runnables.callable import UserFunction


def plain(x): ...
def asks(x, config, run_manager): ...
def asks_by_keyword(x, *, run_manager): ...
async def coroutine(x, config=None): ...
def generator(x):
    yield x


async def async_generator(x):
    yield x


class Calls:
    def __call__(self, x, config): ...


class Awaits:
    async def __call__(self, x): ...


class Yields:
    def __call__(self, x):
        yield x


class Methods:
    async def method(self, x, config): ...

    @staticmethod
    def static(x, config): ...

    @classmethod
    def of_class(cls, x, config): ...


@pytest.mark.parametrize(
    ("function", "colour"),
    [
        (plain, "call"),
        (coroutine, "coroutine"),
        (generator, "generator"),
        (async_generator, "async_generator"),
        (functools.partial(coroutine), "coroutine"),
        (functools.partial(functools.partial(generator)), "generator"),
        (Calls(), "call"),
        (Awaits(), "coroutine"),
        (Yields(), "generator"),
        (Methods().method, "coroutine"),
        (operator.itemgetter("a"), "call"),
        (str, "call"),
        (len, "call"),
        (Calls, "call"),
    ],
)
def test_colours(function, colour):
    assert UserFunction(function).colour == colour


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (plain, ()),
        (asks, ("config", "run_manager")),
        (asks_by_keyword, ("run_manager",)),
        (coroutine, ("config",)),
        (Calls(), ("config",)),
        (Methods().method, ("config",)),
        (Methods.static, ("config",)),
        (Methods.of_class, ("config",)),
        (functools.partial(asks, 1), ("run_manager",)),
        (lambda config: None, ()),
        (lambda config, x: None, ()),
        (operator.itemgetter("a"), ()),
        (str, ()),
        (dict.get, ()),
    ],
)
def test_what_it_is_told(function, told):
    assert UserFunction(function).told == told


@pytest.mark.parametrize(
    ("function", "name"),
    [(plain, "plain"), (lambda x: x, None), (str, "str"), (Calls(), None), (operator.itemgetter(1), None)],
)
def test_names(function, name):
    assert UserFunction(function).name == name


@pytest.mark.parametrize(
    ("function", "may_block"),
    [(plain, True), (Calls(), True), (operator.itemgetter("a"), False), (str, False), (Calls, False)],
)
def test_what_may_block(function, may_block):
    """Getters and classes do not; anything else may."""
    assert UserFunction(function).may_block is may_block


def test_extras_are_made_for_each_call():
    class Run:
        made = 0

        def child_config(self) -> Any:
            self.made += 1
            return {"n": self.made}

        def handle(self) -> str:
            return "handle"

    run: Any = Run()
    function = UserFunction(asks)
    assert function.extras(run) == {"config": {"n": 1}, "run_manager": "handle"}
    assert function.extras(run) == {"config": {"n": 2}, "run_manager": "handle"}
    assert UserFunction(plain).extras(run) == {}
