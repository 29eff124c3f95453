"""`.map()`: the same for each element of a list."""

import asyncio

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnableEach, RunnableLambda


def add(x: int) -> int:
    return x + 1


async def aadd(x: int) -> int:
    return x + 1


EACH = RunnableLambda(add, aadd).map()


async def test_each_element():
    assert EACH.invoke([1, 2]) == await EACH.ainvoke([1, 2]) == [2, 3]
    assert EACH.invoke([]) == await EACH.ainvoke([]) == []
    assert list(EACH.stream([1])) == [chunk async for chunk in EACH.astream([1])] == [[2]]
    assert EACH.map().invoke([[1], [2, 3]]) == [[2], [3, 4]]


def test_each_element_is_a_child():
    with listen(phases=["start"]) as events:
        EACH.invoke([1, 2], {"tags": ["t"], "run_name": "all"})
    root, *elements = events
    assert root["name"] == "all"
    assert [event["parent_ids"] for event in elements] == [[root["run_id"]]] * 2
    assert [event["tags"] for event in elements] == [["t"]] * 2
    assert elements[0]["run_id"] != elements[1]["run_id"]


def test_names():
    assert EACH.get_name() == "RunnableEach<add>"
    assert RunnableEach(RunnableLambda(add), name="mine").get_name() == "mine"
    assert repr(EACH) == "RunnableEach(RunnableLambda(add))"
    assert list(EACH.inner_runnables()) == [RunnableLambda(add, aadd)]


async def test_no_more_at_once_than_the_limit():
    now, most = 0, 0

    async def counts(x: int) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return x

    await RunnableLambda(counts).map().ainvoke([1] * 5, {"max_concurrency": 2})
    assert most == 2


async def test_an_error_of_one_is_raised():
    def refuse(x: int) -> int:
        if x:
            raise ValueError(f"no {x}")
        return x

    with pytest.raises(ValueError, match="no 1"):
        RunnableLambda(refuse).map().invoke([0, 1])
    with pytest.raises(ValueError, match="no 1"):
        await RunnableLambda(refuse).map().ainvoke([0, 1])


def test_arguments_go_to_each():
    assert RunnableLambda(lambda x, by: x * by).map().invoke([1, 2], by=3) == [3, 6]
