"""Chunks add up to the whole, whichever way they are added and whenever the sum is read."""

import sys
import threading
from functools import reduce
from itertools import pairwise
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessageChunk,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    SystemMessageChunk,
    ToolMessageChunk,
    merge_chunks,
    message_chunk_to_message,
    tool_call_chunk,
)

CALL = '{"city": "Paris", "days": [1, 2], "note": "a \\"b\\" \\u00e9"}'
CALL_ARGS = {"city": "Paris", "days": [1, 2], "note": 'a "b" é'}
USAGE = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


def call_piece(args, name=None, id=None, index=0):
    return AIMessageChunk("", tool_call_chunks=[tool_call_chunk(name=name, args=args, id=id, index=index)])


def cut(text, cuts):
    """The text in pieces."""
    bounds = [0, *sorted(cuts), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def cuts_of(text):
    return st.lists(st.integers(0, len(text)), max_size=6)


chunks = st.builds(
    AIMessageChunk,
    st.text(max_size=3) | st.lists(st.text(max_size=2), min_size=1, max_size=2),
    id=st.sampled_from([None, "msg_1", "lc_run-1"]),
    additional_kwargs=st.dictionaries(st.sampled_from("ab"), st.text(max_size=2), max_size=2),
    tool_call_chunks=st.lists(
        st.builds(tool_call_chunk, args=st.text(max_size=2), index=st.integers(0, 1)), max_size=2
    ),
    usage_metadata=st.sampled_from([None, USAGE]),
    chunk_position=st.sampled_from([None, "last"]),
)


@given(st.text(), st.data())
def test_text_survives_every_cut(text, data):
    pieces = [AIMessageChunk(piece) for piece in cut(text, data.draw(cuts_of(text)))]
    assert reduce(add, pieces).content == text


@given(cuts_of(CALL))
def test_calls_survive_every_cut(cuts):
    first, *rest = cut(CALL, cuts)
    pieces = [
        call_piece(first, "plan", "c1"),
        *map(call_piece, rest),
        AIMessageChunk("", chunk_position="last"),
    ]
    total = reduce(add, pieces)
    assert total.tool_calls == [{"name": "plan", "args": CALL_ARGS, "id": "c1", "type": "tool_call"}]
    assert total.invalid_tool_calls == []


@given(st.lists(chunks, min_size=2, max_size=6), st.data())
def test_reading_in_between_changes_nothing(given_chunks, data):
    expected = reduce(add, given_chunks).model_dump()
    total = given_chunks[0]
    for chunk in given_chunks[1:]:
        total += chunk
        if data.draw(st.booleans()):
            repr(total)
    assert total.model_dump() == expected
    assert merge_chunks(given_chunks).model_dump() == expected


@given(st.lists(chunks, min_size=2, max_size=6))
def test_adding_leaves_the_parts_alone(given_chunks):
    before = [chunk.model_dump() for chunk in given_chunks]
    reduce(add, given_chunks).model_dump()
    assert [chunk.model_dump() for chunk in given_chunks] == before


@given(st.lists(chunks, min_size=1, max_size=3), chunks, chunks)
def test_one_sum_can_be_continued_in_two_ways(start, left, right):
    common = reduce(add, start, AIMessageChunk(""))
    with_left = common + left
    with_right = common + right
    assert with_right == merge_chunks([AIMessageChunk(""), *start, right])
    assert with_left == merge_chunks([AIMessageChunk(""), *start, left])
    assert common == reduce(add, start, AIMessageChunk(""))


def test_sum_of_sums_is_the_sum_of_all():
    a, b, c, d = map(AIMessageChunk, "abcd")
    assert ((a + b) + (c + d)).content == "abcd"
    both = a + b
    assert (both + both).content == "abab"


def test_sum_is_not_changed_by_assigning_to_a_part():
    first, second = AIMessageChunk("a", id="1"), AIMessageChunk("b")
    total = first + second
    first.content, second.id = "X", "X"
    assert (total.content, total.id) == ("ab", "1")
    assert (first.content, second.id) == ("X", "X")


def test_assigning_to_a_sum_stays_and_is_added_to():
    total = AIMessageChunk("a", id="1") + AIMessageChunk("b")
    total.content = "X"
    assert (total.content, total.id) == ("X", "1")
    unread = AIMessageChunk("a", id="1") + AIMessageChunk("b")
    unread.content = "Y"
    more = unread + AIMessageChunk("c")
    assert (more.content, more.id) == ("Yc", "1")


def test_assigning_to_what_calls_are_read_from_reads_them_again():
    chunk = call_piece('{"a": [1', "f", "1")
    assert chunk.tool_calls[0]["args"] == {"a": [1]}
    chunk.chunk_position = "last"
    assert chunk.tool_calls == []
    assert chunk.invalid_tool_calls[0]["args"] == '{"a": [1'
    chunk.tool_call_chunks = [tool_call_chunk(name="g", args="{}", id="2")]
    assert chunk.tool_calls[0]["name"] == "g"


def test_calls_that_are_assigned_stay():
    chunk = call_piece('{"a": [1', "f", "1")
    assert chunk.tool_calls
    chosen = [{"name": "g", "args": {}, "id": "2", "type": "tool_call"}]
    chunk.tool_calls = chosen
    chunk.chunk_position = "last"
    assert chunk.tool_calls == chosen
    assert message_chunk_to_message(chunk).tool_calls == chosen
    chunk.tool_calls = []
    chunk.chunk_position = None
    assert message_chunk_to_message(chunk).tool_calls == []


def test_calls_are_read_from_pieces_that_come_later():
    chunk = AIMessageChunk("")
    assert chunk.tool_calls == []
    chunk.tool_call_chunks = [tool_call_chunk(name="f", args="{}", id="1")]
    assert [call["name"] for call in chunk.tool_calls] == ["f"]


def test_threads_that_continue_the_same_sum_do_not_mix():
    common = AIMessageChunk("") + AIMessageChunk("")
    wrong = []
    start = threading.Barrier(4)

    def work(letter):
        start.wait()
        for _ in range(2_000):
            total = common + AIMessageChunk(letter) + AIMessageChunk(letter)
            if total.content != letter * 2:
                wrong.append(total.content)

    threads = [threading.Thread(target=work, args=(letter,)) for letter in "abcd"]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_sum_takes_the_class_of_the_left():
    class Mine(AIMessageChunk):
        """A chunk of a user's."""

    assert type(Mine("a") + AIMessageChunk("b")) is Mine
    assert type(add(Mine("a"), [AIMessageChunk("b")])) is Mine
    mixed = AIMessageChunk("a") + HumanMessageChunk("b")
    assert (type(mixed), mixed.content) == (AIMessageChunk, "ab")


@pytest.mark.parametrize("other", [AIMessage("b"), HumanMessage("b"), "b", None, [AIMessage("b")]])
def test_only_chunks_can_be_added(other):
    with pytest.raises(TypeError, match=r'unsupported operand type\(s\) for \+: "AIMessageChunk" and'):
        AIMessageChunk("a") + other
    with pytest.raises(TypeError, match=r'for \+: "HumanMessageChunk" and'):
        HumanMessageChunk("a") + other


def test_adding_no_chunks_changes_nothing():
    assert add(AIMessageChunk("a"), []) == AIMessageChunk("a")
    chunk = AIMessageChunk("a")
    assert merge_chunks([chunk]) is chunk
    with pytest.raises(ValueError, match="no chunks to merge"):
        merge_chunks([])


def test_what_does_not_add_up_is_refused_when_it_is_read_or_merged():
    bad = [AIMessageChunk("", additional_kwargs={"a": "x"}), AIMessageChunk("", additional_kwargs={"a": 1})]
    total = bad[0] + bad[1]
    for _ in range(2):
        with pytest.raises(TypeError, match="cannot merge the values of 'a': it is str in one chunk and int"):
            _ = total.content
    with pytest.raises(TypeError, match="cannot merge"):
        merge_chunks(bad)


def test_fields_of_a_sum():
    total = (
        AIMessageChunk("a", id="lc_run-1", name="bot", response_metadata={"model": "m", "n": 1})
        + AIMessageChunk("b", id="msg_1", usage_metadata=USAGE)
        + AIMessageChunk("", usage_metadata=USAGE, response_metadata={"n": 2}, chunk_position="last")
    )
    assert total.model_dump(exclude_defaults=True) == {
        "content": "ab",
        "id": "msg_1",
        "name": "bot",
        "response_metadata": {"model": "m", "n": 3},
        "usage_metadata": {"input_tokens": 2, "output_tokens": 4, "total_tokens": 6},
        "chunk_position": "last",
    }


def test_open_calls_are_completed_and_last_ones_must_be_complete():
    chunk = call_piece('{"city": "Par', "plan", "c1")
    assert chunk.tool_calls == [{"name": "plan", "args": {"city": "Par"}, "id": "c1", "type": "tool_call"}]
    last = chunk + AIMessageChunk("", chunk_position="last")
    assert last.tool_calls == []
    [invalid] = last.invalid_tool_calls
    assert (invalid["name"], invalid["args"], invalid["id"]) == ("plan", '{"city": "Par', "c1")
    assert "not a complete JSON object" in invalid["error"]


def test_message_of_an_open_sum_has_complete_calls_only():
    total = call_piece('{"a": 1}', "good", "1", 0) + call_piece('{"a": 1', "bad", "2", 1)
    assert [call["name"] for call in total.tool_calls] == ["good", "bad"]
    message = message_chunk_to_message(total)
    assert type(message) is AIMessage
    assert [call["name"] for call in message.tool_calls] == ["good"]
    assert [call["name"] for call in message.invalid_tool_calls] == ["bad"]
    assert [call["name"] for call in total.tool_calls] == ["good", "bad"]


def test_message_of_a_chunk_with_whole_calls_keeps_them():
    calls = [{"name": "f", "args": {"a": float("inf")}, "id": "1"}]
    message = message_chunk_to_message(AIMessageChunk("x", tool_calls=calls, id="i", name="n", mood="good"))
    assert message == AIMessage("x", tool_calls=calls, id="i", name="n", mood="good")


def test_whole_calls_have_pieces():
    chunk = AIMessageChunk("", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "1"}])
    assert chunk.tool_call_chunks == [tool_call_chunk(name="f", args='{"a": 1}', id="1")]
    assert chunk.invalid_tool_calls == []
    assert (chunk + AIMessageChunk("")).tool_calls == chunk.tool_calls


