"""Calls of tools: whole, in pieces, and those whose arguments cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NotRequired, cast

from typing_extensions import TypedDict

from eventflow.messages.model import ABSENT, Field
from eventflow.messages.partial_json import parse_json, parse_partial_json

__all__ = (
    "INVALID_TOOL_CALLS",
    "TOOL_CALLS",
    "TOOL_CALL_CHUNKS",
    "InvalidToolCall",
    "ParsedCalls",
    "ToolCall",
    "ToolCallChunk",
    "invalid_tool_call",
    "parse_tool_calls",
    "provider_chunks",
    "to_chunks",
    "tool_call",
    "tool_call_chunk",
)


class ToolCall(TypedDict):
    """A call that a model asks for; `id` ties the result to it."""

    name: str
    args: dict[str, Any]
    id: str | None
    type: NotRequired[Literal["tool_call"]]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ToolCallChunk(TypedDict):
    """A piece of a call: its name and id come once, its arguments as pieces of JSON text."""

    name: str | None
    args: str | None
    id: str | None
    index: int | str | None
    type: NotRequired[Literal["tool_call_chunk"]]
    extras: NotRequired[dict[str, Any]]


class InvalidToolCall(TypedDict):
    """A call whose arguments are not a JSON object; `error` says why."""

    name: str | None
    args: str | None
    id: str | None
    error: str | None
    type: NotRequired[Literal["invalid_tool_call"]]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


def tool_call(*, name: str, args: dict[str, Any], id: str | None) -> ToolCall:
    """Make a `ToolCall`.

    >>> tool_call(name="add", args={"a": 1}, id="call_1")
    {'name': 'add', 'args': {'a': 1}, 'id': 'call_1', 'type': 'tool_call'}
    """
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def tool_call_chunk(
    *,
    name: str | None = None,
    args: str | None = None,
    id: str | None = None,
    index: int | str | None = None,
) -> ToolCallChunk:
    """Make a `ToolCallChunk`.

    >>> tool_call_chunk(args='{"a"', index=0)
    {'name': None, 'args': '{"a"', 'id': None, 'index': 0, 'type': 'tool_call_chunk'}
    """
    return {"name": name, "args": args, "id": id, "index": index, "type": "tool_call_chunk"}


def invalid_tool_call(
    *,
    name: str | None = None,
    args: str | None = None,
    id: str | None = None,
    error: str | None = None,
) -> InvalidToolCall:
    """Make an `InvalidToolCall`.

    >>> invalid_tool_call(name="add", args="{", error="cut off")["error"]
    'cut off'
    """
    return {"name": name, "args": args, "id": id, "error": error, "type": "invalid_tool_call"}


def to_chunks(calls: Iterable[ToolCall], invalid: Iterable[InvalidToolCall]) -> list[ToolCallChunk]:
    """Turn whole calls back into pieces, one each, so that they can be added to others."""
    return [
        tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"]) for call in calls
    ] + [tool_call_chunk(name=call["name"], args=call["args"], id=call["id"]) for call in invalid]


def provider_chunks(calls: Iterable[Mapping[str, Any]]) -> list[ToolCallChunk]:
    """Read calls in the form of OpenAI: `{"id", "function": {"name", "arguments"}}`; skip other kinds."""
    return [
        tool_call_chunk(
            name=call["function"].get("name"),
            args=call["function"].get("arguments"),
            id=call.get("id"),
            index=call.get("index"),
        )
        for call in calls
        if isinstance(call.get("function"), Mapping)
    ]


class ParsedCalls(TypedDict):
    """What pieces of calls amount to."""

    tool_calls: list[ToolCall]
    invalid_tool_calls: list[InvalidToolCall]


def parse_tool_calls(chunks: Iterable[ToolCallChunk], *, final: bool) -> ParsedCalls:
    """Read the arguments of calls.

    Args:
        chunks: One per call.
        final: No more will come: arguments that are not a complete JSON object make the call invalid.
            Otherwise what is there so far is completed.

    Arguments that are missing or empty mean none. LangChain completes the arguments of a final message
    too, so that a call cut off by the token limit would be carried out with half its arguments.

    >>> pieces = [tool_call_chunk(name="f", args='{"a": 1, "b')]
    >>> parse_tool_calls(pieces, final=False)["tool_calls"][0]["args"]
    {'a': 1}
    >>> parse_tool_calls(pieces, final=True)["invalid_tool_calls"][0]["args"]
    '{"a": 1, "b'
    """
    parsed: ParsedCalls = {"tool_calls": [], "invalid_tool_calls": []}
    for chunk in chunks:
        text = chunk["args"]
        try:
            args = _read(text, final=final) if text else {}
        except (ValueError, RecursionError) as error:
            reason = f"the arguments are not a complete JSON object: {error}" if final else None
            parsed["invalid_tool_calls"].append(
                invalid_tool_call(name=chunk["name"], args=text, id=chunk["id"], error=reason)
            )
        else:
            parsed["tool_calls"].append(tool_call(name=chunk["name"] or "", args=args, id=chunk["id"]))
    return parsed


def _read(text: str, *, final: bool) -> dict[str, Any]:
    value: object = parse_json(text) if final else parse_partial_json(text)
    if not isinstance(value, dict):
        raise ValueError(f"it is of type {type(value).__name__}")
    return cast("dict[str, Any]", value)


def _check_calls(value: object) -> list[ToolCall]:
    """Accept a list of dictionaries with `name` and `args`; an empty one must not hide calls given elsewhere."""
    calls: list[ToolCall] = []
    for call in _dictionaries(value):
        name, args = call.get("name"), call.get("args")
        if not isinstance(name, str) or not isinstance(args, dict):
            raise ValueError("must be a list of dictionaries with 'name' (a str) and 'args' (a dict)")
        checked = tool_call(name=name, args={**cast("dict[str, Any]", args)}, id=_text(call, "id"))
        calls.append(cast("ToolCall", {**checked, **_beside(call)}))
    return calls or ABSENT


def _check_invalid_calls(value: object) -> list[InvalidToolCall]:
    """Accept a list of dictionaries that may have `name`, `args`, `id` and `error`."""
    calls: list[InvalidToolCall] = []
    for call in _dictionaries(value):
        name, args, error = _text(call, "name"), _text(call, "args"), _text(call, "error")
        checked = invalid_tool_call(name=name, args=args, id=_text(call, "id"), error=error)
        calls.append(cast("InvalidToolCall", {**checked, **_beside(call)}))
    return calls or ABSENT


def _check_chunks(value: object) -> list[ToolCallChunk]:
    """Accept a list of dictionaries that may have `name`, `args`, `id` and `index`."""
    return [
        {
            "name": _text(chunk, "name"),
            "args": _text(chunk, "args"),
            "id": _text(chunk, "id"),
            "index": chunk.get("index"),
            "type": "tool_call_chunk",
        }
        for chunk in _dictionaries(value)
    ] or ABSENT


def _dictionaries(value: Any) -> Sequence[Mapping[str, Any]]:
    if issubclass(type(value), (list, tuple)) and all(map(_is_dictionary, value)):
        return cast("Sequence[Mapping[str, Any]]", value)
    raise ValueError("must be a list of dictionaries")


def _is_dictionary(item: object) -> bool:
    return isinstance(item, (dict, Mapping))  # dict first: asking an abstract class takes ten times as long


def _text(call: Mapping[str, Any], key: str) -> str | None:
    value = call.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"must be a list of dictionaries with a str or None as {key!r}")


def _beside(call: Mapping[str, Any]) -> dict[str, Any]:
    """What a content block may carry beside the call itself."""
    return {key: call[key] for key in ("index", "extras") if key in call}


def _array_of(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    items = {"type": "object", "properties": dict(properties), "required": list(required)}
    return {"type": "array", "items": items, "default": []}


_TEXTS: dict[str, Any] = {
    key: {"anyOf": [{"type": "string"}, {"type": "null"}]} for key in ("name", "args", "id")
}

TOOL_CALLS = Field(
    [],
    _check_calls,
    _array_of({"name": {"type": "string"}, "args": {"type": "object"}, "id": _TEXTS["id"]}, ["name", "args"]),
)
INVALID_TOOL_CALLS = Field([], _check_invalid_calls, _array_of({**_TEXTS, "error": _TEXTS["id"]}, []))
TOOL_CALL_CHUNKS = Field(
    [], _check_chunks, _array_of({**_TEXTS, "index": {"type": ["integer", "string", "null"]}}, [])
)
