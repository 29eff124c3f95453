"""`RunnableLambda` and `@chain`: functions of every colour, and what they are told."""

import asyncio
import functools
import operator
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.errors import AsyncOnlyError
from eventflow.runnables import RunnableLambda, RunnablePassthrough, chain
from eventflow.runs import RunHandle, run_in_context


def up(x: str) -> str:
    return x.upper()


async def aup(x: str) -> str:
    return x.upper()


def words(x: str) -> Iterator[str]:
    yield from x.split()


async def awords(x: str) -> AsyncIterator[str]:
    for word in x.split():
        yield word


async def collected(chunks: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in chunks]


# ---- colours


@pytest.mark.parametrize(
    ("runnable", "whole", "chunks"),
    [
        (RunnableLambda(up), "A B", ["A B"]),
        (RunnableLambda(up, aup), "A B", ["A B"]),
        (RunnableLambda(words), "ab", ["a", "b"]),
        (RunnableLambda(words, awords), "ab", ["a", "b"]),
        (RunnableLambda(functools.partial(words)), "ab", ["a", "b"]),
        (RunnableLambda(str.upper), "A B", ["A B"]),
        (RunnableLambda(operator.methodcaller("upper")), "A B", ["A B"]),
    ],
)
async def test_sync_functions(runnable, whole, chunks):
    assert runnable.invoke("a b") == whole
    assert list(runnable.stream("a b")) == chunks
    assert await runnable.ainvoke("a b") == whole
    assert await collected(runnable.astream("a b")) == chunks


@pytest.mark.parametrize(
    ("runnable", "whole", "chunks"),
    [
        (RunnableLambda(aup), "A B", ["A B"]),
        (RunnableLambda(awords), "ab", ["a", "b"]),
        (RunnableLambda(functools.partial(awords)), "ab", ["a", "b"]),
    ],
)
async def test_async_functions(runnable, whole, chunks):
    assert await runnable.ainvoke("a b") == whole
    assert await collected(runnable.astream("a b")) == chunks
    for verb in (runnable.invoke, lambda x: list(runnable.stream(x))):
        with pytest.raises(AsyncOnlyError, match="can only be awaited"):
            verb("a b")


async def test_an_object_that_can_be_called():
    class Calls:
        async def __call__(self, x: str) -> str:
            return x + "!"

    assert await RunnableLambda(Calls()).ainvoke("a") == "a!"
    assert RunnableLambda(Calls()).get_name() == "RunnableLambda"


async def test_sync_functions_are_called_in_a_thread_unless_they_are_said_not_to_block():
    here = threading.get_ident()
    where = RunnableLambda(lambda x: threading.get_ident())
    inline = RunnableLambda(lambda x: threading.get_ident(), blocking=False)
    assert await where.ainvoke("a") != here
    assert await inline.ainvoke("a") == here
    assert await collected(inline.astream("a")) == [here]
    assert await collected(where.astream("a")) != [here]


async def test_a_function_that_runs_out_of_items_is_an_error_and_no_end():
    empty = RunnableLambda(lambda x: next(iter(())))
    with pytest.raises(StopIteration):
        empty.invoke("a")
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(empty.ainvoke("a"), 10)
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(empty.stream("a"))


# ---- at the door


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match=r"takes a function.*5 is not callable.*lambda _"):
        RunnableLambda(5)
    with pytest.raises(TypeError, match="'text' is not callable"):
        RunnableLambda(up, "text")


def test_two_async_functions_are_refused():
    with pytest.raises(TypeError, match=r"'aup' is async already.*afunc.*give one"):
        RunnableLambda(aup, aup)


def test_an_afunc_that_is_not_async_is_refused():
    with pytest.raises(TypeError, match=r"afunc must be a coroutine function.*give it as func"):
        RunnableLambda(up, up)


# ---- names and equality


def test_names():
    assert RunnableLambda(up).get_name() == "up"
    assert RunnableLambda(lambda x: x).get_name() == "RunnableLambda"
    assert RunnableLambda(up, name="mine").get_name() == "mine"
    assert RunnableLambda(operator.itemgetter("a")).get_name() == "RunnableLambda"


def test_equality_is_that_of_the_functions():
    assert RunnableLambda(up) == RunnableLambda(up)
    assert RunnableLambda(up) != RunnableLambda(up, aup)
    assert RunnableLambda(up) != up


def test_a_decorated_function():
    @chain
    def shout(text: str) -> str:
        return RunnablePassthrough().invoke(text).upper()

    with listen(phases=["start"]) as events:
        assert shout.invoke("a") == "A"
    outer, inner = events
    assert (outer["name"], inner["name"]) == ("shout", "RunnablePassthrough")
    assert inner["parent_ids"] == [outer["run_id"]]


# ---- what a function is told


async def test_the_config_it_asks_for():
    seen: list[Any] = []

    def looks(x: str, config: Any) -> str:
        seen.append(config)
        return x

    async def alooks(x: str, *, config: Any) -> str:
        return looks(x, config)

    runnable = RunnableLambda(looks, alooks)
    given: Any = {"tags": ["t"], "metadata": {"m": 1}, "configurable": {"c": 2}, "max_concurrency": 3}
    runnable.invoke("a", given)
    list(runnable.stream("a", given))
    await runnable.ainvoke("a", given)
    await collected(runnable.astream("a", given))
    for config in seen:
        assert isinstance(config.pop("callbacks"), RunHandle)
        assert config == {**given, "recursion_limit": 25}
    assert len(seen) == 4


