"""Content blocks in the form of a provider (OpenAI, Anthropic, Bedrock, older LangChain) as standard ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from eventflow.messages.content import KNOWN_BLOCK_TYPES, ContentBlock
from eventflow.messages.openai_items import OPENAI_ITEMS
from eventflow.messages.partial_json import parse_json

__all__ = ("to_standard",)

Block: TypeAlias = dict[str, Any]


def to_standard(block: Mapping[Any, Any]) -> list[ContentBlock]:
    """Return the standard form of a block: itself if it is standard, `non_standard` if it has none.

    One block may become several: OpenAI puts all summaries of its reasoning into one, and a call and its result.

    >>> to_standard({"type": "image_url", "image_url": {"url": "https://x.org/a.png", "detail": "low"}})
    [{'type': 'image', 'url': 'https://x.org/a.png', 'extras': {'detail': 'low'}}]
    >>> to_standard({"type": "smell", "of": "rose"})
    [{'type': 'non_standard', 'value': {'type': 'smell', 'of': 'rose'}}]
    """
    given = cast("Block", dict(block))
    converted = _convert(given)
    if converted is None:
        is_standard = given.get("type") in KNOWN_BLOCK_TYPES and "source_type" not in given
        converted = [given if is_standard else {"type": "non_standard", "value": given}]
    shared: Block = {name: given[name] for name in ("id", "index") if name in given}
    if "source_type" in given:
        shared.pop("id", None)  # there it is the id of a file
    if shared:
        place = _without(shared, "id")  # the id is the call's, and its result is not the call
        converted = [{**(place if "tool_call_id" in one else shared), **one} for one in converted]
    return cast("list[ContentBlock]", converted)


def _convert(block: Block) -> list[Block] | None:
    """What the converter of the block's type makes of it; None if it is not in that provider's form."""
    kind = block.get("type")
    if not isinstance(kind, str):
        return None
    convert = _CONVERTERS.get(kind)
    if convert is None and kind.endswith("_tool_result") and "tool_use_id" in block:
        convert = _server_result
    try:
        converted = convert(block) if convert else None
    except (AttributeError, KeyError, TypeError, ValueError):  # the type of a provider, but not its form
        return None
    return [converted] if isinstance(converted, dict) else converted


def _source(url: str) -> Block:
    """An address, or the data in it."""
    head, comma, data = url.partition(";base64,")
    if comma and head.startswith("data:"):
        return {"base64": data, "mime_type": head.removeprefix("data:")}
    return {"url": url}


def _with_extras(block: Block, extras: Mapping[str, Any]) -> Block:
    return {**block, "extras": dict(extras)} if extras else block


def _without(block: Mapping[str, Any], *names: str) -> Block:
    return {name: value for name, value in block.items() if name not in names}


def _image_url(block: Block) -> Block:
    image = block["image_url"]
    if isinstance(image, str):
        return {"type": "image", **_source(image)}
    return _with_extras({"type": "image", **_source(image["url"])}, _without(image, "url"))


def _input_audio(block: Block) -> Block:
    audio = block["input_audio"]
    return {"type": "audio", "base64": audio["data"], "mime_type": f"audio/{audio['format']}"}


def _file(block: Block) -> Block | None:
    if "file" not in block:
        return _from_older(block)
    file = block["file"]
    if "file_id" in file:
        found = {"file_id": file["file_id"]}
    else:
        found = _source(file["file_data"])
        if "url" in found:
            found = {"base64": found["url"]}
    return _with_extras({"type": "file", **found}, _without(file, "file_id", "file_data"))


def _media(block: Block) -> Block | None:
    """An image or document of Anthropic, which has a `source`."""
    if "source" not in block:
        return _from_older(block)
    source, kind = block["source"], "file" if block["type"] == "document" else block["type"]
    if source["type"] == "text":
        named = {name: block[name] for name in ("title", "context") if block.get(name)}
        return {"type": "text-plain", "text": source["data"], "mime_type": source["media_type"], **named}
    if source["type"] == "base64":
        found = {"base64": source["data"], "mime_type": source["media_type"]}
    else:
        key = {"url": "url", "file": "file_id"}[source["type"]]
        found = {key: source[key]}
    return _with_extras({"type": kind, **found}, _without(block, "type", "source", "id", "index"))


def _from_older(block: Block) -> Block | None:
    """A block of LangChain before 1.0, which has a `source_type`."""
    kind = block.get("source_type")
    if kind is None:
        return None
    mime_type = {"mime_type": block["mime_type"]} if "mime_type" in block else {}
    if kind == "text":
        return {"type": "text-plain", "text": block["text"], **mime_type}
    given, standard = {"url": ("url", "url"), "base64": ("data", "base64"), "id": ("id", "file_id")}[kind]
    extras = _without(block, "type", "source_type", "mime_type", "index", given)
    return _with_extras({"type": block["type"], standard: block[given], **mime_type}, extras)


def _text(block: Block) -> Block | None:
    """Text with citations: of Anthropic, or with annotations of OpenAI."""
    if block.get("citations"):
        annotations = [_citation(citation) for citation in block["citations"]]
        return {**_without(block, "citations"), "annotations": annotations}
    given: list[Block] = block.get("annotations") or []
    cited = [_citation(one) if one["type"].endswith("_citation") else one for one in given]
    return {**block, "annotations": cited} if cited != given else None


_CITED: Mapping[str, str] = {
    **{name: name for name in ("cited_text", "title", "url", "start_index", "end_index")},
    "document_title": "title",
    "filename": "title",
}


def _citation(citation: Block) -> Block:
    known = {_CITED[name]: value for name, value in citation.items() if name in _CITED and value is not None}
    return _with_extras({"type": "citation", **known}, _without(citation, "type", *_CITED))


def _reasoning(block: Block) -> list[Block] | None:
    """The reasoning of OpenAI: summaries, with all else at the first."""
    if "summary" not in block:
        return None
    texts = [part["text"] for part in block["summary"]] or [""]
    first = {**_without(block, "summary", "index"), "reasoning": texts[0]}
    return [first, *({"type": "reasoning", "reasoning": text} for text in texts[1:])]


def _thinking(block: Block) -> Block:
    extras = _without(block, "type", "thinking", "id", "index")
    return _with_extras({"type": "reasoning", "reasoning": block["thinking"]}, extras)


def _reasoning_content(block: Block) -> Block:
    content = block["reasoning_content"]
    return _with_extras({"type": "reasoning", "reasoning": content["text"]}, _without(content, "text"))


def _tool_use(block: Block) -> Block:
    """A call of Anthropic's; while it streams, its arguments come as `partial_json`."""
    call: Block = {"name": block["name"], "id": block["id"]}
    if "partial_json" in block:
        return {"type": "tool_call_chunk", **call, "args": block["partial_json"]}
    return {"type": "tool_call", **call, "args": block["input"]}


