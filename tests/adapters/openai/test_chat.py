"""The same message in all four ways of asking, chunk by chunk as it comes, and what its runs tell."""

import asyncio
import threading

import pytest

pytest.importorskip("openai")

from adapters.openai.replies import CASES, MODEL, REPLY_ID, USAGE, bare, call, chunk, logprob, text
from adapters.openai.server import PATIENCE, Reply
from eventflow import (
    AIMessageChunk,
    ChatPromptTemplate,
    ModelError,
    StrOutputParser,
    UsageMetadataCallbackHandler,
    message_chunk_to_message,
)

COUNTED = {
    "input_tokens": 11,
    "output_tokens": 7,
    "total_tokens": 18,
    "input_token_details": {"cache_read": 4},
    "output_token_details": {"reasoning": 3},
}


def in_full(message):
    """All that a message says, whichever way it came."""
    return {
        "content": message.content,
        "tool_calls": message.tool_calls,
        "invalid": message.invalid_tool_calls,
        "extras": message.additional_kwargs,
        "usage": message.usage_metadata,
        "metadata": message.response_metadata,
        "id": message.id,
    }


def total(chunks):
    whole = chunks[0]
    for one in chunks[1:]:
        whole = whole + one
    return whole


async def four_ways(model):
    """The message invoked, streamed and both again in async code."""
    return [
        model.invoke("hi"),
        message_chunk_to_message(total(list(model.stream("hi")))),
        await model.ainvoke("hi"),
        message_chunk_to_message(total([one async for one in model.astream("hi")])),
    ]


@pytest.mark.parametrize("case", CASES)
async def test_all_ways_of_asking_give_the_same(case, server, model):
    server.says(CASES[case])
    invoked, *others = [in_full(message) for message in await four_ways(model)]
    for other in others:
        assert other == invoked


@pytest.mark.parametrize("case", CASES)
async def test_and_so_they_do_in_standard_blocks(case, server, make):
    server.says(CASES[case])
    plain = make().invoke("hi")
    invoked, *others = await four_ways(make(output_version="v1"))
    for other in others:
        assert in_full(other) == in_full(invoked)
    assert invoked.content == invoked.content_blocks
    assert (invoked.text, invoked.tool_calls) == (plain.text, plain.tool_calls)
    assert invoked.response_metadata == {**plain.response_metadata, "output_version": "v1"}


@pytest.mark.parametrize("case", CASES)
async def test_and_so_they_do_in_one_piece_when_streaming_is_asked_for(case, server, make):
    server.says(CASES[case])
    plain, streaming = make(), make(streaming=True)
    assert in_full(streaming.invoke("hi")) == in_full(plain.invoke("hi"))
    assert [asked.body.get("stream") for asked in server.asked] == [True, None]
    assert in_full(await streaming.ainvoke("hi")) == in_full(await plain.ainvoke("hi"))


@pytest.mark.parametrize(
    ("case", "content", "calls", "extras"),
    [
        ("text", "Hello wörld", [], {}),
        ("a call in pieces", "", [("weather", {"city": "Paris"}, "c1")], {}),
        (
            "two calls at once",
            "",
            [("weather", {"city": "Rome"}, "c1"), ("clock", {"zone": "CET"}, "c2")],
            {},
        ),
        ("name and empty arguments first", "", [("weather", {"city": "Oslo"}, "c1")], {}),
        ("arguments in one piece", "", [("weather", {"city": "Bonn"}, "c1")], {}),
        ("a call without arguments", "", [("now", {}, "c1")], {}),
        ("text and a call", "Let me see", [("weather", {"city": "Bern"}, "c1")], {}),
        ("reasoning", "4!", [], {"reasoning_content": "Two and two."}),
        ("refusal", "", [], {"refusal": "I cannot."}),
        ("several candidates", "first one", [], {}),
        ("nothing to say", "", [], {}),
    ],
)
async def test_what_is_said(case, content, calls, extras, server, model):
    server.says(CASES[case])
    for message in await four_ways(model):
        assert message.text == content
        assert [(one["name"], one["args"], one["id"]) for one in message.tool_calls] == calls
        assert message.additional_kwargs == extras
        assert (message.id, message.response_metadata["model_name"]) == (REPLY_ID, MODEL)


