"""Connections: one client for sync code and one for each loop; who closes them, and keys that change."""

import asyncio
import contextvars
import copy
import gc
import threading
import weakref

import pytest

pytest.importorskip("openai")

import openai

from adapters.openai.replies import text
from adapters.openai.server import PATIENCE, Reply
from eventflow import AsyncOnlyError
from eventflow_openai import ChatOpenAI

KEPT = Reply(text("Hello"), keep_alive=True)
"""After which the connection stays open until the client closes it."""


def keys_of(server):
    return [asked.headers["authorization"] for asked in server.asked]


# ---- loops and threads


def test_a_model_serves_one_loop_after_the_other(server, model):
    server.says(KEPT)

    async def main():
        return (await model.ainvoke("hi")).text, [one.text async for one in model.astream("hi")]

    for _ in range(2):
        server.hung_up.clear()
        assert asyncio.run(main()) == ("Hello", ["Hello", ""])
        assert server.client_hung_up()
    gc.collect()


def test_a_model_serves_several_loops_at_once(server, model):
    both_there = threading.Barrier(2, timeout=10)
    answers = []

    async def main():
        await model.ainvoke("hi")
        await asyncio.to_thread(both_there.wait)
        answers.append([one.text async for one in model.astream("hi")])

    threads = [threading.Thread(target=asyncio.run, args=[main()]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["Hello", ""]] * 2


def test_loops_that_have_ended_are_forgotten(server, model):
    loops = []

    async def main():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await model.ainvoke("hi")

    for _ in range(3):
        asyncio.run(main())
    gc.collect()
    assert [loop() for loop in loops[:-1]] == [None, None]


def test_connections_of_a_model_that_is_dropped_are_closed_with_the_loop(server, make):
    server.says(KEPT)

    async def main():
        await make().ainvoke("hi")
        gc.collect()

    asyncio.run(main())
    gc.collect()
    assert server.client_hung_up()


def test_a_loop_has_one_client(server, model):
    async def main():
        clients = await asyncio.gather(*(model._clients.for_this_loop() for _ in range(3)))
        return len({id(client) for client in clients})

    assert asyncio.run(main()) == 1


async def test_a_connection_that_is_kept_does_not_keep_the_context_that_opened_it(server, model):
    server.says(KEPT)
    variable = contextvars.ContextVar("variable")

    class Held:
        """Stands for a run, and all that it holds."""

    async def ask(verb):
        held = Held()
        variable.set(held)
        await verb()
        return weakref.ref(held)

    async def listen():
        return [one async for one in model.astream("hi")]

    for verb in (lambda: model.ainvoke("hi"), listen):
        held = await asyncio.create_task(ask(verb))
        async with asyncio.timeout(PATIENCE):
            while held() is not None:
                await asyncio.sleep(0)
                gc.collect()
    assert not server.hung_up.is_set()
    await model.aclose()


# ---- closing


def test_close(server, model):
    server.says(KEPT)
    model.invoke("hi")
    assert not server.hung_up.is_set()
    model.close()
    assert server.client_hung_up()


async def test_aclose(server, model):
    server.says(KEPT)
    await model.ainvoke("hi")
    assert not server.hung_up.is_set()
    await model.aclose()
    assert await asyncio.to_thread(server.client_hung_up)


async def test_aclose_closes_the_connections_of_sync_code_too(server, model):
    server.says(KEPT)
    model.invoke("hi")
    await model.aclose()
    assert await asyncio.to_thread(server.client_hung_up)


async def test_a_closed_model_can_be_used_and_closed_again(server, model):
    await model.aclose()
    for _ in range(2):
        assert (await model.ainvoke("hi")).text == model.invoke("hi").text == "Hello"
        model.close()
        model.close()
        await model.aclose()
        await model.aclose()


async def test_copies_have_connections_of_their_own(server, model):
    for other in (copy.deepcopy(model), model.model_copy(deep=True)):
        assert other.invoke("hi").text == (await other.ainvoke("hi")).text == "Hello"
        assert await other._clients.for_this_loop() is not await model._clients.for_this_loop()


async def test_given_clients_are_used_and_stay_open(server, make):
    http, async_http = openai.DefaultHttpxClient(), openai.DefaultAsyncHttpxClient()
    http.headers["x-mine"] = async_http.headers["x-mine"] = "yes"
    model = make(http_client=http, http_async_client=async_http)
    model.invoke("hi")
    await model.ainvoke("hi")
    await model.aclose()
    assert [asked.headers["x-mine"] for asked in server.asked] == ["yes"] * 2
    assert (http.is_closed, async_http.is_closed) == (False, False)
    http.close()
    await async_http.aclose()


# ---- which answers a cache may give


OTHERS = [
    {"max_tokens": 5},
    {"model": "other"},
    {"temperature": 1},
    {"base_url": "http://127.0.0.1:1/v1"},
    {"model_kwargs": {"seed": 1}},
    {"output_version": "v1"},
    {"use_responses_api": True},
    {"reasoning": {"effort": "low"}},
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_another_model_has_another_key(other, make):
    assert make(**other)._identifying_params != make()._identifying_params


def test_who_asks_and_how_often_makes_no_difference(make):
    said = {"api_key": "sk-other", "max_retries": 9, "streaming": True, "timeout": 3}
    said["model_kwargs"] = {"extra_headers": {"x": "y"}}
    assert make(**said)._identifying_params == make()._identifying_params


# ---- where to ask, and as whom


def test_key_and_address_come_from_the_environment(server, make, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    assert make(api_key=None, base_url=None).invoke("hi").text == "Hello"
    assert keys_of(server) == ["Bearer sk-of-the-environment"]


def test_the_address_under_its_older_name(server, make, monkeypatch):
    monkeypatch.setenv("OPENAI_API_BASE", server.url)
    assert make(base_url=None).invoke("hi").text == "Hello"


def test_what_is_given_wins(server, make, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    make().invoke("hi")
    assert keys_of(server) == ["Bearer sk-test-key"]


def test_the_longer_names(server):
    ChatOpenAI(
        openai_api_key="sk-long", openai_api_base=server.url, openai_organization="org", max_retries=0
    ).invoke("hi")
    assert keys_of(server) == ["Bearer sk-long"]
    assert server.asked[0].headers["openai-organization"] == "org"
    assert server.asked[0].path == "/v1/chat/completions"


def test_headers_and_query(server, make):
    make(default_headers={"X-Team": "blue"}, default_query={"api-version": "7"}).invoke("hi")
    assert server.asked[0].headers["x-team"] == "blue"
    assert server.asked[0].path == "/v1/chat/completions?api-version=7"


async def test_without_a_key_the_sdk_complains(make):
    model = make(api_key=None)
    with pytest.raises(openai.OpenAIError, match="OPENAI_API_KEY"):
        model.invoke("hi")
    with pytest.raises(openai.OpenAIError, match="OPENAI_API_KEY"):
        await model.ainvoke("hi")


async def test_a_key_may_change(server, make):
    keys = iter(["a", "b"])
    model = make(api_key=lambda: next(keys))
    model.invoke("hi")
    await model.ainvoke("hi")
    assert keys_of(server) == ["Bearer a", "Bearer b"]


async def test_a_key_may_be_awaited_in_async_code(server, make):
    async def key():
        return "awaited"

    model = make(api_key=key)
    await model.ainvoke("hi")
    assert keys_of(server) == ["Bearer awaited"]
    with pytest.raises(AsyncOnlyError, match="use ainvoke"):
        model.invoke("hi")
