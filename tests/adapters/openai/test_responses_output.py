"""The Responses API's answers: the same message in all four ways of asking, and what it says."""

from typing import get_args

import pytest

pytest.importorskip("openai")

import openai
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseStreamEvent

from adapters.openai.responses_replies import (
    CITATION,
    MODEL,
    OUTPUTS,
    REPLY_ID,
    call,
    events,
    message,
    reasoning,
    response,
    text,
)
from adapters.openai.server import Reply
from adapters.openai.test_chat import COUNTED, four_ways, in_full, total
from eventflow import merge_chunks, message_chunk_to_message
from eventflow_openai.responses_output import EventReader, to_result

REQUEST = object()
KINDS = {kind.model_fields["type"].annotation: kind for kind in get_args(get_args(ResponseStreamEvent)[0])}
EVENTS = {get_args(literal)[0]: kind for literal, kind in KINDS.items()}
"""The SDK's classes of events, by type."""

versions = pytest.mark.parametrize("version", [None, "v1"])


@pytest.fixture(params=[None, "v1"], ids=["responses/v1", "v1"])
def responses(request, make):
    """A model that asks the Responses API, in both versions of its output."""
    return make(use_responses_api=True, output_version=request.param)


@pytest.fixture
def model(make):
    return make(use_responses_api=True)


# ---- the same in all ways


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
async def test_all_ways_of_asking_give_the_same(output, server, responses):
    server.says(events(output))
    invoked, *others = [in_full(message) for message in await four_ways(responses)]
    for other in others:
        assert other == invoked
    assert {asked.path for asked in server.asked} == {"/v1/responses"}


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
async def test_watching_changes_nothing(output, server, responses):
    server.says(events(output))
    plain = in_full(responses.invoke("hi"))
    told = [event async for event in responses.astream_events("hi")]
    assert in_full(told[-1]["data"]["output"]) == plain


def read(said, *, standard=False):
    """The message that a stream of events adds up to."""
    reader = EventReader(REQUEST, standard=standard)
    pieces = [reader.read(EVENTS[event["type"]].construct(**event)) for event in said] + [reader.close()]
    return message_chunk_to_message(merge_chunks([piece.message for piece in pieces if piece is not None]))


@given(st.sampled_from([*OUTPUTS]), st.integers(1, 20), st.booleans())
def test_however_it_is_cut(name, pieces, standard):
    whole = to_result(Response.construct(**response(OUTPUTS[name], "completed")), REQUEST, standard=standard)
    streamed = read(events(OUTPUTS[name], pieces=pieces), standard=standard)
    assert in_full(streamed) == in_full(whole.generations[0].message)


@versions
@pytest.mark.parametrize(
    "left_out",
    [".delta", "output_item.added", "response.created", "content_part"],
)
def test_what_a_server_leaves_out_is_taken_from_where_it_is(left_out, version):
    for output in OUTPUTS.values():
        said = [event for event in events(output) if left_out not in event["type"]]
        message, whole = (read(one, standard=version == "v1") for one in (said, events(output)))
        assert in_full(message) == in_full(whole)


@pytest.mark.parametrize(
    "name", ["text", "text with sources", "several parts", "a call", "two calls", "refusal"]
)
def test_the_whole_in_the_end_says_what_is_missing(name):
    said = [event for event in events(OUTPUTS[name]) if "output_item.done" not in event["type"]]
    assert in_full(read(said)) == in_full(read(events(OUTPUTS[name])))


# ---- what it says


@pytest.mark.parametrize(
    ("name", "said", "calls"),
    [
        ("text", "Hello wörld", []),
        ("several parts", "onetwothree", []),
        ("a call", "", [("weather", {"city": "Paris"}, "call_1")]),
        ("a call without arguments", "", [("now", {}, "call_1")]),
        ("two calls", "", [("weather", {"city": "Rome"}, "call_1"), ("clock", {"zone": "CET"}, "call_2")]),
        ("a custom call", "", [("sql", {"__arg1": 'select "ä"'}, "call_9")]),
        ("reasoning", "4", []),
        ("refusal", "", []),
    ],
)
def test_text_and_calls(name, said, calls, server, responses):
    server.says(events(OUTPUTS[name]))
    message = responses.invoke("hi")
    assert message.text == said
    assert [(one["name"], one["args"], one["id"]) for one in message.tool_calls] == calls
    assert (message.id, message.usage_metadata) == (REPLY_ID, COUNTED)


def test_its_metadata(server, model):
    server.says(events(OUTPUTS["text"], "incomplete", incomplete_details={"reason": "max_output_tokens"}))
    assert model.invoke("hi").response_metadata == {
        "id": REPLY_ID,
        "created_at": 1.0,
        "model": MODEL,
        "model_name": MODEL,
        "model_provider": "openai",
        "object": "response",
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
        "metadata": {},
    }


def test_blocks_are_those_of_the_provider(server, model):
    server.says(events([reasoning("Hm."), message(text("4", CITATION)), call("{}")]))
    assert model.invoke("hi").content == [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm.", "index": 0}],
            "encrypted_content": "ENC",
            "index": 0,
        },
        {"type": "text", "text": "4", "annotations": [CITATION], "id": "msg_1", "index": 1},
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "weather",
            "arguments": "{}",
            "status": "completed",
            "index": 2,
        },
    ]