@pytest.mark.parametrize(
    "case", [case for case in CASES if "without arguments" not in case and case != "no usage"]
)
async def test_tokens_are_counted_once(case, server, model):
    server.says(CASES[case])
    assert [message.usage_metadata for message in await four_ways(model)] == [COUNTED] * 4


async def test_without_usage_there_is_none(server, model):
    server.says(CASES["no usage"])
    assert [message.usage_metadata for message in await four_ways(model)] == [None] * 4


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("text", "stop"),
        ("text and a call", "tool_calls"),
        ("cut by length", "length"),
        ("filtered", "content_filter"),
    ],
)
async def test_the_reason_to_finish(case, reason, server, model):
    server.says(CASES[case])
    assert [message.response_metadata["finish_reason"] for message in await four_ways(model)] == [reason] * 4


async def test_what_is_said_about_the_reply(server, model):
    server.says(CASES["probabilities"])
    for message in await four_ways(model):
        assert message.response_metadata == {
            "model_provider": "openai",
            "model_name": MODEL,
            "system_fingerprint": "fp",
            "service_tier": "default",
            "finish_reason": "stop",
            "logprobs": {"content": [*logprob("a")["content"], *logprob("b")["content"]], "refusal": None},
        }


def test_a_stream_may_end_without_done(server, model):
    server.says(Reply(text("all", " there"), done=False))
    assert total(list(model.stream("hi"))).text == "all there"


def test_only_the_last_chunk_is_marked_and_counted(server, model):
    server.says(CASES["usage in every chunk"])
    *others, last = list(model.stream("hi"))
    assert [one.text for one in others] == ["one", " two"]
    assert last.chunk_position == "last"
    assert last.usage_metadata == COUNTED
    assert all(one.usage_metadata is None and one.chunk_position is None for one in others)
    assert all(isinstance(one, AIMessageChunk) and one.id == REPLY_ID for one in (*others, last))


def test_arguments_can_be_followed_while_they_come(server, model):
    server.says(CASES["a call in pieces"])
    so_far, seen = None, []
    for one in model.stream("hi"):
        so_far = one if so_far is None else so_far + one
        seen.append([made["args"] for made in so_far.tool_calls])
    assert seen == [[{}], [{}], [{"city": "Pa"}], [{"city": "Paris"}], [{"city": "Paris"}]]


# ---- calls that are cut off


@pytest.mark.parametrize("finish", ["length", None])
@pytest.mark.parametrize("args", ["", "{", '{"city', '{"city": "Par', '{"city": "Paris"'])
async def test_a_call_that_is_cut_off_is_no_call(args, finish, server, model):
    server.says([call(id="c1", name="weather", args=""), call(args=args), chunk(finish=finish), bare(USAGE)])
    for message in await four_ways(model):
        assert message.tool_calls == []
        assert [(one["name"], one["args"].strip(), one["id"]) for one in message.invalid_tool_calls] == [
            ("weather", args, "c1")
        ]


async def test_the_calls_before_one_that_is_cut_off_are_calls(server, model):
    whole = call(0, id="c1", name="weather", args='{"city": "Rome"}')
    server.says([whole, call(1, id="c2", name="erase", args=""), chunk(finish="length")])
    for message in await four_ways(model):
        assert [one["name"] for one in message.tool_calls] == ["weather"]
        assert [one["name"] for one in message.invalid_tool_calls] == ["erase"]


# ---- replies that are none


async def test_an_empty_reply_is_an_error(server, model):
    server.says([])
    with pytest.raises(ModelError, match="without choices"):
        model.invoke("hi")
    with pytest.raises(ModelError, match="No generation chunks"):
        list(model.stream("hi"))


