"""What chunks add up to is what LangChain makes of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import messages as ours
from eventflow.messages import merge

peer = pytest.importorskip("langchain_core.messages")
peer_merge = pytest.importorskip("langchain_core.utils._merge")

Outcome = tuple[str, Any]

keys = st.sampled_from(["a", "b", "type", "index", "created", "output_version", "model_provider"])
texts = st.text(alphabet='xy1{"', max_size=3)
ids = st.sampled_from([None, "", "c1", "c2"])
indexes = st.sampled_from([0, 1, "lc_0", "lc_1", "x", None])
scalars = (
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from([0.5, 1.5]) | texts | st.just("lc_1")
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Dictionaries; an id is text, for LangChain only works with ids that can be hashed."""
    with_id = st.fixed_dictionaries({}, optional={"id": ids})
    return st.builds(lambda one, two: {**one, **two}, st.dictionaries(keys, inner, max_size=3), with_id)


values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2) | objects(inner), max_leaves=5)
dictionaries = objects(values)
indexed = st.fixed_dictionaries(
    {"index": indexes}, optional={"id": ids, "type": texts, "text": texts, "n": values}
)
non_standard = st.fixed_dictionaries(
    {"type": st.just("non_standard"), "index": indexes, "value": st.dictionaries(keys, texts, max_size=2)}
)
items = texts | indexed | non_standard | dictionaries
contents = texts | st.lists(items, min_size=1, max_size=3)


def outcome(call: Callable[[], Any]) -> Outcome:
    """What a call returns, or that it refuses."""
    try:
        return ("returned", call())
    except TypeError:
        return ("refused", None)


@given(st.lists(dictionaries, min_size=1, max_size=4))
def test_dictionaries_merge_as_in_langchain(given_dicts: list[dict[str, Any]]) -> None:
    left, *others = given_dicts
    expected = outcome(lambda: peer_merge.merge_dicts(left, *others))
    assert outcome(lambda: merge.merge_dicts(left, *others)) == expected


@given(st.lists(st.none() | st.lists(items, max_size=4), min_size=1, max_size=4))
def test_lists_merge_as_in_langchain(lists: list[list[Any] | None]) -> None:
    left, *others = lists
    expected = outcome(lambda: peer_merge.merge_lists(left, *others))
    assert outcome(lambda: merge.merge_lists(left, *others)) == expected


@given(st.lists(contents, min_size=1, max_size=5))
def test_contents_merge_as_in_langchain(given_contents: list[Any]) -> None:
    left, *others = given_contents
    expected = outcome(lambda: peer.merge_content(left, *others))
    assert outcome(lambda: ours.merge_content(left, *others)) == expected


counts = st.integers(0, 5)
usages = st.fixed_dictionaries(
    {"input_tokens": counts, "output_tokens": counts, "total_tokens": counts},
    optional={
        "input_token_details": st.dictionaries(st.sampled_from(["audio", "cache_read"]), counts),
        "output_token_details": st.dictionaries(st.sampled_from(["audio", "reasoning"]), counts),
    },
)


@given(st.none() | usages, st.none() | usages)
def test_usage_adds_and_subtracts_as_in_langchain(left: Any, right: Any) -> None:
    from langchain_core.messages.ai import add_usage, subtract_usage

    assert ours.add_usage(left, right) == add_usage(left, right)
    assert ours.subtract_usage(left, right) == subtract_usage(left, right)