def test_pieces_win_over_whole_calls():
    piece = tool_call_chunk(name="f", args="{}", id="1", index=0)
    chunk = AIMessageChunk("", tool_call_chunks=[piece], tool_calls=[{"name": "g", "args": {}, "id": "1"}])
    assert [call["name"] for call in chunk.tool_calls] == ["f"]


def test_pieces_are_read_from_the_form_of_openai():
    raw = {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": '{"a'}}]}
    chunk = AIMessageChunk("", additional_kwargs=raw)
    assert chunk.tool_call_chunks == [tool_call_chunk(name="f", args='{"a', id="1", index=0)]
    assert chunk.tool_calls[0]["args"] == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"chunk_position": "first"},
        {"tool_call_chunks": None},
        {"tool_call_chunks": [{"args": {}}]},
        {"tool_call_chunks": ["x"]},
    ],
)
def test_malformed_fields_are_refused(fields):
    [name] = fields
    with pytest.raises(ValueError, match=rf"AIMessageChunk\.{name} must be"):
        AIMessageChunk("", **fields)


def test_last_chunk_of_standard_blocks_makes_whole_calls_of_pieces():
    metadata = {"output_version": "v1"}
    blocks = [
        {"type": "tool_call_chunk", "name": "f", "args": '{"a": 1', "id": "1", "index": 0},
        {"type": "server_tool_call_chunk", "name": "web", "args": '{"q": ', "id": "2", "index": 1},
    ]
    rest = [
        {"type": "tool_call_chunk", "args": "}", "index": 0},
        {"type": "server_tool_call_chunk", "args": "2", "index": 1},
    ]
    total = AIMessageChunk(blocks, response_metadata=metadata) + AIMessageChunk(rest, chunk_position="last")
    whole, cut_off = total.content
    assert (whole["type"], whole["args"]) == ("tool_call", {"a": 1})
    assert (cut_off["type"], cut_off["args"]) == ("server_tool_call_chunk", '{"q": 2')