def _input_json_delta(block: Block) -> Block:
    return {"type": "tool_call_chunk", "name": None, "args": block["partial_json"], "id": None}


def _function_call(block: Block) -> Block:
    """A call of OpenAI's Responses API."""
    arguments: Any = parse_json(block["arguments"] or "{}")
    if not isinstance(arguments, dict):
        raise ValueError("arguments are an object")
    call: Block = {"type": "tool_call", "name": block["name"], "args": arguments, "id": block["call_id"]}
    return _with_extras(call, {"item_id": block["id"]} if block.get("id") else {})


def _server_call(block: Block) -> Block:
    return {"type": "server_tool_call", "name": block["name"], "args": block["input"], "id": block["id"]}


def _server_result(block: Block) -> Block:
    content = block.get("content")
    failed = isinstance(content, dict) and str(cast("Block", content).get("type")).endswith("_error")
    return {
        "type": "server_tool_result",
        "tool_call_id": block["tool_use_id"],
        "status": "error" if failed else "success",
        "output": content,
        "extras": {"block_type": block["type"]},
    }


_CONVERTERS: Mapping[str, Callable[[Block], Block | list[Block] | None]] = {
    **OPENAI_ITEMS,
    "audio": _from_older,
    "document": _media,
    "file": _file,
    "function_call": _function_call,
    "image": _media,
    "image_url": _image_url,
    "input_audio": _input_audio,
    "input_json_delta": _input_json_delta,
    "reasoning": _reasoning,
    "reasoning_content": _reasoning_content,
    "server_tool_use": _server_call,
    "text": _text,
    "thinking": _thinking,
    "tool_use": _tool_use,
}