@pytest.mark.parametrize("responses", [False, True])
async def test_a_page_instead_of_a_reply_is_explained(responses, server, make):
    model = make(use_responses_api=responses)
    server.says(Reply([], body="<html>", headers=(("content-type", "text/html"),)))
    with pytest.raises(ModelError, match="is base_url right"):
        model.invoke("hi")
    with pytest.raises(ModelError, match="is base_url right"):
        await model.ainvoke("hi")


# ---- one by one


async def test_a_chunk_is_there_before_the_next_is_sent(server, model):
    server.says(Reply(text("now", "later"), hold=2))
    chunks = model.astream("hi")
    async with asyncio.timeout(PATIENCE):
        assert (await anext(chunks)).text == "now"
        server.release()
        assert [one.text async for one in chunks] == ["later", ""]


def test_a_chunk_is_there_before_the_next_is_sent_in_sync_code(server, model):
    server.says(Reply(text("now", "later"), hold=2))
    chunks = (ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()).stream({"q": "hi"})
    assert next(chunks) == "now"
    server.release()
    assert [one for one in chunks if one] == ["later"]


async def test_events_come_before_the_next_chunk_is_sent(server, model):
    server.says(Reply(text("now", "later"), hold=2))
    seen = []
    async with asyncio.timeout(PATIENCE):
        async for event in model.astream_events("hi"):
            if event["event"] == "on_chat_model_stream":
                if not seen:
                    server.release()
                seen.append(event["data"]["chunk"].text)
    assert seen == ["now", "later", ""]


# ---- what its runs tell


async def test_the_end_has_usage_and_the_chain_its_text(server, model):
    server.says(text("Hel", "lo"))
    chain = ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()
    events = [event async for event in chain.astream_events({"q": "hi"}, version="v2")]
    (end,) = [event for event in events if event["event"] == "on_chat_model_end"]
    assert end["data"]["output"].usage_metadata == COUNTED
    assert end["data"]["output"].text == events[-1]["data"]["output"] == "Hello"
    assert [event for event in events if event["event"].endswith("_error")] == []
    assert [event["event"] for event in chain.stream_events({"q": "hi"}, version="v2")] == [
        event["event"] for event in events
    ]


def test_watching_changes_nothing(server, model):
    server.says(CASES["text and a call"])
    (end,) = [e for e in model.stream_events("hi") if e["event"] == "on_chat_model_end"]
    assert in_full(end["data"]["output"]) == in_full(model.invoke("hi"))


def test_metadata_tells_of_the_model(server, make):
    model = make(temperature=0.5, max_tokens=9)
    metadata = next(iter(model.stream_events("hi", stop=["."])))["metadata"]
    assert {key: value for key, value in metadata.items() if key.startswith("ls_")} == {
        "ls_integration": "eventflow_chat_model",
        "ls_provider": "openai",
        "ls_model_type": "chat",
        "ls_model_name": "gpt-x",
        "ls_temperature": 0.5,
        "ls_max_tokens": 9,
        "ls_stop": ["."],
    }


def test_tokens_are_summed_by_model(server, model):
    counter = UsageMetadataCallbackHandler()
    model.batch(["a", "b"], {"callbacks": [counter]})
    assert counter.usage_metadata[MODEL]["total_tokens"] == 2 * COUNTED["total_tokens"]


async def test_many_at_once(server, model):
    server.says(CASES["text"])
    answers = await model.abatch([str(n) for n in range(20)])
    assert {one.text for one in answers} == {"Hello wörld"}
    assert {one.body["messages"][0]["content"] for one in server.asked} == {str(n) for n in range(20)}


def test_sync_and_async_in_threads(server, model):
    server.says(CASES["text"])
    answers = []
    work = [lambda: model.invoke("x"), lambda: asyncio.run(model.ainvoke("x"))] * 3
    threads = [threading.Thread(target=lambda one=one: answers.append(one().text)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["Hello wörld"] * 6