@pytest.mark.parametrize(
    ("kind", "fields", "different"),
    [
        (ToolMessageChunk, {"tool_call_id": "1"}, {"tool_call_id": "2"}),
        (ChatMessageChunk, {"role": "a"}, {"role": "b"}),
        (FunctionMessageChunk, {"name": "a"}, {"name": "b"}),
    ],
)
def test_chunks_of_different_speakers_cannot_be_added(kind, fields, different):
    assert kind("x", **fields) + kind("y", **fields) == kind("xy", **fields)
    with pytest.raises(ValueError, match="cannot add chunks of different"):
        kind("x", **fields) + kind("y", **different)


def test_results_of_tools_add_up():
    one = ToolMessageChunk("a", tool_call_id="1", artifact=["x"])
    two = ToolMessageChunk("b", tool_call_id="1", artifact=["y"], status="error")
    assert one + two == ToolMessageChunk("ab", tool_call_id="1", artifact=["x", "y"], status="error")
    assert one + SystemMessageChunk("b") == ToolMessageChunk("ab", tool_call_id="1", artifact=["x"])


def test_other_sums_are_not_changed_by_assigning_to_a_part():
    human = HumanMessageChunk("a")
    total = AIMessageChunk("x") + human
    human.content = "X"
    assert total.content == "xa"


@pytest.mark.parametrize("read", [lambda total: total.content, lambda total: total.tool_call_chunks])
def test_adding_up_is_linear(read):
    """Counted in calls of Python functions, so that no clock is needed."""

    def calls_for(n):
        pieces = [call_piece("x" * 4, "f", "1") for _ in range(n)]
        count = 0

        def profile(frame, event, arg):
            nonlocal count
            count += event == "call"

        total = pieces[0]
        sys.setprofile(profile)
        try:
            for piece in pieces[1:]:
                total += piece
            read(total)
        finally:
            sys.setprofile(None)
        return count

    assert calls_for(800) < calls_for(400) * 2.2
