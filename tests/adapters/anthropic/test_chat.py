"""The same message in all ways of asking, chunk by chunk as it comes, and what its runs tell."""

import asyncio
import threading

import pytest

pytest.importorskip("anthropic")

from adapters.anthropic.replies import (
    CASES,
    CITATION,
    COUNTED,
    FOUND,
    MODEL,
    REPLY_ID,
    begin,
    call,
    end,
    said,
    start,
    stop,
    text,
)
from adapters.serving import PATIENCE, Reply
from eventflow import (
    AIMessageChunk,
    BaseCallbackHandler,
    ChatPromptTemplate,
    ModelError,
    StrOutputParser,
    UsageMetadataCallbackHandler,
    merge_chunks,
    message_chunk_to_message,
)
from eventflow_anthropic import ChatAnthropic


def total(chunks):
    whole = chunks[0]
    for one in chunks[1:]:
        whole = whole + one
    return whole


async def all_ways(model):
    """The message invoked, streamed (added up one by one, and at once), streamed inside, and all that awaited."""
    chunks = list(model.stream("hi"))
    return [
        model.invoke("hi"),
        message_chunk_to_message(total(chunks)),
        message_chunk_to_message(merge_chunks(chunks)),
        model.invoke("hi", stream=True),
        await model.ainvoke("hi"),
        message_chunk_to_message(total([one async for one in model.astream("hi")])),
        await model.ainvoke("hi", stream=True),
    ]


@pytest.mark.parametrize("case", CASES)
async def test_all_ways_of_asking_give_the_same(case, server, model):
    server.says(CASES[case])
    invoked, *others = await all_ways(model)
    for other in others:
        assert other == invoked
        assert other.model_dump() == invoked.model_dump()


async def test_a_request_is_streamed_if_it_is_asked_for(server, make):
    streaming = make(streaming=True)
    make().invoke("hi")
    streaming.invoke("hi")
    await streaming.ainvoke("hi")
    assert [asked.body.get("stream") for asked in server.asked] == [None, True, True]


# ---- what is said


@pytest.mark.parametrize(
    ("case", "content", "calls"),
    [
        ("text", "Hello wörld", []),
        ("nothing to say", "", []),
        ("two texts", "OneTwo more", []),
        ("a call in pieces", "", [("weather", {"city": "Paris"}, "toolu_1")]),
        ("text and a call", "Let me see", [("weather", {"city": "Bern"}, "toolu_1")]),
        ("two calls", "", [("weather", {"city": "Rome"}, "toolu_1"), ("clock", {"zone": "CET"}, "toolu_2")]),
        ("a call without arguments", "", [("now", {}, "toolu_1")]),
        ("a call with its input at once", "", [("weather", {"city": "Bonn"}, "toolu_1")]),
        ("thinking", "4!", []),
        ("a search of the server", "I'll search.Based on that: buses are big.", []),
    ],
)
async def test_text_and_calls(case, content, calls, server, model):
    server.says(CASES[case])
    for message in await all_ways(model):
        assert message.text == content
        assert [(one["name"], one["args"], one["id"]) for one in message.tool_calls] == calls
        assert message.invalid_tool_calls == []
        assert (message.id, message.response_metadata["model_name"]) == (REPLY_ID, MODEL)


SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "buses"}}

CONTENTS = {
    "text": "Hello wörld",
    "nothing to say": "",
    "cut by length": "And th",
    "text and a call": [
        "Let me see",
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bern"}, "index": 1},
    ],
    "thinking": [
        {"type": "thinking", "thinking": "Two and two.", "signature": "EqQB=", "index": 0},
        {"type": "text", "text": "4!", "index": 1},
    ],
    "thinking that is not shown": [
        {"type": "thinking", "thinking": "", "signature": "EqQB=", "index": 0},
        {"type": "text", "text": "4", "index": 1},
    ],
    "redacted thinking": [
        {"type": "redacted_thinking", "data": "EmwK", "index": 0},
        {"type": "thinking", "thinking": "hm", "signature": "EqQB=", "index": 1},
        {"type": "text", "text": "4", "index": 2},
    ],
    "a search of the server": [
        "I'll search.",
        {**SEARCH, "index": 1},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": FOUND, "index": 2},
        {"type": "text", "text": "Based on that: ", "index": 3},
        {"type": "text", "text": "buses are big", "citations": [CITATION], "index": 4},
        {"type": "text", "text": ".", "index": 5},
    ],
    "cited from the start": [
        {"type": "text", "text": "Buses are big.", "citations": [CITATION], "index": 0},
    ],
}


