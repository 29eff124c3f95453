"""From content blocks, in whatever provider's form, to those that the messages endpoint takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from eventflow import HumanMessage

__all__ = ("to_request_blocks",)

Block: TypeAlias = dict[str, Any]

_LEFT_OUT = frozenset(
    {"function_call", "input_json_delta", "invalid_tool_call", "tool_call", "tool_call_chunk"}
)
"""Calls in other forms than the endpoint's, and pieces of them: the message has them as `tool_calls`, too."""

_KEPT = ("cache_control", "citations", "title", "context")
"""What of the extras of a block that was translated the endpoint knows."""


def to_request_blocks(content: str | list[str | Block]) -> list[Block]:
    """Content as blocks of the endpoint; text that is nothing but white space, which it refuses, is left out.

    Raises ValueError if there is something that it does not take, for instance sound.

    >>> to_request_blocks(["hi", {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}])[1]
    {'type': 'image', 'source': {'type': 'url', 'url': 'https://x.org/a.png'}}
    """
    given = [content] if isinstance(content, str) else content
    return [made for block in given for made in _translated(block)]


def _translated(block: str | Block) -> list[Block]:
    if isinstance(block, str):
        return [{"type": "text", "text": block}] if block.strip() else []
    kind = block.get("type")
    if kind == "text":
        return _text(block)
    if kind in _LEFT_OUT:
        return []
    if _is_native(block):
        return [_unplaced(block)]
    standard = cast("list[Block]", HumanMessage([block]).content_blocks)
    return [made for one in standard if (made := _of_standard(one)) is not None]


def _text(block: Block) -> list[Block]:
    made: Block = {"type": "text", "text": block.get("text") or ""}
    given = {**_extras(block), **block}
    made |= {key: given[key] for key in ("citations", "cache_control") if given.get(key)}
    return [made] if made["text"].strip() else []


def _is_native(block: Block) -> bool:
    """Whether a block is in the form of the endpoint; so is what nobody knows, for the endpoint may."""
    kind = block.get("type")
    if kind in ("image", "document"):
        return "source" in block
    return kind not in _STANDARD and kind not in _FOREIGN and "source_type" not in block


def _of_standard(block: Block) -> Block | None:
    """The endpoint's form of a standard block; None if it has no place in a request."""
    make = _STANDARD.get(block["type"])
    made = None if make is None else make(block)
    if made is not None and block["type"] in _DATA:
        given = {**_extras(block), **block}
        made |= {key: given[key] for key in _KEPT if given.get(key) is not None}
    return made


def _extras(block: Block) -> Block:
    """What only one provider knows of a standard block."""
    return cast("Block", block.get("extras") or {})


def _image(block: Block) -> Block:
    return {"type": "image", "source": _source(block)}


def _file(block: Block) -> Block:
    if block.get("mime_type", "").startswith("image/"):
        return _image(block)
    return {"type": "document", "source": _source(block)}


def _plain_text(block: Block) -> Block:
    if "text" not in block:
        return {"type": "document", "source": _source(block)}
    source = {"type": "text", "media_type": block.get("mime_type", "text/plain"), "data": block["text"]}
    return {"type": "document", "source": source}


def _source(block: Block) -> Block:
    if "base64" in block:
        standing = "image/jpeg" if block["type"] == "image" else "application/pdf"
        return {"type": "base64", "media_type": block.get("mime_type") or standing, "data": block["base64"]}
    if "url" in block:
        return {"type": "url", "url": block["url"]}
    if "file_id" in block:
        return {"type": "file", "file_id": block["file_id"]}
    raise ValueError(f"a block of type {block['type']!r} has no data: give it base64, url or file_id")


def _reasoning(block: Block) -> Block | None:
    """What Claude thought, which its signature proves; what other models thought is not sent."""
    signature = _extras(block).get("signature")
    if not signature:
        return None
    return {"type": "thinking", "thinking": block.get("reasoning", ""), "signature": signature}


def _server_call(block: Block) -> Block:
    return {"type": "server_tool_use", "id": block["id"], "name": block["name"], "input": block["args"]}


def _server_result(block: Block) -> Block:
    kind = _extras(block).get("block_type", "web_search_tool_result")
    return {"type": kind, "tool_use_id": block["tool_call_id"], "content": block.get("output")}


def _non_standard(block: Block) -> Block:
    return _unplaced(block["value"])


def _unplaced(block: Block) -> Block:
    """A block without what only the stream that it came in needed."""
    return {key: value for key, value in block.items() if key not in ("index", "partial_json")}


def _refused(block: Block) -> Block:
    raise ValueError(
        f"Anthropic's models take no {block['type']}: leave the block out, or send what it says as text"
    )


_DATA = ("image", "file", "text-plain")

_FOREIGN = ("image_url", "input_audio", "media", "reasoning_content")

_STANDARD: Mapping[str, Callable[[Block], Block | None]] = {
    "audio": _refused,
    "file": _file,
    "image": _image,
    "non_standard": _non_standard,
    "reasoning": _reasoning,
    "server_tool_call": _server_call,
    "server_tool_call_chunk": lambda block: None,
    "server_tool_result": _server_result,
    "text-plain": _plain_text,
    "video": _refused,
}
