"""What goes wrong: the SDK's own exceptions, told once by each run, and nothing hangs."""

import asyncio

import pytest

pytest.importorskip("openai")

import openai

from adapters.openai.replies import CASES, text
from adapters.openai.server import PATIENCE, Reply, failure
from eventflow import ChatPromptTemplate, StrOutputParser

LONG = text(*"abcdef")

FAILURES = {
    "cut": (Reply(LONG, cut=3), openai.APIConnectionError),
    "an error event": (Reply(LONG, error_after=3), openai.APIError),
    "401": (failure(401), openai.AuthenticationError),
    "404": (failure(404), openai.NotFoundError),
    "429": (failure(429), openai.RateLimitError),
    "500": (failure(500), openai.InternalServerError),
}

both = pytest.mark.parametrize(("reply", "error"), FAILURES.values(), ids=FAILURES)


def chain_of(model):
    return ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()


async def watched(chain, **options):
    """The events of a run that fails, and its error."""
    events = []
    async with asyncio.timeout(PATIENCE):
        try:
            async for event in chain.astream_events({"q": "hi"}, **options):
                events.append(event)  # noqa: PERF401
        except openai.OpenAIError as error:
            return events, error
    raise AssertionError("it did not fail")


def phases(events):
    """Start, error and so on of each run."""
    runs = {}
    for event in events:
        runs.setdefault(event["run_id"], []).append(event["event"].rpartition("_")[2])
    return list(runs.values())


@both
async def test_each_run_tells_of_one_end(reply, error, server, model):
    server.says(reply)
    events, raised = await watched(chain_of(model))
    assert type(raised) is error
    for told in phases(events):
        assert told[0] == "start"
        assert sum(phase in ("end", "error") for phase in told) == 1
    errors = [event for event in events if event["event"].endswith("_error")]
    assert [event["event"] for event in errors if "parser" not in event["event"]] == [
        "on_chat_model_error",
        "on_chain_error",
    ]
    assert {id(event["data"]["error"]) for event in errors} == {id(raised)}


@both
async def test_v2_tells_of_no_errors(reply, error, server, model):
    server.says(reply)
    events, raised = await watched(chain_of(model), version="v2")
    assert type(raised) is error
    assert [event["event"] for event in events if event["event"].endswith("_error")] == []


@both
async def test_sync_code_sees_the_same(reply, error, server, model):
    server.says(reply)
    events, _ = await watched(chain_of(model))
    seen = []
    with pytest.raises(error):
        note(chain_of(model).stream_events({"q": "hi"}), seen)
    assert seen == [event["event"] for event in events]


def note(events, seen):
    for event in events:
        seen.append(event["event"])


@pytest.mark.parametrize(("status", "error"), [(401, "AuthenticationError"), (429, "RateLimitError")])
async def test_all_verbs_raise_it(status, error, server, model):
    server.says(failure(status, "out of luck"))
    raises = pytest.raises(getattr(openai, error), match="out of luck")
    with raises:
        model.invoke("hi")
    with raises as caught:
        await model.ainvoke("hi")
    assert (caught.value.status_code, caught.value.code) == (status, "a_code")
    with raises:
        list(model.stream("hi"))
    with raises:
        [one async for one in model.astream("hi")]


async def test_what_came_before_the_failure_has_been_given(server, model):
    server.says(Reply(LONG, cut=4))
    chunks = model.astream("hi")
    assert [(await anext(chunks)).text for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(openai.APIConnectionError):
        await anext(chunks)


async def test_a_call_whose_connection_is_cut_is_an_error_not_a_call(server, model):
    server.says(Reply(CASES["a call in pieces"], cut=4))
    with pytest.raises(openai.APIConnectionError):
        await model.ainvoke("hi", stream=True)
    with pytest.raises(openai.APIConnectionError):
        model.invoke("hi", stream=True)


async def test_nobody_there(server, make):
    gone = make(base_url="http://127.0.0.1:1/v1")
    with pytest.raises(openai.APIConnectionError):
        gone.invoke("hi")
    with pytest.raises(openai.APIConnectionError):
        await gone.ainvoke("hi")


def test_the_sdk_tries_again(server, make):
    server.says(failure(429, retry_after_ms="1"), text("better"))
    assert make(max_retries=1).invoke("hi").text == "better"
    assert len(server.asked) == 2


def test_a_timeout_is_the_sdks(server, make):
    server.says(Reply(LONG, hold=2))
    with pytest.raises(openai.APITimeoutError):
        list(make(timeout=0.05).stream("hi"))
    assert server.client_hung_up()


def test_fallbacks_take_over(server, model, make):
    server.says(failure(500), text("spare"))
    assert model.with_fallbacks([make(model="other")]).invoke("hi").text == "spare"
    assert [asked.body["model"] for asked in server.asked] == ["gpt-x", "other"]