@pytest.mark.parametrize("case", CONTENTS)
async def test_content(case, server, model):
    server.says(CASES[case])
    assert [message.content for message in await all_ways(model)] == [CONTENTS[case]] * 7


@pytest.mark.parametrize(
    ("case", "types"),
    [
        ("text", ["text"]),
        ("text and a call", ["text", "tool_call"]),
        ("thinking", ["reasoning", "text"]),
        ("redacted thinking", ["non_standard", "reasoning", "text"]),
        (
            "a search of the server",
            ["text", "server_tool_call", "server_tool_result", "text", "text", "text"],
        ),
    ],
)
async def test_standard_blocks(case, types, server, model):
    server.says(CASES[case])
    for message in await all_ways(model):
        assert [block["type"] for block in message.content_blocks] == types


async def test_blocks_that_nobody_knows_are_kept(server, model):
    new = [begin(0, "hologram", data="AA=="), stop(0), *said(1, "See?")]
    server.says([start(), *new, *end()])
    for message in await all_ways(model):
        assert message.content[0] == {"type": "hologram", "data": "AA==", "index": 0}


def test_events_that_nobody_knows_are_passed_over(server, model):
    first, *rest = text("Hello")
    server.says([first, {"type": "weather_report", "index": 0}, *rest])
    assert [one.text for one in model.stream("hi")] == ["Hello", ""]


# ---- counts, and what is said of the reply


@pytest.mark.parametrize("case", CASES)
async def test_tokens_are_counted_once(case, server, model):
    server.says(CASES[case])
    assert [message.usage_metadata for message in await all_ways(model)] == [COUNTED] * 7


async def test_thoughts_are_counted(server, model):
    server.says([start(), *said(0, "4"), *end(output_tokens_details={"thinking_tokens": 5})])
    for message in await all_ways(model):
        assert message.usage_metadata["output_token_details"] == {"reasoning": 5}


def test_counting_can_be_left_out_when_streaming(server, make):
    assert total(list(make(stream_usage=False).stream("hi"))).usage_metadata is None
    assert total(list(make().stream("hi", stream_usage=False))).usage_metadata is None
    assert make(stream_usage=False).invoke("hi").usage_metadata == COUNTED
    assert ["stream_usage" in asked.body for asked in server.asked] == [False] * 3


async def test_what_is_said_of_the_reply(server, model):
    server.says(CASES["a stop sequence"])
    for message in await all_ways(model):
        assert message.response_metadata == {
            "id": REPLY_ID,
            "model": MODEL,
            "model_name": MODEL,
            "model_provider": "anthropic",
            "stop_reason": "stop_sequence",
            "stop_sequence": "two",
            "usage": {
                "input_tokens": 11,
                "cache_creation_input_tokens": 3,
                "cache_read_input_tokens": 4,
                "output_tokens": 7,
                "service_tier": "standard",
            },
        }


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("text", "end_turn"),
        ("text and a call", "tool_use"),
        ("cut by length", "max_tokens"),
        ("a refusal", "refusal"),
        ("to be continued", "pause_turn"),
    ],
)
async def test_the_reason_to_stop(case, reason, server, model):
    server.says(CASES[case])
    for message in await all_ways(model):
        assert message.response_metadata["stop_reason"] == reason
        assert message.response_metadata["stop_sequence"] is None


