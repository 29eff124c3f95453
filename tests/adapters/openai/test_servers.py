"""What servers that speak the protocol do otherwise than OpenAI's: the same message comes out."""

import json

import pytest

pytest.importorskip("openai")

from adapters.openai.replies import CASES, USAGE, bare, chunk
from adapters.openai.server import Reply
from adapters.openai.test_chat import COUNTED, four_ways, in_full, total


def piece(id=None, name=None, args=None, index=None):
    """A piece of a call with the keys that are given."""
    function = {key: value for key, value in (("name", name), ("arguments", args)) if value is not None}
    given = {key: value for key, value in (("index", index), ("id", id)) if value is not None}
    return {**given, "type": "function", "function": function}


def calls(*pieces, finish="tool_calls"):
    """A stream with one piece a chunk."""
    return [*(chunk(tool_calls=[one]) for one in pieces), chunk(finish=finish, usage=USAGE)]


ROME, CET = '{"city": "Rome"}', '{"zone": "CET"}'
BOTH = [("weather", {"city": "Rome"}, "c1"), ("clock", {"zone": "CET"}, "c2")]

STREAMS = {
    "whole, without numbers": [piece("c1", "weather", ROME), piece("c2", "clock", CET)],
    "whole, all numbered 0": [piece("c1", "weather", ROME, 0), piece("c2", "clock", CET, 0)],
    "in pieces, without numbers": [
        piece("c1", "weather", ""),
        piece(args=ROME[:5]),
        piece(args=ROME[5:]),
        piece("c2", "clock"),
        piece(args=CET),
    ],
    "in pieces, all numbered 0": [
        piece("c1", "weather", "", 0),
        piece(args=ROME, index=0),
        piece("c2", "clock", CET[:3], 0),
        piece(args=CET[3:], index=0),
    ],
    "id and name with each piece": [
        piece("c1", "weather", ROME[:5], 0),
        piece("c1", "weather", ROME[5:], 0),
        piece("c2", "clock", CET[:5], 1),
        piece("c2", "clock", CET[5:], 1),
    ],
    "numbered from 1": [piece("c1", "weather", ROME, 1), piece("c2", "clock", CET, 2)],
    "in turns": [
        piece("c1", "weather", ROME[:5], 0),
        piece("c2", "clock", CET[:5], 1),
        piece(args=ROME[5:], index=0),
        piece(args=CET[5:], index=1),
    ],
}


@pytest.mark.parametrize("pieces", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("at_once", [False, True])
def test_calls(pieces, at_once, server, model):
    server.says([chunk(tool_calls=pieces), chunk(finish="tool_calls")] if at_once else calls(*pieces))
    answer = total(list(model.stream("hi")))
    assert [(one["name"], one["args"], one["id"]) for one in answer.tool_calls] == BOTH
    assert answer.invalid_tool_calls == []


@pytest.mark.parametrize(
    "pieces",
    [
        [piece(None, "weather", ROME), piece(None, "clock", CET)],
        [piece(None, "weather", ROME, 0), piece(None, "clock", CET, 0)],
        [piece("", "weather", ROME, 0), piece("", "clock", CET, 1)],
    ],
    ids=str,
)
async def test_calls_without_ids_get_some(pieces, server, model):
    server.says(calls(*pieces))
    answer = total([one async for one in model.astream("hi")])
    ids = ["call_chatcmpl-1_0", "call_chatcmpl-1_1"]
    assert [(one["name"], one["id"]) for one in answer.tool_calls] == [("weather", ids[0]), ("clock", ids[1])]
    server.says(whole({"tool_calls": pieces}))
    assert model.invoke("hi").tool_calls == answer.tool_calls


def test_two_calls_of_one_tool_without_numbers_and_ids(server, model):
    server.says(calls(piece(None, "f", "{}"), piece(None, "f", "{}")))
    assert len(total(list(model.stream("hi"))).tool_calls) == 2


def whole(message, usage=USAGE, **more):
    """A reply in one piece."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": None, **message},
    }
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return Reply([], body=json.dumps({**body, "usage": usage, **more}))


# ---- contents in blocks


THOUGHT = [{"type": "thinking", "thinking": [{"type": "text", "text": "2 + 2"}]}]
SAID = [{"type": "text", "text": "4"}]


def test_a_content_in_blocks(server, model):
    server.says(
        [chunk(content=THOUGHT), chunk(content=SAID), chunk(content="!"), chunk(finish="stop", usage=USAGE)]
    )
    streamed = total(list(model.stream("hi")))
    server.says(whole({"content": [*THOUGHT, {"type": "text", "text": "4!"}]}))
    invoked = model.invoke("hi")
    for answer in (streamed, invoked):
        assert (answer.content, answer.additional_kwargs) == ("4!", {"reasoning_content": "2 + 2"})


def test_blocks_of_other_kinds_are_kept(server, model):
    blocks = [*SAID, {"type": "reference", "reference_ids": [1]}]
    server.says(whole({"content": blocks}))
    assert model.invoke("hi").content == blocks


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
async def test_reasoning_under_both_names(key, server, model):
    said = [chunk(**{key: "Hm"}), chunk(**{key: "."}), chunk(content="4"), chunk(finish="stop", usage=USAGE)]
    server.says(said, said, said, said)
    answer = total(list(model.stream("hi")))
    assert (answer.text, answer.additional_kwargs) == ("4", {"reasoning_content": "Hm."})
    server.says(whole({"content": "4", key: "Hm."}))
    assert model.invoke("hi").additional_kwargs == answer.additional_kwargs


# ---- counts in other places


PLACES = {
    "beside the last choice": [chunk(content="4"), chunk(finish="stop", usage=USAGE)],
    "without choices": [chunk(content="4"), chunk(finish="stop"), bare(USAGE)],
    "in the choice": [chunk(content="4"), chunk(finish="stop")],
    "x_groq": [chunk(content="4"), {**chunk(finish="stop"), "x_groq": {"id": "req_1", "usage": USAGE}}],
    "not the last": [chunk(content="4"), chunk(finish="stop", usage=USAGE), bare(), bare()],
}
PLACES["in the choice"][-1]["choices"][0]["usage"] = USAGE
PLACES["in the choice"][-1]["provider"] = "another key that nobody knows"


@pytest.mark.parametrize("said", PLACES.values(), ids=PLACES)
def test_tokens_are_counted(said, server, model):
    server.says(said)
    assert total(list(model.stream("hi"))).usage_metadata == COUNTED


def test_tokens_are_counted_in_one_piece(server, model):
    server.says(whole({"content": "4"}, usage=None, x_groq={"usage": USAGE}))
    assert model.invoke("hi").usage_metadata == COUNTED
    server.says(whole({"content": "4"}, usage={"prompt_tokens": 1}))
    assert model.invoke("hi").usage_metadata == {"input_tokens": 1, "output_tokens": 0, "total_tokens": 1}


# ---- what is left out


@pytest.mark.parametrize("key", ["id", "created", "model", "object", "system_fingerprint", "service_tier"])
@pytest.mark.parametrize("case", ["text", "a call in pieces"])
async def test_a_server_that_says_less(key, case, server, model):
    server.says([{name: value for name, value in one.items() if name != key} for one in CASES[case]])
    answer = total(list(model.stream("hi")))
    watched = [event async for event in model.astream_events("hi")][-1]["data"]["output"]
    ours = {"id", "metadata"} if key == "id" else set()
    kept = [{k: v for k, v in in_full(one).items() if k not in ours} for one in (answer, watched)]
    assert kept[0] == kept[1]
    server.says(CASES[case])
    assert answer.text == (await four_ways(model))[0].text
