"""Calls of tools, whole, in pieces and unreadable."""

import pytest

from eventflow.messages import AIMessageChunk, invalid_tool_call, tool_call, tool_call_chunk
from eventflow.messages.tool_calls import parse_tool_calls, provider_chunks, to_chunks


def read(args, *, final):
    return parse_tool_calls([tool_call_chunk(name="f", args=args, id="1")], final=final)


@pytest.mark.parametrize("args", [None, "", "{}", " {} "])
@pytest.mark.parametrize("final", [True, False])
def test_no_arguments_are_an_empty_object(args, final):
    assert read(args, final=final)["tool_calls"] == [tool_call(name="f", args={}, id="1")]


@pytest.mark.parametrize(
    "args",
    [
        "[1]",
        "1",
        '"x"',
        "null",
        "{'a': 1}",
        "nonsense",
        " ",
        '{"a": NaN}',
        '{"a": 1}}',
        '{"a": 1} tail',
        '{"a": 1, 2',
    ],
)
def test_what_can_never_be_an_object_is_invalid_open_or_final(args):
    assert read(args, final=False)["invalid_tool_calls"] == [invalid_tool_call(name="f", args=args, id="1")]
    [invalid] = read(args, final=True)["invalid_tool_calls"]
    assert invalid["error"].startswith("the arguments are not a complete JSON object: ")


@pytest.mark.parametrize("args", ["{", '{"a": 1', '{"a": "x', '{"a": 1, '])
def test_what_is_cut_off_is_invalid_when_final(args):
    assert len(read(args, final=False)["tool_calls"]) == 1
    assert len(read(args, final=True)["invalid_tool_calls"]) == 1


@pytest.mark.parametrize("args", ['{"a": 1} tail', '{"a": 1, 2'])
def test_langchain_makes_a_call_of_what_is_no_json(args):
    theirs = pytest.importorskip("langchain_core.messages").AIMessageChunk
    pieces = [tool_call_chunk(name="f", args=args, id="1", index=0)]
    assert theirs("", tool_call_chunks=pieces).tool_calls == [tool_call(name="f", args={"a": 1}, id="1")]
    assert AIMessageChunk("", tool_call_chunks=pieces).tool_calls == []


def test_line_breaks_in_strings_are_accepted():
    assert read('{"code": "a\nb"}', final=True)["tool_calls"][0]["args"] == {"code": "a\nb"}


def test_nesting_without_end_is_invalid():
    assert read('{"a": ' + "[" * 100_000, final=False)["invalid_tool_calls"]
    assert read('{"a": ' + "[" * 100_000, final=True)["invalid_tool_calls"]


def test_call_without_a_name_has_an_empty_one():
    assert parse_tool_calls([tool_call_chunk(args="{}")], final=False)["tool_calls"][0]["name"] == ""


def test_order_is_kept():
    chunks = [tool_call_chunk(name=name, args=args) for name, args in [("a", "{}"), ("b", "["), ("c", "{}")]]
    parsed = parse_tool_calls(chunks, final=True)
    assert [call["name"] for call in parsed["tool_calls"]] == ["a", "c"]


def test_calls_become_pieces_and_calls_again():
    calls = [tool_call(name="f", args={"a": [1]}, id="1")]
    invalid = [invalid_tool_call(name="g", args="{", id="2", error="cut off")]
    parsed = parse_tool_calls(to_chunks(calls, invalid), final=True)
    assert parsed["tool_calls"] == calls
    assert parsed["invalid_tool_calls"][0]["args"] == "{"


def test_other_calls_of_a_provider_are_skipped():
    assert provider_chunks([{"id": "1", "type": "custom", "custom": {}}, {"function": None}]) == []
