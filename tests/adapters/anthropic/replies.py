"""What Anthropic's messages endpoint may say, as it is on the wire: events, and the same in one piece."""

import json
from typing import Any

from adapters.serving import Event, Reply

MODEL = "claude-scripted-1"
REPLY_ID = "msg_1"
USAGE = {
    "input_tokens": 11,
    "cache_creation_input_tokens": 3,
    "cache_read_input_tokens": 4,
    "output_tokens": 1,
    "service_tier": "standard",
}
COUNTED = {
    "input_tokens": 18,
    "output_tokens": 7,
    "total_tokens": 25,
    "input_token_details": {"cache_read": 4, "cache_creation": 3},
}
"""The same in standard form, when seven tokens have been said."""

CITATION = {
    "type": "web_search_result_location",
    "cited_text": "Buses are big.",
    "encrypted_index": "Eo8B",
    "title": None,
    "url": "https://example.org/buses",
}

# ---- pieces of a reply


def start(usage: Any = None, model: str = MODEL) -> Event:
    head = {"id": REPLY_ID, "type": "message", "role": "assistant", "model": model, "content": []}
    stopped = {"stop_reason": None, "stop_sequence": None}
    return {"type": "message_start", "message": {**head, **stopped, "usage": usage or USAGE}}


def begin(index: int, kind: str, **fields: Any) -> Event:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **fields}}


def delta(index: int, kind: str, **fields: Any) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def stop(index: int) -> Event:
    return {"type": "content_block_stop", "index": index}


PING: Event = {"type": "ping"}


def end(reason: str = "end_turn", sequence: str | None = None, **usage: Any) -> list[Event]:
    stopped = {"stop_reason": reason, "stop_sequence": sequence}
    counted = {"output_tokens": 7, **usage}
    return [{"type": "message_delta", "delta": stopped, "usage": counted}, {"type": "message_stop"}]


# ---- whole blocks


def said(index: int, *pieces: str, **fields: Any) -> list[Event]:
    """A block of text."""
    deltas = [delta(index, "text_delta", text=piece) for piece in pieces]
    return [begin(index, "text", text="", **fields), *deltas, stop(index)]


def cited(index: int, *pieces: str, citation: Any = CITATION) -> list[Event]:
    """A block of text that refers to a source."""
    first, *rest = said(index, *pieces, citations=[])
    return [first, delta(index, "citations_delta", citation=citation), *rest]


def thought(index: int, *pieces: str, signature: str = "EqQB=") -> list[Event]:
    deltas = [delta(index, "thinking_delta", thinking=piece) for piece in pieces]
    sealed = delta(index, "signature_delta", signature=signature)
    return [begin(index, "thinking", thinking="", signature=""), *deltas, sealed, stop(index)]


def redacted(index: int, data: str = "EmwK") -> list[Event]:
    return [begin(index, "redacted_thinking", data=data), stop(index)]


def call(index: int, name: str, *pieces: str, id: str = "toolu_1", kind: str = "tool_use") -> list[Event]:
    """A call of a tool; before the first piece of its input there is an empty one."""
    deltas = [delta(index, "input_json_delta", partial_json=piece) for piece in ("", *pieces)]
    return [begin(index, kind, id=id, name=name, input={}), *deltas, stop(index)]


def searched(index: int, content: Any) -> list[Event]:
    """What the server's web search found."""
    return [begin(index, "web_search_tool_result", tool_use_id="srvtoolu_1", content=content), stop(index)]


def text(*pieces: str, reason: str = "end_turn") -> list[Event]:
    return [start(), *said(0, *pieces), *end(reason)]


FOUND = [{"type": "web_search_result", "title": "Buses", "url": "https://example.org", "page_age": None}]

