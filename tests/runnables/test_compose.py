"""What becomes a runnable when it is composed with one."""

import pytest

from eventflow.runnables import (
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableSequence,
    coerce_to_runnable,
)


def generator(chunks):
    yield from chunks


async def async_generator(chunks):
    async for chunk in chunks:
        yield chunk


async def coroutine(x):
    return x


@pytest.mark.parametrize(
    ("thing", "cls"),
    [
        (len, RunnableLambda),
        (coroutine, RunnableLambda),
        (lambda x: x, RunnableLambda),
        (str, RunnableLambda),
        (generator, RunnableGenerator),
        (async_generator, RunnableGenerator),
        ({"a": len, "b": {"c": len}}, RunnableParallel),
        (RunnablePassthrough(), RunnablePassthrough),
    ],
)
def test_what_becomes_what(thing, cls):
    assert type(coerce_to_runnable(thing)) is cls
    assert type((RunnablePassthrough() | thing).steps[-1]) is cls
    assert type((thing | RunnablePassthrough()).steps[0]) is cls


def test_a_runnable_stays_itself():
    same = RunnablePassthrough()
    assert coerce_to_runnable(same) is same


@pytest.mark.parametrize("thing", [5, "text", None, [len], object()])
def test_what_does_not(thing):
    text = "Expected a Runnable, callable or dict. Instead got an unsupported type"
    with pytest.raises(TypeError, match=text):
        coerce_to_runnable(thing)


def test_every_way_to_compose():
    double = RunnableLambda(lambda x: 2 * x)
    assert (double | double).invoke(1) == 4
    assert ((lambda x: x + 1) | double).invoke(1) == 4
    assert double.pipe(double, double).invoke(1) == 8
    assert RunnableLambda(lambda x: {"a": x}).pick("a").invoke(1) == 1
    assert RunnableLambda(lambda x: {"a": x}).assign(b=lambda d: d["a"]).invoke(1) == {"a": 1, "b": 1}
    assert double.map().invoke([1, 2]) == [2, 4]
    assert isinstance(double.pick("a"), RunnableSequence)
