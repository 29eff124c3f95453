"""Content as standard blocks, with what is kept beside it."""

from eventflow.messages import AIMessage, AIMessageChunk, HumanMessage, tool_call_chunk

CALL = {"type": "tool_call", "name": "f", "args": {"a": 1}, "id": "1"}
TEXT = {"type": "text", "text": "x"}


def test_text_is_a_block():
    assert HumanMessage("").content_blocks == []
    assert HumanMessage("x").content_blocks == [TEXT]
    assert HumanMessage(["x", TEXT]).content_blocks == [TEXT, TEXT]


def test_reading_blocks_does_not_change_the_message():
    message = AIMessage(["x", {"type": "thinking", "thinking": "hm"}], tool_calls=[CALL])
    before = message.model_dump()
    assert message.content_blocks == message.content_blocks
    message.content_blocks.append(TEXT)
    assert message.model_dump() == before


def test_calls_come_after_the_content():
    invalid = {"type": "invalid_tool_call", "name": "g", "args": "{", "id": "2", "error": "cut off"}
    message = AIMessage("x", tool_calls=[CALL], invalid_tool_calls=[invalid])
    assert message.content_blocks == [TEXT, CALL, invalid]


def test_calls_in_the_content_are_not_doubled():
    used = {"type": "tool_use", "id": "1", "name": "f", "input": {}, "cache": True}
    assert AIMessage([used, TEXT], tool_calls=[CALL]).content_blocks == [CALL, TEXT]
    assert AIMessage([{**CALL, "extras": {"b": 2}}], tool_calls=[CALL]).content_blocks == [
        {**CALL, "extras": {"b": 2}}
    ]


def test_reasoning_beside_the_content_comes_first():
    beside = {"reasoning_content": "hm"}
    assert AIMessage("x", additional_kwargs=beside).content_blocks == [
        {"type": "reasoning", "reasoning": "hm"},
        TEXT,
    ]
    inside = [{"type": "reasoning", "reasoning": "other"}]
    assert AIMessage(inside, additional_kwargs=beside).content_blocks == inside


def test_calls_are_in_pieces_until_the_last_chunk():
    piece = tool_call_chunk(name="f", args='{"a": 1}', id="1", index=0)
    chunk = AIMessageChunk("x", tool_call_chunks=[piece])
    assert chunk.content_blocks == [TEXT, piece]
    assert (chunk + AIMessageChunk("", chunk_position="last")).content_blocks == [TEXT, CALL]


def test_pieces_in_the_content_are_matched_by_their_place():
    delta = {"type": "input_json_delta", "partial_json": "{", "index": 1}
    piece = tool_call_chunk(args="{", index=1)
    assert AIMessageChunk([delta], tool_call_chunks=[piece]).content_blocks == [piece]
    used = {"type": "tool_use", "id": "1", "name": "f", "input": {}, "index": 1}
    begun = tool_call_chunk(name="f", args="", id="1", index=1)
    assert AIMessageChunk([used], tool_call_chunks=[begun]).content_blocks == [begun]


def test_piece_without_a_place_has_none_in_its_block():
    [block] = AIMessageChunk(
        "", tool_call_chunks=[tool_call_chunk(name="f", args="{", id="1")]
    ).content_blocks
    assert "index" not in block