def test_or_standard_ones(server, make):
    server.says(events(OUTPUTS["a web search"] + [call("{}")]))
    answer = make(use_responses_api=True, output_version="v1").invoke("hi")
    assert answer.response_metadata["output_version"] == "v1"
    assert answer.content == answer.content_blocks
    assert answer.content == [
        {
            "type": "reasoning",
            "reasoning": "Look.",
            "id": "rs_1",
            "index": "lc_rs_0_0",
            "extras": {"encrypted_content": "ENC"},
        },
        {
            "type": "server_tool_call",
            "name": "web_search",
            "id": "ws_1",
            "args": {"type": "search", "query": "q"},
            "index": "lc_src_1",
            "extras": {"status": "completed"},
        },
        {
            "type": "server_tool_result",
            "tool_call_id": "ws_1",
            "status": "success",
            "index": "lc_srr_1",
        },
        {
            "type": "text",
            "text": "found",
            "id": "msg_1",
            "index": "lc_txt_2",
            "annotations": [{**CITATION, "type": "citation"}],
        },
        {
            "type": "tool_call",
            "name": "weather",
            "args": {},
            "id": "call_1",
            "index": "lc_tc_3",
            "extras": {"item_id": "fc_1", "status": "completed"},
        },
    ]


def test_probabilities_are_told_once(server, make):
    logprobs = [{"token": one, "logprob": -0.5, "bytes": [], "top_logprobs": []} for one in "ab"]
    server.says(events([message(text("ab", logprobs=logprobs))]))
    model = make(use_responses_api=True, logprobs=True, top_logprobs=1)
    for answer in (model.invoke("hi"), total(list(model.stream("hi")))):
        assert answer.response_metadata["logprobs"] == {"content": logprobs}
    assert server.body["include"] == ["message.output_text.logprobs"]


async def test_it_comes_piece_by_piece(server, model):
    server.says(events([reasoning("abcd"), message(text("efgh")), call('{"a": 1}')]))
    chunks = [one async for one in model.astream("hi")]
    assert [one.text for one in chunks if one.text] == ["ef", "gh"]
    thought = [part["text"] for one in chunks for block in one.content for part in block.get("summary", ())]
    assert thought == ["ab", "cd", ""]
    pieces = [piece for one in chunks for piece in one.tool_call_chunks]
    assert [piece["name"] for piece in pieces] == ["weather", None, None, None]
    assert "".join(piece["args"] for piece in pieces) == '{"a": 1}'
    assert {one.id for one in chunks} == {REPLY_ID}
    assert [one.chunk_position for one in chunks] == [None] * (len(chunks) - 1) + ["last"]


# ---- calls that are cut off


@pytest.mark.parametrize("arguments", ["", "{", '{"city": "Par'])
@pytest.mark.parametrize("in_the_end", [True, False])
async def test_a_call_that_is_cut_off_is_no_call(arguments, in_the_end, server, responses):
    cut = call(arguments, status="incomplete")
    said = events([cut], "incomplete", incomplete_details={"reason": "max_output_tokens"})
    server.says(said if in_the_end else [event for event in said if "output_item.done" not in event["type"]])
    for answer in await four_ways(responses):
        assert answer.tool_calls == []
        assert [(one["name"], one["args"].strip()) for one in answer.invalid_tool_calls] == [
            ("weather", arguments)
        ]


def test_a_call_that_the_end_does_not_know_is_no_call():
    said = [event for event in events([call("")]) if "output_item.done" not in event["type"]]
    said[-1]["response"]["output"] = []
    answer = read(said)
    assert (answer.tool_calls, len(answer.invalid_tool_calls)) == ([], 1)


# ---- what goes wrong


FAILED = {
    "failed": events([], "failed", error={"code": "server_error", "message": "out of luck"}),
    "error": [
        *events(OUTPUTS["text"])[:5],
        {
            "type": "error",
            "code": "server_error",
            "message": "out of luck",
            "param": None,
            "sequence_number": 5,
        },
    ],
}


async def note(source, seen):
    async for one in source:
        seen.append(one)


@pytest.mark.parametrize("said", FAILED.values(), ids=FAILED)
async def test_a_failure_is_the_sdks_exception(said, server, model):
    server.says(said)
    with pytest.raises(openai.APIError, match="out of luck") as caught:
        list(model.stream("hi"))
    assert caught.value.code == "server_error"
    assert str(caught.value.request.url).endswith("/v1/responses")
    told = []
    with pytest.raises(openai.APIError):
        await note(model.astream_events("hi"), told)
    assert told[-1]["event"] == "on_chat_model_error"


async def test_a_failure_in_one_piece(server, model):
    server.says(FAILED["failed"])
    with pytest.raises(openai.APIError, match="out of luck") as caught:
        model.invoke("hi")
    assert (caught.value.code, str(caught.value.request.url)) == ("server_error", f"{server.url}/responses")
    with pytest.raises(openai.APIError, match="out of luck"):
        await model.ainvoke("hi")


@pytest.mark.parametrize("cut", [None, 6])
async def test_a_stream_without_its_end_is_an_error(cut, server, model):
    said = events(OUTPUTS["text"])
    server.says(Reply(said if cut else said[:-1], cut=cut))
    seen = []
    with pytest.raises(openai.APIConnectionError):
        await note(model.astream("hi"), seen)
    assert "".join(chunk.text for chunk in seen) in ("Hello wörld", "Hello ")
    with pytest.raises(openai.APIConnectionError):
        list(model.stream("hi"))
    with pytest.raises(openai.APIConnectionError):
        model.invoke("hi", stream=True)
