"""From what the messages endpoint answers to messages, whole and in chunks.

Rules for this file:
1. There is one way: a whole reply is read as a stream of whole blocks, so both say the same.
2. The text that a reply begins with is text. What comes after it is blocks, each with its place as `index`; so
   a reply of nothing but text is a str.
3. What is known at the end (counts, reason to stop) is in the closing chunk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from eventflow import (
    AIMessageChunk,
    ChatGenerationChunk,
    ChatResult,
    InputTokenDetails,
    ModelError,
    OutputTokenDetails,
    ToolCallChunk,
    UsageMetadata,
    generate_from_stream,
    tool_call_chunk,
)

__all__ = ("ReplyReader", "to_result", "usage_metadata")

_CUT_OFF = ("max_tokens", "model_context_window_exceeded")
"""Reasons to stop after which the last block, if it is a call, may lack some of its input."""

_CUT = " …"
"""Added to arguments that look complete, but may not be: so the call is an invalid one."""

Block = dict[str, Any]


def to_result(reply: Any) -> ChatResult:
    """A whole reply, an SDK `Message`.

    Raises ModelError if it is none.
    """
    if isinstance(reply, str):
        raise ModelError("the server replied with text instead of a message: is base_url right?")
    return generate_from_stream(ReplyReader().read_whole(reply))


class ReplyReader:
    """Makes messages of the events of one reply.

    Arguments:
        counting: whether the closing chunk has `usage_metadata`.
    """

    def __init__(self, *, counting: bool = True) -> None:
        self.done = False
        self._counting = counting
        self._about: dict[str, Any] = {}
        self._calls: dict[int, _Call] = {}
        self._last = -1
        self._begins_as_text = False

    def read(self, event: Any) -> ChatGenerationChunk | None:
        """What an SDK stream event says; None if it says nothing, or what is kept for the end."""
        match event.type:
            case "content_block_delta":
                return self._add(event.index, event.delta)
            case "content_block_start":
                return self._start(event.index, _as_sent(event.content_block))
            case "content_block_stop":
                return self._stop(event.index)
            case "message_start":
                self._note(_as_sent(event.message))
            case "message_delta":
                told = _as_sent(event)
                self._note({**told.pop("delta"), **told})
            case "message_stop":
                return self._close()
            case _:
                pass
        return None

    def read_whole(self, reply: Any) -> Iterator[ChatGenerationChunk]:
        """What an SDK `Message` says."""
        about = _as_sent(reply)
        self._note(about)
        for index, block in enumerate(about["content"]):
            for said in (self._start(index, block), self._stop(index)):
                if said is not None:
                    yield said
        yield self._close()

    def _note(self, told: Mapping[str, Any]) -> None:
        """Keep what is said of the reply; counts are totals, so the last of each is right."""
        known = {key: value for key, value in told.items() if value is not None}
        counts = {key: value for key, value in known.get("usage", {}).items() if value is not None}
        self._about |= {**known, "usage": {**self._about.get("usage", {}), **counts}}

    # ---- blocks

    def _start(self, index: int, block: Block) -> ChatGenerationChunk | None:
        self._last = index
        kind = block["type"]
        if "input" in block:
            call = self._calls[index] = _Call(block, index)
            return self._say([], call.opening()) if kind == "tool_use" else None
        if kind == "text" and not block.get("citations"):
            cited = block.pop("citations", None) is not None
            self._begins_as_text = index == 0 and not cited
            if not block["text"]:
                return None
            if self._begins_as_text:
                return self._say(block["text"])
        return self._say([{**block, "index": index}])

    def _add(self, index: int, delta: Any) -> ChatGenerationChunk | None:
        kind = delta.type
        if kind == "text_delta":
            text = delta.text
            if not text:
                return None
            return self._say(text if self._begins_as_text and index == 0 else [_text(index, text)])
        if kind == "input_json_delta":
            return self._add_input(index, delta.partial_json)
        if kind == "citations_delta":
            return self._say([{**_text(index, ""), "citations": [_as_sent(delta.citation)]}])
        fields = {**_as_sent(delta), "type": kind.removesuffix("_delta"), "index": index}
        if kind == "signature_delta":
            fields |= {"type": "thinking", "thinking": ""}
        return self._say([fields])

    def _add_input(self, index: int, piece: str) -> ChatGenerationChunk | None:
        call = self._calls.get(index)
        if call is None or not piece:
            return None
        call.pieces.append(piece)
        return self._say([], tool_call_chunk(args=piece, index=index)) if call.is_ours else None

    def _stop(self, index: int) -> ChatGenerationChunk | None:
        call = self._calls.get(index)
        return None if call is None else self._say([call.block()], call.rest())

    # ---- chunks

    def _say(self, content: str | list[Block], piece: ToolCallChunk | None = None) -> ChatGenerationChunk:
        message = AIMessageChunk(cast("list[Any]", content), id=self._about.get("id"))
        if piece is not None:
            message.tool_call_chunks = [piece]
        return ChatGenerationChunk(message)

    def _close(self) -> ChatGenerationChunk:
        self.done = True
        about, last = self._about, self._calls.get(self._last)
        cut = about.get("stop_reason") in _CUT_OFF and last is not None and last.is_ours and last.is_complete
        closing = self._say("", tool_call_chunk(args=_CUT, index=self._last) if cut else None)
        message = cast("AIMessageChunk", closing.message)
        message.chunk_position = "last"
        message.response_metadata = {
            **{key: value for key, value in about.items() if key not in ("content", "role", "type")},
            "stop_reason": about.get("stop_reason"),
            "stop_sequence": about.get("stop_sequence"),
            "model_name": about.get("model"),
            "model_provider": "anthropic",
        }
        if self._counting:
            message.usage_metadata = usage_metadata(about.get("usage", {}))
        return closing


class _Call:
    """A call of a tool, ours or the provider's, whose input comes in pieces of JSON or as a whole."""

    def __init__(self, block: Block, index: int) -> None:
        self.pieces: list[str] = []
        self.is_ours = block["type"] == "tool_use"
        self.is_complete = True
        self._block, self._index = block, index

    def opening(self) -> ToolCallChunk:
        return tool_call_chunk(name=self._block["name"], args="", id=self._block["id"], index=self._index)

    def rest(self) -> ToolCallChunk | None:
        """The arguments, if they did not come in pieces."""
        if self.pieces or not self.is_ours or not self._block["input"]:
            return None
        return tool_call_chunk(args=json.dumps(self._block["input"]), index=self._index)

    def block(self) -> Block:
        """The block with its input; without, if that is no JSON object."""
        given = self._block["input"]
        if self.pieces:
            try:
                given = json.loads("".join(self.pieces))
            except ValueError:
                given = None
            if not isinstance(given, dict):
                given, self.is_complete = {}, False
        return {**self._block, "input": given, "index": self._index}


