"""What a server with the Responses API may say, as it is on the wire: events, and in the last one the whole."""

from typing import Any

Event = dict[str, Any]
Item = dict[str, Any]

MODEL = "scripted-2025"
REPLY_ID = "resp_1"
USAGE = {
    "input_tokens": 11,
    "output_tokens": 7,
    "total_tokens": 18,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens_details": {"reasoning_tokens": 3},
}

CITATION = {
    "type": "url_citation",
    "url": "https://x.org",
    "title": "X",
    "start_index": 0,
    "end_index": 5,
}


def response(output: list[Item], status: str, **more: Any) -> dict[str, Any]:
    """A whole reply."""
    return {
        "id": REPLY_ID,
        "object": "response",
        "created_at": 1,
        "model": MODEL,
        "status": status,
        "output": output,
        "error": None,
        "incomplete_details": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": USAGE,
        **more,
    }


def text(text: str, *annotations: Any, **more: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": list(annotations), "logprobs": [], **more}


def refusal(text: str) -> dict[str, Any]:
    return {"type": "refusal", "refusal": text}


def message(*parts: dict[str, Any], id: str = "msg_1", **more: Any) -> Item:
    content = [*parts]
    return {
        "id": id,
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": content,
        **more,
    }


def call(arguments: str, name: str = "weather", number: int = 1, **more: Any) -> Item:
    ids = {"id": f"fc_{number}", "call_id": f"call_{number}"}
    return {
        "type": "function_call",
        **ids,
        "name": name,
        "arguments": arguments,
        "status": "completed",
        **more,
    }


def reasoning(*summaries: str, **more: Any) -> Item:
    summary = [{"type": "summary_text", "text": one} for one in summaries]
    return {"id": "rs_1", "type": "reasoning", "summary": summary, "encrypted_content": "ENC", **more}


WEB = {
    "id": "ws_1",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "q"},
}
CODE = {
    "id": "ci_1",
    "type": "code_interpreter_call",
    "status": "completed",
    "code": "1 + 1",
    "container_id": "c1",
    "outputs": [{"type": "logs", "logs": "2"}],
}
FILES = {
    "id": "fs_1",
    "type": "file_search_call",
    "status": "completed",
    "queries": ["q"],
    "results": [{"file_id": "f1", "filename": "a.txt", "score": 0.5, "text": "hm"}],
}
IMAGE = {
    "id": "ig_1",
    "type": "image_generation_call",
    "status": "completed",
    "result": "AAAA",
    "output_format": "png",
}
MCP = {
    "id": "mcp_1",
    "type": "mcp_call",
    "name": "roll",
    "arguments": '{"times": 1}',
    "server_label": "dice",
    "output": "4",
}
FAILED_MCP = {
    "id": "mcp_2",
    "type": "mcp_call",
    "name": "roll",
    "arguments": "{}",
    "server_label": "dice",
    "error": {"type": "protocol_error", "message": "no dice"},
}
CUSTOM = {
    "id": "ctc_1",
    "type": "custom_tool_call",
    "call_id": "call_9",
    "name": "sql",
    "input": 'select "ä"',
}
APPROVAL = {
    "id": "mcpr_1",
    "type": "mcp_approval_request",
    "name": "roll",
    "arguments": "{}",
    "server_label": "dice",
}

