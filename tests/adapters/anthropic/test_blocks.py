"""Content blocks of the endpoint, standard ones, and those of other providers, as they are sent."""

import pytest

pytest.importorskip("anthropic")

from eventflow_anthropic.blocks import to_request_blocks


def image(**source):
    return {"type": "image", "source": source}


def document(source, **more):
    return {"type": "document", "source": source, **more}


PNG = {"type": "base64", "media_type": "image/png", "data": "AA=="}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "AA=="}
CACHE = {"cache_control": {"type": "ephemeral"}}

TRANSLATED = [
    # standard blocks
    ({"type": "image", "base64": "AA==", "mime_type": "image/png"}, image(**PNG)),
    ({"type": "image", "base64": "AA=="}, image(**{**PNG, "media_type": "image/jpeg"})),
    ({"type": "image", "url": "https://x/y"}, image(type="url", url="https://x/y")),
    ({"type": "image", "file_id": "f1"}, image(type="file", file_id="f1")),
    ({"type": "image", "base64": "AA==", "mime_type": "image/png", **CACHE}, {**image(**PNG), **CACHE}),
    ({"type": "file", "base64": "AA==", "mime_type": "application/pdf"}, document(PDF)),
    ({"type": "file", "base64": "AA=="}, document(PDF)),
    ({"type": "file", "url": "https://x/y"}, document({"type": "url", "url": "https://x/y"})),
    ({"type": "file", "file_id": "f1"}, document({"type": "file", "file_id": "f1"})),
    ({"type": "file", "base64": "AA==", "mime_type": "image/png"}, image(**PNG)),
    (
        {"type": "file", "base64": "AA==", "extras": {"title": "T", "citations": {"enabled": True}}},
        document(PDF, title="T", citations={"enabled": True}),
    ),
    (
        {"type": "text-plain", "text": "t", "title": "T", "context": "C"},
        document({"type": "text", "media_type": "text/plain", "data": "t"}, title="T", context="C"),
    ),
    (
        {"type": "reasoning", "reasoning": "hm", "extras": {"signature": "EqQB="}},
        {"type": "thinking", "thinking": "hm", "signature": "EqQB="},
    ),
    (
        {"type": "server_tool_call", "id": "s1", "name": "web_search", "args": {"query": "q"}},
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
    ),
    (
        {
            "type": "server_tool_result",
            "tool_call_id": "s1",
            "status": "success",
            "output": [],
            "extras": {"block_type": "code_execution_tool_result"},
        },
        {"type": "code_execution_tool_result", "tool_use_id": "s1", "content": []},
    ),
    (
        {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "EmwK"}},
        {"type": "redacted_thinking", "data": "EmwK"},
    ),
    ({"type": "text", "text": "a", "id": "x", "annotations": []}, {"type": "text", "text": "a"}),
    ({"type": "text", "text": "a", "citations": None}, {"type": "text", "text": "a"}),
    ({"type": "text", "text": "a", "extras": CACHE}, {"type": "text", "text": "a", **CACHE}),
    # OpenAI
    ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}, image(**PNG)),
    ({"type": "image_url", "image_url": "https://x/y"}, image(type="url", url="https://x/y")),
    (
        {"type": "image_url", "image_url": {"url": "https://x/y", "detail": "low"}},
        image(type="url", url="https://x/y"),
    ),
    (
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "a"}},
        document(PDF),
    ),
    # LangChain before 1.0
    ({"type": "image", "source_type": "base64", "data": "AA==", "mime_type": "image/png"}, image(**PNG)),
    (
        {"type": "file", "source_type": "url", "url": "https://x/y"},
        document({"type": "url", "url": "https://x/y"}),
    ),
]


@pytest.mark.parametrize(("block", "sent"), TRANSLATED, ids=str)
def test_blocks_of_others_are_translated(block, sent):
    assert to_request_blocks([block]) == [sent]


NATIVE = [
    {"type": "text", "text": "a"},
    {"type": "text", "text": "a", **CACHE},
    {"type": "text", "text": "a", "citations": [{"type": "char_location", "cited_text": "a"}]},
    image(**PNG),
    document(PDF, title="T", citations={"enabled": True}, **CACHE),
    {"type": "thinking", "thinking": "", "signature": "EqQB="},
    {"type": "redacted_thinking", "data": "EmwK"},
    {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"type": "web_search_result"}]},
    {"type": "search_result", "source": "x", "title": "T", "content": []},
    {"type": "container_upload", "file_id": "f1"},
    {"type": "compaction", "content": None},
    {"type": "of tomorrow", "what": ["ever"]},
]


@pytest.mark.parametrize("block", NATIVE, ids=str)
def test_blocks_of_the_endpoint_are_sent_as_they_are(block):
    assert to_request_blocks([block]) == [block]
    assert to_request_blocks([{**block, "index": 3}]) == [block]


@pytest.mark.parametrize(
    "block",
    [
        " \n",
        {"type": "text", "text": ""},
        {"type": "reasoning", "reasoning": "what others thought"},
        {"type": "reasoning_content", "reasoning_content": {"text": "hm"}},
        {"type": "tool_call", "id": "t1", "name": "f", "args": {}},
        {"type": "tool_call_chunk", "id": "t1", "name": "f", "args": "{"},
        {"type": "invalid_tool_call", "id": "t1", "name": "f", "args": "{"},
        {"type": "input_json_delta", "partial_json": "{"},
        {"type": "function_call", "call_id": "t1", "name": "f", "arguments": "{}"},
    ],
    ids=str,
)
def test_what_has_no_place_in_a_request_is_left_out(block):
    assert to_request_blocks(["a", block]) == [{"type": "text", "text": "a"}]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"type": "audio", "base64": "AA==", "mime_type": "audio/wav"}, "take no audio"),
        ({"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}, "take no audio"),
        ({"type": "video", "url": "https://x/y"}, "take no video"),
        ({"type": "image"}, "'image' has no data: give it base64, url or file_id"),
    ],
)
def test_what_cannot_be_sent_is_refused(block, message):
    with pytest.raises(ValueError, match=message):
        to_request_blocks([block])
