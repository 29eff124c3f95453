"""Law 7: who stops a run stops all of it, at once, and nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eventflow.bus import active_subscriptions, subscribe
from properties.telling import assert_lives, phase_of, roots
from properties.trees import OURS, TEXTS, Side, trees
from properties.ways import ASYNC, SYNC

ANY = trees(colours=("both", "sync"), failing=True)
STEPS = st.integers(0, 12)
STREAMS = [way for way in SYNC if way.streams]
ASTREAMS = [way for way in ASYNC if way.streams]


def assert_nothing_is_left(side: Side, events: list[Any], threads: int) -> None:
    """All generators have been left, all runs have ended, and nothing that was started goes on."""
    assert side.entered == side.left
    assert_lives(events)
    assert active_subscriptions() == 1  # the one that collects these events
    assert threading.active_count() <= threads


def assert_stopped(events: list[Any], error: type[BaseException]) -> None:
    """The root has been told to have failed by being stopped."""
    last = roots(events)[-1]
    assert phase_of(last) == "error"
    assert type(last["data"]["error"]) is error


# ---- leaving a stream after so many chunks


@given(ANY, TEXTS, STEPS, st.sampled_from(STREAMS))
def test_leaving_a_sync_stream(tree, text, steps, way):
    side, threads = OURS.fresh(), threading.active_count()
    events: list[Any] = []
    with subscribe(events.append):
        stream: Any = way.run(tree.build(side), text, None)
        left = _pull(stream, steps)
        stream.close()
        assert_nothing_is_left(side, events, threads)
    if left and events:
        assert_stopped(events, GeneratorExit)


def _pull(stream: Any, steps: int) -> bool:
    """Take so many chunks; whether the stream is still open then."""
    with contextlib.suppress(Exception):
        for _ in range(steps):
            next(stream)
        return True
    return False


@given(trees(failing=True), TEXTS, STEPS, st.sampled_from(ASTREAMS), st.booleans())
async def test_leaving_an_async_stream(tree, text, steps, way, pausing):
    side, threads = OURS.fresh(pausing=pausing), threading.active_count()
    events: list[Any] = []
    with subscribe(events.append):
        stream: Any = way.run(tree.build(side), text, None)
        left = await _apull(stream, steps)
        await stream.aclose()
        assert_nothing_is_left(side, events, threads)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    if left and events:
        assert_stopped(events, GeneratorExit)


async def _apull(stream: Any, steps: int) -> bool:
    with contextlib.suppress(Exception, StopAsyncIteration):
        for _ in range(steps):
            await anext(stream)
        return True
    return False


# ---- leaving an event stream after so many events


@given(ANY, TEXTS, STEPS)
def test_leaving_a_sync_event_stream(tree, text, steps):
    side, threads = OURS.fresh(), threading.active_count()
    events: list[Any] = []
    with subscribe(events.append):
        stream: Any = tree.build(side).stream_events(text)
        _pull(stream, steps)
        stream.close()
        assert_nothing_is_left(side, events, threads)


@given(trees(failing=True), TEXTS, STEPS, st.booleans(), st.integers(1, 3))
async def test_leaving_an_event_stream(tree, text, steps, pausing, buffer):
    """With a small buffer the run is still going on, and with a larger one it may have ended long ago."""
    side, threads = OURS.fresh(pausing=pausing), threading.active_count()
    events: list[Any] = []
    with subscribe(events.append):
        stream: Any = tree.build(side).astream_events(text, buffer=buffer)
        await _apull(stream, steps)
        await stream.aclose()
        assert_nothing_is_left(side, events, threads)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@given(ANY, TEXTS, STEPS)
async def test_leaving_the_loop(tree, text, steps):
    """`break` inside `aclosing` is enough."""
    side, threads = OURS.fresh(), threading.active_count()
    events: list[Any] = []
    with subscribe(events.append):
        with contextlib.suppress(Exception):
            async with contextlib.aclosing(tree.build(side).astream_events(text)) as stream:
                async for _ in stream:
                    if steps == 0:
                        break
                    steps -= 1
        pool = sum(thread.name.startswith("asyncio_") for thread in threading.enumerate())
        assert_nothing_is_left(side, events, threads + pool)  # the loop keeps its worker threads


# ---- cancelling the task


@given(trees(failing=True), TEXTS, STEPS, st.sampled_from(ASYNC))
async def test_cancelling_the_task(tree, text, steps, way):
    side, threads = OURS.fresh(pausing=True), threading.active_count()
    events: list[Any] = []
    with subscribe(events.append):
        task = asyncio.ensure_future(way.acall(tree.build(side), text))
        for _ in range(steps):
            await asyncio.sleep(0)
        ended = task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert_nothing_is_left(side, events, threads)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    if events and not ended and task.cancelled():
        assert_stopped(events, asyncio.CancelledError)


@given(trees(failing=True), TEXTS, STEPS, st.integers(1, 3))
async def test_cancelling_the_reader_of_an_event_stream(tree, text, steps, buffer):
    side, threads = OURS.fresh(pausing=True), threading.active_count()
    events: list[Any] = []

    async def read() -> None:
        async with contextlib.aclosing(tree.build(side).astream_events(text, buffer=buffer)) as stream:
            async for _ in stream:
                await asyncio.sleep(0)

    with subscribe(events.append):
        task = asyncio.ensure_future(read())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
        assert_nothing_is_left(side, events, threads)
    assert asyncio.all_tasks() == {asyncio.current_task()}
