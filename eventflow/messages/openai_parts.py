"""One content block, in the form of any provider, as OpenAI's chat completions take it; or a call, or a result."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, cast

from eventflow.messages.partial_json import parse_json
from eventflow.messages.provider_blocks import to_standard

__all__ = ("Part", "ToolResult", "ToolUse", "to_openai_part")

Part: TypeAlias = dict[str, Any]


class ToolUse(NamedTuple):
    """A call of a tool that stands in the content of a message."""

    id: str | None
    name: str
    args: Any


class ToolResult(NamedTuple):
    """What a tool gave, where that stands in the content of a message."""

    id: str
    content: Any


def to_openai_part(block: str | Mapping[Any, Any], *, strict: bool = False) -> Part | ToolUse | ToolResult:
    """Return what a block is for OpenAI.

    Args:
        block: Text, or a block in the form of OpenAI, Anthropic, Bedrock, Vertex AI or LangChain.
        strict: Whether to refuse a block in no known form; else it is returned as it is.

    Raises ValueError if OpenAI takes no such thing, KeyError if the block lacks a key.

    >>> to_openai_part({"type": "image", "base64": "aGk=", "mime_type": "image/png"})
    {'type': 'image_url', 'image_url': {'url': 'data:image/png;base64,aGk='}}
    """
    if isinstance(block, str):
        return _text(block)
    given = _with_type(cast("Part", dict(block)))
    convert = _CONVERTERS.get(str(given.get("type")))
    if convert is not None:
        return convert(given)
    if strict:
        raise ValueError("does not match OpenAI, Anthropic, Bedrock Converse, or VertexAI format")
    return given


def _with_type(block: Part) -> Part:
    """A block of Bedrock's, which has its type as its only key, in the form of the others."""
    if "type" in block:
        return block
    match block:
        case {"toolUse": call}:
            return {"type": "tool_use", "id": call["toolUseId"], "name": call["name"], "input": call["input"]}
        case {"toolResult": result}:
            return {"type": "tool_result", "tool_use_id": result["toolUseId"], "content": result["content"]}
        case {"guardContent": {"text": guarded}}:
            return {"type": "guard_content", "guard_content": guarded}
        case _:
            kind = next((key for key in ("text", "image", "json") if key in block), None)
            return block if kind is None else {"type": kind, **block}


def _text(text: str) -> Part:
    return {"type": "text", "text": text}


def _needs(key: str) -> Callable[[Part], Part]:
    """For blocks that are OpenAI's already, if they have `key`."""

    def check(block: Part) -> Part:
        block[key]  # KeyError says what is missing
        return block

    return check


def _image(block: Part) -> Part:
    if "image" in block:  # Bedrock
        image = block["image"]
        data = base64.b64encode(image["source"]["bytes"]).decode()
        block = {"type": "image", "base64": data, "mime_type": f"image/{image['format']}"}
    standard = _standard(block)
    if "url" not in standard and "base64" not in standard:
        raise ValueError("is an image by its id, which only the Responses API takes: give a url or base64")
    detail = standard.get("extras", {}).get("detail")
    url = {"url": _address(standard, "image/png")}
    return {"type": "image_url", "image_url": {**url, "detail": detail} if detail else url}


def _audio(block: Part) -> Part:
    standard = _standard(block)
    form = str(standard.get("mime_type", "audio/wav")).rpartition("/")[2]
    return {
        "type": "input_audio",
        "input_audio": {"data": standard["base64"], "format": _AUDIO_FORMATS.get(form, form)},
    }


def _file(block: Part) -> Part:
    if "file" in block:
        return block
    standard = _standard(block)
    if standard["type"] == "text-plain" and "text" in standard:
        return _text(standard["text"])
    if "file_id" in standard:
        return {"type": "file", "file": {"file_id": standard["file_id"]}}
    if "base64" not in standard:
        raise ValueError("is a file by its url, which only the Responses API takes: give base64 or a file_id")
    name = standard.get("filename") or standard.get("extras", {}).get("filename") or "file"
    return {"type": "file", "file": {"file_data": _address(standard, "application/pdf"), "filename": name}}


def _media(block: Part) -> Part:
    """A block of Vertex AI's: anything by its MIME type, as bytes or as base64."""
    data, mime_type = block["data"], str(block["mime_type"])
    text = base64.b64encode(data).decode() if isinstance(data, bytes) else data
    convert = {"image": _image, "audio": _audio}.get(mime_type.partition("/")[0], _file)
    kind = {_image: "image", _audio: "audio"}.get(convert, "file")
    return convert({"type": kind, "base64": text, "mime_type": mime_type})


def _video(block: Part) -> Part:
    raise ValueError("is a video, which chat completions do not take")


def _standard(block: Part) -> Part:
    """The standard form of a block. Raises KeyError if it lacks what every form of it has."""
    (standard,) = to_standard(block)
    made = cast("Part", standard)
    source: Mapping[str, Any] = block.get("source", {})
    if source and ("source" in made or made["type"] == "non_standard"):
        missing = [key for key in ("type", "media_type", "data") if key not in source]
        raise KeyError(f"source.{next(iter(missing), 'data')}")
    return made


def _address(standard: Part, usual: str) -> str:
    if "url" in standard:
        return str(standard["url"])
    return f"data:{standard.get('mime_type') or usual};base64,{standard['base64']}"


_AUDIO_FORMATS: Final = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav"}
"""What OpenAI calls the formats of sounds, where it is not the name in the MIME type."""

_CONVERTERS: Final[dict[str, Callable[[Part], Part | ToolUse | ToolResult]]] = {
    "audio": _audio,
    "document": _file,
    "file": _file,
    "function_call": lambda b: ToolUse(b["call_id"], b["name"], parse_json(b["arguments"] or "{}")),
    "guard_content": lambda b: _text(b["guard_content"]["text"]),
    "image": _image,
    "image_url": _needs("image_url"),
    "input_audio": _needs("input_audio"),
    "json": lambda b: _text(json.dumps(b["json"])),
    "media": _media,
    "refusal": _needs("refusal"),
    "text": lambda b: _text(b["text"]),
    "text-plain": _file,
    "tool_call": lambda b: ToolUse(b["id"], b["name"], b["args"]),
    "tool_result": lambda b: ToolResult(b["tool_use_id"], b.get("content") or ""),
    "tool_use": lambda b: ToolUse(b["id"], b["name"], b["input"]),
    "video": _video,
}