async def test_what_else_comes_at_the_end(server, model):
    told, last = end("refusal")
    why = {"type": "refusal", "category": "bio", "explanation": None}
    told = {**told, "delta": {**told["delta"], "stop_details": why, "container": None}}
    server.says([start(), *said(0, "I"), told, last])
    for message in await all_ways(model):
        assert message.response_metadata["stop_details"] == why
        assert "container" not in message.response_metadata


# ---- chunk by chunk


def test_only_the_last_chunk_is_marked_and_counted(server, model):
    server.says(CASES["text"])
    *others, last = list(model.stream("hi"))
    assert [one.content for one in others] == ["Hel", "lo", " wörld"]
    assert (last.content, last.chunk_position, last.usage_metadata) == ("", "last", COUNTED)
    assert all(one.usage_metadata is None and one.chunk_position is None for one in others)
    assert all(isinstance(one, AIMessageChunk) and one.id == REPLY_ID for one in (*others, last))


def test_arguments_can_be_followed_while_they_come(server, model):
    server.says(CASES["a call in pieces"])
    so_far, seen = None, []
    for one in model.stream("hi"):
        so_far = one if so_far is None else so_far + one
        seen.append([made["args"] for made in so_far.tool_calls])
    whole = {"city": "Paris"}
    assert seen == [[{}], [{}], [{"city": "Pa"}], [whole], [whole], [whole]]


def test_calls_keep_their_place(server, model):
    server.says(CASES["two calls"])
    pieces = [piece for one in model.stream("hi") for piece in one.tool_call_chunks]
    assert [(piece["index"], piece["name"], piece["id"]) for piece in pieces if piece["name"]] == [
        (0, "weather", "toolu_1"),
        (1, "clock", "toolu_2"),
    ]
    assert "".join(piece["args"] for piece in pieces if piece["index"] == 1) == '{"zone": "CET"}'


def test_thoughts_can_be_followed_while_they_come(server, model):
    server.says(CASES["thinking"])
    thoughts = [
        block["reasoning"]
        for one in model.stream("hi")
        for block in one.content_blocks
        if block["type"] == "reasoning"
    ]
    assert thoughts == ["", "Two and ", "two.", ""]


# ---- calls that are cut off


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded"])
@pytest.mark.parametrize(
    "args", ["", "{", '{"city', '{"city": "Par', '{"city": "Paris"', '{"city": "Paris"}']
)
async def test_a_call_that_is_cut_off_is_no_call(args, reason, server, model):
    server.says([start(), *said(0, "I look"), *call(1, "weather", args), *end(reason)])
    for message in await all_ways(model):
        assert (message.text, message.tool_calls) == ("I look", [])
        assert [(one["name"], one["id"]) for one in message.invalid_tool_calls] == [("weather", "toolu_1")]


async def test_the_calls_before_one_that_is_cut_off_are_calls(server, model):
    cut = call(1, "erase", '{"all": tr', id="toolu_2")
    server.says([start(), *call(0, "weather", '{"city": "Rome"}'), *cut, *end("max_tokens")])
    for message in await all_ways(model):
        assert [one["name"] for one in message.tool_calls] == ["weather"]
        assert [one["name"] for one in message.invalid_tool_calls] == ["erase"]


async def test_text_that_is_cut_off_takes_no_call_with_it(server, model):
    whole = call(0, "weather", '{"city": "Rome"}')
    server.says([start(), *whole, *said(1, "And no"), *end("max_tokens")])
    for message in await all_ways(model):
        assert [one["name"] for one in message.tool_calls] == ["weather"]


async def test_what_a_tool_cannot_take_is_no_call(server, model):
    server.says([start(), *call(0, "weather", '["Rome"]'), *end("tool_use")])
    message = await model.ainvoke("hi", stream=True)
    assert message.tool_calls == []
    assert [one["args"] for one in message.invalid_tool_calls] == ['["Rome"]']


# ---- replies that are none