CASES: dict[str, list[Event]] = {
    "text": [start(), begin(0, "text", text=""), PING, *said(0, "Hel", "lo", " wörld")[1:], *end()],
    "nothing to say": [start(), *end()],
    "two texts": [start(), *said(0, "One"), *said(1, "Two", " more"), *end()],
    "a call in pieces": [
        start(),
        *call(0, "weather", '{"ci', 'ty": "Pa', 'ris"}'),
        *end("tool_use"),
    ],
    "text and a call": [
        start(),
        *said(0, "Let me ", "see"),
        *call(1, "weather", '{"city": "Bern"}'),
        *end("tool_use"),
    ],
    "two calls": [
        start(),
        *call(0, "weather", '{"city":', ' "Rome"}'),
        *call(1, "clock", '{"zone": "CET"}', id="toolu_2"),
        *end("tool_use"),
    ],
    "a call without arguments": [start(), *call(0, "now"), *end("tool_use")],
    "a call with its input at once": [
        start(),
        begin(0, "tool_use", id="toolu_1", name="weather", input={"city": "Bonn"}),
        stop(0),
        *end("tool_use"),
    ],
    "thinking": [start(), *thought(0, "Two and ", "two."), *said(1, "4", "!"), *end()],
    "thinking that is not shown": [start(), *thought(0), *said(1, "4"), *end()],
    "redacted thinking": [start(), *redacted(0), *thought(1, "hm"), *said(2, "4"), *end()],
    "thinking and a call": [
        start(),
        *thought(0, "I need ", "the weather"),
        *call(1, "weather", '{"city": "Oslo"}'),
        *end("tool_use"),
    ],
    "a search of the server": [
        start(),
        *said(0, "I'll ", "search."),
        *call(1, "web_search", '{"query"', ': "buses"}', id="srvtoolu_1", kind="server_tool_use"),
        *searched(2, FOUND),
        *said(3, "Based on ", "that: "),
        *cited(4, "buses ", "are big"),
        *said(5, "."),
        *end(server_tool_use={"web_search_requests": 1}),
    ],
    "a search that failed": [
        start(),
        *call(0, "web_search", '{"query": "buses"}', id="srvtoolu_1", kind="server_tool_use"),
        *searched(1, {"type": "web_search_tool_result_error", "error_code": "unavailable"}),
        *said(2, "It failed."),
        *end(),
    ],
    "cited from the start": [start(), *cited(0, "Buses are ", "big."), *end()],
    "a stop sequence": [start(), *said(0, "one, "), *end("stop_sequence", "two")],
    "cut by length": [start(), *said(0, "And th"), *end("max_tokens")],
    "a refusal": [start(), *said(0, "I"), *end("refusal")],
    "to be continued": [start(), *said(0, "Wait"), *end("pause_turn")],
    "all counts at the end": [
        start({"input_tokens": 1, "output_tokens": 1}),
        *said(0, "Hi"),
        *end(input_tokens=11, cache_creation_input_tokens=3, cache_read_input_tokens=4),
    ],
}
"""Replies in full: each says the same streamed and in one piece."""


# ---- the wire


class Messages:
    """How the endpoint says things; see `adapters.serving.Wire`."""

    default = text("Hello")
    root = ""

    def frame(self, event: Event) -> str:
        return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"

    def failed(self) -> str:
        return self.frame({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})

    def ended(self, path: str) -> str:
        return ""

    def whole(self, path: str, events: list[Event]) -> Event:
        message: Event = {}
        blocks: dict[int, Event] = {}
        for event in events:
            match event["type"]:
                case "message_start":
                    message = dict(event["message"])
                case "content_block_start":
                    blocks[event["index"]] = dict(event["content_block"])
                case "content_block_delta":
                    _add(blocks[event["index"]], event["delta"])
                case "message_delta":
                    message |= event["delta"]
                    message["usage"] = {**message["usage"], **event["usage"]}
        for block in blocks.values():
            if "json" in block:
                block["input"] = _object(block.pop("json"))
            if block["type"] == "text":
                block.setdefault("citations", None)
        return {**message, "content": [blocks[index] for index in sorted(blocks)]}


def _add(block: Event, delta: Event) -> None:
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "signature_delta":
            block["signature"] = delta["signature"]
        case "citations_delta":
            block["citations"] = [*block["citations"], delta["citation"]]
        case "input_json_delta":
            block["json"] = block.get("json", "") + delta["partial_json"]


def _object(text: str) -> Any:
    """The input of a call; of one that is cut off, nothing."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {}


def failure(status: int, message: str = "no", kind: str = "api_error", **headers: str) -> Reply:
    """A reply with a status and the provider's error body."""
    body = json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})
    return Reply([], status=status, body=body, headers=tuple(headers.items()))