def usage_metadata(usage: Mapping[str, Any]) -> UsageMetadata | None:
    """Token counts in the standard form, where what the cache was asked for is input, too; None without counts.

    >>> usage_metadata({"input_tokens": 1, "cache_read_input_tokens": 9, "output_tokens": 2})["input_tokens"]
    10
    """
    if not usage:
        return None
    cached = {
        ours: usage[theirs]
        for ours, theirs in (
            ("cache_read", "cache_read_input_tokens"),
            ("cache_creation", "cache_creation_input_tokens"),
        )
        if theirs in usage
    }
    asked, said = usage.get("input_tokens", 0) + sum(cached.values()), usage.get("output_tokens", 0)
    made = UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
    if cached:
        made["input_token_details"] = cast(InputTokenDetails, cached)
    details: Mapping[str, Any] = usage.get("output_tokens_details", {})
    if "thinking_tokens" in details:
        made["output_token_details"] = OutputTokenDetails(reasoning=details["thinking_tokens"])
    return made


def _text(index: int, text: str) -> Block:
    return {"type": "text", "text": text, "index": index}


def _as_sent(model: Any) -> dict[str, Any]:
    """An object of the SDK as the dictionary that the server sent."""
    return cast("dict[str, Any]", model.to_dict(warnings=False))
