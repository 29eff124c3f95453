"""What a user shows to a model (text, images, sounds, files), from whatever form it is given in to each endpoint's own.

Forms are read by eventflow's messages, so every one that has a standard form (OpenAI's, Anthropic's, LangChain's
of all ages) is known. A block that has none is sent as it is: the provider may know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from eventflow import HumanMessage

__all__ = ("Block", "to_completions_part", "to_responses_part")

Block = dict[str, Any]

_COMPLETIONS = ("image_url", "input_audio", "refusal")
"""Parts that are in the form of the chat completions endpoint."""


def to_completions_part(given: str | Mapping[str, Any]) -> Block:
    """One part of a content as the chat completions endpoint takes it.

    Raises ValueError if it takes no such thing.

    >>> to_completions_part({"type": "image", "url": "https://x.org/a.png"})
    {'type': 'image_url', 'image_url': {'url': 'https://x.org/a.png'}}
    """
    if isinstance(given, Mapping) and (given.get("type") in _COMPLETIONS or "file" in given):
        return dict(given)
    block = _standard(given)
    match block:
        case {"type": "text" | "text-plain", "text": text}:
            return {"type": "text", "text": text}
        case {"type": "image"} if "file_id" not in block:
            return {"type": "image_url", "image_url": {"url": _address(block, "image/png"), **_detail(block)}}
        case {"type": "audio", "base64": _}:
            return _audio(block)
        case {"type": "file" | "text-plain", "file_id": file_id}:
            return {"type": "file", "file": {"file_id": file_id}}
        case {"type": "file" | "text-plain", "base64": _}:
            return {"type": "file", "file": {"file_data": _address(block), "filename": _filename(block)}}
        case {"type": "image" | "audio" | "video" | "file" | "text-plain" as kind}:
            by = "file_id" if "file_id" in block else "url"
            raise ValueError(
                f"chat completions take no {kind} by {by}: give it as base64, or use the Responses API for images and "
                "files (use_responses_api=True)"
            )
        case _:
            return _unwrapped(block)


def to_responses_part(given: str | Mapping[str, Any]) -> Block:
    """One part of a content as the Responses API takes it.

    >>> to_responses_part({"type": "image_url", "image_url": {"url": "https://x.org/a.png", "detail": "low"}})
    {'type': 'input_image', 'image_url': 'https://x.org/a.png', 'detail': 'low'}
    """
    block = _standard(given)
    match block:
        case {"type": "text" | "text-plain", "text": text}:
            return {"type": "input_text", "text": text}
        case {"type": "image", "file_id": file_id}:
            return {"type": "input_image", "file_id": file_id, **_detail(block)}
        case {"type": "image"}:
            return {"type": "input_image", "image_url": _address(block, "image/png"), **_detail(block)}
        case {"type": "audio", "base64": _}:
            return _audio(block)
        case {"type": "file" | "text-plain", "file_id": file_id}:
            return {"type": "input_file", "file_id": file_id}
        case {"type": "file" | "text-plain", "base64": _}:
            return {"type": "input_file", "file_data": _address(block), "filename": _filename(block)}
        case {"type": "file" | "text-plain", "url": url}:
            return {"type": "input_file", "file_url": url}
        case {"type": "audio" | "video" as kind}:
            raise ValueError(
                f"the Responses API takes no such {kind} block: give sounds as base64, videos not at all"
            )
        case _:
            return _unwrapped(block)


def _standard(given: str | Mapping[str, Any]) -> Block:
    (block,) = HumanMessage([given if isinstance(given, str) else dict(given)]).content_blocks
    return cast("Block", block)


def _unwrapped(block: Block) -> Block:
    """A block that only a provider knows, as it was given."""
    return cast("Block", block["value"]) if block.get("type") == "non_standard" else block


def _address(block: Block, usual: str = "application/pdf") -> str:
    """Where the data is, or an address that holds it."""
    if "url" in block:
        return str(block["url"])
    return f"data:{block.get('mime_type') or usual};base64,{block['base64']}"


def _audio(block: Block) -> Block:
    form = block.get("mime_type", "audio/wav").rpartition("/")[2]
    return {"type": "input_audio", "input_audio": {"data": block["base64"], "format": form}}


def _extra(block: Block, name: str) -> Any:
    return block.get(name) or block.get("extras", {}).get(name)


def _detail(block: Block) -> Block:
    detail = _extra(block, "detail")
    return {"detail": detail} if detail else {}


def _filename(block: Block) -> str:
    return str(_extra(block, "filename") or "file")  # the endpoints want a name