async def test_a_page_instead_of_a_reply_is_explained(server, model):
    server.says(Reply([], body="<html>", headers=(("content-type", "text/html"),)))
    with pytest.raises(ModelError, match="is base_url right"):
        model.invoke("hi")
    with pytest.raises(ModelError, match="is base_url right"):
        await model.ainvoke("hi")


# ---- one by one


async def test_a_chunk_is_there_before_the_next_is_sent(server, model):
    server.says(Reply(text("now", "later"), hold=3))
    chunks = model.astream("hi")
    async with asyncio.timeout(PATIENCE):
        assert (await anext(chunks)).text == "now"
        server.release()
        assert [one.text async for one in chunks] == ["later", ""]


def test_a_chunk_is_there_before_the_next_is_sent_in_sync_code(server, model):
    server.says(Reply(text("now", "later"), hold=3))
    chunks = (ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()).stream({"q": "hi"})
    assert next(chunks) == "now"
    server.release()
    assert [one for one in chunks if one] == ["later"]


# ---- what its runs tell


async def test_the_end_has_usage_and_the_chain_its_text(server, model):
    server.says(text("Hel", "lo"))
    chain = ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()
    events = [event async for event in chain.astream_events({"q": "hi"}, version="v2")]
    (ended,) = [event for event in events if event["event"] == "on_chat_model_end"]
    assert ended["data"]["output"].usage_metadata == COUNTED
    assert ended["data"]["output"].text == events[-1]["data"]["output"] == "Hello"
    assert [event["event"] for event in chain.stream_events({"q": "hi"}, version="v2")] == [
        event["event"] for event in events
    ]


class Watcher(BaseCallbackHandler):
    def __init__(self):
        self.seen = []

    def on_llm_new_token(self, token, **kwargs):
        self.seen.append(token)


@pytest.mark.parametrize("case", CASES)
def test_watching_changes_nothing(case, server, model):
    server.says(CASES[case])
    watcher = Watcher()
    assert model.invoke("hi", {"callbacks": [watcher]}) == model.invoke("hi")
    assert len(watcher.seen) > 0
    assert [asked.body.get("stream") for asked in server.asked] == [True, None]


def test_metadata_tells_of_the_model(server, make):
    model = make(temperature=0.5)
    metadata = next(iter(model.stream_events("hi", stop=["."])))["metadata"]
    assert {key: value for key, value in metadata.items() if key.startswith("ls_")} == {
        "ls_integration": "eventflow_chat_model",
        "ls_provider": "anthropic",
        "ls_model_type": "chat",
        "ls_model_name": "claude-x",
        "ls_temperature": 0.5,
        "ls_max_tokens": 100,
        "ls_stop": ["."],
    }


def test_a_class_of_ones_own_is_of_the_same_provider():
    class Mine(ChatAnthropic):
        pass

    assert Mine(model="claude-x")._get_ls_params()["ls_provider"] == "anthropic"
    assert repr(Mine(model="x")) == "Mine(model='x', max_tokens=4096)"


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


# ---- long answers


async def test_a_long_answer_is_streamed_inside(server, make):
    server.says(CASES["text and a call"])
    long = make(max_tokens=None, model="claude-opus-4-5", stream_usage=False)
    plain = make().invoke("hi")
    assert long.invoke("hi") == await long.ainvoke("hi") == plain
    assert make(max_tokens=10_000, model="claude-opus-4-1-20250805").invoke("hi") == plain
    assert make(max_tokens=64_000, timeout=900).invoke("hi") == plain
    assert [asked.body.get("stream") for asked in server.asked] == [None, True, True, True, None]


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("claude-sonnet-4-5", 32_000),
        ("claude-opus-4-20250514", 32_000),
        ("claude-3-5-haiku-latest", 4096),
        ("claude-2.1", 4096),
        ("claude-instant-1.2", 4096),
        ("other", 4096),
    ],
)
def test_how_long_an_answer_may_be(name, tokens, make):
    assert make(model=name, max_tokens=None).max_tokens == tokens
