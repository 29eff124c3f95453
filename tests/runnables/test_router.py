"""`RouterRunnable`: the one that the input names."""

from collections.abc import AsyncIterator, Iterator

import pytest

from eventflow.bus import listen
from eventflow.runnables import RouterInput, RouterRunnable, RunnableLambda


def words(x: str) -> Iterator[str]:
    yield from x.split()


async def awords(x: str) -> AsyncIterator[str]:
    for word in x.split():
        yield word


ROUTER: RouterRunnable[str] = RouterRunnable({"up": str.upper, "words": RunnableLambda(words, awords)})
WORDS: RouterInput = {"key": "words", "input": "a b"}


async def test_the_one_that_is_named():
    assert ROUTER.invoke({"key": "up", "input": "a b"}) == "A B"
    assert ROUTER.invoke(WORDS) == await ROUTER.ainvoke(WORDS) == "ab"
    assert list(ROUTER.stream(WORDS)) == [chunk async for chunk in ROUTER.astream(WORDS)] == ["a", "b"]
    assert list(ROUTER.transform(iter([WORDS]))) == ["a", "b"]


async def test_a_batch_goes_to_many():
    inputs: list[RouterInput] = [{"key": "up", "input": "x"}, WORDS]
    assert ROUTER.batch(inputs) == await ROUTER.abatch(inputs) == ["X", "ab"]


def test_it_has_no_run_of_its_own():
    with listen(phases=["start"]) as events:
        (RunnableLambda(lambda x: WORDS) | ROUTER).invoke(1)
    assert [(event["name"], event["tags"]) for event in events] == [
        ("RunnableSequence", []),
        ("RunnableLambda", ["seq:step:1"]),
        ("words", ["seq:step:2"]),
    ]


async def test_what_is_not_there():
    for act in (ROUTER.invoke, lambda x: list(ROUTER.stream(x))):
        with pytest.raises(ValueError, match="No runnable associated with key 'down': there are up, words"):
            act({"key": "down", "input": 1})
    with pytest.raises(ValueError, match="No runnable associated"):
        await ROUTER.ainvoke({"key": "down", "input": 1})


def test_parts():
    assert len(ROUTER.inner_runnables()) == 2
