"""`RunnableBranch`: the first whose condition holds."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.errors import AsyncOnlyError
from eventflow.runnables import RunnableBranch, RunnableLambda


def words(x: str) -> Iterator[str]:
    yield from x.split()


async def awords(x: str) -> AsyncIterator[str]:
    for word in x.split():
        yield word


SIGN = RunnableBranch(
    (lambda x: x < 0, lambda x: "minus"), (lambda x: x == 0, lambda x: "zero"), lambda x: "plus"
)


@pytest.mark.parametrize(("input", "output"), [(-1, "minus"), (0, "zero"), (1, "plus")])
async def test_the_first_whose_condition_holds(input, output):
    assert SIGN.invoke(input) == await SIGN.ainvoke(input) == output
    assert list(SIGN.stream(input)) == [chunk async for chunk in SIGN.astream(input)] == [output]


def test_later_conditions_are_not_asked():
    def fails(x: int) -> bool:
        raise AssertionError("asked")

    assert RunnableBranch((lambda x: 1, lambda x: "first"), (fails, len), len).invoke(1) == "first"


async def test_what_is_chosen_streams():
    branch = RunnableBranch((lambda x: True, RunnableLambda(words, awords)), len)
    assert list(branch.stream("a b")) == ["a", "b"]
    assert [chunk async for chunk in branch.astream("a b")] == ["a", "b"]


async def test_conditions_may_be_async():
    async def holds(x: int) -> bool:
        return x > 0

    branch = RunnableBranch((holds, lambda x: "yes"), lambda x: "no")
    assert await branch.ainvoke(1) == "yes"
    with pytest.raises(AsyncOnlyError):
        branch.invoke(1)


def test_what_is_told():
    with listen(phases=["start"]) as events:
        SIGN.invoke(0)
        SIGN.invoke(1)
    tags = [event["tags"] for event in events]
    assert tags == [
        [],
        ["condition:1"],
        ["condition:2"],
        ["branch:2"],
        [],
        ["condition:1"],
        ["condition:2"],
        ["branch:default"],
    ]


def test_arguments_are_for_what_is_chosen():
    assert RunnableBranch((lambda x: True, lambda x, by: x * by), len).invoke(2, by=3) == 6


def test_an_error_of_a_condition_is_raised():
    def refuse(x: int) -> bool:
        raise ValueError("no")

    with listen() as events, pytest.raises(ValueError, match="no"):
        RunnableBranch((refuse, len), len).invoke(1)
    assert [event["event"] for event in events][-2:] == ["on_chain_error", "on_chain_error"]


def test_parts():
    assert len(SIGN.branches) == 2
    assert len(SIGN.inner_runnables()) == 5
    assert repr(SIGN).startswith("RunnableBranch(branches=[")


def test_dicts_become_runnables():
    assert RunnableBranch((lambda x: True, {"a": lambda x: x}), len).invoke(1) == {"a": 1}


@pytest.mark.parametrize("branches", [(), (len,)])
def test_too_few(branches):
    with pytest.raises(ValueError, match="at least two branches"):
        RunnableBranch(*branches)


@pytest.mark.parametrize("pair", [len, (len,), (len, len, len), {"a": len}])
def test_what_is_no_pair(pair):
    with pytest.raises(TypeError, match=r"takes \(condition, runnable\) pairs before the default"):
        RunnableBranch(pair, len)


def test_leaving_closes_what_was_chosen():
    closed: list[str] = []

    def source(x: str) -> Iterator[str]:
        try:
            yield from x
        finally:
            closed.append("source")

    stream: Any = RunnableBranch((lambda x: True, RunnableLambda(source)), len).stream("abc")
    next(stream)
    stream.close()
    assert closed == ["source"]
