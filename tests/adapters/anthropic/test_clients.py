"""Connections: whose they are, when they are closed, where to ask and as whom."""

import asyncio
import copy
import gc

import pytest

pytest.importorskip("anthropic")

import anthropic

from adapters.anthropic.replies import text
from adapters.serving import Reply
from eventflow_anthropic import ChatAnthropic

KEPT = Reply(text("Hello"), keep_alive=True)
"""After which the connection stays open until the client closes it."""


def keys_of(server):
    return [asked.headers.get("x-api-key") or asked.headers["authorization"] for asked in server.asked]


def test_a_model_serves_one_loop_after_the_other(server, model):
    server.says(KEPT)

    async def main():
        return (await model.ainvoke("hi")).text, [one.text async for one in model.astream("hi")]

    for _ in range(2):
        server.hung_up.clear()
        assert asyncio.run(main()) == ("Hello", ["Hello", ""])
        assert server.client_hung_up()
    gc.collect()


def test_a_connection_is_kept_for_the_next_call(server, model):
    server.says(KEPT)
    for _ in range(2):
        model.invoke("hi")
        list(model.stream("hi"))
    assert not server.hung_up.is_set()
    model.close()
    assert server.client_hung_up()


def test_connections_of_a_model_that_is_dropped_are_closed_with_the_loop(server, make):
    server.says(KEPT)

    async def main():
        await make().ainvoke("hi")
        gc.collect()

    asyncio.run(main())
    gc.collect()
    assert server.client_hung_up()


async def test_aclose(server, model):
    server.says(KEPT)
    await model.ainvoke("hi")
    assert not server.hung_up.is_set()
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
    http, async_http = anthropic.DefaultHttpxClient(), anthropic.DefaultAsyncHttpxClient()
    http.headers["x-mine"] = async_http.headers["x-mine"] = "yes"
    model = make(http_client=http, http_async_client=async_http)
    model.invoke("hi")
    await model.ainvoke("hi")
    await model.aclose()
    assert [asked.headers["x-mine"] for asked in server.asked] == ["yes"] * 2
    assert (http.is_closed, async_http.is_closed) == (False, False)
    http.close()
    await async_http.aclose()


# ---- where to ask, and as whom


@pytest.mark.parametrize("variable", ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL"])
def test_key_and_address_come_from_the_environment(variable, server, make, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv(variable, server.url)
    assert make(api_key=None, base_url=None).invoke("hi").text == "Hello"
    assert "sk-of-the-environment" in keys_of(server)[0]


def test_what_is_given_wins(server, make, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    make().invoke("hi")
    assert "sk-test-key" in keys_of(server)[0]


def test_the_longer_names(server):
    model = ChatAnthropic(
        model_name="claude-y",
        max_tokens_to_sample=7,
        stop=["."],
        default_request_timeout=3,
        anthropic_api_key="sk-long",
        anthropic_api_url=server.url,
    )
    model.invoke("hi")
    assert "sk-long" in keys_of(server)[0]
    assert server.asked[0].path == "/v1/messages"
    assert (model.model, model.max_tokens, model.stop_sequences, model.timeout) == ("claude-y", 7, ["."], 3)


def test_headers(server, make):
    make(default_headers={"X-Team": "blue"}).invoke("hi")
    assert server.asked[0].headers["x-team"] == "blue"


async def test_without_a_key_the_sdk_complains(make):
    model = make(api_key=None)
    with pytest.raises(TypeError, match="authentication"):
        model.invoke("hi")
    with pytest.raises(TypeError, match="authentication"):
        await model.ainvoke("hi")