pieces = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "f", "g"]),
        "args": st.none() | texts,
        "id": ids,
        "index": st.sampled_from([0, 1, None]),
    }
)
calls = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["f", "g"]),
        "args": st.dictionaries(st.sampled_from(["a", "b"]), scalars),
        "id": ids,
    }
)
invalid_calls = st.fixed_dictionaries({"name": texts, "args": texts, "id": ids, "error": st.none() | texts})
provider_calls = st.fixed_dictionaries(
    {
        "index": st.sampled_from([0, 1]),
        "id": ids,
        "function": st.fixed_dictionaries({"name": st.sampled_from([None, "f"]), "arguments": texts}),
    }
)
chunk_fields = st.fixed_dictionaries(
    {"content": contents},
    optional={
        "id": st.sampled_from([None, "msg_1", "msg_2", "lc_run-1", "lc_run--2", "lc_3"]),
        "additional_kwargs": dictionaries
        | st.fixed_dictionaries({"tool_calls": st.lists(provider_calls, min_size=1, max_size=2)}),
        "response_metadata": dictionaries,
        "usage_metadata": st.none() | usages,
        "tool_call_chunks": st.lists(pieces, max_size=3),
        "tool_calls": st.lists(calls, max_size=2),
        "invalid_tool_calls": st.lists(invalid_calls, max_size=2),
        "chunk_position": st.sampled_from([None, "last"]),
    },
)
SUMMED = (
    "content",
    "id",
    "additional_kwargs",
    "response_metadata",
    "usage_metadata",
    "tool_call_chunks",
    "chunk_position",
)


def summed_fields(chunk: Any) -> dict[str, Any]:
    return {name: getattr(chunk, name) for name in SUMMED}


@given(st.lists(chunk_fields, min_size=2, max_size=5))
def test_chunks_add_up_as_in_langchain(fields: list[dict[str, Any]]) -> None:
    theirs = [peer.AIMessageChunk(**one) for one in fields]
    mine = [ours.AIMessageChunk(**one) for one in fields]

    expected = outcome(lambda: summed_fields(reduce(add, theirs)))

    assert outcome(lambda: summed_fields(reduce(add, mine))) == expected
    assert outcome(lambda: summed_fields(mine[0] + mine[1:])) == expected
    assert outcome(lambda: summed_fields(ours.merge_chunks(mine))) == expected


CALL = '{"city": "Paris", "days": [1, 20, {"deep": true}], "n": -1.5, "none": null}'


@given(st.integers(0, len(CALL)), st.lists(st.integers(0, len(CALL)), max_size=4))
def test_open_tool_calls_are_completed_as_in_langchain(end: int, cuts: list[int]) -> None:
    bounds = sorted({0, end, *(cut for cut in cuts if cut < end)})
    parts = [CALL[i:j] for i, j in pairwise(bounds)] or [""]
    fields = [
        {"name": "plan" if i == 0 else None, "args": text, "id": "c1" if i == 0 else None, "index": 0}
        for i, text in enumerate(parts)
    ]
    theirs = reduce(add, [peer.AIMessageChunk(content="", tool_call_chunks=[one]) for one in fields])
    mine = reduce(add, [ours.AIMessageChunk(content="", tool_call_chunks=[one]) for one in fields])

    assert mine.tool_calls == theirs.tool_calls
    assert mine.invalid_tool_calls == theirs.invalid_tool_calls


KINDS: dict[str, dict[str, Any]] = {
    "HumanMessageChunk": {},
    "SystemMessageChunk": {},
    "FunctionMessageChunk": {"name": "f"},
    "ChatMessageChunk": {"role": "r"},
    "ToolMessageChunk": {"tool_call_id": "c1"},
}


@pytest.mark.parametrize("kind", KINDS)
@given(
    contents=st.lists(contents, min_size=2, max_size=4),
    extras=st.lists(dictionaries, min_size=4, max_size=4),
)
def test_other_chunks_add_up_as_in_langchain(
    kind: str, contents: list[Any], extras: list[dict[str, Any]]
) -> None:
    def total(module: Any) -> dict[str, Any]:
        chunks = [
            getattr(module, kind)(content, additional_kwargs=extra, **KINDS[kind])
            for content, extra in zip(contents, extras, strict=False)
        ]
        dumped: dict[str, Any] = reduce(add, chunks).model_dump()
        return dumped

    assert outcome(lambda: total(ours)) == outcome(lambda: total(peer))


