"""Stopping early hangs up, which the server sees, and leaves nothing behind."""

import asyncio
import gc
from contextlib import aclosing, closing

import pytest

pytest.importorskip("openai")

from adapters.openai.replies import text
from adapters.openai.responses_replies import events, message
from adapters.openai.responses_replies import text as text_part
from adapters.openai.server import PATIENCE, Reply
from eventflow import ChatPromptTemplate, StrOutputParser

HELD = Reply(text("now", "never"), hold=2)


@pytest.fixture(autouse=True)
def _held(server):
    server.says(HELD)


@pytest.fixture(params=["model", "chain"])
def stopped(request, model):
    """What is stopped, and what it takes."""
    if request.param == "model":
        return model, "hi"
    return ChatPromptTemplate.from_template("{q}") | model | StrOutputParser(), {"q": "hi"}


def hang_ups_seen_by(server):
    return asyncio.to_thread(server.client_hung_up)


def test_break(server, stopped):
    runnable, given = stopped
    for _ in runnable.stream(given):
        break
    gc.collect()
    assert server.client_hung_up()


def test_close(server, stopped):
    runnable, given = stopped
    with closing(runnable.stream(given)) as chunks:
        next(chunks)
    assert server.client_hung_up()


def test_close_of_watched_events(server, stopped):
    runnable, given = stopped
    with closing(runnable.stream_events(given)) as events:
        next(event for event in events if event["event"] == "on_chat_model_stream")
    assert server.client_hung_up()


async def test_aclose(server, stopped):
    runnable, given = stopped
    async with aclosing(runnable.astream(given)) as chunks:
        await anext(chunks)
    assert await hang_ups_seen_by(server)


async def test_aclose_of_watched_events(server, stopped):
    runnable, given = stopped
    async with aclosing(runnable.astream_events(given)) as events:
        async for event in events:
            if event["event"] == "on_chat_model_stream":
                break
    assert await hang_ups_seen_by(server)


@pytest.mark.parametrize("verb", ["ainvoke", "astream", "astream_events"])
async def test_cancel(verb, server, model):
    arrived = asyncio.Event()

    async def work():
        if verb == "ainvoke":
            return await model.ainvoke("hi", {"callbacks": []}, stream=True)
        async for one in getattr(model, verb)("hi"):
            if verb == "astream" or one["event"] == "on_chat_model_stream":
                arrived.set()
        return None

    task = asyncio.create_task(work())
    if verb == "ainvoke":
        await asyncio.to_thread(wait_for_a_request, server)
    else:
        await asyncio.wait_for(arrived.wait(), PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await hang_ups_seen_by(server)


def wait_for_a_request(server):
    with server.came:
        assert server.came.wait_for(lambda: server.asked, PATIENCE)


async def test_a_timeout_around_it(server, model):
    async def listen(limit):
        async for _ in model.astream("hi"):
            limit.reschedule(asyncio.get_running_loop().time())

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(PATIENCE) as limit:
            await listen(limit)
    assert await hang_ups_seen_by(server)


@pytest.mark.parametrize("pause", [6, 8], ids=["text", "the end"])
async def test_the_responses_api_is_stopped_too(pause, server, make):
    server.says(Reply(events([message(text_part("Hello"))]), hold=pause))
    model = make(use_responses_api=True)
    async with aclosing(model.astream("hi")) as chunks:
        assert (await anext(chunks)).text
    assert await hang_ups_seen_by(server)
    server.hung_up.clear()
    with closing(model.stream("hi")) as chunks:
        next(chunks)
    assert await hang_ups_seen_by(server)


def test_break_in_a_loop_that_ends(server, model):
    async def main():
        async for _ in model.astream("hi"):
            break

    asyncio.run(main())
    gc.collect()
    assert server.client_hung_up()


async def test_after_stopping_the_model_still_answers(server, model):
    async with aclosing(model.astream("hi")) as chunks:
        await anext(chunks)
    assert await hang_ups_seen_by(server)
    server.says(text("again"))
    assert (await model.ainvoke("hi")).text == model.invoke("hi").text == "again"
