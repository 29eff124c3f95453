"""Event streams: what a consumer of `astream_events` and `stream_events` gets, and how it may leave."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import active_subscriptions, listen, subscribe
from eventflow.errors import SubscriptionError
from eventflow.runnables import RunnableGenerator, RunnableLambda, RunnableParallel, RunnablePassthrough
from eventflow.runs import current_run, dispatch_custom_event
from properties.telling import lines


def words(x: str) -> Iterator[str]:
    yield from x.split()


async def awords(x: str) -> AsyncIterator[str]:
    for word in x.split():
        yield word


WORDS = RunnableLambda(words, awords)


async def events_of(runnable: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """The events of both streams, which have to be the same."""
    awaited = [event async for event in runnable.astream_events(*args, **kwargs)]
    synced = list(runnable.stream_events(*args, **kwargs))
    assert lines(synced) == lines(awaited)
    return awaited


# ---- what there is


async def test_the_keys_of_an_event():
    start, chunk, end = await events_of(WORDS, "a", {"tags": ["t"], "metadata": {"m": 1}})
    for event in (start, chunk, end):
        assert event.keys() == {"event", "name", "run_id", "parent_ids", "tags", "metadata", "data"}
        assert event["name"] == "words"
        assert event["tags"] == ["t"]
        assert event["metadata"] == {"m": 1}
        assert event["parent_ids"] == []
        assert event["run_id"] == start["run_id"]
    assert [e["data"] for e in (start, chunk, end)] == [{"input": "a"}, {"chunk": "a"}, {"output": "a"}]


async def test_the_input_is_at_the_start_of_the_root_and_not_at_its_end():
    events = await events_of(RunnablePassthrough() | WORDS, "a b")
    assert events[0]["data"] == {"input": "a b"}
    assert events[-1]["data"] == {"output": "ab"}
    inner = [event["data"] for event in events if event["parent_ids"] and event["event"].endswith("end")]
    assert inner == [{"input": "a b", "output": "a b"}, {"input": "a b", "output": "ab"}]


async def test_the_input_of_the_call_is_shown_as_it_was_given():
    """Also where the runnable shows another one in its own events, and where it is None."""

    class Shows(RunnablePassthrough[Any]):
        def event_input(self, input: Any) -> Any:
            return {"shown": input}

    for given in ("a", None, 0, []):
        events = await events_of(Shows(), given)
        assert events[0]["data"] == {"input": given}


async def test_every_event_is_the_consumers_own():
    first, second, _ = [event async for event in WORDS.astream_events("a", {"tags": ["t"], "metadata": {}})]
    first["tags"].append("mine")
    first["metadata"]["mine"] = 1
    assert second["tags"] == ["t"]
    assert second["metadata"] == {}


async def test_the_run_id_of_the_config_is_that_of_the_root():
    run_id = "0190a6a8-0000-7000-8000-000000000000"
    events = await events_of(RunnablePassthrough() | WORDS, "a", {"run_id": run_id})
    assert events[0]["run_id"] == run_id
    assert {tuple(event["parent_ids"]) for event in events[1:-1]} >= {(run_id,)}


async def test_an_error_comes_after_the_events():
    def refuse(x: str) -> str:
        raise ValueError("no")

    stream = RunnableLambda(refuse).stream_events("a")
    assert [next(stream)["event"] for _ in range(2)] == ["on_chain_start", "on_chain_error"]
    with pytest.raises(ValueError, match="no"):
        next(stream)
    astream = RunnableLambda(refuse).astream_events("a")
    assert [(await anext(astream))["event"] for _ in range(2)] == ["on_chain_start", "on_chain_error"]
    with pytest.raises(ValueError, match="no"):
        await anext(astream)


# ---- filters and versions


async def test_filters():
    chain = RunnablePassthrough().with_config(tags=["first"]) | WORDS
    for filters, names in (
        ({"include_names": ["words"]}, {"words"}),
        ({"exclude_names": ["words"]}, {"RunnableSequence", "RunnablePassthrough"}),
        ({"include_tags": ["first"]}, {"RunnablePassthrough"}),
        ({"exclude_tags": ["first"]}, {"RunnableSequence", "words"}),
        ({"include_types": ["chain"]}, {"RunnableSequence", "RunnablePassthrough", "words"}),
        ({"exclude_types": ["chain"]}, set()),
        ({"include_types": ["tool"], "include_names": ["words"]}, {"words"}),
    ):
        assert {event["name"] for event in await events_of(chain, "a b", **filters)} == names


def test_a_filter_that_is_a_text_is_refused_before_anything_is_run():
    with pytest.raises(SubscriptionError, match=r"include_names='words': give a list"):
        WORDS.astream_events("a", include_names="words")
    with pytest.raises(SubscriptionError):
        WORDS.stream_events("a", exclude_tags="t")


async def test_an_unknown_version_is_refused():
    for version in ("v1", "v0"):
        with pytest.raises(ValueError, match=f"version='{version}': give 'v2'"):
            [event async for event in WORDS.astream_events("a", version=version)]
        with pytest.raises(ValueError, match=f"version='{version}'"):
            list(WORDS.stream_events("a", version=version))


async def test_version_2_is_less():
    def outer(x: str) -> str:
        with contextlib.suppress(ZeroDivisionError):
            RunnableLambda(lambda x: 1 / 0).invoke(x)
        return WORDS.invoke(x)

    default = await events_of(RunnableLambda(outer), "a")
    strict = await events_of(RunnableLambda(outer), "a", version="v2")
    assert [event["event"].removeprefix("on_chain_") for event in default] == [
        "start",
        *("start", "error"),
        *("start", "stream", "end"),
        "stream",
        "end",
    ]
    assert [event["event"].removeprefix("on_chain_") for event in strict] == [
        "start",
        "start",
        *("start", "end"),
        "stream",
        "end",
    ]


# ---- inside each other


async def test_inside_a_run_it_is_a_part_of_that_run():
    async def outer(x: str) -> list[Any]:
        return [event async for event in WORDS.astream_events(x)]

    events = [event async for event in RunnableLambda(outer).astream_events("a")]
    inner = events[-1]["data"]["output"]
    assert [event["event"] for event in inner] == ["on_chain_start", "on_chain_stream", "on_chain_end"]
    assert inner == [{**event, "data": inner[n]["data"]} for n, event in enumerate(events[1:4])]
    assert inner[0]["parent_ids"] == [events[0]["run_id"]]


async def test_with_the_config_of_a_function_it_is_a_part_of_its_run():
    def outer(x: str, config: Any) -> list[Any]:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.extend(WORDS.stream_events(x, config)))
        thread.start()
        thread.join()
        return found

    with listen(phases=["start"]) as events:
        inner = RunnableLambda(outer).invoke("a")
    root, _ = events
    assert inner[0]["parent_ids"] == [root["run_id"]]
    assert inner[0]["data"] == {"input": "a"}
    assert inner[-1]["data"] == {"output": "a"}


async def test_two_side_by_side_hear_nothing_of_each_other():
    async def one(x: str) -> set[str]:
        return {str(event["data"]) async for event in WORDS.astream_events(x)}

    first, second = await asyncio.gather(one("a"), one("b"))
    assert not any("b" in told for told in first)
    assert not any("'a'" in told for told in second)


async def test_the_consumer_is_outside_of_the_run():
    async for _ in WORDS.astream_events("a b"):
        assert current_run() is None
    for _ in WORDS.stream_events("a b"):
        assert current_run() is None


async def test_application_subscribers_hear_it_once():
    with listen() as events:
        async for _ in WORDS.astream_events("a"):
            pass
    assert len(list(events)) == 3


# ---- order and pace


async def test_events_come_as_they_happen():
    """Not when everything is over."""
    go_on = asyncio.Event()

    async def waits(x: str) -> AsyncIterator[str]:
        yield x
        await go_on.wait()
        yield x

    stream = RunnableLambda(waits).astream_events("a")
    assert [(await anext(stream))["event"] for _ in range(2)] == ["on_chain_start", "on_chain_stream"]
    go_on.set()
    assert [event["event"] async for event in stream] == ["on_chain_stream", "on_chain_end"]


async def test_the_run_waits_for_a_consumer_that_is_behind():
    made = 0

    async def endless(x: str) -> AsyncIterator[str]:
        nonlocal made
        while True:
            made += 1
            yield x

    async with contextlib.aclosing(RunnableLambda(endless).astream_events("a", buffer=4)) as stream:
        for _ in range(3):
            await anext(stream)
        for _ in range(100):
            await asyncio.sleep(0)
    assert made <= 10


def test_threads_of_a_run_are_not_held_up_while_the_consumer_steps_it():
    """It could not read before they are done, so that waiting for it would be for ever."""
    inner = RunnableLambda(lambda x: x)

    def many(x: str) -> str:
        for _ in range(20):
            inner.invoke(x)
        return x

    branches = RunnableParallel(a=many, b=many)
    assert len(list(branches.stream_events("x", buffer=2))) > 80
    batches = RunnableLambda(lambda x: RunnableLambda(many).batch([x, x, x]))
    assert len(list(batches.stream_events("x", buffer=2))) > 120


def test_a_loop_inside_a_step_is_not_held_up():
    async def chatty(x: str) -> str:
        for _ in range(20):
            await RunnableLambda(awords).ainvoke(x)
        return x

    runnable = RunnableLambda(lambda x: asyncio.run(chatty(x)))
    assert len(list(runnable.stream_events("x", buffer=2))) > 40


async def test_work_that_blocks_the_loop_is_not_held_up():
    def many(x: str) -> str:
        for _ in range(20):
            RunnablePassthrough().invoke(x)
        return x

    runnable = RunnableLambda(many, blocking=False)
    assert len([event async for event in runnable.astream_events("x", buffer=2)]) > 40


def test_a_sync_stream_is_stepped_by_its_consumer():
    """Nothing happens before it is read, and one step at a time."""
    made: list[int] = []

    def counts(x: int) -> Iterator[int]:
        for n in range(x):
            made.append(n)
            yield n

    stream = RunnableLambda(counts).stream_events(3)
    assert made == []
    assert [next(stream)["event"] for _ in range(2)] == ["on_chain_start", "on_chain_stream"]
    assert made == [0]
    stream.close()


# ---- leaving


async def test_leaving_cancels_the_run():
    told: list[str] = []

    async def endless(x: str) -> AsyncIterator[str]:
        try:
            while True:
                await asyncio.sleep(0)
                yield x
        except asyncio.CancelledError:
            told.append("cancelled")
            raise
        finally:
            told.append("closed")

    with listen(phases=["error"]) as events:
        async with contextlib.aclosing(RunnableLambda(endless).astream_events("a", buffer=2)) as stream:
            async for event in stream:
                if event["event"] == "on_chain_stream":
                    break
    assert told[-1] == "closed"
    assert len(list(events)) == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_leaving_stops_what_is_busy_in_a_thread_at_the_next_thing_that_it_tells():
    ends: list[str] = []
    left = threading.Event()

    def busy(x: str) -> str:
        try:
            dispatch_custom_event("begun", x)
            assert left.wait(5)
            for _ in range(200_000):
                dispatch_custom_event("more", x)
        except GeneratorExit:
            ends.append("left")
            raise

    stream = RunnableLambda(busy).astream_events("a")
    async for event in stream:
        if event["event"] == "on_custom_event":
            break
    left.set()
    await stream.aclose()
    assert ends == ["left"]


def test_leaving_a_sync_stream_closes_the_run():
    told: list[str] = []

    def endless(x: str) -> Iterator[str]:
        try:
            while True:
                yield x
        finally:
            told.append("closed")

    with listen(phases=["error"]) as events:
        stream = (RunnableLambda(endless) | RunnableGenerator(words_of)).stream_events("a")
        for event in stream:
            if event["event"] == "on_chain_stream":
                break
        stream.close()
    assert told == ["closed"]
    assert len(list(events)) == 3


def words_of(chunks: Iterator[str]) -> Iterator[str]:
    yield from chunks


async def test_who_cancels_gets_the_cancellation():
    begun = asyncio.Event()

    async def waits(x: str) -> str:
        begun.set()
        await asyncio.sleep(3600)
        return x

    async def read() -> None:
        async for _ in RunnableLambda(waits).astream_events("a"):
            pass

    with listen(phases=["error"]) as events:
        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await task
    (error,) = events
    assert isinstance(error["data"]["error"], asyncio.CancelledError)


async def test_a_run_that_fails_while_nobody_reads_is_no_surprise_later():
    """Its exception has been seen, so that the loop does not complain that nobody looked at it."""

    async def fails_soon(x: str) -> AsyncIterator[str]:
        yield x
        raise ValueError("unseen")

    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    stream = RunnableLambda(fails_soon).astream_events("a")
    await anext(stream)
    for _ in range(5):
        await asyncio.sleep(0)
    await stream.aclose()
    assert complaints == []


async def test_nothing_is_run_before_the_stream_is_read():
    called: list[str] = []
    runnable = RunnableLambda(called.append)
    runnable.stream_events("a").close()
    await runnable.astream_events("a").aclose()
    assert called == []


def test_a_subscriber_inside_ends_with_its_block():
    def outer(x: str) -> int:
        with subscribe(lambda event: None):
            return active_subscriptions()

    before = active_subscriptions()
    list(RunnableLambda(outer).stream_events("a"))
    assert active_subscriptions() == before