@given(
    kind=st.sampled_from(["HumanMessage", "SystemMessage", "AIMessage", "AIMessageChunk"]),
    fields=st.fixed_dictionaries(
        {"content": texts | st.lists(texts | dictionaries, max_size=2)},
        optional={
            "id": st.none() | st.integers(0, 3) | texts,
            "name": st.none() | texts,
            "additional_kwargs": dictionaries,
            "response_metadata": dictionaries,
            "note": values,
        },
    ),
)
def test_messages_dump_and_print_as_in_langchain(kind: str, fields: dict[str, Any]) -> None:
    mine, theirs = getattr(ours, kind)(**fields), getattr(peer, kind)(**fields)
    assert mine.model_dump() == theirs.model_dump()
    assert mine.model_dump_json() == theirs.model_dump_json()
    assert (repr(mine), str(mine)) == (repr(theirs), str(theirs))
    assert mine.text == theirs.text
    assert mine.pretty_repr() == theirs.pretty_repr()


LIKE_MESSAGES: list[Any] = [
    "hi",
    ("human", "a"),
    ("user", "a"),
    ("ai", "b"),
    ["assistant", "b"],
    ("system", "c"),
    ("developer", "c"),
    {"role": "user", "content": "x", "name": "n", "id": "3", "unknown": 4},
    {"type": "human", "content": "x"},
    {"role": "tool", "content": "r", "tool_call_id": "1", "artifact": 3, "status": "error", "name": "n"},
    {"role": "function", "content": "x", "name": "n"},
    {"role": "remove", "content": "", "id": "1"},
    {"role": "user", "content": ["x", {"type": "text", "text": "q"}]},
    {"role": "user", "content": "x", "additional_kwargs": {"a": 1}, "response_metadata": {"b": 2}},
    {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "name": "f", "args": {}}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
    },
]


@pytest.mark.parametrize("like", LIKE_MESSAGES, ids=repr)
def test_conversion_is_that_of_langchain(like: Any) -> None:
    mine, theirs = ours.convert_to_messages([like]), peer.convert_to_messages([like])
    assert [message.model_dump() for message in mine] == [message.model_dump() for message in theirs]


@pytest.mark.parametrize("format", ["prefix", "xml"])
def test_transcripts_are_those_of_langchain(format: Any) -> None:
    def transcript(module: Any) -> str:
        calls = [{"name": 'f"', "args": {"a": "<"}, "id": "1" * 80}]
        messages = [
            module.SystemMessage("s & t"),
            module.HumanMessage(
                [
                    "one",
                    {"type": "text", "text": "x<"},
                    {"type": "reasoning", "reasoning": "r"},
                    {"type": "image", "url": "u"},
                    {"type": "image", "file_id": "f"},
                    {"type": "image_url", "image_url": {"url": "v"}},
                    {"type": "image_url", "image_url": {"url": "data:x"}},
                    {"type": "audio", "base64": "AAAA"},
                    {"type": "text-plain", "text": "d" * 600},
                    {"type": "server_tool_call", "id": "s", "name": "web", "args": {"q": 1}},
                    {"type": "server_tool_result", "tool_call_id": "s", "status": "success", "output": [1]},
                    {"type": "unknown"},
                ]
            ),
            module.AIMessage("a<", tool_calls=calls),
            module.AIMessage("", tool_calls=calls),
            module.AIMessage("f", additional_kwargs={"function_call": {"name": "f", "arguments": "{}"}}),
            module.ToolMessage("t", tool_call_id="1"),
            module.FunctionMessage("f", name="n"),
            module.ChatMessage("c", role="A b"),
            module.AIMessageChunk("z"),
        ]
        return str(module.get_buffer_string(messages, ai_prefix="Bot", format=format))

    assert transcript(ours) == transcript(peer)
