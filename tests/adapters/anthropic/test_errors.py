"""What goes wrong: the SDK's own exceptions, told once by each run, and nothing hangs."""

import asyncio

import pytest

pytest.importorskip("anthropic")

import anthropic

from adapters.anthropic.replies import CASES, failure, text
from adapters.serving import PATIENCE, Reply
from eventflow import ChatPromptTemplate, StrOutputParser

LONG = text(*"abcdef")

BROKEN = {
    "cut": (Reply(LONG, cut=4), anthropic.APIConnectionError),
    "cut before it began": (Reply(LONG, cut=0), anthropic.APIConnectionError),
    "cut before the very end": (Reply(LONG, cut=len(LONG) - 1), anthropic.APIConnectionError),
    "ended too early": (Reply(LONG, stop=4), anthropic.APIConnectionError),
    "ended before it began": (Reply(LONG, stop=0), anthropic.APIConnectionError),
    "ended before the very end": (Reply(LONG, stop=len(LONG) - 1), anthropic.APIConnectionError),
    "an error event": (Reply(LONG, error_after=4), anthropic.APIStatusError),
    "an error event at once": (Reply(LONG, error_after=0), anthropic.APIStatusError),
}
"""What can go wrong in the middle of a stream."""

REFUSED = {
    "400": (failure(400), anthropic.BadRequestError),
    "401": (failure(401), anthropic.AuthenticationError),
    "404": (failure(404), anthropic.NotFoundError),
    "429": (failure(429), anthropic.RateLimitError),
    "500": (failure(500), anthropic.InternalServerError),
    "529": (failure(529, kind="overloaded_error"), anthropic.APIStatusError),
}
"""What a server may say at once."""

FAILURES = {**BROKEN, **REFUSED}

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
        except anthropic.AnthropicError as error:
            return events, error
    raise AssertionError("it did not fail")


@both
async def test_each_run_tells_of_one_end(reply, error, server, model):
    server.says(reply)
    events, raised = await watched(chain_of(model))
    assert isinstance(raised, error)
    runs = {}
    for event in events:
        runs.setdefault(event["run_id"], []).append(event["event"].rpartition("_")[2])
    for told in runs.values():
        assert told[0] == "start"
        assert sum(phase in ("end", "error") for phase in told) == 1
    errors = [event for event in events if event["event"].endswith("_error")]
    assert [event["event"] for event in errors if "parser" not in event["event"]] == [
        "on_chat_model_error",
        "on_chain_error",
    ]
    assert {id(event["data"]["error"]) for event in errors} == {id(raised)}


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


@both
async def test_all_verbs_raise_it(reply, error, server, model):
    server.says(reply)
    with pytest.raises(error):
        list(model.stream("hi"))
    with pytest.raises(error):
        [one async for one in model.astream("hi")]
    with pytest.raises(error):
        model.invoke("hi", stream=True)
    with pytest.raises(error):
        await model.ainvoke("hi", stream=True)


@pytest.mark.parametrize(("reply", "error"), REFUSED.values(), ids=REFUSED)
async def test_so_it_does_in_one_piece(reply, error, server, model):
    server.says(reply)
    with pytest.raises(error):
        model.invoke("hi")
    with pytest.raises(error) as caught:
        await model.ainvoke("hi")
    assert caught.value.status_code == reply.status
    assert caught.value.body["error"]["message"] == "no"


def test_the_error_event_says_what_it_was(server, model):
    server.says(BROKEN["an error event"][0])
    with pytest.raises(anthropic.APIStatusError) as caught:
        list(model.stream("hi"))
    assert caught.value.body["error"]["type"] == "overloaded_error"


def test_what_came_before_the_failure_has_been_given(server, model):
    server.says(Reply(LONG, cut=5))
    chunks = model.stream("hi")
    assert [next(chunks).text for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(anthropic.APIConnectionError, match="cut in the middle"):
        next(chunks)


@pytest.mark.parametrize("reply", [{"cut": 4}, {"stop": 4}], ids=str)
async def test_a_call_whose_connection_is_cut_is_an_error_not_a_call(reply, server, model):
    server.says(Reply(CASES["a call in pieces"], **reply))
    with pytest.raises(anthropic.APIConnectionError):
        await model.ainvoke("hi", stream=True)
    with pytest.raises(anthropic.APIConnectionError):
        model.invoke("hi", stream=True)


async def test_what_breaks_after_the_reply_is_complete_does_not_matter(server, model):
    server.says(Reply([*LONG, {"type": "ping"}], cut=len(LONG)))
    assert model.invoke("hi", stream=True).text == "abcdef"
    assert (await model.ainvoke("hi", stream=True)).text == "abcdef"


async def test_nobody_there(make):
    gone = make(base_url="http://127.0.0.1:1")
    with pytest.raises(anthropic.APIConnectionError):
        gone.invoke("hi")
    with pytest.raises(anthropic.APIConnectionError):
        [one async for one in gone.astream("hi")]


def test_the_sdk_tries_again(server, make):
    server.says(failure(529, retry_after_ms="1"), failure(429, retry_after_ms="1"), text("better"))
    assert make(max_retries=2).invoke("hi").text == "better"
    assert len(server.asked) == 3


async def test_a_timeout_is_the_sdks(server, make):
    server.says(Reply(LONG, hold=3))
    with pytest.raises(anthropic.APITimeoutError):
        list(make(timeout=0.05).stream("hi"))
    assert server.client_hung_up()
    with pytest.raises(anthropic.APITimeoutError):
        await make(timeout=0.05).ainvoke("hi", stream=True)


def test_fallbacks_take_over(server, model, make):
    server.says(failure(529), text("spare"))
    assert model.with_fallbacks([make(model="other")]).invoke("hi").text == "spare"
    assert [asked.body["model"] for asked in server.asked] == ["claude-x", "other"]