def test_the_run_manager_it_asks_for():
    def looks(x: str, run_manager: Any, config: Any) -> str:
        return RunnablePassthrough().invoke(x, {"callbacks": run_manager.get_child("mine")})

    with listen(phases=["start"]) as events:
        RunnableLambda(looks).invoke("a")
    outer, inner = events
    assert inner["parent_ids"] == [outer["run_id"]]
    assert inner["tags"] == ["mine"]


def test_a_first_parameter_of_that_name_is_the_input():
    assert RunnableLambda(lambda config: config + 1).invoke(1) == 2


def test_arguments_are_passed_on():
    assert RunnableLambda(lambda x, by=1: x * by).invoke(2, by=3) == 6
    assert list(RunnableLambda(lambda x, by=1: x * by).stream(2, by=3)) == [6]


# ---- runnables inside


@pytest.mark.parametrize("explicit", [False, True])
async def test_what_it_runs_is_its_child(explicit):
    inner = RunnableLambda(up).with_config(run_name="inner")

    def calls(x: str, config: Any) -> str:
        return inner.invoke(x, config) if explicit else inner.invoke(x)

    async def acalls(x: str, config: Any) -> str:
        return await (inner.ainvoke(x, config) if explicit else inner.ainvoke(x))

    runnable = RunnableLambda(calls, acalls)
    with listen(phases=["start"]) as events:
        runnable.invoke("a", {"tags": ["t"]})
        await runnable.ainvoke("a", {"tags": ["t"]})
    first, first_inner, second, second_inner = events
    assert first_inner["parent_ids"] == [first["run_id"]]
    assert second_inner["parent_ids"] == [second["run_id"]]
    assert first_inner["tags"] == second_inner["tags"] == ["t"]


def test_an_explicit_config_makes_a_child_in_a_bare_thread():
    def starts_a_thread(x: str, config: Any) -> str:
        thread = threading.Thread(target=RunnableLambda(up).invoke, args=(x, config))
        thread.start()
        thread.join()
        return x

    with listen(phases=["start"]) as events:
        RunnableLambda(starts_a_thread).invoke("a")
    outer, inner = events
    assert inner["parent_ids"] == [outer["run_id"]]


def test_a_bare_thread_without_it_knows_of_nothing():
    """A thread has a context of its own in Python; `run_in_context` takes the run along."""

    def starts_threads(x: str) -> str:
        for target in (RunnableLambda(up).invoke, run_in_context(RunnableLambda(up).invoke)):
            thread = threading.Thread(target=target, args=(x,))
            thread.start()
            thread.join()
        return x

    with listen(phases=["start"]) as events:
        RunnableLambda(starts_threads).invoke("a")
    outer, bare, bound = events
    assert bare["parent_ids"] == []
    assert bound["parent_ids"] == [outer["run_id"]]


async def test_tasks_and_to_thread_take_the_run_along():
    async def starts(x: str) -> str:
        await asyncio.create_task(RunnableLambda(aup).ainvoke(x))
        await asyncio.to_thread(RunnableLambda(up).invoke, x)
        await asyncio.gather(RunnableLambda(aup).ainvoke(x), RunnableLambda(aup).ainvoke(x))
        return x

    with listen(phases=["start"]) as events:
        await RunnableLambda(starts).ainvoke("a")
    outer, *inner = events
    assert [event["parent_ids"] for event in inner] == [[outer["run_id"]]] * 4


async def test_a_runnable_that_it_returns_is_run():
    runnable = RunnableLambda(lambda x: RunnableLambda(words, awords))
    assert runnable.invoke("a b") == "ab"
    assert list(runnable.stream("a b")) == ["a", "b"]
    assert await runnable.ainvoke("a b") == "ab"
    assert await collected(runnable.astream("a b")) == ["a", "b"]


def endless() -> RunnableLambda[Any, Any]:
    async def areturns(x: Any) -> Any:
        return runnable

    runnable: RunnableLambda[Any, Any] = RunnableLambda(lambda x: runnable, areturns)
    return runnable


async def test_runnables_that_return_runnables_end_at_the_recursion_limit():
    for limit, started in (({}, 26), ({"recursion_limit": 3}, 4)):
        config: Any = limit
        with listen(phases=["start"]) as events:
            with pytest.raises(RecursionError, match=r"returned a runnable too many times.*recursion_limit"):
                endless().invoke("a", config)
            with pytest.raises(RecursionError):
                await endless().ainvoke("a", config)
            with pytest.raises(RecursionError):
                list(endless().stream("a", config))
            with pytest.raises(RecursionError):
                await collected(endless().astream("a", config))
        assert len(list(events)) == 4 * started


def test_a_stream_of_a_returned_runnable_is_closed_with_it():
    closed: list[str] = []

    def source(x: str) -> Iterator[str]:
        try:
            yield from x.split()
        finally:
            closed.append("closed")

    stream: Any = RunnableLambda(lambda x: RunnableLambda(source)).stream("a b")
    next(stream)
    stream.close()
    assert closed == ["closed"]
