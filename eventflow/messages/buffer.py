"""Messages as one text: a transcript, or XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

from eventflow.messages.ai import AIMessage
from eventflow.messages.base import BaseMessage
from eventflow.messages.chat import ChatMessage
from eventflow.messages.function import FunctionMessage
from eventflow.messages.human import HumanMessage
from eventflow.messages.system import SystemMessage
from eventflow.messages.tool import ToolMessage

__all__ = ("get_buffer_string",)

Block: TypeAlias = dict[Any, Any]

_LONGEST = 500  # characters of a document or result in XML
_LONGEST_ID = 64


def get_buffer_string(
    messages: Sequence[BaseMessage],
    human_prefix: str = "Human",
    ai_prefix: str = "AI",
    *,
    system_prefix: str = "System",
    function_prefix: str = "Function",
    tool_prefix: str = "Tool",
    message_separator: str = "\n",
    format: Literal["prefix", "xml"] = "prefix",
) -> str:
    """Return messages as one text.

    Args:
        messages: In the order in which they are to appear.
        human_prefix, ai_prefix, system_prefix, function_prefix, tool_prefix: Who speaks; a `ChatMessage`
            has its role.
        message_separator: What is put between messages.
        format: "prefix" gives `Human: hi` with the text of each message, "xml" gives elements with all
            blocks but data in line, escaped so that no content can look like another message.

    Tool calls of an AI message follow its text. In XML, documents and results are cut after 500 characters.

    Raises ValueError if a message is of no known kind or the format is unknown.

    >>> get_buffer_string([HumanMessage("hi"), AIMessage("hello")])
    'Human: hi\\nAI: hello'
    >>> get_buffer_string([HumanMessage("1 < 2")], format="xml")
    '<message type="human">1 &lt; 2</message>'
    """
    prefixes: dict[type[BaseMessage], str] = {
        HumanMessage: human_prefix,
        AIMessage: ai_prefix,
        SystemMessage: system_prefix,
        FunctionMessage: function_prefix,
        ToolMessage: tool_prefix,
    }
    if format not in _FORMATS:
        raise ValueError(f"unknown format {format!r}: use 'prefix' or 'xml'")
    render = _FORMATS[format]
    return message_separator.join([render(message, prefixes) for message in messages])


def _as_line(message: BaseMessage, prefixes: Mapping[type[BaseMessage], str]) -> str:
    line = f"{_speaker(message, prefixes)}: {message.text}"
    if isinstance(message, AIMessage):
        if message.tool_calls:
            line += f"{message.tool_calls}"
        elif "function_call" in message.additional_kwargs:
            line += f"{message.additional_kwargs['function_call']}"
    return line


def _as_xml(message: BaseMessage, prefixes: Mapping[type[BaseMessage], str]) -> str:
    speaker = _speaker(message, prefixes)
    role = _quoteattr(speaker if isinstance(message, ChatMessage) else speaker.lower())
    content = _content_xml(message)
    calls = _calls_xml(message) if isinstance(message, AIMessage) else []
    if not calls:
        return f"<message type={role}>{content}</message>"
    lines = [f"<content>{content}</content>"] if content else []
    return "\n".join([f"<message type={role}>", *(f"  {line}" for line in lines + calls), "</message>"])


_FORMATS: Mapping[str, Callable[[BaseMessage, Mapping[type[BaseMessage], str]], str]] = {
    "prefix": _as_line,
    "xml": _as_xml,
}


def _speaker(message: BaseMessage, prefixes: Mapping[type[BaseMessage], str]) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    for kind, prefix in prefixes.items():
        if isinstance(message, kind):
            return prefix
    raise ValueError(f"a {type(message).__name__} has no place in a transcript")


def _content_xml(message: BaseMessage) -> str:
    if isinstance(message.content, str):
        return _escape(message.content)
    rendered = [_escape(block) if isinstance(block, str) else _block_xml(block) for block in message.content]
    return " ".join([text for text in rendered if text])


def _calls_xml(message: AIMessage) -> list[str]:
    if message.tool_calls:
        return [
            _element("tool_call", {"id": _short_id(call["id"]), "name": call["name"]}, _json(call["args"]))
            for call in message.tool_calls
        ]
    call: Block | None = message.additional_kwargs.get("function_call")
    if not call:
        return []
    return [_element("function_call", {"name": call.get("name", "")}, _escape(call.get("arguments", "")))]


def _block_xml(block: Block) -> str:
    """One block as XML; empty for what has no place there: data in line and unknown kinds."""
    kind = block.get("type")
    if kind in ("text", "reasoning"):
        text = _escape(block.get(kind) or "")
        return f"<reasoning>{text}</reasoning>" if text and kind == "reasoning" else text
    if kind in ("image", "image_url", "audio", "video"):
        return _media_xml(kind.removesuffix("_url"), block)
    if kind == "text-plain":
        return _escape(_short(block.get("text") or ""))
    if kind == "server_tool_call":
        attributes = {"id": _short_id(block.get("id")), "name": block.get("name")}
        return _element(
            kind, attributes, _escape(_short(json.dumps(block.get("args", {}), ensure_ascii=False)))
        )
    if kind == "server_tool_result":
        attributes = {"tool_call_id": _short_id(block.get("tool_call_id")), "status": block.get("status")}
        output = block.get("output")
        return _element(
            kind, attributes, _escape(_short(json.dumps(output, ensure_ascii=False))) if output else ""
        )
    return ""


def _media_xml(tag: str, block: Block) -> str:
    url: Any = block.get("image_url", block)
    if isinstance(url, dict):
        url = cast("dict[str, Any]", url).get("url")
    if block.get("base64") or (isinstance(url, str) and url.startswith("data:")):
        return ""
    if url:
        return f"<{tag} url={_quoteattr(url)} />"
    return f"<{tag} file_id={_quoteattr(block['file_id'])} />" if block.get("file_id") else ""


def _element(tag: str, attributes: Mapping[str, str | None], inner: str) -> str:
    head = " ".join([tag, *(f"{name}={_quoteattr(value or '')}" for name, value in attributes.items())])
    return f"<{head}>{inner}</{tag}>"


def _json(value: object) -> str:
    return _escape(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _short_id(call_id: str | None) -> str:
    call_id = call_id or ""
    return call_id if len(call_id) <= _LONGEST_ID else f"{call_id[:_LONGEST_ID]}..."


# xml.sax.saxutils has these two, but importing it imports urllib and http: 30 ms.


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)


def _quoteattr(text: str) -> str:
    text = text.translate(_ESCAPES | _ATTRIBUTE_ESCAPES)
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return '"{}"'.format(text.replace('"', "&quot;"))


_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_ATTRIBUTE_ESCAPES = {ord("\n"): "&#10;", ord("\r"): "&#13;", ord("\t"): "&#9;"}