OUTPUTS: dict[str, list[Item]] = {
    "text": [message(text("Hello wörld"))],
    "text with sources": [message(text("Hello wörld", CITATION, CITATION | {"title": "Y"}))],
    "text with sources in files": [
        message(
            text(
                "hm",
                {"type": "file_citation", "file_id": "f1", "filename": "a.txt", "index": 1},
                {"type": "file_citation", "file_id": "f2", "filename": "b.txt", "index": 1},
            )
        )
    ],
    "several parts": [message(text("one"), text("two")), message(text("three"), id="msg_2")],
    "phases": [
        message(text("Let me see."), phase="commentary"),
        message(text("So."), id="msg_2", phase="final_answer"),
    ],
    "refusal": [message(refusal("I cannot."))],
    "text and refusal": [message(text("Well."), refusal("No."))],
    "a call": [call('{"city": "Paris"}')],
    "a call without arguments": [call("", name="now")],
    "two calls": [call('{"city": "Rome"}'), call('{"zone": "CET"}', "clock", 2)],
    "reasoning": [reasoning("Two and two.", "Four."), message(text("4"))],
    "reasoning without summary": [reasoning(), message(text("4"))],
    "reasoning in the open": [
        reasoning(content=[{"type": "reasoning_text", "text": "Two and two."}]),
        message(text("4")),
    ],
    "reasoning and a call": [reasoning("Where?"), call('{"city": "Paris"}')],
    "a web search": [reasoning("Look."), WEB, message(text("found", CITATION))],
    "all the provider's tools": [CODE, FILES, IMAGE, MCP, FAILED_MCP, APPROVAL, message(text("done"))],
    "a custom call": [CUSTOM],
    "an item of the future": [{"id": "x_1", "type": "crystal_ball", "sees": {"n": 1}}, message(text("soon"))],
    "nothing": [],
}
"""Replies in full: each says the same streamed and in one piece."""


def events(output: list[Item], status: str = "completed", pieces: int = 2, **more: Any) -> list[Event]:
    """A reply as a stream, its texts in so many pieces."""
    told = _Events(pieces)
    begun = response([], "in_progress", usage=None)
    told.say("response.created", response=begun)
    told.say("response.in_progress", response=begun)
    for number, item in enumerate(output):
        told.item(number, item)
    told.say(f"response.{status}", response=response(output, status, **more))
    return told.events


class _Events:
    def __init__(self, pieces: int) -> None:
        self.events: list[Event] = []
        self._pieces = pieces

    def say(self, kind: str, **more: Any) -> None:
        self.events.append({"type": kind, "sequence_number": len(self.events), **more})

    def deltas(self, kind: str, text: str, **place: Any) -> None:
        size = max(1, -(-len(text) // self._pieces))
        for start in range(0, len(text), size):
            self.say(f"response.{kind}.delta", delta=text[start : start + size], **place)

    def item(self, number: int, item: Item) -> None:
        place = {"output_index": number, "item_id": item["id"]}
        begun: Item = {**item, "status": "in_progress"}
        begun |= {
            key: value
            for key, value in {"content": [], "summary": [], "arguments": ""}.items()
            if key in item
        }
        self.say("response.output_item.added", output_index=number, item=begun)
        if item["type"] == "message":
            self._parts(item, place)
        elif item["type"] == "function_call":
            self.deltas("function_call_arguments", item["arguments"], **place)
            self.say("response.function_call_arguments.done", arguments=item["arguments"], **place)
        elif item["type"] == "reasoning":
            for index, part in enumerate(item["summary"]):
                empty = {**part, "text": ""}
                self.say("response.reasoning_summary_part.added", part=empty, summary_index=index, **place)
                self.deltas("reasoning_summary_text", part["text"], summary_index=index, **place)
                self.say("response.reasoning_summary_part.done", part=part, summary_index=index, **place)
            for index, part in enumerate(item.get("content", ())):
                self.deltas("reasoning_text", part["text"], content_index=index, **place)
        elif item["type"] == "web_search_call":
            self.say("response.web_search_call.searching", **place)
        self.say("response.output_item.done", output_index=number, item=item)

    def _parts(self, item: Item, place: dict[str, Any]) -> None:
        for index, part in enumerate(item["content"]):
            at = {**place, "content_index": index}
            self.say("response.content_part.added", part={**part, "annotations": []}, **at)
            if part["type"] == "refusal":
                self.deltas("refusal", part["refusal"], **at)
            else:
                self.deltas("output_text", part["text"], logprobs=[], **at)
            for order, given in enumerate(part.get("annotations", ())):
                self.say(
                    "response.output_text.annotation.added", annotation=given, annotation_index=order, **at
                )
            self.say("response.content_part.done", part=part, **at)
