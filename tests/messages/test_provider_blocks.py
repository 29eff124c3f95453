"""Every provider's blocks in their standard form."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import AIMessage
from eventflow.messages.content import KNOWN_BLOCK_TYPES
from eventflow.messages.provider_blocks import to_standard

CONVERSIONS = [
    # OpenAI
    ({"type": "image_url", "image_url": {"url": "http://x"}}, {"type": "image", "url": "http://x"}),
    ({"type": "image_url", "image_url": "http://x"}, {"type": "image", "url": "http://x"}),
    (
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAA", "detail": "low"}},
        {"type": "image", "base64": "AAA", "mime_type": "image/png", "extras": {"detail": "low"}},
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "AAA", "format": "wav"}},
        {"type": "audio", "base64": "AAA", "mime_type": "audio/wav"},
    ),
    ({"type": "file", "file": {"file_id": "f1"}}, {"type": "file", "file_id": "f1"}),
    (
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAA", "filename": "n.pdf"}},
        {
            "type": "file",
            "base64": "AAA",
            "mime_type": "application/pdf",
            "extras": {"filename": "n.pdf"},
        },
    ),
    ({"type": "file", "file": {"file_data": "AAA"}}, {"type": "file", "base64": "AAA"}),
    (
        {"type": "function_call", "name": "f", "arguments": '{"a": 1}', "call_id": "1", "id": "fc"},
        {"type": "tool_call", "name": "f", "args": {"a": 1}, "id": "1", "extras": {"item_id": "fc"}},
    ),
    (
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}], "id": "rs"},
        {"type": "reasoning", "reasoning": "a", "id": "rs"},
    ),
    ({"type": "reasoning", "summary": []}, {"type": "reasoning", "reasoning": ""}),
    # Anthropic
    (
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAA"}},
        {"type": "image", "base64": "AAA", "mime_type": "image/png"},
    ),
    ({"type": "image", "source": {"type": "url", "url": "u"}}, {"type": "image", "url": "u"}),
    ({"type": "document", "source": {"type": "file", "file_id": "f"}}, {"type": "file", "file_id": "f"}),
    (
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "hello"},
            "title": "t",
        },
        {"type": "text-plain", "text": "hello", "mime_type": "text/plain", "title": "t"},
    ),
    (
        {"type": "document", "source": {"type": "url", "url": "u"}, "cache_control": {"type": "ephemeral"}},
        {"type": "file", "url": "u", "extras": {"cache_control": {"type": "ephemeral"}}},
    ),
    (
        {"type": "thinking", "thinking": "hm", "signature": "s", "index": 0},
        {"type": "reasoning", "reasoning": "hm", "extras": {"signature": "s"}, "index": 0},
    ),
    (
        {"type": "tool_use", "id": "1", "name": "f", "input": {"a": 1}},
        {"type": "tool_call", "id": "1", "name": "f", "args": {"a": 1}},
    ),
    (
        {"type": "tool_use", "id": "1", "name": "f", "input": {}, "partial_json": '{"a"', "index": 2},
        {"type": "tool_call_chunk", "id": "1", "name": "f", "args": '{"a"', "index": 2},
    ),
    (
        {"type": "input_json_delta", "partial_json": "{", "index": 1},
        {"type": "tool_call_chunk", "id": None, "name": None, "args": "{", "index": 1},
    ),
    (
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": 1}},
        {"type": "server_tool_call", "id": "s", "name": "web_search", "args": {"q": 1}},
    ),
    (
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [1]},
        {
            "type": "server_tool_result",
            "tool_call_id": "s",
            "status": "success",
            "output": [1],
            "extras": {"block_type": "web_search_tool_result"},
        },
    ),
    (
        {
            "type": "web_search_tool_result",
            "tool_use_id": "s",
            "content": {"type": "web_search_tool_result_error"},
        },
        {
            "type": "server_tool_result",
            "tool_call_id": "s",
            "status": "error",
            "output": {"type": "web_search_tool_result_error"},
            "extras": {"block_type": "web_search_tool_result"},
        },
    ),
    (
        {
            "type": "text",
            "text": "x",
            "citations": [{"type": "c", "cited_text": "q", "title": None, "at": 3}],
        },
        {
            "type": "text",
            "text": "x",
            "annotations": [{"type": "citation", "cited_text": "q", "extras": {"at": 3}}],
        },
    ),
    # Bedrock
    (
        {"type": "reasoning_content", "reasoning_content": {"text": "x", "signature": "q"}},
        {"type": "reasoning", "reasoning": "x", "extras": {"signature": "q"}},
    ),
    # LangChain before 1.0
    ({"type": "image", "source_type": "url", "url": "u"}, {"type": "image", "url": "u"}),
    (
        {"type": "audio", "source_type": "base64", "data": "AA", "mime_type": "audio/wav", "foo": 1},
        {"type": "audio", "base64": "AA", "mime_type": "audio/wav", "extras": {"foo": 1}},
    ),
    ({"type": "file", "source_type": "id", "id": "q"}, {"type": "file", "file_id": "q"}),
    ({"type": "file", "source_type": "text", "text": "hey"}, {"type": "text-plain", "text": "hey"}),
]


@pytest.mark.parametrize(("block", "standard"), CONVERSIONS)
def test_converted(block, standard):
    before = copy.deepcopy(block)
    assert to_standard(block) == [standard]
    assert block == before


@pytest.mark.parametrize("standard", [standard for _, standard in CONVERSIONS])
def test_standard_blocks_stay(standard):
    assert to_standard(standard) == [standard]


def test_each_summary_is_a_block():
    block = {"type": "reasoning", "summary": [{"text": "a"}, {"text": "b"}]}
    assert [one["reasoning"] for one in to_standard(block)] == ["a", "b"]


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"type": "smell", "of": "rose"},
        {"type": 3},
        {"type": "tool_result", "content": "x"},
        {"type": "document", "source": {"type": "content", "content": "u"}},
        {"type": "image_url"},
        {"type": "image_url", "image_url": 3},
        {"type": "function_call", "name": "f", "arguments": "{", "call_id": "1"},
        {"type": "function_call", "name": "f", "arguments": "[]", "call_id": "1"},
        {"type": "image", "source_type": "magic"},
    ],
)
def test_what_has_no_standard_form_is_kept(block):
    assert to_standard(block) == [{"type": "non_standard", "value": block}]


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "url", "data", "source", "text", "id", "input"]), inner)
    ),
    max_leaves=6,
)


@given(
    kind=st.sampled_from([*{block["type"] for block, _ in CONVERSIONS}]),
    rest=st.dictionaries(
        st.sampled_from(
            ["source", "file", "image_url", "summary", "citations", "source_type", "input", "id"]
        ),
        json_values,
    ),
)
def test_any_block_becomes_standard_blocks(kind, rest):
    for block in to_standard({"type": kind, **rest}):
        assert block["type"] in KNOWN_BLOCK_TYPES


# ---- what OpenAI's Responses API answers

ITEMS = {
    "cited": {
        "type": "text",
        "text": "hi",
        "annotations": [
            {"type": "url_citation", "url": "https://a.org", "title": "A", "start_index": 0, "end_index": 2},
            {"type": "file_citation", "filename": "a.txt", "file_id": "f", "index": 3},
        ],
    },
    "reasoning": {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
        "encrypted_content": "secret",
    },
    "web search": {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    },
    "file search": {
        "type": "file_search_call",
        "id": "fs_1",
        "status": "completed",
        "queries": ["q"],
        "results": [{"text": "r"}],
    },
    "code": {
        "type": "code_interpreter_call",
        "id": "ci_1",
        "status": "completed",
        "code": "1 + 1",
        "outputs": [{"type": "logs", "logs": "2"}],
        "container_id": "c",
    },
    "image": {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "AAAA"},
    "remote tool": {
        "type": "mcp_call",
        "id": "mcp_1",
        "name": "n",
        "arguments": '{"a": 1}',
        "server_label": "s",
        "output": "o",
    },
    "unknown": {"type": "mcp_list_tools_later", "server_label": "s"},
}


@pytest.mark.parametrize("name", ITEMS)
def test_items_of_openai_are_those_of_langchain(name):
    langchain = pytest.importorskip("langchain_core.messages")
    theirs = langchain.AIMessage(content=[ITEMS[name]], response_metadata={"model_provider": "openai"})
    assert AIMessage([ITEMS[name]]).content_blocks == theirs.content_blocks


def test_an_item_that_failed_and_one_that_goes_on():
    call = {"type": "server_tool_call", "name": "web_search", "args": {"q": 1}, "id": "w"}
    item = {"type": "web_search_call", "id": "w", "action": {"q": 1}}
    assert to_standard({**item, "status": "searching"}) == [call]
    assert to_standard({**item, "status": "failed", "index": 2}) == [
        {**call, "index": 2},
        {"type": "server_tool_result", "tool_call_id": "w", "status": "error", "index": 2},
    ]
    remote = {"type": "mcp_call", "id": "m", "name": "n", "arguments": "", "error": "no"}
    assert to_standard(remote)[1]["output"] == "no"
    assert to_standard({"type": "mcp_call", "id": "m"})[0]["type"] == "non_standard"
