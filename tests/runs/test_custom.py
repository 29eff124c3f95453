"""Events of one's own: which run tells them."""

import asyncio
import threading
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.errors import NoRunError
from eventflow.runnables import RunnableLambda, RunnableParallel
from eventflow.runs import adispatch_custom_event, dispatch_custom_event, run_in_context


def custom(events: Any) -> list[tuple[str, Any]]:
    return [(event["name"], event["data"]) for event in events if event["event"] == "on_custom_event"]


@pytest.mark.parametrize("data", [{"k": 1}, [1], "text", 0, None, object()])
async def test_name_and_data_as_they_are(data):
    def tells(x: Any) -> None:
        dispatch_custom_event("mine", data)

    async def atells(x: Any) -> None:
        await adispatch_custom_event("mine", data)

    with listen() as events:
        RunnableLambda(tells).invoke(1)
        await RunnableLambda(atells).ainvoke(1)
        await RunnableLambda(tells).ainvoke(1)
    assert custom(events) == [("mine", data)] * 3


def test_it_carries_the_run_around_it():
    def tells(x: Any) -> None:
        dispatch_custom_event("mine", x)

    with listen() as events:
        (RunnableLambda(str) | tells).invoke(1, {"tags": ["t"], "metadata": {"m": 1}})
    around = next(event for event in events if event["name"] == "tells")
    mine = next(event for event in events if event["name"] == "mine")
    for key in ("run_id", "parent_ids", "tags", "metadata"):
        assert mine[key] == around[key]


async def test_outside_a_run_it_is_refused():
    text = r"'mine' was dispatched outside a run: call dispatch_custom_event inside.*config=.*run_in_context"
    with pytest.raises(NoRunError, match=text):
        dispatch_custom_event("mine", 1)
    with pytest.raises(RuntimeError, match=text):
        await adispatch_custom_event("mine", 1)
    with pytest.raises(NoRunError):
        dispatch_custom_event("mine", 1, config={"tags": ["t"]})


def test_in_a_thread_with_the_config_of_the_function():
    def tells(x: Any, config: Any) -> None:
        thread = threading.Thread(target=dispatch_custom_event, args=("mine", x), kwargs={"config": config})
        thread.start()
        thread.join()

    with listen() as events:
        RunnableLambda(tells).invoke(1)
    assert custom(events) == [("mine", 1)]


async def test_in_tasks_and_threads_that_take_the_context_along():
    async def tells(x: Any) -> None:
        await asyncio.to_thread(dispatch_custom_event, "to_thread", x)
        await asyncio.gather(adispatch_custom_event("gather", x), adispatch_custom_event("gather", x))
        thread = threading.Thread(target=run_in_context(dispatch_custom_event), args=("bound", x))
        thread.start()
        thread.join()

    with listen() as events:
        await RunnableLambda(tells).ainvoke(1)
    assert custom(events) == [("to_thread", 1), ("gather", 1), ("gather", 1), ("bound", 1)]


def test_the_config_says_which_run_where_both_do():
    """A function inside tells in the name of the one that gave it its config."""

    def outer(x: Any, config: Any) -> None:
        RunnableLambda(lambda x: dispatch_custom_event("mine", x, config=config)).invoke(x)

    with listen() as events:
        RunnableLambda(outer).invoke(1)
    root, *_ = told = list(events)
    mine = next(event for event in told if event["event"] == "on_custom_event")
    assert mine["run_id"] == root["run_id"]


def test_from_parallel_branches():
    def tells(name: str) -> Any:
        return lambda x: dispatch_custom_event(name, x)

    with listen() as events:
        RunnableParallel({name: tells(name) for name in "abc"}).invoke(1)
    assert sorted(custom(events)) == [("a", 1), ("b", 1), ("c", 1)]


def test_nobody_listens_and_nothing_happens():
    assert RunnableLambda(lambda x: dispatch_custom_event("mine", x)).invoke(1) is None
